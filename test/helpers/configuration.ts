import { randomUUID } from 'node:crypto';
import type { ConfigurationSnapshot } from '../../domain/configuration/types';
import example from '../fixtures/config-example.json';

/** The example configuration as a workflow gets it: references in place of passwords. */
export function configurationSnapshot(change: Partial<ConfigurationSnapshot> = {}): ConfigurationSnapshot {
  const { account, onboarding, ...rest } = example as unknown as ConfigurationSnapshot & {
    account: { password?: string };
    onboarding: { userPassword?: string };
  };
  const { password: _password, ...accountRest } = account;
  const { userPassword: _userPassword, ...onboardingRest } = onboarding;
  return {
    ...rest,
    account: { ...accountRest, passwordRef: randomUUID(), ownerKey: randomUUID() },
    onboarding: { ...onboardingRest, userPasswordRef: randomUUID() },
    ...change,
  };
}
