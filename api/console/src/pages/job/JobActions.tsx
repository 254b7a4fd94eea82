/** What can be done with a restaurant as a whole; what cannot be done now says why. */
import { Ban, Ellipsis, Flag, KeyRound, RefreshCw, SlidersHorizontal } from 'lucide-react';
import { useState } from 'react';
import { useNavigate } from 'react-router';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import { keysOfChange } from '../../api/keys';
import type { Job, JobActions as Actions } from '../../api/types';
import { because } from '../../features/repair/because';
import { ReasonDialog } from '../../features/repair/ReasonDialog';
import { IconButton, Menu } from '../../ui';
import { RevealDialog } from './RevealDialog';

const JOB = '/api/registration-batches/jobs/{jobId}';
/** An API that is newer or older than this page. */
const NOT_KNOWN = { possible: false, sentence: 'Reload the page to see whether it is possible.' };

type Command = 'cancel' | 'give-up' | 'republish';

/** One command on the job, at one of its addresses. */
function useJobCommand(jobId: string, command: Command, done: string) {
  const params = { path: { jobId } };
  return useCommand<string, unknown>({
    send: (reason, key) => {
      const headers = { 'Idempotency-Key': key };
      const body = because(reason);
      switch (command) {
        case 'cancel':
          return answer(api.POST(`${JOB}/cancel`, { params, body, headers }));
        case 'give-up':
          return answer(api.POST(`${JOB}/give-up`, { params, body: { reason }, headers }));
        case 'republish':
          return answer(api.POST(`${JOB}/republish`, { params, body, headers }));
      }
    },
    done: () => done,
    invalidates: keysOfChange(jobId),
    showsFailure: true,
  });
}

export function JobActions({ job, actions }: { job: Job; actions: Actions }) {
  const navigate = useNavigate();
  const [asked, setAsked] = useState<Command | 'reveal' | null>(null);
  const close = (): void => setAsked(null);
  const cancel = useJobCommand(job.id, 'cancel', 'The restaurant is being cancelled.');
  const giveUp = useJobCommand(job.id, 'give-up', 'The restaurant was given up.');
  const republish = useJobCommand(job.id, 'republish', 'The record was built anew from the workflow.');
  const can = (name: 'cancel' | 'give_up' | 'edit_configuration') => actions.job[name] ?? NOT_KNOWN;
  return (
    <>
      <Menu
        label="More about this restaurant"
        trigger={
          <IconButton label="More" variant="secondary">
            <Ellipsis size={16} aria-hidden="true" />
          </IconButton>
        }
        entries={[
          {
            id: 'edit',
            label: 'Edit the settings and go on…',
            icon: <SlidersHorizontal size={15} aria-hidden="true" />,
            isDisabled: !can('edit_configuration').possible,
            description: can('edit_configuration').sentence ?? undefined,
            onAction: () => void navigate(`/needs-you?job=${job.id}&edit=1`),
          },
          {
            id: 'reveal',
            label: 'Show a password…',
            icon: <KeyRound size={15} aria-hidden="true" />,
            description: 'For administrators; written to the audit trail.',
            onAction: () => setAsked('reveal'),
          },
          {
            id: 'republish',
            label: 'Build the record anew…',
            icon: <RefreshCw size={15} aria-hidden="true" />,
            description: 'For administrators: from the workflow, when what is shown cannot be right.',
            onAction: () => setAsked('republish'),
          },
          {
            id: 'give-up',
            label: 'Give up…',
            icon: <Flag size={15} aria-hidden="true" />,
            isDangerous: true,
            isDisabled: !can('give_up').possible,
            description: can('give_up').sentence ?? 'Final: it counts as failed.',
            onAction: () => setAsked('give-up'),
          },
          {
            id: 'cancel',
            label: 'Cancel…',
            icon: <Ban size={15} aria-hidden="true" />,
            isDangerous: true,
            isDisabled: !can('cancel').possible,
            description: can('cancel').sentence ?? 'Final. What was done stays and is recorded.',
            onAction: () => setAsked('cancel'),
          },
        ]}
      />
      <ReasonDialog
        title="Cancel this restaurant"
        isOpen={asked === 'cancel'}
        onClose={close}
        act="Cancel the restaurant"
        isDangerous
        isOptional
        onAct={(reason) => cancel.mutateAsync(reason)}
      >
        No new call is made from now on. What runs is brought to its end and recorded. This is final.
      </ReasonDialog>
      <ReasonDialog
        title="Give this restaurant up"
        isOpen={asked === 'give-up'}
        onClose={close}
        act="Give up"
        isDangerous
        onAct={(reason) => giveUp.mutateAsync(reason)}
      >
        It is closed as failed, with what was done so far. This is final.
      </ReasonDialog>
      <ReasonDialog
        title="Build the record anew"
        isOpen={asked === 'republish'}
        onClose={close}
        act="Build anew"
        isOptional
        onAct={(reason) => republish.mutateAsync(reason)}
      >
        Everything that is shown of this restaurant is written again from its workflow.
      </ReasonDialog>
      {asked === 'reveal' ? <RevealDialog jobId={job.id} onClose={close} /> : null}
    </>
  );
}
