/** Operators' commands on a batch: pause, resume, and run again all that failed. */
import { z } from 'zod';
import { RETRYABLE_STEPS } from '../../domain/steps';
import { SUB_STEP_KEYS } from '../../domain/sub-steps';
import { pauseBatch, resumeBatch, retry } from '../../workflows/messages';
import { assertSomeDone, forEachJob } from '../bulk';
import { refuse, rejection, type Rejection } from '../decisions';
import { batchOf, type RouteContext } from '../deps';
import { ApiError } from '../errors';
import { followRecord } from '../follow';
import { endpoint } from '../http/endpoint';
import { idempotencyOf, plannedOnce, sha256 } from '../idempotency';
import { by, COMMAND_ERRORS, commandBatch, routeOf } from '../operator';
import type { FailedJob } from '../record/commands';
import { batchParams, batchRow, reasonText } from '../schemas';
import { retryAnswer } from './commands';

const BATCH_COMMAND = {
  method: 'post',
  tag: 'batches',
  access: 'operate',
  limit: 'other',
  params: batchParams,
  errors: ['BATCH_NOT_FOUND', ...COMMAND_ERRORS],
} as const;

export function batchCommandRoutes(context: RouteContext): void {
  pauseOrResume(context, {
    path: 'pause',
    update: pauseBatch,
    summary: 'Start nothing new in a batch; what runs goes on to its end. Idempotency-Key is honoured',
  });
  pauseOrResume(context, {
    path: 'resume',
    update: resumeBatch,
    summary:
      'Go on with a paused batch, also after the circuit breaker, whose count starts anew. Idempotency-Key is honoured',
  });
  retryFailed(context);
}

function pauseOrResume(
  context: RouteContext,
  command: { path: string; update: typeof pauseBatch; summary: string },
): void {
  const { path, update, summary } = command;
  endpoint(
    context.host,
    {
      ...BATCH_COMMAND,
      path: `/:id/${path}`,
      summary,
      body: z.strictObject({ reason: reasonText.optional() }),
      answer: z.object({
        batch_job_id: z.guid(),
        paused: z.boolean(),
        /** Null too when the record does not show it yet. */
        paused_at: batchRow.shape.paused_at,
        pause_reason: batchRow.shape.pause_reason,
      }),
    },
    async (asked) => {
      const { caller, body } = asked;
      const { batch, result } = await commandBatch(
        context,
        asked,
        `POST ${path}`,
        update,
        by(caller, body.reason),
      );
      const shown = await followRecord(
        () => batchOf(context.record, caller, batch.id),
        ({ paused_at }) => (paused_at !== null) === result.paused,
        { waitMs: context.settings.VERDICT_WAIT_MS },
      );
      const reason = result.paused ? (body.reason ?? null) : null;
      return {
        batch_job_id: batch.id,
        paused: result.paused,
        paused_at: shown?.paused_at ?? null,
        pause_reason: shown ? shown.pause_reason : reason,
      };
    },
  );
}

// ---- retry all that failed -----------------------------------------------------------------------------------------

const MAX_JOBS = 1_000;

export const retryFailedBody = z
  .strictObject({
    steps: z.array(z.literal(RETRYABLE_STEPS)).min(1).max(RETRYABLE_STEPS.length).optional(),
    /** Of step 6, these alone. */
    sub_steps: z.array(z.enum(SUB_STEP_KEYS)).min(1).max(SUB_STEP_KEYS.length).optional(),
    job_ids: z
      .array(z.guid().transform((id) => id.toLowerCase()))
      .min(1)
      .max(MAX_JOBS)
      .optional(),
    reason: reasonText.optional(),
  })
  .refine(({ steps, sub_steps }) => !sub_steps || !steps || steps.includes(6), {
    path: ['sub_steps'],
    message: 'Only step 6 has sub-steps.',
  });
type Filter = Pick<z.output<typeof retryFailedBody>, 'steps' | 'sub_steps' | 'job_ids'>;

