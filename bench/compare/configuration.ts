import { readFileSync } from 'node:fs';
import path from 'node:path';
import { PROJECT_ROOT } from '../../dev/stack/paths';
import type { Configuration } from './flow';

const FILE = path.join(PROJECT_ROOT, 'test', 'fixtures', 'config-example.json');
const NO_SECRET = { passwordRef: null, ownerKey: 'bench' };

/** The example configuration as the product's workflow gets it: without passwords. About 3 KB, the same for every candidate. */
export function exampleConfiguration(): Configuration {
  const { account, onboarding, ...rest } = JSON.parse(readFileSync(FILE, 'utf8')) as Record<
    'account' | 'onboarding',
    Record<string, unknown>
  >;
  const { password: _password, ...accountRest } = account;
  const { userPassword: _userPassword, ...onboardingRest } = onboarding;
  return {
    ...rest,
    account: { ...accountRest, ...NO_SECRET },
    onboarding: { ...onboardingRest, userPasswordRef: null },
  };
}
