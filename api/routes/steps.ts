/** `GET /:id/steps/:n`: one step over all restaurants of a batch, with what a person needs to answer it. */
import { z } from 'zod';
import type { RestaurantFacts } from '../../domain/configuration';
import { REGISTRATION_STEPS } from '../../domain/steps';
import { mapLimited } from '../../domain/concurrency';
import { batchDefaultsOf, evaluate, fieldFinding } from '../configurations';
import { batchOf, type RouteContext } from '../deps';
import { endpoint } from '../http/endpoint';
import { countedSteps, stepSummary } from '../progress';
import { withoutReferences } from '../references';
import {
  batchParams,
  candidatesRow,
  jobRow,
  pageQuery,
  pagination,
  paginationOf,
  restaurantBrief,
  stepCounts,
  stepRow,
  type BatchRow,
  type JobWithSteps,
} from '../schemas';

const stepParams = z.object({ ...batchParams.shape, n: z.coerce.number().int().min(1).max(6) });

const stepQuery = z.object({
  ...pageQuery.shape,
  /** One restaurant alone. */
  job_id: z.guid().optional(),
});

const stepOfRestaurant = z.object({
  job_id: z.guid(),
  restaurant: restaurantBrief,
  job_status: jobRow.shape.status,
  waiting_reason: z.string().nullable(),
  step: stepRow,
  /** Step 3: the list to choose from; a choice made from a list that was replaced meanwhile is ignored. */
  candidates: candidatesRow.nullable().optional(),
  /** Step 5, waiting jobs: what would run if nothing were given but `use_defaults: true`; no passwords. */
  defaults: z.record(z.string(), z.unknown()).optional(),
  missing: fieldFinding.array().optional(),
  warnings: fieldFinding.array().optional(),
});
type StepOfRestaurant = z.infer<typeof stepOfRestaurant>;

const EVALUATIONS_AT_ONCE = 8;

export function stepRoutes(context: RouteContext): void {
  const { host, record } = context;
  endpoint(
    host,
    {
      method: 'get',
      path: '/:id/steps/:n',
      summary: 'One step of a batch: candidates for 3, defaults and what is missing for 5',
      tag: 'steps',
      access: 'read',
      limit: 'read',
      params: stepParams,
      query: stepQuery,
      answer: z.object({
        step: z.object({
          step_number: z.number(),
          step_name: z.string(),
          step_type: z.string(),
          step_description: z.string(),
        }),
        restaurants: stepOfRestaurant.array(),
        summary: stepCounts,
        pagination,
      }),
      errors: ['BATCH_NOT_FOUND', 'NOT_FOUND'],
    },
    async ({ caller, params, query }) => {
      const batch = await batchOf(record, caller, params.id);
      const { rows, total } = await record.jobsOfBatch(batch, query, query.job_id);
      const isWhole = query.job_id === undefined && rows.length === total;
      const all = isWhole ? countedSteps(rows) : await record.stepsOf(batch);
      const definition = REGISTRATION_STEPS[params.n - 1] ?? REGISTRATION_STEPS[0];
      const [summary] = stepSummary(all).filter(({ step_number }) => step_number === params.n);
      if (!summary) throw new Error(`there is no step ${params.n}`);
      return {
        step: {
          step_number: definition.number,
          step_name: definition.name,
          step_type: definition.type,
          step_description: definition.description,
        },
        restaurants: await restaurantsAt(context, batch, rows, params.n),
        summary,
        pagination: paginationOf(query, total),
      };
    },
  );
}

async function restaurantsAt(
  context: RouteContext,
  batch: BatchRow,
  jobs: readonly JobWithSteps[],
  number: number,
): Promise<StepOfRestaurant[]> {
  const entries = jobs.flatMap((job) => {
    const step = job.steps.find(({ step_number }) => step_number === number);
    return step ? [{ job, entry: toEntry(job, step) }] : [];
  });
  if (number === 3) return withCandidates(context, batch, entries);
  if (number === 5) return withDefaults(context, batch, entries);
  return entries.map(({ entry }) => entry);
}

interface Entry {
  job: JobWithSteps;
  entry: StepOfRestaurant;
}

const toEntry = (job: JobWithSteps, step: JobWithSteps['steps'][number]): StepOfRestaurant => ({
  job_id: job.id,
  restaurant: job.restaurant,
  job_status: job.status,
  waiting_reason: job.waiting_reason,
  step,
});

async function withCandidates(
  { record }: RouteContext,
  batch: BatchRow,
  entries: readonly Entry[],
): Promise<StepOfRestaurant[]> {
  const ids = entries.map(({ job }) => job.id);
  const candidates = await record.candidates(batch.organisation_id, ids);
  return entries.map(({ job, entry }) => ({ ...entry, candidates: candidates.get(job.id) ?? null }));
}

const waits = ({ entry }: Entry): boolean => entry.step.status === 'action_required';

async function withDefaults(
  context: RouteContext,
  batch: BatchRow,
  entries: readonly Entry[],
): Promise<StepOfRestaurant[]> {
  const ids = entries.filter(waits).map(({ job }) => job.restaurant_id);
  const facts = await context.record.restaurantFacts(batch.organisation_id, ids);
  return mapLimited(entries, EVALUATIONS_AT_ONCE, async (item) => {
    const restaurant = waits(item) ? facts.get(item.job.restaurant_id) : undefined;
    return restaurant ? { ...item.entry, ...(await defaultsOf(context, batch, restaurant)) } : item.entry;
  });
}

async function defaultsOf({ record }: RouteContext, batch: BatchRow, facts: RestaurantFacts) {
  const { resolved, issues, warnings } = await evaluate(record, {
    organisationId: batch.organisation_id,
    given: { use_defaults: true },
    batchDefaults: batchDefaultsOf(batch),
    facts,
    // Only looked at: nothing is sealed here, and no password is shown.
    generatePassword: () => 'not generated yet',
  });
  return { defaults: { ...withoutReferences(resolved.configuration) }, missing: issues, warnings };
}
