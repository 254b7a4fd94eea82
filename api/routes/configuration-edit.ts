/** `PATCH /jobs/:jobId/configuration`: change account settings after step 5, and go on with them. */
import { z } from 'zod';
import { configurationSnapshotSchema, type ConfigurationSnapshot } from '../../domain/configuration';
import { isTerminalJob } from '../../domain/statuses';
import { SUB_STEP_KEYS } from '../../domain/sub-steps';
import { editConfiguration, registrationRecord, type EditResult } from '../../workflows/messages';
import {
  changesSchema,
  editPlan,
  passwordsOf,
  planEdit,
  secretIdsOf,
  type ConfigurationChanges,
  type EditPlan,
} from '../configuration-edit';
import { sealPasswords } from '../configurations';
import { jobOf, type RouteContext } from '../deps';
import { ApiError } from '../errors';
import { endpoint, notFound } from '../http/endpoint';
import { idempotencyOf, plannedOnce, withFingerprints } from '../idempotency';
import { by, COMMAND_ERRORS, routeOf } from '../operator';
import { vaultOf } from '../passwords';
import type { SealedSecretRow } from '../record/control';
import { jobParams, reasonText, type JobRow } from '../schemas';
import { changedSubStep } from './sub-step-commands';

export const editBody = z.strictObject({
  changes: changesSchema,
  /** Also run again all that failed. */
  retry: z.boolean().default(false),
  reason: reasonText.optional(),
});

export function configurationEditRoutes(context: RouteContext): void {
  const { host, record, settings } = context;
  endpoint(
    host,
    {
      method: 'patch',
      path: '/jobs/:jobId/configuration',
      summary:
        'Change account settings after step 5, for what starts from now on; passwords are write-only. Idempotency-Key is honoured',
      tag: 'jobs',
      access: 'answer',
      limit: 'completion',
      params: jobParams,
      body: editBody,
      answer: z.object({
        job_id: z.guid(),
        /** Empty: nothing differed from what there is. */
        changed_paths: z.string().array(),
        retried: z.enum(SUB_STEP_KEYS).array(),
        changed: changedSubStep.array(),
      }),
      errors: ['JOB_NOT_FOUND', 'STEP_NOT_ACTION_REQUIRED', ...COMMAND_ERRORS],
    },
    async ({ caller, params, body, req, res }) => {
      const job = await jobOf(record, caller, params.jobId);
      const vault = vaultOf(res);
      const hashed = withFingerprints(body, vault, settings.OWNER_KEY_SECRET);
      const route = routeOf('PATCH configuration', `jobs/${job.id}`);
      const { id, plan } = await plannedOnce(
        record,
        job.organisation_id,
        idempotencyOf(req, caller, route, hashed),
        editPlan,
        (commandId) => prepare(context, job, body, commandId),
      );
      const { configuration, changed_paths } = plan;
      if (configuration === null) return { job_id: job.id, changed_paths, retried: [], changed: [] };
      const owner = { organisationId: job.organisation_id, owner: configuration.account.ownerKey };
      const secrets = sealPasswords(
        context.keyRing,
        owner,
        passwordsOf(body.changes),
        secretIdsOf(id),
        vault,
      );
      const { retried, changed } = await withSecrets(context, job.organisation_id, secrets, () =>
        context.workflows.command(
          job.id,
          editConfiguration,
          [{ ...by(caller, body.reason), configuration, changedPaths: changed_paths, retry: body.retry }],
          id,
        ),
      );
      return { job_id: job.id, changed_paths, retried, changed };
    },
  );
}

async function prepare(
  { record, workflows, settings }: RouteContext,
  job: JobRow,
  { changes, retry }: { changes: ConfigurationChanges; retry: boolean },
  commandId: string,
): Promise<EditPlan> {
  const current = await currentConfiguration(workflows, job.id);
  const facts = (await record.restaurantFacts(job.organisation_id, [job.restaurant_id])).get(
    job.restaurant_id,
  );
  if (!facts) throw notFound('RESTAURANT_NOT_FOUND');
  return planEdit(record, {
    organisationId: job.organisation_id,
    current,
    changes,
    facts,
    ids: secretIdsOf(commandId),
    keys: { ownerKeySecret: settings.OWNER_KEY_SECRET },
    always: retry,
  });
}

/** The workflow's own: the record may be a moment behind, and two edits in a row would lose the first. */
async function currentConfiguration(
  workflows: RouteContext['workflows'],
  jobId: string,
): Promise<ConfigurationSnapshot> {
  const { job } = await workflows.askRegistration(jobId, registrationRecord);
  if (isTerminalJob(job.status)) {
    throw new ApiError('INVALID_STATUS', `This job is ${job.status}; its configuration stays as it is.`);
  }
  if (job.execution_config === undefined) {
    throw new ApiError(
      'STEP_NOT_ACTION_REQUIRED',
      'The account settings of this job were not confirmed yet; that is step 5.',
    );
  }
  return configurationSnapshotSchema.parse(job.execution_config);
}

/**
 * Secrets are stored before the workflow hears of them, and not kept if it refused. When nobody answered it may still take them.
 */
async function withSecrets(
  { record }: RouteContext,
  organisationId: string,
  secrets: readonly SealedSecretRow[],
  send: () => Promise<EditResult>,
): Promise<EditResult> {
  const stored = await record.insertSecrets(secrets);
  try {
    return await send();
  } catch (error) {
    if (error instanceof ApiError && !error.retryable) await record.deleteSecrets(organisationId, stored);
    throw error;
  }
}
