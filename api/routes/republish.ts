/**
 * Rebuilds the record of a job, or of all jobs of a batch, from what the workflows know. The rows may be gone, so the engine is asked
 * what there is and whose it is.
 */
import { z } from 'zod';
import type { RecordEvent, RestoreWrite } from '../../domain/record';
import { registrationRecord, republish } from '../../workflows/messages';
import { readScope, type Caller } from '../auth';
import { assertSomeDone, forEachJob } from '../bulk';
import { rejection } from '../decisions';
import type { RouteContext } from '../deps';
import { endpoint, notFound } from '../http/endpoint';
import { commandId, idempotencyOf, sha256 } from '../idempotency';
import { by, COMMAND_ERRORS, routeOf } from '../operator';
import { batchParams, jobParams, reasonText } from '../schemas';
import type { KnownRegistration } from '../temporal';

const republished = z.object({
  job_id: z.guid(),
  /** False: the record knew something newer of a job that has ended, and was left as it is. */
  restored: z.boolean(),
  revision: z.number(),
});

const REPUBLISH = {
  method: 'post',
  access: 'administer',
  limit: 'other',
  body: z.strictObject({ reason: reasonText.optional() }),
  errors: [...COMMAND_ERRORS],
} as const;

export function republishRoutes(context: RouteContext): void {
  const { host, record, workflows, log } = context;

  endpoint(
    host,
    {
      ...REPUBLISH,
      path: '/jobs/:jobId/republish',
      summary: 'Write the record of a job anew from its workflow; for administrators',
      tag: 'jobs',
      params: jobParams,
      answer: republished,
      errors: [...REPUBLISH.errors, 'JOB_NOT_FOUND'],
    },
    async ({ caller, params, body, req }) => {
      const registration = await workflows.registration(params.jobId.toLowerCase());
      if (!registration || !maySee(caller, registration)) throw notFound('JOB_NOT_FOUND');
      const route = routeOf('POST republish', `jobs/${registration.jobId}`);
      const idempotency = idempotencyOf(req, caller, route, body);
      const id = await commandId(record, registration.organisationId, idempotency);
      return republishOne(context, registration, by(caller, body.reason), id);
    },
  );

  endpoint(
    host,
    {
      ...REPUBLISH,
      path: '/:id/republish',
      summary: 'Write the record of all jobs of a batch anew from their workflows; for administrators',
      tag: 'batches',
      params: batchParams,
      answer: z.object({
        batch_job_id: z.guid(),
        republished: republished.array(),
        refused: rejection.array(),
        counts: z.object({ republished: z.number(), refused: z.number() }),
      }),
      errors: [...REPUBLISH.errors, 'BATCH_NOT_FOUND'],
    },
    async ({ caller, params, body, req }) => {
      const batchId = params.id.toLowerCase();
      const known = (await workflows.registrationsOfBatch(batchId)).filter((one) => maySee(caller, one));
      const [first] = known;
      if (!first) throw notFound('BATCH_NOT_FOUND');
      const idempotency = idempotencyOf(req, caller, routeOf('POST republish', batchId), body);
      const id = await commandId(record, first.organisationId, idempotency);
      const outcome = await forEachJob(log, known, (registration) =>
        republishOne(context, registration, by(caller, body.reason), sha256(`${id}:${registration.jobId}`)),
      );
      assertSomeDone(outcome);
      const { done, refused } = outcome;
      return {
        batch_job_id: batchId,
        republished: done,
        refused,
        counts: { republished: done.length, refused: refused.length },
      };
    },
  );
}

function maySee(caller: Caller, { organisationId }: KnownRegistration): boolean {
  const scope = readScope(caller);
  return scope === null || scope === organisationId;
}

/** A run that has ended takes no command any more, but still tells what it knew. */
async function republishOne(
  { record, workflows }: RouteContext,
  { jobId, isRunning }: KnownRegistration,
  person: { actor: string; reason: string | null },
  id: string,
): Promise<z.infer<typeof republished>> {
  if (isRunning) {
    const { revision } = await workflows.command(jobId, republish, [person], id);
    return { job_id: jobId, restored: true, revision };
  }
  const known = await workflows.askRegistration(jobId, registrationRecord);
  return { job_id: jobId, ...(await record.restoreJob(withEvent(known, person, id))) };
}

function withEvent(
  known: RestoreWrite,
  person: { actor: string; reason: string | null },
  id: string,
): RestoreWrite {
  const event: RecordEvent = {
    id: `job:${known.job_id}:republished:${id}`,
    kind: 'record.republished',
    ...person,
    data: {},
    at: new Date().toISOString(),
  };
  return { ...known, events: [...(known.events ?? []), event] };
}
