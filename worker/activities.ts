/** Wires the activities to the outside: the one place that knows which client serves which. */
import { createHash } from 'node:crypto';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { Client } from '@temporalio/client';
import {
  createAccountSetupActivities,
  type AccountSetupActivities,
  type AccountSetupSettings,
} from '../activities/account-setup';
import {
  createCompaniesOfficeActivities,
  createNzbnClient,
  createSharedTurns,
  createSupabaseCompanyRecord,
  type CompaniesOfficeActivities,
  type Turns,
} from '../activities/companies-office';
import {
  createExtractionActivities,
  createSupabaseExtractionRecord,
  type ExtractionActivities,
} from '../activities/extraction';
import { createLeaseActivities, type LeaseActivities } from '../activities/leases';
import { createReconcilerActivities, type ReconcilerActivities } from '../activities/reconciler';
import { createRecordActivities } from '../activities/record';
import type { RecordActivities } from '../activities/record/types';
import { createSecrets } from '../activities/secrets';
import { parseKeyRing } from '../domain/sealing';
import { createSupabase } from '../domain/supabase';
import type { RegistrationSettings } from '../workflows/messages';
import type { WorkerSettings } from '../domain/settings';

export type Activities = AccountSetupActivities &
  CompaniesOfficeActivities &
  ExtractionActivities &
  LeaseActivities &
  ReconcilerActivities &
  RecordActivities;

export function createActivities(settings: WorkerSettings, client: Client): Activities {
  const supabase = createSupabase(settings.SUPABASE_URL, settings.SUPABASE_SERVICE_ROLE_KEY);
  const secrets = createSecrets(supabase, parseKeyRing(settings.SEAL_KEYS));
  return {
    ...createRecordActivities({ supabase, settings: registrationSettings(settings) }),
    ...createLeaseActivities({ client }),
    ...createReconcilerActivities({ supabase, client }),
    ...createExtractionActivities({ record: createSupabaseExtractionRecord(supabase) }),
    ...createCompaniesOfficeActivities({
      record: createSupabaseCompanyRecord(supabase),
      register: createNzbnClient({
        baseUrl: settings.NZBN_BASE_URL,
        apiKey: settings.NZBN_API_KEY,
        timeoutMs: settings.NZBN_TIMEOUT_MS,
        pace: { concurrency: settings.NZBN_CONCURRENCY, turns: registerTurns(settings, supabase) },
      }),
    }),
    ...createAccountSetupActivities({ supabase, secrets, client, settings: accountSetupSettings(settings) }),
  };
}

function registerTurns(settings: WorkerSettings, supabase: SupabaseClient): Turns {
  return createSharedTurns({
    supabase,
    credentials: { baseUrl: settings.NZBN_BASE_URL, apiKey: settings.NZBN_API_KEY },
    ratePerSecond: settings.NZBN_RATE_PER_SECOND,
    burst: settings.NZBN_BURST,
  });
}

function registrationSettings(settings: WorkerSettings): RegistrationSettings {
  // The gate is named after the credential set without telling it.
  const credentials = settings.CLOUDWAITRESS_INTEGRATOR_ID ?? settings.BACKEND_BASE_URL;
  return {
    extractionTimeoutMs: settings.STEP1_TIMEOUT_MS,
    extractionPollMs: { first: settings.STEP1_POLL_FIRST_MS, longest: settings.STEP1_POLL_LONGEST_MS },
    humanTimeoutMs: settings.HUMAN_TIMEOUT_MS,
    integratorKey: createHash('sha256').update(credentials).digest('hex').slice(0, 16),
    accountMinIntervalMs: settings.ACCOUNT_MIN_INTERVAL_MS,
  };
}

function accountSetupSettings(settings: WorkerSettings): AccountSetupSettings {
  return {
    accountProvider: settings.ACCOUNT_PROVIDER,
    existingAccountPolicy: settings.EXISTING_ACCOUNT_POLICY,
    sessionsPerAccount: settings.MAX_BROWSER_PER_ACCOUNT,
    timeScale: settings.TIME_SCALE,
    backend: {
      baseUrl: settings.BACKEND_BASE_URL,
      serviceKey: settings.BACKEND_SERVICE_KEY,
      platformReadBaseUrl: settings.PLATFORM_READ_BASE_URL ?? null,
    },
    cloudwaitress: {
      baseUrl: settings.CLOUDWAITRESS_BASE_URL ?? '',
      integratorId: settings.CLOUDWAITRESS_INTEGRATOR_ID ?? '',
      integratorSecret: settings.CLOUDWAITRESS_INTEGRATOR_SECRET ?? '',
      confirmation:
        settings.CLOUDWAITRESS_CONFIRMATION_MODE === 'code'
          ? ({ mode: 'code', code: settings.CLOUDWAITRESS_CONFIRMATION_CODE ?? '' } as const)
          : ({ mode: 'signature' } as const),
    },
  };
}
