/** Operators' commands on one sub-step of step 6: retry, skip, mark as done by hand, reset. */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import { isPlainText, NOT_PLAIN_TEXT } from '../../domain/plain-text';
import type { SubStepOutput } from '../../domain/record';
import { SUB_STEP_STATUSES } from '../../domain/statuses';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../domain/sub-steps';
import {
  markSubStepDone,
  resetSubStep,
  retry,
  skipSubStep,
  type SubStepsChanged,
} from '../../workflows/messages';
import { jobOf, type RouteContext } from '../deps';
import { validationFailed } from '../errors';
import { followRecord } from '../follow';
import { endpoint } from '../http/endpoint';
import { by, COMMAND_ERRORS, commandJob } from '../operator';
import { isReference } from '../references';
import { jobParams, reasonText, stepRow, type JobRow } from '../schemas';
import { retryAnswer } from './commands';

const subStepParams = z.object({ ...jobParams.shape, key: z.enum(SUB_STEP_KEYS) });

const MAX_OUTPUTS = 20;

/** Ids, addresses, counts: what the sub-step would have given. */
const outputSchema = z
  .record(
    z.string().regex(/^[A-Za-z]\w{0,49}$/, 'A name of letters, digits and _, at most 50.'),
    z.union([
      z.string().trim().min(1).max(500).refine(isPlainText, { error: NOT_PLAIN_TEXT }),
      z.number().refine(Number.isSafeInteger, 'Give a whole number, or a text.'),
    ]),
  )
  .refine((output) => Object.keys(output).length <= MAX_OUTPUTS, {
    message: `At most ${MAX_OUTPUTS} values.`,
  })
  .refine((output) => !Object.keys(output).some(isReference), {
    message: 'A password is given in the configuration, not here.',
  });

export const settleBody = z
  .strictObject({
    /** `completed`: somebody did it by hand; `skipped`: go on without. */
    status: z.enum(['completed', 'skipped']),
    reason: reasonText,
    output: outputSchema.optional(),
  })
  .refine(({ status, output }) => status === 'completed' || output === undefined, {
    path: ['output'],
    message: 'What is skipped has no output.',
  });

export const resetBody = z
  .strictObject({
    /** With everything that depends on it, transitively. */
    cascade: z.boolean().default(true),
    /** What it had made at the services was removed by hand. */
    effect_removed: z.boolean().default(false),
    /** Tells what would be reset, and changes nothing. */
    preview: z.boolean().default(false),
    reason: reasonText.optional(),
  })
  .refine(({ preview, reason }) => preview || reason !== undefined, {
    path: ['reason'],
    message: 'Say why.',
  });

/** A sub-step after the command: those that it names, and those it woke, skipped or reset with them. */
export const changedSubStep = z.object({
  key: z.enum(SUB_STEP_KEYS),
  status: z.enum(SUB_STEP_STATUSES),
  generation: z.number(),
});

/**
 * @returns what others need of the sub-step, as text, and whatever else was given
 * @throws ApiError VALIDATION_FAILED with the path of each output that is missing
 */
export function outputOf(key: SubStepKey, given: z.infer<typeof outputSchema> = {}): SubStepOutput {
  const { requiredOutputs, label } = SUB_STEPS[key];
  const missing = requiredOutputs.filter((name) => given[name] === undefined);
  if (missing.length > 0) {
    throw validationFailed(
      missing.map((name) => ({
        path: `output.${name}`,
        message: `Other sub-steps need this of “${label}”.`,
        code: 'MISSING',
      })),
    );
  }
  const needed = requiredOutputs.map((name) => [name, String(given[name])] as const);
  return { ...given, ...Object.fromEntries(needed) };
}

const SUB_STEP_COMMAND = {
  tag: 'jobs',
  access: 'operate',
  limit: 'other',
  params: subStepParams,
  errors: ['JOB_NOT_FOUND', 'VALIDATION_FAILED', 'STEP_NOT_ACTION_REQUIRED', ...COMMAND_ERRORS],
} as const;

export function subStepCommandRoutes(context: RouteContext): void {
  settleSubStep(context);
  retrySubStep(context);
  resetOneSubStep(context);
}

