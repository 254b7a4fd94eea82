import { RotateCcw } from 'lucide-react';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import { keys } from '../../api/keys';
import type { Job, LiveBatch } from '../../api/types';
import { Button, ButtonLink } from '../../ui';
import styles from './BatchPage.module.css';
import { waitsWithFailure } from './rows';

const waitsAt = (jobs: readonly Job[], step: number): Job[] =>
  jobs.filter(({ status, current_step }) => status === 'action_required' && current_step === step);

/** What can be done with all that are chosen. */
export function SelectionBar({
  batch,
  jobs,
  onDone,
}: {
  batch: LiveBatch;
  jobs: readonly Job[];
  onDone: () => void;
}) {
  const failed = jobs.filter(waitsWithFailure);
  const asked = [...waitsAt(jobs, 3), ...waitsAt(jobs, 5)];
  const retry = useCommand({
    send: (job_ids: string[], key) =>
      answer(
        api.POST('/api/registration-batches/{id}/retry-failed', {
          params: { path: { id: batch.id } },
          body: { job_ids },
          headers: { 'Idempotency-Key': key },
        }),
      ),
    done: ({ counts }) =>
      counts.refused === 0
        ? `${counts.retried} run again.`
        : `${counts.retried} run again, ${counts.refused} could not.`,
    invalidates: [keys.waiting],
    onDone,
  });
  return (
    <div className={styles['selection']} role="region" aria-label="What is chosen">
      <span className="tabular">{jobs.length} chosen</span>
      <Button
        size="small"
        isDisabled={failed.length === 0}
        isPending={retry.isPending}
        onPress={() => retry.mutate(failed.map(({ id }) => id))}
      >
        <RotateCcw size={14} aria-hidden="true" /> Retry {failed.length > 0 ? failed.length : 'what failed'}
      </Button>
      {asked.length > 0 ? (
        <ButtonLink size="small" href={`/needs-you?batch=${batch.id}`}>
          Answer {asked.length}
        </ButtonLink>
      ) : null}
      <Button size="small" variant="ghost" onPress={onDone}>
        Choose none
      </Button>
    </div>
  );
}
