/** The activities of step 6: one a sub-step, all driven by the ledger. Requests and results of each stand in clients/rows. */
import { setTimeout as wait } from 'node:timers/promises';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { Client } from '@temporalio/client';
import { SUB_STEP_KEYS } from '../../domain/sub-steps';
import type { LeaseReport } from '../../workflows/messages';
import { activityFailure } from '../failure';
import { reportLease } from '../leases';
import type { Secrets } from '../secrets';
import { assertNoAllergenTags } from './allergens';
import { AccountCreation, giveTurnsBack, reportTurn, type AccountDeps } from './account';
import { createAccounts } from './accounts';
import { Attempt, type AttemptDeps } from './attempt';
import { createSetupBackend, scaledLimits } from './clients/backend';
import { createCloudWaitressClient, type CloudWaitressSettings } from './clients/cloudwaitress';
import { createConfigurationActivities, type ConfigurationActivities } from './configuration';
import { createLedger } from './ledger';
import type { LedgerEntryDeps } from './ledger-entry';
import { createPrepare } from './prepare';
import { createReopening } from './reopen';
import type { SubStepActivities, SubStepInput, SubStepResult } from './types';

export type AccountSetupActivities = SubStepActivities & ConfigurationActivities;

export interface AccountSetupSettings {
  accountProvider: 'cloudwaitress' | 'backend';
  existingAccountPolicy: 'ask' | 'accept';
  /** Scripts that may be logged in to one owner's account at once, over all workers. */
  sessionsPerAccount: number;
  /** 1 = real time; only the simulator runs faster. */
  timeScale: number;
  backend: { baseUrl: string; serviceKey: string; platformReadBaseUrl: string | null };
  cloudwaitress: Omit<CloudWaitressSettings, 'timeoutMs'>;
}

const HEARTBEAT_MS = 5_000;
const LOOK_AGAIN_MS = 10_000;
const RECORD_AGAIN_MS = 1_000;
const SESSION_AGAIN_MS = 5_000;
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
  const entries: LedgerEntryDeps = {
    ledger: createLedger(supabase),
    pause: (ms, signal) => wait(ms, undefined, { signal }),
    recordAgainMs: Math.max(50, RECORD_AGAIN_MS * settings.timeScale),
    reopen: createReopening({ supabase, client }),
    sessionsPerAccount: settings.sessionsPerAccount,
    sessionAgainMs: Math.max(100, SESSION_AGAIN_MS * settings.timeScale),
    now: Date.now,
  };
  const attempts: AttemptDeps = {
    ...entries,
    prepare: createPrepare({ supabase, secrets }),
    async captureState(key, call) {
      if (key === 'itemTags') await assertNoAllergenTags(supabase, call);
      return backend.captureState(key, call);
    },
    perform: backend.performCall,
    verify: backend.verifyEffect,
    absentAfterMs: (key) => limits.rows[key].absentAfterMs,
    lookAgainMs: Math.max(50, LOOK_AGAIN_MS * settings.timeScale),
    heartbeatMs: HEARTBEAT_MS,
  };
  const account: AccountDeps = {
    ...entries,
    accounts: createAccounts(supabase),
    secrets,
    vendor: createCloudWaitressClient({ ...settings.cloudwaitress, timeoutMs: ACCOUNT_CALL_TIMEOUT_MS }),
    existingAccountPolicy: settings.existingAccountPolicy,
    report: (leaseWorkflowId, report) => reportLease(client, leaseWorkflowId, report),
    heartbeatMs: HEARTBEAT_MS,
    leaseMarginMs: LEASE_MARGIN_MS,
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

/** The backend creates the account: the same gate, one call a turn. The turn ends with the call, of which the start is a part. */
export async function createAtBackend(
  attempts: AttemptDeps,
  { report, leaseMarginMs }: Pick<AccountDeps, 'report' | 'leaseMarginMs'>,
  input: SubStepInput,
): Promise<SubStepResult> {
  const { lease } = input;
  let outcome: LeaseReport['outcome'] = 'released';
  let hold: Pick<LeaseReport, 'holdMs'> = {};
  const spaced: AttemptDeps = {
    ...attempts,
    beforeCall() {
      const late = lease && attempts.now() + leaseMarginMs > lease.expiresAt;
      if (outcome === 'started' || late) throw activityFailure('LeaseExpired');
    },
    async perform(key, call) {
      outcome = 'started';
      const result = await attempts.perform(key, call);
      if (result.failure === 'AccountThrottled') hold = { holdMs: result.retryAfterMs ?? 0 };
      return result;
    },
  };
  let result: SubStepResult;
  let isToldToGate = false;
  try {
    result = await new Attempt(spaced, 'cloudwaitressAccount', input).run();
  } finally {
    if (lease) {
      const turn = { requestId: lease.requestId, outcome, ...hold };
      isToldToGate = await reportTurn(report, lease.workflowId, turn);
    }
  }
  return { ...result, givenBack: await giveTurnsBack(report, input, result, isToldToGate) };
}
