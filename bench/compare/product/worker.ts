/**
 * The product's own worker: its workflows, its activities, its ledger, its payload codec. Only the outermost layer is replaced: where it
 * would call the register, the vendor or the backend, it calls the comparison's outside.
 */
import { setTimeout as wait } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime } from '@temporalio/worker';
import type { SupabaseClient } from '@supabase/supabase-js';
import { createAtBackend } from '../../../activities/account-setup';
import { Attempt, type AttemptDeps } from '../../../activities/account-setup/attempt';
import { scaledLimits } from '../../../activities/account-setup/clients/limits';
import { createConfigurationActivities } from '../../../activities/account-setup/configuration';
import { createLedger } from '../../../activities/account-setup/ledger';
import { createReopening } from '../../../activities/account-setup/reopen';
import type { SubStepActivities, SubStepInput } from '../../../activities/account-setup/types';
import {
  createCompaniesOfficeActivities,
  createSupabaseCompanyRecord,
} from '../../../activities/companies-office';
import type { CompanyRegister } from '../../../activities/companies-office/register';
import { createExtractionActivities, createSupabaseExtractionRecord } from '../../../activities/extraction';
import { createLeaseActivities, reportLease } from '../../../activities/leases';
import { createReconcilerActivities } from '../../../activities/reconciler';
import { createRecordActivities } from '../../../activities/record';
import { createDataConverter, parsePayloadKeys } from '../../../domain/payload-codec';
import { createSupabase } from '../../../domain/supabase';
import { SUB_STEP_KEYS } from '../../../domain/sub-steps';
import type { Activities } from '../../../worker/activities';
import { createWorkers } from '../../../worker/workers';
import type { RegistrationSettings } from '../../../workflows/messages';
import type { Configuration } from '../flow';
import { outputOf, outsideFrom, setting, type CallOutside } from '../work';
import { CANDIDATE, COMPANY_DETAILS } from './register';

const MINUTE = 60_000;
const SETTINGS: RegistrationSettings = {
  extractionTimeoutMs: 10 * MINUTE,
  extractionPollMs: { first: 5_000, longest: MINUTE },
  humanTimeoutMs: 90 * 24 * 60 * MINUTE,
  integratorKey: 'compare',
  // The vendor's one account a minute would hide everything else.
  accountMinIntervalMs: 0,
};
/** As in the embedded stack at high speed: how long an effect is looked for before it is believed absent. */
const TIME_SCALE = 0.01;
/** Wide enough to limit nothing here. */
const SLOTS = 200;

async function main(): Promise<void> {
  Runtime.install({ logger: new DefaultLogger('ERROR'), shutdownSignals: ['SIGTERM', 'SIGINT'] });
  const address = setting('TEMPORAL_ADDRESS');
  const dataConverter = createDataConverter(parsePayloadKeys(setting('PAYLOAD_KEYS')));
  const [connection, clientConnection] = await Promise.all([
    NativeConnection.connect({ address }),
    Connection.connect({ address }),
  ]);
  const client = new Client({ connection: clientConnection, dataConverter });
  const supabase = createSupabase(setting('SUPABASE_URL'), setting('SUPABASE_SERVICE_ROLE_KEY'));
  const workers = await createWorkers(
    { connection, namespace: 'default', dataConverter },
    createActivities(supabase, client),
    {
      registerRatePerSecond: 1_000,
      registerConcurrency: SLOTS,
      portalSessions: SLOTS,
      shutdownGraceMs: 1_000,
    },
  );
  process.stdout.write('worker ready\n');
  await Promise.all(workers.map((worker) => worker.run()));
  await Promise.all([connection.close(), clientConnection.close()]);
}

function createActivities(supabase: SupabaseClient, client: Client): Activities {
  const targetUrl = setting('TARGET_URL');
  const callOutside = outsideFrom(targetUrl);
  return {
    ...createRecordActivities({ supabase, settings: SETTINGS }),
    ...createLeaseActivities({ client }),
    ...createReconcilerActivities({ supabase, client }),
    ...createExtractionActivities({ record: createSupabaseExtractionRecord(supabase) }),
    ...createCompaniesOfficeActivities({
      record: createSupabaseCompanyRecord(supabase),
      register: registerAt(callOutside),
    }),
    ...createConfigurationActivities({ supabase }),
    ...createSubSteps(attemptsAt(targetUrl, callOutside, supabase, client), client),
  };
}

/** The register of one company. What is searched for, the activities tell by the job that they work for. */
function registerAt(callOutside: CallOutside): CompanyRegister {
  return {
    async searchByName(_term, options) {
      await callOutside({ jobId: options?.correlationId ?? '' }, 'search');
      return [CANDIDATE];
    },
    async fetchEntity(_nzbn, options) {
      await callOutside({ jobId: options?.correlationId ?? '' }, 'details');
      return { details: COMPANY_DETAILS, places: [] };
    },
  };
}

function attemptsAt(
  targetUrl: string,
  callOutside: CallOutside,
  supabase: SupabaseClient,
  client: Client,
): AttemptDeps {
  const limits = scaledLimits(TIME_SCALE);
  return {
    ledger: createLedger(supabase),
    pause: (ms, signal) => wait(ms, undefined, { signal }),
    recordAgainMs: 50,
    reopen: createReopening({ supabase, client }),
    // Nobody shares an account here, and five sub-steps of a restaurant run side by side.
    sessionsPerAccount: 10,
    sessionAgainMs: 100,
    now: Date.now,
    prepare: (_key, input, attempt, live) =>
      Promise.resolve({
        ...input,
        attempt: attempt.number,
        effectsSince: input.jobStartedAt,
        effectRemoved: false,
        attemptStartedAt: attempt.startedAt,
        menuId: input.configuration.menu.selectedMenuId,
        account: input.configuration.account,
        secrets: {},
        stateBefore: attempt.stateBefore,
        ...live,
      }),
    captureState: () => Promise.resolve(null),
    async perform(key, call) {
      await callOutside(call, key, call.configuration as unknown as Configuration);
      return { state: 'succeeded', proof: 'reported', output: outputOf(key) };
    },
    async verify(key, { jobId }) {
      const response = await fetch(`${targetUrl}/calls/${jobId}/${key}`);
      await response.arrayBuffer();
      return response.ok ? { present: true, proof: 'read_back', output: outputOf(key) } : { present: false };
    },
    absentAfterMs: (key) => limits.rows[key].absentAfterMs,
    lookAgainMs: 100,
    heartbeatMs: 5_000,
  };
}

function createSubSteps(attempts: AttemptDeps, client: Client): SubStepActivities {
  const account: Parameters<typeof createAtBackend>[1] = {
    report: (leaseWorkflowId, report) => reportLease(client, leaseWorkflowId, report),
    leaseMarginMs: 1_000,
  };
  const subSteps = Object.fromEntries(
    SUB_STEP_KEYS.map((key) => [key, (input: SubStepInput) => new Attempt(attempts, key, input).run()]),
  ) as SubStepActivities;
  return {
    ...subSteps,
    cloudwaitressAccount: (input) => createAtBackend(attempts, account, input),
  };
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
