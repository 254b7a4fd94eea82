/** Logging in to the restaurant's account, as most scripts do first; and a note of calls that came too early. */
import type { SubStepKey } from '../../../domain/sub-steps';
import type { Answer } from '../answers';
import type { Core } from '../core';
import type { PlatformRestaurant } from '../state';
import { platformRestaurant } from './platform';
import { scriptFailed, type Script } from './scripts';

export function needsOf(core: Core, restaurantId: string): { unmet(subStep: SubStepKey): void } {
  return {
    unmet: (subStep) => {
      core.state().unmetNeeds.push(`${restaurantId} ${subStep}`);
    },
  };
}

/** The script, or the refusal of one that cannot log in or does not find its restaurant. */
export function loggedIn(
  core: Core,
  restaurantId: string,
  subStep: SubStepKey,
  script: (session: { platform: PlatformRestaurant; account: string }) => Script,
): Script | Answer {
  const state = core.state();
  const credentials = state.credentials[state.backend[restaurantId]?.credentialsKey ?? ''];
  if (credentials === undefined) {
    needsOf(core, restaurantId).unmet(subStep);
    return scriptFailed(500, 'Account credentials missing or incomplete');
  }
  if (state.accounts[credentials.email.toLowerCase()]?.passwordHash !== credentials.passwordHash)
    return scriptFailed(500, 'Login failed: invalid email or password');
  const platform = platformRestaurant(core, restaurantId);
  if (platform === null) {
    needsOf(core, restaurantId).unmet(subStep);
    return scriptFailed(500, 'Restaurant not found in the account');
  }
  return script({ platform, account: credentials.email });
}