const targetSchema = z.object({
  jobId: z.guid(),
  step: z.literal(RETRYABLE_STEPS),
  subSteps: z.enum(SUB_STEP_KEYS).array().optional(),
});
type Target = z.infer<typeof targetSchema>;

/** What a request runs again, worked out once. */
const retryPlan = z.object({ targets: targetSchema.array(), refused: rejection.array() });

/** Which of the jobs that failed are meant, and why the others that were named are not. */
export function retryTargets(failed: readonly FailedJob[], filter: Filter): z.infer<typeof retryPlan> {
  const steps: readonly number[] = filter.steps ?? (filter.sub_steps ? [6] : RETRYABLE_STEPS);
  const targets = failed
    .filter(({ id }) => filter.job_ids?.includes(id) ?? true)
    .flatMap((job) => targetOf(job, steps, filter.sub_steps));
  const meant = new Set(targets.map(({ jobId }) => jobId));
  const refused = [...new Set(filter.job_ids)].flatMap((id): Rejection[] =>
    meant.has(id)
      ? []
      : [
          refuse(
            id,
            'STEP_NOT_ACTION_REQUIRED',
            'Nothing of what was named has failed in this job of this batch.',
          ),
        ],
  );
  return { targets, refused };
}

function targetOf(job: FailedJob, steps: readonly number[], only: Filter['sub_steps']): Target[] {
  const failed = job.steps.find(({ step_number }) => steps.includes(step_number));
  if (!failed) return [];
  const { step_number: step } = failed;
  if (step !== 6 || !only) return [{ jobId: job.id, step }];
  const subSteps = job.sub_steps.map(({ key }) => key).filter((key) => only.includes(key));
  return subSteps.length > 0 ? [{ jobId: job.id, step, subSteps }] : [];
}

function retryFailed(context: RouteContext): void {
  const { host, record, workflows, log } = context;
  endpoint(
    host,
    {
      ...BATCH_COMMAND,
      path: '/:id/retry-failed',
      summary:
        'Run again all that failed in the jobs of a batch that wait for it; each job is answered for itself. Idempotency-Key is honoured',
      body: retryFailedBody,
      answer: z.object({
        batch_job_id: z.guid(),
        retried: retryAnswer.array(),
        refused: rejection.array(),
        counts: z.object({ retried: z.number(), refused: z.number() }),
      }),
      errors: [...BATCH_COMMAND.errors, 'STEP_NOT_ACTION_REQUIRED'],
    },
    async ({ caller, params, body, req }) => {
      const batch = await batchOf(record, caller, params.id);
      const idempotency = idempotencyOf(req, caller, routeOf('POST retry-failed', batch.id), body);
      const { id, plan } = await plannedOnce(
        record,
        batch.organisation_id,
        idempotency,
        retryPlan,
        async () => someTarget(retryTargets(await record.jobsThatFailed(batch), body)),
      );
      const outcome = await forEachJob(log, plan.targets, async ({ jobId, step, subSteps }) => {
        const command = { ...by(caller, body.reason), step, ...(subSteps ? { subSteps } : {}) };
        const result = await workflows.command(jobId, retry, [command], sha256(`${id}:${jobId}`));
        return { job_id: jobId, step: result.step, sub_steps: result.subSteps };
      });
      const refused = [...plan.refused, ...outcome.refused];
      assertSomeDone({ done: outcome.done, refused });
      return {
        batch_job_id: batch.id,
        retried: outcome.done,
        refused,
        counts: { retried: outcome.done.length, refused: refused.length },
      };
    },
  );
}

function someTarget(plan: z.infer<typeof retryPlan>): z.infer<typeof retryPlan> {
  if (plan.targets.length === 0 && plan.refused.length === 0) {
    throw new ApiError('STEP_NOT_ACTION_REQUIRED', 'No job of this batch waits with such a failure.');
  }
  return plan;
}
