/** Batches: list, create, look at. */
import { z } from 'zod';
import { batchDefaultsSchema } from '../../domain/configuration';
import { readScope } from '../auth';
import { batchOf, type RouteContext } from '../deps';
import { ApiError } from '../errors';
import { endpoint } from '../http/endpoint';
import { idempotencyOf, keyReused } from '../idempotency';
import { batchProgress, countedSteps, entityTag, overviewOf, stepSummary } from '../progress';
import { BATCH_SORTS, batchListQuery } from '../record/batches';
import {
  batchParams,
  batchRow,
  jobWithSteps,
  MAX_PAGE,
  pageQuery,
  pagination,
  paginationOf,
  statusCounts,
  stepCounts,
  type BatchRow,
} from '../schemas';
import { startWorkflow } from './lifecycle';
import { notFound } from '../http/endpoint';

const MAX_RESTAURANTS = 1_000;

const distinct = (ids: readonly string[]): boolean => new Set(ids).size === ids.length;

export const createBody = z.strictObject({
  name: z.string().trim().min(1).max(200),
  restaurant_ids: z
    .array(z.guid().transform((id) => id.toLowerCase()))
    .min(1)
    .max(MAX_RESTAURANTS)
    .refine(distinct, { message: 'A restaurant stands there twice.' }),
  source_lead_scrape_job_id: z.guid().nullish(),
  execution_config: batchDefaultsSchema.nullish(),
  execution_mode: z.enum(['parallel', 'sequential']).default('parallel'),
  failure_policy: z.enum(['wait', 'fail']).default('wait'),
  auto_start: z.boolean().default(false),
});

const restaurantsSummary = z.object({ total: z.number(), ...statusCounts.shape });

/** How the restaurants of a listed batch stand. */
const overview = z.object({
  progress_percent: z.number(),
  restaurants_summary: restaurantsSummary,
  step_summary: stepCounts.array(),
  waiting: z.object({ step_number: z.number(), count: z.number() }).array(),
});

const listQuery = z.object({
  ...batchListQuery.shape,
  ...pageQuery.shape,
  /** `true`: each batch with its `overview`. */
  overview: z.enum(['true', 'false']).default('false'),
});

const batchWithJobs = {
  batch_job: batchRow,
  /** At most 100; `GET /:id` pages through the rest. */
  registration_jobs: jobWithSteps.array(),
  pagination,
};

export function batchRoutes(context: RouteContext): void {
  listBatches(context);
  createBatch(context);
  getBatch(context);
  getProgress(context);
}

function listBatches({ host, record }: RouteContext): void {
  endpoint(
    host,
    {
      method: 'get',
      path: '/',
      summary: `Batches of your organisation, sorted by ${BATCH_SORTS.join(', ')}`,
      tag: 'batches',
      access: 'read',
      limit: 'read',
      query: listQuery,
      answer: z.object({
        batch_jobs: batchRow.extend({ overview: overview.optional() }).array(),
        total_count: z.number(),
        pagination,
      }),
    },
    async ({ caller, query }) => {
      const scope = readScope(caller);
      const { rows, total } = await record.listBatches(scope, query);
      const known =
        query.overview === 'true'
          ? await record.overviews(
              scope,
              rows.map(({ id }) => id),
            )
          : null;
      const batches = rows.map((row) => {
        const counted = known?.get(row.id);
        return counted ? { ...row, overview: overviewOf(counted) } : row;
      });
      return { batch_jobs: batches, total_count: total, pagination: paginationOf(query, total) };
    },
  );
}

