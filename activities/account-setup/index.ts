/** The activities of step 6: one a sub-step, all driven by the ledger. Requests and results of each stand in clients/rows. */
import type { SupabaseClient } from '@supabase/supabase-js';
import type { Client } from '@temporalio/client';
import { SUB_STEP_KEYS } from '../../domain/sub-steps';
import { activityFailure } from '../failure';
import { reportLease } from '../leases';
import type { Secrets } from '../secrets';
import { AccountCreation, type AccountDeps } from './account';
import { createAccounts } from './accounts';
import { Attempt, type AttemptDeps } from './attempt';
import { createSetupBackend, scaledLimits } from './clients/backend';
import { createCloudWaitressClient, type CloudWaitressSettings } from './clients/cloudwaitress';
import { createConfigurationActivities, type ConfigurationActivities } from './configuration';
import { createLedger } from './ledger';
import { createPrepare } from './prepare';
import type { SubStepActivities, SubStepInput, SubStepResult } from './types';

export type AccountSetupActivities = SubStepActivities & ConfigurationActivities;

export interface AccountSetupSettings {
  accountProvider: 'cloudwaitress' | 'backend';
  existingAccountPolicy: 'ask' | 'accept';
  /** 1 = real time; only the simulator runs faster. */
  timeScale: number;
  backend: { baseUrl: string; serviceKey: string; platformReadBaseUrl: string | null };
  cloudwaitress: Omit<CloudWaitressSettings, 'timeoutMs'>;
}

const HEARTBEAT_MS = 5_000;
const LOOK_AGAIN_MS = 10_000;
const ACCOUNT_CALL_TIMEOUT_MS = 20_000;
/** Both calls of an account creation fit into what is left of a turn that is used. */
const LEASE_MARGIN_MS = 2 * ACCOUNT_CALL_TIMEOUT_MS + 5_000;

export function createAccountSetupActivities(deps: {
  supabase: SupabaseClient;
  secrets: Secrets;
  client: Client;
  settings: AccountSetupSettings;
}): AccountSetupActivities {
  const { supabase, secrets, client, settings } = deps;
  const limits = scaledLimits(settings.timeScale);
  const backend = createSetupBackend({ ...settings.backend, limits });
  const ledger = createLedger(supabase);
  const attempts: AttemptDeps = {
    ledger,
    prepare: createPrepare({ supabase, secrets }),
    captureState: backend.captureState,
    perform: backend.performCall,
    verify: backend.verifyEffect,
    absentAfterMs: (key) => limits.rows[key].absentAfterMs,
    lookAgainMs: Math.max(50, LOOK_AGAIN_MS * settings.timeScale),
    heartbeatMs: HEARTBEAT_MS,
    now: Date.now,
  };
  const account: AccountDeps = {
    ledger,
    accounts: createAccounts(supabase),
    secrets,
    vendor: createCloudWaitressClient({ ...settings.cloudwaitress, timeoutMs: ACCOUNT_CALL_TIMEOUT_MS }),
    existingAccountPolicy: settings.existingAccountPolicy,
    report: (leaseWorkflowId, report) => reportLease(client, leaseWorkflowId, report),
    heartbeatMs: HEARTBEAT_MS,
    leaseMarginMs: LEASE_MARGIN_MS,
    now: Date.now,
  };
  const subSteps = Object.fromEntries(
    SUB_STEP_KEYS.map((key) => [key, (input: SubStepInput) => new Attempt(attempts, key, input).run()]),
  ) as SubStepActivities;
  return {
    ...subSteps,
    cloudwaitressAccount: (input) =>
      settings.accountProvider === 'cloudwaitress'
        ? new AccountCreation(account, input).run()
        : createAtBackend(attempts, account, input),
    ...createConfigurationActivities({ supabase }),
  };
}

/** The backend creates the account: the same gate, one call a turn. */
async function createAtBackend(
  attempts: AttemptDeps,
  { report, now, leaseMarginMs }: AccountDeps,
  input: SubStepInput,
): Promise<SubStepResult> {
  const { lease } = input;
  let called = false;
  const beforeCall = (): void => {
    if (called || (lease && now() + leaseMarginMs > lease.expiresAt)) throw activityFailure('LeaseExpired');
    called = true;
  };
  try {
    return await new Attempt({ ...attempts, beforeCall }, 'cloudwaitressAccount', input).run();
  } finally {
    if (lease) {
      await report(lease.workflowId, {
        requestId: lease.requestId,
        outcome: called ? 'started' : 'released',
      });
    }
  }
}
