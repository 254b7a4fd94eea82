/** Step 5 of a restaurant: look over its settings, mend what is missing, and start the set-up. */
import { useQuery } from '@tanstack/react-query';
import { useState } from 'react';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import type { ApiFailure } from '../../api/failure';
import { firstOf } from '../../api/last-answer';
import { keys, keysOfChange } from '../../api/keys';
import type { WaitingEntry } from '../../api/types';
import { Button, Callout, ErrorPanel, FailureNote, Skeleton } from '../../ui';
import { refusedJobs, verdictsOf } from '../company/choose';
import { tellVerdict } from '../company/tell';
import styles from './Configuration.module.css';
import { ConfigurationForm } from './ConfigurationForm';
import { CopyDialog } from './CopyDialog';
import { copyable, nested, stillOpen, type Draft, type Finding } from './draft';
import { drafts, useDraft } from './drafts';
import { StartDialog } from './StartDialog';

export interface ConfigurationPanelProps {
  entry: WaitingEntry;
  /** The others of its batch that wait for their settings. */
  others: readonly WaitingEntry[];
  onAnswered: () => void;
}

export function ConfigurationPanel({ entry, others, onAnswered }: ConfigurationPanelProps) {
  const { job_id: jobId, batch_job_id: batchId, restaurant } = entry;
  const { data, error, refetch } = useQuery({
    queryKey: [...keys.step(batchId, 5), jobId],
    queryFn: ({ signal }) =>
      answer(
        api.GET('/api/registration-batches/{id}/steps/{n}', {
          params: { path: { id: batchId, n: 5 }, query: { job_id: jobId } },
          signal,
        }),
      ),
  });
  const draft = useDraft(jobId);
  const [judged, setJudged] = useState<{ draft: Draft; findings: Finding[] } | null>(null);
  const [dialog, setDialog] = useState<'copy' | 'start' | null>(null);
  const confirm = useCommand({
    send: (given: Draft) =>
      firstOf(
        jobId,
        answer(
          api.POST('/api/registration-batches/{id}/steps/5/complete', {
            params: { path: { id: batchId } },
            body: { configurations: { [jobId]: { use_defaults: true, ...nested(given) } } },
          }),
        ),
      ),
    done: (result) => tellVerdict(result, 'The set-up begins.'),
    invalidates: [...keysOfChange(jobId), keys.step(batchId, 5)],
    onDone: (result) => {
      if (!verdictsOf(result)[0]?.isTaken) return;
      drafts.set(jobId, {});
      onAnswered();
    },
    showsFailure: true,
  });
  const submit = async (): Promise<void> => {
    try {
      await confirm.mutateAsync(draft);
    } catch (failure) {
      const refused = refusedJobs(failure as ApiFailure).find(({ job_id }) => job_id === jobId);
      setJudged({ draft, findings: refused?.issues ?? [] });
    }
  };
  const shown = data?.restaurants.find(({ job_id }) => job_id === jobId);
  if (error && !data) return <ErrorPanel error={error} onRetry={() => void refetch()} />;
  if (!data) return <Skeleton height="24rem" />;
  if (!shown?.defaults) return <Callout>It does not wait for its settings any more.</Callout>;
  const findings = judged
    ? stillOpen(judged.findings, draft, judged.draft)
    : stillOpen(shown.missing ?? [], draft, {});
  return (
    <>
      <ConfigurationForm
        restaurantId={restaurant.id}
        defaults={shown.defaults}
        draft={draft}
        onDraft={(next) => drafts.set(jobId, next)}
        findings={findings}
        warnings={shown.warnings ?? []}
        refusal={judged}
        actions={
          <>
            <Button variant="primary" isPending={confirm.isPending} onPress={() => void submit()}>
              Confirm and set up
            </Button>
            <Button
              isDisabled={others.length === 0 || Object.keys(copyable(draft)).length === 0}
              onPress={() => setDialog('copy')}
            >
              Copy changes to others…
            </Button>
            <span className={styles['spacer']} />
            <Button variant="ghost" onPress={() => setDialog('start')}>
              Confirm several…
            </Button>
          </>
        }
      />
      {findings.length === 0 ? <FailureNote error={confirm.error} /> : null}
      {dialog === 'copy' ? (
        <CopyDialog draft={copyable(draft)} others={others} onClose={() => setDialog(null)} />
      ) : null}
      {dialog === 'start' ? (
        <StartDialog batchId={batchId} entries={[entry, ...others]} onClose={() => setDialog(null)} />
      ) : null}
    </>
  );
}
