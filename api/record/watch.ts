/** Reads for those who watch a batch. One statement each, so that what is answered was true at one moment. */
import { z } from 'zod';
import { batchRow, jobWithSteps, type JobWithSteps } from '../schemas';
import { ask, columnsOf, type Database } from './client';
import { JOB_WITH_STEPS } from './jobs';

/** A batch as watchers see it: without its default configuration. */
export const watchedBatch = batchRow.omit({ metadata: true });
export type WatchedBatch = z.infer<typeof watchedBatch>;

/** A whole batch, and the number of the newest change that is in it. */
export interface BatchState {
  position: number;
  batch: WatchedBatch;
  /** In the batch's order. */
  jobs: JobWithSteps[];
}

/** What changed after a number: each row once, as it is now, under the number of its newest change. */
export interface BatchChanges {
  /** Everything up to this number was read. */
  position: number;
  /** The newest number there is; above `position` there is more to read. */
  newest: number;
  /** Null if the batch's own row is none of the changes. */
  batch: { change: number; row: WatchedBatch } | null;
  /** By rising number. */
  jobs: { change: number; row: JobWithSteps }[];
}

export interface WatchReads {
  /** Null: there is no such batch. */
  batchState(batchId: string): Promise<BatchState | null>;
  /** At most `limit` jobs. Null: there is no such batch. */
  batchChanges(batchId: string, after: number, limit: number): Promise<BatchChanges | null>;
}

const BATCH = columnsOf(watchedBatch);
const NUMBERS = 'numbers:registration_batch_changes(last_change, batch_change)';
/** Absent until the first change. */
const numbers = z.object({ last_change: z.number(), batch_change: z.number() }).nullable();

const stateRow = z.object({ ...watchedBatch.shape, numbers, jobs: jobWithSteps.array() });
const changesRow = z.object({
  ...watchedBatch.shape,
  numbers,
  changes: z.object({ change_no: z.number(), job: jobWithSteps }).array(),
});

export function watchReads(db: Database): WatchReads {
  return {
    async batchState(batchId) {
      const query = db
        .from('registration_batch_jobs')
        .select(`${BATCH}, ${NUMBERS}, jobs:registration_jobs(${JOB_WITH_STEPS})`)
        .eq('id', batchId)
        .order('position', { referencedTable: 'jobs' })
        .order('step_number', { referencedTable: 'jobs.steps' });
      const row = await ask(query.maybeSingle(), stateRow.nullable());
      if (!row) return null;
      const { numbers: known, jobs, ...batch } = row;
      return { position: known?.last_change ?? 0, batch, jobs };
    },

    async batchChanges(batchId, after, limit) {
      const query = db
        .from('registration_batch_jobs')
        .select(
          `${BATCH}, ${NUMBERS}, changes:registration_job_changes(change_no, job:registration_jobs(${JOB_WITH_STEPS}))`,
        )
        .eq('id', batchId)
        .gt('changes.change_no', after)
        .order('change_no', { referencedTable: 'changes' })
        .order('step_number', { referencedTable: 'changes.job.steps' })
        .limit(limit, { referencedTable: 'changes' });
      const row = await ask(query.maybeSingle(), changesRow.nullable());
      return row && toChanges(row, after, limit);
    },
  };
}

function toChanges(row: z.infer<typeof changesRow>, after: number, limit: number): BatchChanges {
  const { numbers: known, changes, ...batch } = row;
  const newest = known?.last_change ?? 0;
  // A full page may have been cut off: it reaches as far as its last row.
  const position = changes.length < limit ? newest : (changes.at(-1)?.change_no ?? newest);
  const batchChange = known?.batch_change ?? 0;
  const isChanged = batchChange > after && batchChange <= position;
  return {
    position,
    newest,
    batch: isChanged ? { change: batchChange, row: batch } : null,
    jobs: changes.map(({ change_no, job }) => ({ change: change_no, row: job })),
  };
}
