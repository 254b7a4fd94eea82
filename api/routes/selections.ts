/** `POST /:id/steps/3/complete`: the chosen companies of several jobs at once. */
import { z } from 'zod';
import type { Caller } from '../auth';
import { companySelected } from '../../workflows/messages';
import { choicesAnswer, choicesOutcome, deliver, type Choice, type Rejection } from '../decisions';
import { batchOf, type RouteContext } from '../deps';
import { ApiError } from '../errors';
import { endpoint } from '../http/endpoint';
import { batchParams, type BatchRow } from '../schemas';
import { checkSelection, selectionSchema, type CheckedSelection } from '../selections';
import type { Workflows } from '../temporal';

const MAX_JOBS = 1_000;

/** Each is checked for itself, so that a wrong one does not stop the others. */
export const byJob = z
  .record(z.string().max(64), z.unknown())
  .refine((jobs) => Object.keys(jobs).length <= MAX_JOBS, { message: `At most ${MAX_JOBS} jobs at once.` });

/** Keys that can be ids at all; the others are answered as unknown jobs. */
export function guidsOf(keys: Iterable<string>): string[] {
  return [...keys].filter((key) => z.guid().safeParse(key).success).map((key) => key.toLowerCase());
}

/** What the two routes that take people's choices for many jobs have in common. */
export const choicesSpec = {
  tag: 'steps',
  access: 'answer',
  limit: 'completion',
  params: batchParams,
  answer: z.object(choicesAnswer),
  errors: [
    'BATCH_NOT_FOUND',
    'JOB_NOT_FOUND',
    'MISSING_SELECTIONS',
    'STEP_NOT_ACTION_REQUIRED',
    'INVALID_STATUS',
    'TEMPORAL_UNAVAILABLE',
  ],
} as const;

const selectionsBody = z.strictObject({ selections: byJob.optional() });

/** What the document says of it; the handler checks each entry. */
const documentedBody = z.object({ selections: z.record(z.guid(), selectionSchema) });

export function selectionRoutes(context: RouteContext): void {
  endpoint(
    context.host,
    {
      method: 'post',
      path: '/:id/steps/3/complete',
      summary: 'Choose companies; each job is answered for itself',
      body: selectionsBody,
      documentedBody,
      ...choicesSpec,
    },
    async ({ caller, params, body }) => {
      const { record, settings } = context;
      const batch = await batchOf(record, caller, params.id);
      const selections = new Map(Object.entries(body.selections ?? {}));
      if (selections.size === 0) throw new ApiError('MISSING_SELECTIONS', 'Give at least one selection.');
      const { choices, rejected } = await checkAll(context, batch, caller, selections);
      const delivered = await deliver(
        { eventsById: record.eventsById, waitMs: settings.VERDICT_WAIT_MS },
        choices,
      );
      return choicesOutcome(
        { results: delivered.results, rejected: [...rejected, ...delivered.rejected] },
        4,
      );
    },
  );
}

async function checkAll(
  { record, workflows }: RouteContext,
  batch: BatchRow,
  caller: Caller,
  selections: ReadonlyMap<string, unknown>,
): Promise<{ choices: Choice[]; rejected: Rejection[] }> {
  const ids = guidsOf(selections.keys());
  const [jobs, candidates] = await Promise.all([
    record.jobsToDecide(batch, ids),
    record.candidates(batch.organisation_id, ids),
  ]);
  const jobsById = new Map(jobs.map((job) => [job.id, job]));
  const choices: Choice[] = [];
  const rejected: Rejection[] = [];
  for (const [jobId, given] of selections) {
    const job = jobsById.get(jobId.toLowerCase());
    const checked = checkSelection(jobId, given, job, job && candidates.get(job.id));
    if ('code' in checked) rejected.push(checked);
    else choices.push(toChoice(workflows, caller, job?.id ?? jobId, checked));
  }
  return { choices, rejected };
}

function toChoice(workflows: Workflows, caller: Caller, jobId: string, checked: CheckedSelection): Choice {
  const send = (decisionId: string): Promise<boolean> =>
    workflows.signal(jobId, companySelected, { decisionId, actor: caller.userId, ...checked });
  return { jobId, send };
}
