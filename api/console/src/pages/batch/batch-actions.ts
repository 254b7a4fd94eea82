/** What can be done with a batch now. Pure; the API has the last word. */
import type { LiveBatch } from '../../api/types';

export type BatchAction = 'start' | 'pause' | 'resume' | 'retry' | 'cancel' | 'export';

/** For each action why it is not possible now; null: it is. */
export function batchActions(
  batch: Pick<LiveBatch, 'status' | 'paused_at' | 'start_requested_at' | 'cancel_requested_at'>,
  failedJobs: number,
): Record<BatchAction, string | null> {
  const { status, paused_at: pausedAt } = batch;
  const isClosed = status === 'completed' || status === 'failed' || status === 'cancelled';
  const isStarted = batch.start_requested_at !== null;
  const isCancelling = batch.cancel_requested_at !== null;
  const closed = isClosed ? 'It has ended.' : isCancelling ? 'It is being cancelled.' : null;
  const running = closed ?? (isStarted ? null : 'It has not been started.');
  return {
    start: closed ?? (isStarted ? 'It was started already.' : null),
    pause: running ?? (pausedAt === null ? null : 'It is paused already.'),
    resume: running ?? (pausedAt === null ? 'It is not paused.' : null),
    retry: running ?? (failedJobs > 0 ? null : 'Nothing in it waits with a failure.'),
    cancel: closed,
    export: isClosed ? null : 'It can be downloaded once it has ended.',
  };
}