function createBatch({ host, record, workflows }: RouteContext): void {
  endpoint(
    host,
    {
      method: 'post',
      path: '/',
      summary: 'Create a batch with its jobs, whole or not at all; Idempotency-Key is honoured',
      tag: 'batches',
      access: 'create',
      limit: 'other',
      body: createBody,
      status: 201,
      answer: z.object({
        ...batchWithJobs,
        /** With `auto_start`: whether its workflow runs. If not, the start was recorded: send `POST /:id/start` again. */
        auto_start: z.object({ requested: z.boolean(), started: z.boolean() }),
      }),
      errors: ['RESTAURANT_NOT_FOUND', 'RESTAURANT_ALREADY_IN_BATCH', 'IDEMPOTENCY_KEY_REUSED'],
    },
    async ({ caller, body, req, res }) => {
      const { execution_config, auto_start, source_lead_scrape_job_id, ...rest } = body;
      const created = await record.createBatch(
        {
          ...rest,
          organisation_id: caller.organisationId,
          created_by: caller.role === 'service' ? null : caller.userId,
          actor: caller.userId,
          source_lead_scrape_job_id: source_lead_scrape_job_id ?? null,
          metadata: execution_config ? { execution_config } : {},
          start_requested: auto_start,
        },
        idempotencyOf(req, caller, 'POST /', body),
      );
      if ('error' in created) throw refusal(created);
      const batch = await batchOf(record, caller, created.batch_id);
      const started = auto_start && (await startedNow(workflows, batch));
      res.setHeader('Location', `${host.base}/${batch.id}`);
      if (created.replayed) res.setHeader('Idempotent-Replayed', 'true');
      return {
        ...(await withJobs(record, batch, { limit: MAX_PAGE, offset: 0 })),
        auto_start: { requested: auto_start, started },
      };
    },
  );
}

const REFUSALS = {
  RESTAURANT_NOT_FOUND: 'Some of these restaurants do not exist.',
  RESTAURANT_ALREADY_IN_BATCH: 'Some of these restaurants are in a batch that is not finished.',
} as const;

function refusal({
  error,
  restaurant_ids,
}: {
  error: keyof typeof REFUSALS | 'IDEMPOTENCY_KEY_REUSED';
  restaurant_ids: string[];
}): ApiError {
  if (error === 'IDEMPOTENCY_KEY_REUSED') return keyReused();
  return new ApiError(error, REFUSALS[error], { restaurant_ids });
}

/** The batch exists and its start is recorded, so an engine that is down is no failure of the creation. */
async function startedNow(workflows: RouteContext['workflows'], batch: BatchRow): Promise<boolean> {
  try {
    await startWorkflow(workflows, batch);
    return true;
  } catch (error) {
    if (error instanceof ApiError && error.code === 'TEMPORAL_UNAVAILABLE') return false;
    throw error;
  }
}

async function withJobs(
  record: RouteContext['record'],
  batch: BatchRow,
  page: { limit: number; offset: number },
) {
  const { rows, total } = await record.jobsOfBatch(batch, page);
  return { batch_job: batch, registration_jobs: rows, pagination: paginationOf(page, total) };
}

function getBatch({ host, record }: RouteContext): void {
  endpoint(
    host,
    {
      method: 'get',
      path: '/:id',
      summary: 'A batch with its jobs and their steps, in pages of at most 100 jobs',
      tag: 'batches',
      access: 'read',
      limit: 'read',
      params: batchParams,
      query: pageQuery,
      answer: z.object({ ...batchWithJobs, step_summary: stepCounts.array() }),
      errors: ['BATCH_NOT_FOUND'],
    },
    async ({ caller, params, query }) => {
      const batch = await batchOf(record, caller, params.id);
      const answer = await withJobs(record, batch, query);
      const isWhole = answer.registration_jobs.length === answer.pagination.total;
      const steps = isWhole ? countedSteps(answer.registration_jobs) : await record.stepsOf(batch);
      return { ...answer, step_summary: stepSummary(steps) };
    },
  );
}

function getProgress({ host, record }: RouteContext): void {
  endpoint(
    host,
    {
      method: 'get',
      path: '/:id/progress',
      summary: 'How far a batch is; cheap, with an ETag: poll it with If-None-Match',
      tag: 'batches',
      access: 'read',
      limit: 'progress',
      params: batchParams,
      answer: z.object({
        batch_job_id: z.guid(),
        status: batchRow.shape.status,
        progress_percent: z.number(),
        current_step: z.number(),
        step_requiring_action: z.number().nullable(),
        restaurants_summary: restaurantsSummary,
        paused: z.boolean(),
        error_message: z.string().nullable(),
        last_updated: z.string(),
      }),
      errors: ['BATCH_NOT_FOUND'],
    },
    async ({ caller, params, res }) => {
      const row = await record.progress(readScope(caller), params.id);
      if (!row) throw notFound('BATCH_NOT_FOUND');
      const progress = batchProgress(row);
      res.setHeader('ETag', entityTag(progress));
      res.setHeader('Cache-Control', 'private, no-cache');
      return progress;
    },
  );
}
