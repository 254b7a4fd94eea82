/** What can be done with a batch as a whole; what cannot be done now says why. */
import { Ban, Download, Ellipsis, Pause, Play, RotateCcw } from 'lucide-react';
import { useState } from 'react';
import { answer, api } from '../../api/client';
import { useCommand } from '../../api/command';
import { keys } from '../../api/keys';
import { saveExport } from '../../api/download';
import type { LiveBatch } from '../../api/types';
import { because } from '../../features/repair/because';
import { ReasonDialog } from '../../features/repair/ReasonDialog';
import { Button, IconButton, Menu, notify } from '../../ui';
import { batchActions, type BatchAction } from './batch-actions';

const PATH = '/api/registration-batches/{id}';

/** One command on the batch, at one of its addresses. */
function useBatchCommand(batch: LiveBatch, action: Exclude<BatchAction, 'export'>, done: string) {
  const params = { path: { id: batch.id } };
  return useCommand<{ reason?: string }, unknown>({
    send: (body, key) => {
      const headers = { 'Idempotency-Key': key };
      switch (action) {
        case 'start':
          return answer(api.POST(`${PATH}/start`, { params, headers }));
        case 'pause':
          return answer(api.POST(`${PATH}/pause`, { params, body, headers }));
        case 'resume':
          return answer(api.POST(`${PATH}/resume`, { params, body, headers }));
        case 'retry':
          return answer(api.POST(`${PATH}/retry-failed`, { params, body, headers }));
        case 'cancel':
          return answer(api.POST(`${PATH}/cancel`, { params, body, headers }));
      }
    },
    done: () => done,
    invalidates: [keys.batches, keys.waiting],
  });
}

export function BatchActions({ batch, failedJobs }: { batch: LiveBatch; failedJobs: number }) {
  const [asked, setAsked] = useState<'pause' | 'cancel' | null>(null);
  const start = useBatchCommand(batch, 'start', 'The batch was started.');
  const pause = useBatchCommand(batch, 'pause', 'Paused. What runs goes on to its end.');
  const resume = useBatchCommand(batch, 'resume', 'The batch goes on.');
  const retry = useBatchCommand(batch, 'retry', 'What had failed runs again.');
  const cancel = useBatchCommand(batch, 'cancel', 'The batch is being cancelled.');
  const can = batchActions(batch, failedJobs);
  const download = (): void => {
    saveExport(batch).catch((error: Error) => notify.failed(error.message));
  };
  return (
    <>
      {can.start === null ? (
        <Button variant="primary" isPending={start.isPending} onPress={() => start.mutate({})}>
          <Play size={15} aria-hidden="true" /> Start
        </Button>
      ) : null}
      {can.resume === null ? (
        <Button variant="primary" isPending={resume.isPending} onPress={() => resume.mutate({})}>
          <Play size={15} aria-hidden="true" /> Resume
        </Button>
      ) : null}
      {can.retry === null ? (
        <Button isPending={retry.isPending} onPress={() => retry.mutate({})}>
          <RotateCcw size={15} aria-hidden="true" /> Retry what failed
        </Button>
      ) : null}
      <Menu
        label="More about this batch"
        trigger={
          <IconButton label="More" variant="secondary">
            <Ellipsis size={16} aria-hidden="true" />
          </IconButton>
        }
        entries={[
          {
            id: 'pause',
            label: 'Pause…',
            icon: <Pause size={15} aria-hidden="true" />,
            isDisabled: can.pause !== null,
            description: can.pause ?? 'Nothing new starts; what runs goes on to its end.',
            onAction: () => setAsked('pause'),
          },
          {
            id: 'export',
            label: 'Download as CSV',
            icon: <Download size={15} aria-hidden="true" />,
            isDisabled: can.export !== null,
            description: can.export ?? undefined,
            onAction: download,
          },
          {
            id: 'cancel',
            label: 'Cancel the batch…',
            icon: <Ban size={15} aria-hidden="true" />,
            isDangerous: true,
            isDisabled: can.cancel !== null,
            description: can.cancel ?? 'Final. What was done stays and is recorded.',
            onAction: () => setAsked('cancel'),
          },
        ]}
      />
      <ReasonDialog
        title="Pause this batch"
        isOpen={asked === 'pause'}
        onClose={() => setAsked(null)}
        act="Pause"
        isOptional
        onAct={(reason) => pause.mutateAsync(because(reason))}
      >
        Nothing new starts until somebody resumes it. What runs now goes on to its end.
      </ReasonDialog>
      <ReasonDialog
        title="Cancel this batch"
        isOpen={asked === 'cancel'}
        onClose={() => setAsked(null)}
        act="Cancel the batch"
        isDangerous
        isOptional
        onAct={(reason) => cancel.mutateAsync(because(reason))}
      >
        Every restaurant that is not finished is cancelled. This is final: what was done stays and is
        recorded, but nothing goes on.
      </ReasonDialog>
    </>
  );
}
