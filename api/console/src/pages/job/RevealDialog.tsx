import { useEffect, useState } from 'react';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import { keys } from '../../api/keys';
import { ReasonDialog } from '../../features/repair/ReasonDialog';
import { Button, Callout, Dialog, Facts, RadioGroup } from '../../ui';

/** A password stays on the screen for so long, and nowhere else. */
const SHOWN_MS = 60_000;

interface Shown {
  login: string;
  password: string;
}

/** Asks why, shows the password once, and forgets it. */
export function RevealDialog({ jobId, onClose }: { jobId: string; onClose: () => void }) {
  const [which, setWhich] = useState<'account' | 'onboarding'>('account');
  const [shown, setShown] = useState<Shown | null>(null);
  const reveal = useCommand({
    send: (input: { which: typeof which; reason: string }) =>
      answer(
        api.POST('/api/registration-batches/jobs/{jobId}/credentials/reveal', {
          params: { path: { jobId } },
          body: input,
        }),
      ),
    invalidates: [keys.jobEvents(jobId)],
    showsFailure: true,
  });
  useEffect(() => {
    if (!shown) return;
    const timer = setTimeout(onClose, SHOWN_MS);
    return () => clearTimeout(timer);
  }, [shown, onClose]);
  if (shown) {
    return (
      <Dialog
        title="The password"
        isOpen
        onClose={onClose}
        isAlert
        actions={
          <>
            <Button onPress={() => void navigator.clipboard.writeText(shown.password)}>Copy</Button>
            <Button variant="primary" onPress={onClose}>
              Done
            </Button>
          </>
        }
      >
        <Facts
          facts={[
            { label: 'Login', value: shown.login },
            { label: 'Password', value: <code>{shown.password}</code> },
          ]}
        />
        <Callout>It is shown for a minute. That you have seen it stands in the audit trail.</Callout>
      </Dialog>
    );
  }
  return (
    <ReasonDialog
      title="Show a password"
      isOpen
      onClose={onClose}
      // What was asked for is shown in its place.
      onDone={() => undefined}
      act="Show it"
      onAct={async (reason) => {
        const { login, password } = await reveal.mutateAsync({ which, reason });
        // What the query library keeps of the answer goes at once.
        reveal.reset();
        setShown({ login, password });
      }}
    >
      <RadioGroup
        label="Which"
        value={which}
        onChange={(value) => setWhich(value === 'onboarding' ? 'onboarding' : 'account')}
        options={[
          { id: 'account', label: 'Of the ordering account' },
          { id: 'onboarding', label: 'Of the onboarding user' },
        ]}
      />
    </ReasonDialog>
  );
}
