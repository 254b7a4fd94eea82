import { useState } from 'react';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import { keys } from '../../api/keys';
import type { WaitingEntry } from '../../api/types';
import { Button, Callout, Dialog, FailureNote } from '../../ui';
import { refusedJobs, verdictsOf, type Verdict } from '../company/choose';
import { Choices } from './CopyDialog';
import { nested } from './draft';
import { drafts } from './drafts';

/** Confirms several restaurants in one request: each with its defaults and what was changed in it. What is refused is said for each. */
export function StartDialog({
  batchId,
  entries,
  onClose,
}: {
  batchId: string;
  entries: readonly WaitingEntry[];
  onClose: () => void;
}) {
  const [jobs, setJobs] = useState<ReadonlySet<string>>(new Set());
  const [verdicts, setVerdicts] = useState<readonly Verdict[] | null>(null);
  const start = useCommand({
    send: (ids: string[]) =>
      answer(
        api.POST('/api/registration-batches/{id}/steps/5/complete', {
          params: { path: { id: batchId } },
          body: {
            configurations: Object.fromEntries(
              ids.map((id) => [id, { use_defaults: true, ...nested(drafts.get(id)) }]),
            ),
          },
        }),
      ),
    // Told in a note: when nothing is left to confirm, the page that asked is gone, and this dialog with it.
    done: (result) => {
      const told = verdictsOf(result);
      return `${told.filter(({ isTaken }) => isTaken).length} of ${told.length} restaurants were confirmed.`;
    },
    invalidates: [keys.waiting, keys.step(batchId, 5)],
    onDone: (result) => {
      const told = verdictsOf(result);
      for (const { jobId, isTaken } of told) if (isTaken) drafts.set(jobId, {});
      setVerdicts(told);
    },
    showsFailure: true,
  });
  const refused = start.error ? verdictsOf({ results: [], rejected: refusedJobs(start.error) }) : [];
  const nameOf = (jobId: string): string =>
    entries.find(({ job_id }) => job_id === jobId)?.restaurant.name ?? 'Restaurant';
  return (
    <Dialog
      title="Confirm several"
      isOpen
      onClose={onClose}
      actions={
        verdicts ? (
          <Button variant="primary" onPress={onClose}>
            Done
          </Button>
        ) : (
          <>
            <Button variant="ghost" onPress={onClose}>
              Leave it
            </Button>
            <Button
              variant="primary"
              isDisabled={jobs.size === 0}
              isPending={start.isPending}
              onPress={() => start.mutate([...jobs])}
            >
              {jobs.size === 0 ? 'Confirm' : `Confirm ${jobs.size}`}
            </Button>
          </>
        )
      }
    >
      {(verdicts ?? refused).length > 0 ? (
        <ul>
          {(verdicts ?? refused).map(({ jobId, isTaken, sentence }) => (
            <li key={jobId}>
              <Callout tone={isTaken ? 'ok' : 'bad'}>
                <strong>{nameOf(jobId)}:</strong> {sentence}
              </Callout>
            </li>
          ))}
        </ul>
      ) : (
        <>
          <p>Each is confirmed with its defaults, and with what you have changed in it.</p>
          <Choices
            label="Restaurants"
            options={entries.map(({ job_id, restaurant }) => ({
              id: job_id,
              label: restaurant.name ?? 'Restaurant',
            }))}
            chosen={jobs}
            onChosen={setJobs}
          />
        </>
      )}
      {refused.length === 0 ? <FailureNote error={start.error} /> : null}
    </Dialog>
  );
}
