/** Operators' commands: updates of the workflow, whose answer says what happens now. */
import { z } from 'zod';
import { SUB_STEP_KEYS } from '../../domain/sub-steps';
import { continueExtraction, retry } from '../../workflows/messages';
import { jobOf, type RouteContext } from '../deps';
import { endpoint } from '../http/endpoint';
import { commandId, idempotencyOf } from '../idempotency';
import { jobParams, reasonText } from '../schemas';

const RETRYABLE_STEPS = [1, 2, 4, 6] as const;

export const retryBody = z
  .strictObject({
    step: z.literal(RETRYABLE_STEPS),
    sub_steps: z.array(z.enum(SUB_STEP_KEYS)).min(1).max(SUB_STEP_KEYS.length).optional(),
    reason: reasonText.optional(),
  })
  .refine(({ step, sub_steps }) => sub_steps === undefined || step === 6, {
    path: ['sub_steps'],
    message: 'Only step 6 has sub-steps.',
  });

export const continueBody = z.strictObject({
  /** `wait` once more for the extraction, or go on `without` it. */
  mode: z.enum(['wait', 'without']),
  reason: reasonText,
});

const ERRORS = [
  'JOB_NOT_FOUND',
  'INVALID_STATUS',
  'EFFECT_EXISTS',
  'IDEMPOTENCY_KEY_REUSED',
  'TEMPORAL_UNAVAILABLE',
] as const;

export function commandRoutes({ host, record, workflows }: RouteContext): void {
  endpoint(
    host,
    {
      method: 'post',
      path: '/jobs/:jobId/retry',
      summary:
        'Run a failed step again; of step 6 all failed sub-steps, or those named. Idempotency-Key is honoured',
      tag: 'jobs',
      limit: 'other',
      params: jobParams,
      body: retryBody,
      answer: z.object({
        job_id: z.guid(),
        step: z.number(),
        /** Sub-steps that run again; empty for other steps. */
        sub_steps: z.enum(SUB_STEP_KEYS).array(),
      }),
      errors: ERRORS,
    },
    async ({ caller, params, body, req }) => {
      const job = await jobOf(record, caller, params.jobId);
      const idempotency = idempotencyOf(req, caller, `POST /jobs/${job.id}/retry`, body);
      const id = await commandId(record, job.organisation_id, idempotency);
      const command = {
        actor: caller.userId,
        reason: body.reason ?? null,
        step: body.step,
        ...(body.sub_steps ? { subSteps: body.sub_steps } : {}),
      };
      const { step, subSteps } = await workflows.command(job.id, retry, [command], id);
      return { job_id: job.id, step, sub_steps: subSteps };
    },
  );

  endpoint(
    host,
    {
      method: 'post',
      path: '/jobs/:jobId/steps/1/continue',
      summary: 'After a failed extraction: wait once more, or go on without it. Idempotency-Key is honoured',
      tag: 'jobs',
      limit: 'other',
      params: jobParams,
      body: continueBody,
      answer: z.object({ job_id: z.guid(), mode: z.enum(['wait', 'without']) }),
      errors: ERRORS,
    },
    async ({ caller, params, body, req }) => {
      const job = await jobOf(record, caller, params.jobId);
      const idempotency = idempotencyOf(req, caller, `POST /jobs/${job.id}/steps/1/continue`, body);
      const id = await commandId(record, job.organisation_id, idempotency);
      const command = { actor: caller.userId, reason: body.reason, mode: body.mode };
      const { mode } = await workflows.command(job.id, continueExtraction, [command], id);
      return { job_id: job.id, mode };
    },
  );
}
