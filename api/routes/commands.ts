/** Operators' commands on a job as a whole: updates of its workflow, whose answer says what happens now. */
import { z } from 'zod';
import { RETRYABLE_STEPS } from '../../domain/steps';
import { SUB_STEP_KEYS } from '../../domain/sub-steps';
import { continueExtraction, giveUp, retry } from '../../workflows/messages';
import type { RouteContext } from '../deps';
import { endpoint } from '../http/endpoint';
import { by, COMMAND_ERRORS, commandJob } from '../operator';
import { jobParams, jobRow, reasonText } from '../schemas';

const subStepKeys = z.array(z.enum(SUB_STEP_KEYS)).min(1).max(SUB_STEP_KEYS.length);

export const retryBody = z
  .strictObject({
    step: z.literal(RETRYABLE_STEPS),
    sub_steps: subStepKeys.optional(),
    reason: reasonText.optional(),
  })
  .refine(({ step, sub_steps }) => sub_steps === undefined || step === 6, {
    path: ['sub_steps'],
    message: 'Only step 6 has sub-steps.',
  });

/** What runs again. */
export const retryAnswer = z.object({
  job_id: z.guid(),
  step: z.number(),
  /** Sub-steps that run again; empty for other steps. */
  sub_steps: z.enum(SUB_STEP_KEYS).array(),
});

export const continueBody = z.strictObject({
  /** `wait` once more for the extraction, or go on `without` it. */
  mode: z.enum(['wait', 'without']),
  reason: reasonText,
});

export const giveUpBody = z.strictObject({ reason: reasonText });

/** What all commands on a job have in common. */
const JOB_COMMAND = {
  method: 'post',
  tag: 'jobs',
  access: 'operate',
  limit: 'other',
  params: jobParams,
  errors: ['JOB_NOT_FOUND', 'STEP_NOT_ACTION_REQUIRED', ...COMMAND_ERRORS],
} as const;

export function commandRoutes(context: RouteContext): void {
  endpoint(
    context.host,
    {
      ...JOB_COMMAND,
      path: '/jobs/:jobId/retry',
      summary:
        'Run a failed step again; of step 6 all failed sub-steps, or those named. Idempotency-Key is honoured',
      body: retryBody,
      answer: retryAnswer,
    },
    async (asked) => {
      const { step, sub_steps, reason } = asked.body;
      const command = { ...by(asked.caller, reason), step, ...(sub_steps ? { subSteps: sub_steps } : {}) };
      const { job, result } = await commandJob(context, asked, 'POST retry', retry, command);
      return { job_id: job.id, step: result.step, sub_steps: result.subSteps };
    },
  );

  endpoint(
    context.host,
    {
      ...JOB_COMMAND,
      path: '/jobs/:jobId/steps/1/continue',
      access: 'answer',
      summary: 'After a failed extraction: wait once more, or go on without it. Idempotency-Key is honoured',
      body: continueBody,
      answer: z.object({ job_id: z.guid(), mode: z.enum(['wait', 'without']) }),
    },
    async (asked) => {
      const command = { ...by(asked.caller, asked.body.reason), mode: asked.body.mode };
      const { job, result } = await commandJob(
        context,
        asked,
        'POST steps/1/continue',
        continueExtraction,
        command,
      );
      return { job_id: job.id, mode: result.mode };
    },
  );

  endpoint(
    context.host,
    {
      ...JOB_COMMAND,
      path: '/jobs/:jobId/give-up',
      summary: 'Close a job that waits for a person as failed; final. Idempotency-Key is honoured',
      body: giveUpBody,
      answer: z.object({ job_id: z.guid(), status: jobRow.shape.status }),
    },
    async (asked) => {
      const command = by(asked.caller, asked.body.reason);
      const { job, result } = await commandJob(context, asked, 'POST give-up', giveUp, command);
      return { job_id: job.id, status: result.status };
    },
  );
}
