/** What operators' commands read of the record, and the one write that rebuilds a job's. */
import { z } from 'zod';
import type { RestoreWrite } from '../../domain/record';
import { SEEDS } from '../../domain/seeds';
import { RETRYABLE_STEPS } from '../../domain/steps';
import { SUB_STEP_STATUSES } from '../../domain/statuses';
import { SUB_STEP_KEYS } from '../../domain/sub-steps';
import { stepRow } from '../schemas';
import { ask, ofBatch, type Database, type OwnedBatch } from './client';

const key = z.enum(SUB_STEP_KEYS);

const failedJob = z.object({
  id: z.guid(),
  steps: z.object({ step_number: z.literal(RETRYABLE_STEPS) }).array(),
  /** Those that failed. */
  sub_steps: z.object({ key }).array(),
});
export type FailedJob = z.infer<typeof failedJob>;

const ledger = z.object({
  sub_steps: z.object({ key, status: z.enum(SUB_STEP_STATUSES), generation: z.number() }).array(),
  steps: z.object({ sub_step_progress: stepRow.shape.sub_step_progress }).array(),
});

const restored = z.object({ restored: z.boolean(), revision: z.number() });

export function commandReads(db: Database) {
  return {
    /** Jobs of a batch that wait with a failed step which can be retried, in the batch's order. */
    async jobsThatFailed(batch: OwnedBatch): Promise<FailedJob[]> {
      const query = db
        .from('registration_jobs')
        .select('id, steps:registration_job_steps!inner(step_number), sub_steps:registration_sub_steps(key)')
        .match(ofBatch(batch))
        .eq('status', 'action_required')
        .eq('steps.status', 'failed')
        .in('steps.step_number', RETRYABLE_STEPS)
        .eq('sub_steps.status', 'failed')
        .order('position')
        .order('position', { referencedTable: 'sub_steps' });
      return ask(query, failedJob.array());
    },

    /** Step 6 of a job as the record shows it. */
    async ledgerOf(job: { id: string; organisation_id: string }) {
      const query = db
        .from('registration_jobs')
        .select(
          'sub_steps:registration_sub_steps(key, status, generation), steps:registration_job_steps(sub_step_progress)',
        )
        .match({ id: job.id, organisation_id: job.organisation_id })
        .eq('steps.step_number', 6)
        .single();
      const { sub_steps, steps } = await ask(query, ledger);
      return { rows: sub_steps, progress: steps[0]?.sub_step_progress ?? null };
    },

    /** Writes a job's whole record anew, unless it knows newer things. */
    async restoreJob(write: RestoreWrite): Promise<z.infer<typeof restored>> {
      const p = { ...write, seeds: SEEDS };
      return ask(db.rpc('restore_registration_job', { p }), restored);
    },
  };
}
