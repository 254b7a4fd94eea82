/** Start and cancel, of a batch and of a job. The record is told first, the workflow after. */
import { z } from 'zod';
import { BATCH_STATUSES } from '../../domain/statuses';
import { batchOf, jobOf, type RouteContext } from '../deps';
import { ApiError } from '../errors';
import { endpoint, notFound } from '../http/endpoint';
import type { CancelOutcome } from '../record/control';
import { batchParams, batchRow, jobParams, jobRow, reasonText, type BatchRow } from '../schemas';
import type { Workflows } from '../temporal';

const alreadyStarted = (): ApiError =>
  new ApiError('BATCH_ALREADY_STARTED', 'This batch was started already.');

/** @throws ApiError BATCH_ALREADY_STARTED if its workflow ran and ended, TEMPORAL_UNAVAILABLE. */
export async function startWorkflow(workflows: Workflows, batch: BatchRow): Promise<void> {
  const outcome = await workflows.startBatch({
    id: batch.id,
    organisationId: batch.organisation_id,
    name: batch.name,
    totalRestaurants: batch.total_restaurants,
  });
  if (outcome === 'closed') throw alreadyStarted();
}

export function lifecycleRoutes(context: RouteContext): void {
  startBatch(context);
  cancelBatch(context);
  cancelJob(context);
}

function startBatch({ host, record, workflows }: RouteContext): void {
  endpoint(
    host,
    {
      method: 'post',
      path: '/:id/start',
      summary: 'Start a batch; after a 503 the start is recorded and the same request may be sent again',
      tag: 'batches',
      access: 'operate',
      limit: 'start',
      params: batchParams,
      status: 202,
      answer: z.object({
        batch_job_id: z.guid(),
        status: z.enum(BATCH_STATUSES),
        /** Jobs that were started. */
        jobs: z.number(),
      }),
      errors: ['BATCH_NOT_FOUND', 'BATCH_ALREADY_STARTED', 'INVALID_STATUS', 'TEMPORAL_UNAVAILABLE'],
    },
    async ({ caller, params, res }) => {
      const batch = await batchOf(record, caller, params.id);
      const { outcome, status } = await record.requestStart(batch.organisation_id, batch.id, caller.userId);
      if (outcome === 'not_found') throw notFound('BATCH_NOT_FOUND');
      if (outcome === 'invalid_status') {
        throw new ApiError(
          'INVALID_STATUS',
          `A batch that is ${status ?? 'in this state'} cannot be started.`,
          {
            status,
          },
        );
      }
      // A start that was recorded while the engine was down has no workflow yet: this request makes it good.
      if (outcome === 'already_started' && (await workflows.knowsBatch(batch.id))) throw alreadyStarted();
      await startWorkflow(workflows, batch);
      res.setHeader('Location', `${host.base}/${batch.id}`);
      const { status: now, total_restaurants } = await batchOf(record, caller, batch.id);
      return { batch_job_id: batch.id, status: now, jobs: total_restaurants };
    },
  );
}

const cancelBody = z.strictObject({ reason: reasonText.optional() });

/** `cancelling`: what runs is being ended, and its end recorded; nothing new begins. */
const cancelState = z.enum(['cancelled', 'cancelling']);

/**
 * @returns what is told of it, or null when its workflow must be asked.
 * @throws ApiError when there is nothing that could be cancelled.
 */
function settledCancel(
  { outcome, status }: CancelOutcome,
  code: 'BATCH_NOT_FOUND' | 'JOB_NOT_FOUND',
): z.infer<typeof cancelState> | null {
  switch (outcome) {
    case 'not_found':
      throw notFound(code);
    case 'terminal':
      if (status === 'cancelled') return 'cancelled';
      throw new ApiError('INVALID_STATUS', `It is ${status ?? 'closed'} and cannot be cancelled.`, {
        status,
      });
    case 'cancelled':
      return 'cancelled';
    case 'requested':
    case 'already_requested':
      return null;
  }
}

function cancelBatch({ host, record, workflows }: RouteContext): void {
  endpoint(
    host,
    {
      method: 'post',
      path: '/:id/cancel',
      summary: 'Cancel a batch with all its jobs; final',
      tag: 'batches',
      access: 'operate',
      limit: 'other',
      params: batchParams,
      body: cancelBody,
      status: 202,
      answer: z.object({ batch_job_id: z.guid(), state: cancelState, status: batchRow.shape.status }),
      errors: ['BATCH_NOT_FOUND', 'INVALID_STATUS', 'TEMPORAL_UNAVAILABLE'],
    },
    async ({ caller, params, body }) => {
      const batch = await batchOf(record, caller, params.id);
      const by = { actor: caller.userId, reason: body.reason ?? null };
      const outcome = await record.requestCancel(batch.organisation_id, { batch_id: batch.id }, by);
      let state = settledCancel(outcome, 'BATCH_NOT_FOUND');
      if (state === null) {
        const isRunning = await workflows.cancelBatch(batch.id);
        // Its start was recorded while the engine was down, so nobody else will close it.
        if (!isRunning) await record.closeUnstartedJobs(batch.id, by.reason ?? 'The batch was cancelled.');
        state = isRunning ? 'cancelling' : 'cancelled';
      }
      const { status } = await batchOf(record, caller, batch.id);
      return { batch_job_id: batch.id, state: status === 'cancelled' ? 'cancelled' : state, status };
    },
  );
}

function cancelJob({ host, record, workflows }: RouteContext): void {
  endpoint(
    host,
    {
      method: 'post',
      path: '/jobs/:jobId/cancel',
      summary: 'Cancel one job; final',
      tag: 'jobs',
      access: 'operate',
      limit: 'other',
      params: jobParams,
      body: cancelBody,
      status: 202,
      answer: z.object({ job_id: z.guid(), state: cancelState, status: jobRow.shape.status }),
      errors: ['JOB_NOT_FOUND', 'INVALID_STATUS', 'TEMPORAL_UNAVAILABLE'],
    },
    async ({ caller, params, body }) => {
      const job = await jobOf(record, caller, params.jobId);
      const by = { actor: caller.userId, reason: body.reason ?? null };
      const outcome = await record.requestCancel(job.organisation_id, { job_id: job.id }, by);
      let state = settledCancel(outcome, 'JOB_NOT_FOUND');
      if (state === null) {
        const isRunning = await workflows.cancelRegistration(job.id);
        // Its turn to be started has not come; what the batch starts later finds it closed.
        if (!isRunning) await record.closeUnstartedJob(job.id, by.reason ?? 'The job was cancelled.');
        state = 'cancelling';
      }
      const { status } = await jobOf(record, caller, job.id);
      return { job_id: job.id, state: status === 'cancelled' ? 'cancelled' : state, status };
    },
  );
}
