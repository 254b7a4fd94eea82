/** An operator's command on its way to a workflow: who asks, which target, once per `Idempotency-Key`. */
import type { Request } from 'express';
import type { UpdateDefinition } from '@temporalio/common';
import type { OperatorCommand } from '../workflows/messages';
import type { Caller } from './auth';
import { batchOf, jobOf, type RouteContext } from './deps';
import { commandId, idempotencyOf } from './idempotency';
import type { BatchRow, JobRow } from './schemas';

/** Of every command, beside what its route adds. */
export const COMMAND_ERRORS = ['INVALID_STATUS', 'IDEMPOTENCY_KEY_REUSED', 'TEMPORAL_UNAVAILABLE'] as const;

export interface AskedCommand {
  caller: Caller;
  req: Request;
  body: unknown;
}

/** The part of each command that names the person. */
export function by(caller: Caller, reason: string | undefined): OperatorCommand {
  return { actor: caller.userId, reason: reason ?? null };
}

/**
 * @param route Below the job's address, with its method, e.g. `POST give-up`: one key stands for one route and target.
 * @throws ApiError JOB_NOT_FOUND, IDEMPOTENCY_KEY_REUSED, the workflow's refusal, TEMPORAL_UNAVAILABLE
 */
export async function commandJob<R, C extends OperatorCommand>(
  { record, workflows }: Pick<RouteContext, 'record' | 'workflows'>,
  { caller, req, body, params }: AskedCommand & { params: { jobId: string } },
  route: string,
  update: UpdateDefinition<R, [C]>,
  command: C,
): Promise<{ job: JobRow; result: R }> {
  const job = await jobOf(record, caller, params.jobId);
  const idempotency = idempotencyOf(req, caller, routeOf(route, `jobs/${job.id}`), body);
  const id = await commandId(record, job.organisation_id, idempotency);
  return { job, result: await workflows.command(job.id, update, [command], id) };
}

/** @throws ApiError BATCH_NOT_FOUND, IDEMPOTENCY_KEY_REUSED, the workflow's refusal, TEMPORAL_UNAVAILABLE */
export async function commandBatch<R, C extends OperatorCommand>(
  { record, workflows }: Pick<RouteContext, 'record' | 'workflows'>,
  { caller, req, body, params }: AskedCommand & { params: { id: string } },
  route: string,
  update: UpdateDefinition<R, [C]>,
  command: C,
): Promise<{ batch: BatchRow; result: R }> {
  const batch = await batchOf(record, caller, params.id);
  const idempotency = idempotencyOf(req, caller, routeOf(route, batch.id), body);
  const id = await commandId(record, batch.organisation_id, idempotency);
  return { batch, result: await workflows.commandBatch(batch.id, update, [command], id) };
}

/** `POST give-up` of `jobs/<id>` is `POST /jobs/<id>/give-up`. */
export function routeOf(route: string, target: string): string {
  const [method = '', path = ''] = route.split(' ');
  return `${method} /${target}/${path}`;
}
