/** The record's writes and reads that workflows ask for. Every failure is retried: the record must learn what happened. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { SEEDS } from '../../domain/seeds';
import { BATCH_STATUSES, isTerminalJob, JOB_STATUSES } from '../../domain/statuses';
import { SUB_STEP_KEYS } from '../../domain/sub-steps';
import type { RegistrationSettings } from '../../workflows/messages';
import { readResult } from '../supabase-result';
import type { RecordActivities } from './types';

const snapshotResult = z.object({
  job: z.enum(['applied', 'unchanged', 'stale', 'absent']),
  sub_steps_ignored: z.array(z.enum(SUB_STEP_KEYS)),
});

const restoreResult = z.object({ restored: z.boolean(), revision: z.number() });

const batchRow = z.object({
  organisation_id: z.string(),
  name: z.string(),
  total_restaurants: z.number(),
  failure_policy: z.enum(['wait', 'fail']),
  execution_mode: z.enum(['parallel', 'sequential']),
});

const jobRows = z.array(
  z.object({
    id: z.string(),
    restaurant_id: z.string(),
    position: z.number(),
    revision: z.number(),
    status: z.enum(JOB_STATUSES),
    restaurants: z.object({ name: z.string() }).nullable(),
  }),
);

const summaryRow = z.object({
  status: z.enum(BATCH_STATUSES),
  completed: z.number(),
  failed: z.number(),
  error_message: z.string().nullable(),
});

export function createRecordActivities(deps: {
  supabase: SupabaseClient;
  settings: RegistrationSettings;
}): RecordActivities {
  const { supabase, settings } = deps;
  const call = async <T extends z.ZodType>(
    schema: T,
    name: string,
    args: Record<string, unknown>,
  ): Promise<z.infer<T>> => readResult(schema, await supabase.rpc(name, args));

  return {
    publishSnapshot: (write) => call(snapshotResult, 'apply_registration_snapshot', { p: write }),

    restoreJob: (write) =>
      call(restoreResult, 'restore_registration_job', {
        p: { ...write, seeds: SEEDS },
      }),

    async openBatch({ batchId }) {
      const now = new Date().toISOString();
      const batches = supabase.from('registration_batch_jobs');
      readResult(
        z.unknown(),
        await batches.update({ started_at: now }).eq('id', batchId).is('started_at', null),
      );
      await call(z.unknown(), 'record_batch_summary', { p_batch_id: batchId });
      const row = readResult(
        batchRow,
        await supabase
          .from('registration_batch_jobs')
          .select('organisation_id, name, total_restaurants, failure_policy, execution_mode')
          .eq('id', batchId)
          .single(),
      );
      return {
        organisationId: row.organisation_id,
        name: row.name,
        total: row.total_restaurants,
        failurePolicy: row.failure_policy,
        executionMode: row.execution_mode,
        settings,
      };
    },

    async loadJobs({ batchId, offset, limit }) {
      const rows = readResult(
        jobRows,
        await supabase
          .from('registration_jobs')
          .select('id, restaurant_id, position, revision, status, restaurants(name)')
          .eq('batch_job_id', batchId)
          .order('id')
          .range(offset, offset + limit - 1),
      );
      const jobs = rows
        .filter((row) => !isTerminalJob(row.status))
        .map((row) => ({
          jobId: row.id,
          position: row.position,
          begun: row.revision > 0,
          restaurantId: row.restaurant_id,
          restaurantName: row.restaurants?.name ?? 'Unnamed restaurant',
        }));
      return { jobs, more: rows.length === limit };
    },

    async closeJob({ jobId, status, reason }) {
      await call(z.unknown(), 'close_job', { p: { job_id: jobId, status, reason } });
    },

    async setBatchPause(write) {
      await call(z.unknown(), 'set_batch_pause', { p: write });
    },

    async closeBatch({ batchId, cancelled }) {
      if (cancelled) {
        // A cancel in the Web UI did not pass the API, which marks the batch first.
        const at = { cancel_requested_at: new Date().toISOString() };
        const batches = supabase.from('registration_batch_jobs');
        readResult(z.unknown(), await batches.update(at).eq('id', batchId).is('cancel_requested_at', null));
        const close = {
          batch_id: batchId,
          status: 'cancelled',
          reason: 'The batch was cancelled before this began.',
        };
        await call(z.unknown(), 'close_unstarted_jobs', { p: close });
      }
      const row = await call(summaryRow, 'record_batch_summary', { p_batch_id: batchId });
      return {
        status: row.status,
        completed: row.completed,
        failed: row.failed,
        errorMessage: row.error_message,
      };
    },
  };
}
