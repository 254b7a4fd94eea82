/** What is to be done about a row, given what the engine says of its run. Pure: the whole of the reconciler's judgement. */
import { CLOSED } from '../../domain/reasons';
import type { BatchRow, JobRow } from './record';
import type { Run } from './runs';

export type JobVerdict =
  | { repair: 'cancel_sent'; runId: string; reason: string }
  | { repair: 'closed'; runId: string | null; status: 'failed' | 'cancelled'; reason: string }
  /** It ended by itself: what it knew last is the truth. */
  | { repair: 'taken_over'; runId: string; end: 'completed' | 'cancelled'; closedAt: string | null };

export type BatchVerdict =
  | { repair: 'started'; runId: null; reason: string }
  | { repair: 'cancel_sent'; runId: string; reason: string }
  | { repair: 'recomputed'; runId: string | null; reason: string };

/** What the audit trail says of a repair that closes nothing. */
export const REASONS = {
  started: 'Its start was recorded, and no workflow had taken it up.',
  cancelSent: 'A cancel was recorded, and had not reached its run.',
  neverBegun: 'It was cancelled before it was begun.',
  takenOver: 'Its run had ended, and the record had missed it.',
  recomputed: 'The run of the batch has ended, and its row did not follow from its jobs.',
} as const;

const ENDED = {
  terminated: CLOSED.terminated,
  failed: CLOSED.failed,
  timed_out: CLOSED.timedOut,
} as const;

/** Null: the row is right, or somebody else will put it right. `batchRun` is asked for a job whose run is unknown. */
export async function judgeJob(
  job: JobRow,
  run: Run,
  batchRun: () => Promise<Run>,
): Promise<JobVerdict | null> {
  switch (run.state) {
    case 'open':
      return owedCancel(job, run);
    case 'closed':
      return run.end === 'completed' || run.end === 'cancelled'
        ? { repair: 'taken_over', runId: run.runId, end: run.end, closedAt: run.closedAt }
        : closed(job, run.runId, ENDED[run.end]);
    case 'unknown':
      if (job.revision > 0) return closed(job, null, CLOSED.lost);
      return neverBegun(job, batchRun);
  }
}

export function judgeBatch(batch: BatchRow, run: Run): BatchVerdict | null {
  switch (run.state) {
    case 'open':
      return owedCancel(batch, run);
    case 'closed':
      return { repair: 'recomputed', runId: run.runId, reason: REASONS.recomputed };
    case 'unknown':
      // One that began is not begun again: its children may have acted. One that was cancelled is not begun at all.
      if (batch.began || batch.cancel_requested) {
        return { repair: 'recomputed', runId: null, reason: REASONS.recomputed };
      }
      return { repair: 'started', runId: null, reason: REASONS.started };
  }
}

function owedCancel(
  row: { cancel_requested: boolean },
  run: Run & { state: 'open' },
): { repair: 'cancel_sent'; runId: string; reason: string } | null {
  if (!row.cancel_requested || run.cancelRequested) return null;
  return { repair: 'cancel_sent', runId: run.runId, reason: REASONS.cancelSent };
}

/** A job that was to be cancelled, and can run no more, is cancelled. */
function closed(job: JobRow, runId: string | null, reason: string): JobVerdict {
  return { repair: 'closed', runId, status: job.cancel_requested ? 'cancelled' : 'failed', reason };
}

async function neverBegun(job: JobRow, batchRun: () => Promise<Run>): Promise<JobVerdict | null> {
  if (job.cancel_requested) return closed(job, null, REASONS.neverBegun);
  const batch = await batchRun();
  if (batch.state === 'open') return null;
  if (batch.state === 'closed') return closed(job, null, CLOSED.batchEnded);
  // Nobody has begun the batch yet: that is repaired first.
  return job.batch_began ? closed(job, null, CLOSED.batchEnded) : null;
}