function settleSubStep(context: RouteContext): void {
  endpoint(
    context.host,
    {
      ...SUB_STEP_COMMAND,
      method: 'patch',
      path: '/jobs/:jobId/steps/6/sub-steps/:key',
      summary: 'Mark a sub-step as done by hand, or skip it. Idempotency-Key is honoured',
      body: settleBody,
      answer: z.object({
        job_id: z.guid(),
        changed: changedSubStep.array(),
        /** Absent when the record does not show the change yet. */
        sub_step_progress: stepRow.shape.sub_step_progress.optional(),
      }),
    },
    async (asked) => {
      const { caller, params, body } = asked;
      const command = { ...by(caller, body.reason), subStep: params.key };
      const route = `PATCH steps/6/sub-steps/${params.key}`;
      const { job, result } =
        body.status === 'skipped'
          ? await commandJob(context, asked, route, skipSubStep, command)
          : await commandJob(context, asked, route, markSubStepDone, {
              ...command,
              output: outputOf(params.key, body.output),
            });
      const progress = await progressAfter(context, job, result);
      return {
        job_id: job.id,
        changed: result.changed,
        ...(progress ? { sub_step_progress: progress } : {}),
      };
    },
  );
}

/** Progress once the record shows what was settled; what was woken with it may have moved on by then. */
async function progressAfter(
  { record, settings }: RouteContext,
  job: JobRow,
  { changed }: SubStepsChanged,
): Promise<z.infer<typeof stepRow>['sub_step_progress']> {
  const settled = changed.filter(({ status }) => status === 'completed' || status === 'skipped');
  const shown = await followRecord(
    () => record.ledgerOf(job),
    ({ rows }) =>
      settled.every(({ key, status, generation }) =>
        rows.some(
          (row) =>
            row.key === key &&
            (row.generation > generation || (row.generation === generation && row.status === status)),
        ),
      ),
    { waitMs: settings.VERDICT_WAIT_MS },
  );
  return shown?.progress ?? null;
}

function retrySubStep(context: RouteContext): void {
  endpoint(
    context.host,
    {
      ...SUB_STEP_COMMAND,
      method: 'post',
      path: '/jobs/:jobId/steps/6/sub-steps/:key/retry',
      summary: 'Run one failed sub-step again. Idempotency-Key is honoured',
      body: z.strictObject({ reason: reasonText.optional() }),
      answer: retryAnswer,
    },
    async (asked) => {
      const { key } = asked.params;
      const command = { ...by(asked.caller, asked.body.reason), step: 6 as const, subSteps: [key] };
      const route = `POST steps/6/sub-steps/${key}/retry`;
      const { job, result } = await commandJob(context, asked, route, retry, command);
      return { job_id: job.id, step: result.step, sub_steps: result.subSteps };
    },
  );
}

function resetOneSubStep(context: RouteContext): void {
  endpoint(
    context.host,
    {
      ...SUB_STEP_COMMAND,
      method: 'post',
      path: '/jobs/:jobId/steps/6/sub-steps/:key/reset',
      summary:
        'Run a sub-step as if it had never run, with all that depends on it: its outputs are forgotten. Idempotency-Key is honoured',
      body: resetBody,
      answer: z.object({
        job_id: z.guid(),
        changed: changedSubStep.array().optional(),
        /** Of a preview. */
        would_change: changedSubStep.array().optional(),
      }),
      errors: [...SUB_STEP_COMMAND.errors, 'EFFECT_EXISTS'],
    },
    async (asked) => {
      const { caller, params, body } = asked;
      const { cascade, effect_removed: effectRemoved, preview } = body;
      const command = {
        ...by(caller, body.reason),
        subStep: params.key,
        cascade,
        effectRemoved,
        preview,
      };
      if (preview) {
        // It changes nothing, so it is asked afresh each time, whatever key it came with.
        const job = await jobOf(context.record, caller, params.jobId);
        const { changed } = await context.workflows.command(job.id, resetSubStep, [command], randomUUID());
        return { job_id: job.id, would_change: changed };
      }
      const route = `POST steps/6/sub-steps/${params.key}/reset`;
      const { job, result } = await commandJob(context, asked, route, resetSubStep, command);
      return { job_id: job.id, changed: result.changed };
    },
  );
}
