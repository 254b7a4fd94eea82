/** The record as the reconciler sees it: live rows that nobody has touched for a while, and their repairs by compare-and-set. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { ENGINE_OF_RECORD, engineAnswer, engineQuestion, type EngineNamespace } from '../../domain/lifecycle';
import type { SnapshotWrite } from '../../domain/record';
import { readResult } from '../supabase-result';
import type { ReconcilePage, RepairKind } from './types';

const jobRow = z.object({
  job_id: z.string(),
  cursor: z.string(),
  batch_id: z.string(),
  /** The batch's workflow has written once. */
  batch_began: z.boolean(),
  /** 0: the job's workflow has never written. */
  revision: z.number(),
  seen_at: z.string(),
  cancel_requested: z.boolean(),
});
export type JobRow = z.infer<typeof jobRow>;

const batchRow = z.object({
  batch_id: z.string(),
  cursor: z.string(),
  organisation_id: z.string(),
  name: z.string(),
  total_restaurants: z.number(),
  began: z.boolean(),
  seen_at: z.string(),
  cancel_requested: z.boolean(),
});
export type BatchRow = z.infer<typeof batchRow>;

export interface Repair {
  repair: RepairKind;
  /** The run that was looked at; null if there was none. */
  runId: string | null;
  reason: string;
}

export interface Closing {
  status: 'completed' | 'failed' | 'cancelled';
  /** When the run ended, ISO 8601; null: now. */
  at: string | null;
}

export interface ReconcilerRecord {
  /** The namespace whose workflows this record describes; from the first time that this is asked it is the given one. */
  engine(here: EngineNamespace): Promise<EngineNamespace>;
  jobs(page: ReconcilePage): Promise<JobRow[]>;
  batches(page: ReconcilePage): Promise<BatchRow[]>;
  /** Closes the job (`closing`) or writes down what is about to be done. False: the row is another than was seen; leave it. */
  repairJob(seen: JobRow, repair: Repair, closing?: Closing): Promise<boolean>;
  /** `recomputed` is done, anything else written down. False: the row is another than was seen, or was right. */
  repairBatch(seen: BatchRow, repair: Repair): Promise<boolean>;
  /** Whether the record took a closed run's last state. */
  takeOver(write: SnapshotWrite): Promise<boolean>;
  deleteOldIdempotencyKeys(olderThanMs: number, limit: number): Promise<number>;
}

const repaired = z.object({ repaired: z.boolean() });

export function createReconcilerRecord(supabase: SupabaseClient): ReconcilerRecord {
  const call = async <T extends z.ZodType>(
    schema: T,
    name: string,
    p: Record<string, unknown>,
  ): Promise<z.infer<T>> => readResult(schema, await supabase.rpc(name, { p }));
  const pageOf = ({ after, limit, untouchedMs }: ReconcilePage) => ({
    after,
    limit,
    untouched_ms: untouchedMs,
  });
  const told = ({ repair, runId, reason }: Repair) => ({ repair, run_id: runId, reason });

  return {
    async engine(here) {
      return readResult(engineAnswer, await supabase.rpc(ENGINE_OF_RECORD, engineQuestion(here)));
    },
    jobs: (page) => call(jobRow.array(), 'jobs_to_reconcile', pageOf(page)),
    batches: (page) => call(batchRow.array(), 'batches_to_reconcile', pageOf(page)),
    async repairJob({ job_id, revision, seen_at }, repair, closing) {
      const seen = { job_id, expected_revision: revision, seen_at };
      return (await call(repaired, 'reconcile_job', { ...seen, ...told(repair), ...closing })).repaired;
    },
    async repairBatch({ batch_id, seen_at }, repair) {
      return (await call(repaired, 'reconcile_batch', { batch_id, seen_at, ...told(repair) })).repaired;
    },
    async takeOver(write) {
      const answer = await call(z.object({ job: z.string() }), 'apply_registration_snapshot', { ...write });
      return answer.job === 'applied';
    },
    async deleteOldIdempotencyKeys(olderThanMs, limit) {
      const p = { older_than_ms: olderThanMs, limit };
      return (await call(z.object({ deleted: z.number() }), 'delete_old_idempotency_keys', p)).deleted;
    },
  };
}
