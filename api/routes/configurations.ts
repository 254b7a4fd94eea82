/** `POST /:id/steps/5/complete`: the account settings of several jobs at once. */
import { z } from 'zod';
import { submittedConfigurationSchema, type RestaurantFacts } from '../../domain/configuration';
import { yoloConfigured } from '../../workflows/messages';
import type { Caller } from '../auth';
import { mapLimited } from '../../domain/concurrency';
import { batchDefaultsOf, evaluate, parseSubmitted, sealConfiguration } from '../configurations';
import {
  choicesOutcome,
  deliver,
  refuse,
  type AcceptedChoice,
  type Choice,
  type Rejection,
} from '../decisions';
import { batchOf, type RouteContext } from '../deps';
import { ApiError } from '../errors';
import { endpoint } from '../http/endpoint';
import { vaultOf, type PasswordVault } from '../passwords';
import type { WaitingJob } from '../record/jobs';
import type { BatchRow } from '../schemas';
import { notWaiting, waitsAt } from '../selections';
import { byJob, choicesSpec, guidsOf } from './selections';

const STEP = 5;
const CHECKS_AT_ONCE = 8;

const configurationsBody = z.strictObject({
  configurations: byJob.optional(),
  /** Configures every other waiting job of the batch with defaults. */
  apply_defaults_to_remaining: z.boolean().default(false),
});

const documentedBody = z.object({
  configurations: z.record(z.guid(), submittedConfigurationSchema).optional(),
  apply_defaults_to_remaining: z.boolean().optional(),
});

/** What one request needs for each of its jobs. */
interface Request {
  context: RouteContext;
  caller: Caller;
  batch: BatchRow;
  vault: PasswordVault;
  jobs: ReadonlyMap<string, WaitingJob>;
  facts: ReadonlyMap<string, RestaurantFacts>;
  /** Ids of the secrets stored for each job. */
  stored: Map<string, string[]>;
}

export function configurationRoutes(context: RouteContext): void {
  endpoint(
    context.host,
    {
      method: 'post',
      path: '/:id/steps/5/complete',
      summary:
        'Confirm account settings; each job is answered for itself, with all that is missing. Passwords are write-only',
      body: configurationsBody,
      documentedBody,
      ...choicesSpec,
    },
    async ({ caller, params, body, res }) => {
      const { record, settings } = context;
      const batch = await batchOf(record, caller, params.id);
      const given = await everyConfiguration(context, batch, body);
      const ids = guidsOf(given.keys());
      const jobs = await record.jobsToDecide(batch, ids);
      const facts = await record.restaurantFacts(
        batch.organisation_id,
        jobs.map((job) => job.restaurant_id),
      );
      const request: Request = {
        context,
        caller,
        batch,
        vault: vaultOf(res),
        jobs: new Map(jobs.map((job) => [job.id, job])),
        facts,
        stored: new Map(),
      };
      const checked = await mapLimited([...given], CHECKS_AT_ONCE, ([jobId, one]) =>
        checkOne(request, jobId, one),
      );
      const choices = checked.filter((item): item is Choice => 'send' in item);
      const rejected = checked.filter((item): item is Rejection => 'code' in item);
      const delivered = await deliver(
        { eventsById: record.eventsById, waitMs: settings.VERDICT_WAIT_MS },
        choices,
      );
      await forgetIgnored(request, delivered.results);
      return choicesOutcome(
        { results: delivered.results, rejected: [...rejected, ...delivered.rejected] },
        STEP + 1,
      );
    },
  );
}

/** @throws ApiError if there is none. */
async function everyConfiguration(
  { record }: RouteContext,
  batch: BatchRow,
  body: z.output<typeof configurationsBody>,
): Promise<Map<string, unknown>> {
  const given = new Map(Object.entries(body.configurations ?? {}));
  if (!body.apply_defaults_to_remaining) {
    if (given.size === 0) throw new ApiError('MISSING_SELECTIONS', 'Give at least one configuration.');
    return given;
  }
  const named = new Set(guidsOf(given.keys()));
  for (const id of await record.idsWaitingAt(batch, STEP)) {
    if (!named.has(id)) given.set(id, { use_defaults: true });
  }
  if (given.size === 0)
    throw new ApiError('STEP_NOT_ACTION_REQUIRED', `No job of this batch waits at step ${STEP}.`);
  return given;
}

async function checkOne(request: Request, jobId: string, given: unknown): Promise<Choice | Rejection> {
  const { context, batch, jobs, facts } = request;
  const job = jobs.get(jobId.toLowerCase());
  if (!job) return refuse(jobId, 'JOB_NOT_FOUND', 'There is no such job in this batch.');
  const submitted = parseSubmitted(job.id, given);
  if ('code' in submitted) return submitted;
  if (!waitsAt(job, STEP)) return notWaiting(job, STEP);
  const restaurant = facts.get(job.restaurant_id);
  if (!restaurant)
    return refuse(job.id, 'RESTAURANT_NOT_FOUND', 'The restaurant of this job does not exist any more.');
  const { resolved, issues } = await evaluate(context.record, {
    organisationId: batch.organisation_id,
    given: submitted,
    batchDefaults: batchDefaultsOf(batch),
    facts: restaurant,
  });
  if (issues.length > 0) {
    return refuse(job.id, 'VALIDATION_FAILED', 'The configuration is not complete or cannot run.', issues);
  }
  return { jobId: job.id, send: sender(request, job.id, resolved) };
}

/** The secrets are stored before the workflow hears of them; if it does not run, nobody will ever need them. */
function sender(
  request: Request,
  jobId: string,
  resolved: Parameters<typeof sealConfiguration>[2],
): Choice['send'] {
  const { context, caller, batch, vault } = request;
  const { record, workflows, keyRing, settings } = context;
  return async (decisionId) => {
    const keys = { keyRing, ownerKeySecret: settings.OWNER_KEY_SECRET };
    const { configuration, secrets } = sealConfiguration(keys, batch.organisation_id, resolved, vault);
    const ids = secrets.map(({ id }) => id);
    await record.insertSecrets(secrets);
    request.stored.set(jobId, ids);
    const signalled = await workflows.signal(jobId, yoloConfigured, {
      decisionId,
      actor: caller.userId,
      configuration,
    });
    if (!signalled) await record.deleteSecrets(batch.organisation_id, ids);
    return signalled;
  };
}

/** A configuration that the workflow ignored runs nowhere: its secrets are not kept. */
async function forgetIgnored(
  { context, batch, stored }: Request,
  results: readonly AcceptedChoice[],
): Promise<void> {
  const ignored = results.filter(({ result }) => result === 'ignored');
  const ids = ignored.flatMap(({ job_id }) => stored.get(job_id) ?? []);
  await context.record.deleteSecrets(batch.organisation_id, ids);
}
