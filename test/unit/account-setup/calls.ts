import { randomUUID } from 'node:crypto';
import type { BackendSettings, SubStepCall } from '../../../activities/account-setup/clients/backend';
import { scaledLimits } from '../../../activities/account-setup/clients/limits';
import { configurationSnapshot } from '../../helpers/configuration';

export const ACCOUNT_PASSWORD = 'Leak-Probe-Account-0001';
export const ONBOARDING_PASSWORD = 'Leak-Probe-Onboarding-0002';
export const SERVICE_KEY = 'test-service-key';

/** An attempt that has all it may need. */
export function subStepCall(change: Partial<SubStepCall> = {}): SubStepCall {
  const configuration = configurationSnapshot();
  return {
    jobId: randomUUID(),
    batchId: randomUUID(),
    organisationId: randomUUID(),
    restaurantId: randomUUID(),
    generation: 1,
    attempt: 1,
    effectsSince: new Date(Date.now() - 60_000).toISOString(),
    effectRemoved: false,
    attemptStartedAt: new Date().toISOString(),
    menuId: 'menu-1',
    account: { email: configuration.account.email, phone: configuration.account.phone },
    configuration,
    outputs: {
      codeGeneration: { codeInjectionId: 'code-1' },
      restaurantRegistration: { pumpd_restaurant_id: 'RES1' },
    },
    secrets: { accountPassword: ACCOUNT_PASSWORD, onboardingPassword: ONBOARDING_PASSWORD },
    stateBefore: null,
    signal: new AbortController().signal,
    onProgress: () => undefined,
    ...change,
  };
}

/** Limits of a fast world; `limits` narrows single ones. */
export function backendSettings(
  baseUrl: string,
  { platform = null, ...limits }: { platform?: string | null } & Partial<BackendSettings['limits']> = {},
): BackendSettings {
  return {
    baseUrl,
    serviceKey: SERVICE_KEY,
    platformReadBaseUrl: platform,
    limits: { ...scaledLimits(0.001), ...limits },
  };
}
