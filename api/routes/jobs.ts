/** Jobs: one with all that is known of it, its audit trail, and the list of what waits for a person. */
import { z } from 'zod';
import { readScope } from '../auth';
import { actionsAnswer, actionsOf } from '../actions';
import { jobOf, type RouteContext } from '../deps';
import { endpoint, notFound } from '../http/endpoint';
import { eventsQuery, jobDetail, type WaitingJob } from '../record/jobs';
import {
  candidatesRow,
  shownEvent,
  jobParams,
  pageQuery,
  pagination,
  paginationOf,
  restaurantBrief,
} from '../schemas';

export const waitingEntry = z.object({
  job_id: z.guid(),
  batch_job_id: z.guid(),
  batch_name: z.string(),
  restaurant: restaurantBrief,
  /** The step that waits. */
  step_number: z.number(),
  step_name: z.string(),
  reason: z.string(),
  since: z.string(),
  /** Its batch is paused: what it is answered takes effect, but step 6 starts only once the batch is resumed. */
  batch_paused: z.boolean(),
});

/** Paused by a person or by the circuit breaker: it waits to be resumed. */
const pausedEntry = z.object({
  batch_job_id: z.guid(),
  batch_name: z.string(),
  reason: z.string(),
  since: z.string(),
});

const DEFAULT_REASONS: Readonly<Record<number, string>> = {
  3: 'A company must be chosen.',
  5: 'The account settings must be confirmed.',
};

export function toWaitingEntry(job: WaitingJob): z.infer<typeof waitingEntry> {
  const waits = job.steps
    .toSorted((a, b) => a.step_number - b.step_number)
    .find(({ status }) => status === 'action_required' || status === 'failed');
  const number = waits?.step_number ?? job.current_step;
  return {
    job_id: job.id,
    batch_job_id: job.batch_job_id,
    batch_name: job.batch.name,
    restaurant: job.restaurant,
    step_number: number,
    step_name: waits?.step_name ?? '',
    reason:
      job.waiting_reason ??
      waits?.error_message ??
      job.error_message ??
      DEFAULT_REASONS[number] ??
      'A step failed and waits for a person.',
    // The job's row is also touched by what does not change that it waits.
    since: waits?.updated_at ?? job.updated_at,
    batch_paused: job.batch.paused_at !== null,
  };
}

export function jobRoutes({ host, record }: RouteContext): void {
  endpoint(
    host,
    {
      method: 'get',
      path: '/action-required',
      summary: 'Everything, across batches, that waits for a person, longest first',
      tag: 'jobs',
      access: 'read',
      limit: 'read',
      query: pageQuery,
      answer: z.object({
        waiting: waitingEntry.array(),
        total_count: z.number(),
        pagination,
        paused_batches: pausedEntry.array(),
      }),
    },
    async ({ caller, query }) => {
      const scope = readScope(caller);
      const [{ rows, total }, paused] = await Promise.all([
        record.actionRequired(scope, query),
        record.pausedBatches(scope),
      ]);
      return {
        waiting: rows.map(toWaitingEntry),
        paused_batches: paused.map((batch) => ({
          batch_job_id: batch.id,
          batch_name: batch.name,
          reason: batch.pause_reason ?? 'It was paused and waits to be resumed.',
          since: batch.paused_at,
        })),
        total_count: total,
        pagination: paginationOf(query, total),
      };
    },
  );

  endpoint(
    host,
    {
      method: 'get',
      path: '/jobs/:jobId',
      summary: 'A job with its steps, sub-steps (attempts too), candidates, and what can be done with it now',
      tag: 'jobs',
      access: 'read',
      limit: 'read',
      params: jobParams,
      answer: z.object({ job: jobDetail, candidates: candidatesRow.nullable(), actions: actionsAnswer }),
      errors: ['JOB_NOT_FOUND'],
    },
    async ({ caller, params }) => {
      const job = await record.jobDetail(readScope(caller), params.jobId);
      if (!job) throw notFound('JOB_NOT_FOUND');
      const candidates = (await record.candidates(job.organisation_id, [job.id])).get(job.id) ?? null;
      return { job, candidates, actions: actionsOf(job) };
    },
  );

  endpoint(
    host,
    {
      method: 'get',
      path: '/jobs/:jobId/events',
      summary: 'The audit trail of a job and of its batch, oldest first unless asked otherwise',
      tag: 'jobs',
      access: 'read',
      limit: 'read',
      params: jobParams,
      query: eventsQuery,
      answer: z.object({ events: shownEvent.array(), total_count: z.number(), pagination }),
      errors: ['JOB_NOT_FOUND'],
    },
    async ({ caller, params, query }) => {
      const job = await jobOf(record, caller, params.jobId);
      const { rows, total } = await record.events(job, query);
      return { events: rows, total_count: total, pagination: paginationOf(query, total) };
    },
  );
}
