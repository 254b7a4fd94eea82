/** What one attempt sends: the snapshot, what earlier sub-steps gave, and the passwords that this sub-step alone needs. */
import type { SupabaseClient } from '@supabase/supabase-js';
import type { ConfigurationSnapshot } from '../../domain/configuration/types';
import type { SubStepOutput } from '../../domain/record';
import type { SubStepKey } from '../../domain/sub-steps';
import { activityFailure } from '../failure';
import type { Secrets } from '../secrets';
import type { AttemptDeps } from './attempt';
import type { SubStepCall } from './clients/request-types';
import type { SubStepInput } from './types';

const NEEDS_ACCOUNT_PASSWORD: ReadonlySet<SubStepKey> = new Set([
  'cloudwaitressAccount',
  'restaurantRegistration',
]);

export function createPrepare(deps: { supabase: SupabaseClient; secrets: Secrets }): AttemptDeps['prepare'] {
  return async (key, input, attempt, live): Promise<SubStepCall> => {
    const { jobId, batchId, organisationId, restaurantId, generation, jobStartedAt, outputs } = input;
    const effectRemoved = input.effectRemoved === true;
    const account = outputs.cloudwaitressAccount;
    const { email, phone } = input.configuration.account;
    const menuId = input.configuration.menu.selectedMenuId;
    return {
      jobId,
      batchId,
      organisationId,
      restaurantId,
      generation,
      attempt: attempt.number,
      effectRemoved,
      effectsSince: effectRemoved ? attempt.generationStartedAt : jobStartedAt,
      attemptStartedAt: attempt.startedAt,
      menuId,
      account: { email: typeof account?.['email'] === 'string' ? account['email'] : email, phone },
      configuration: withMode(input.configuration, account),
      outputs,
      secrets: await openSecrets(deps.secrets, key, input),
      ...(key === 'menuImport' && menuId !== null
        ? { expected: { dishes: await countDishes(deps.supabase, organisationId, menuId) } }
        : {}),
      stateBefore: attempt.stateBefore,
      ...live,
    };
  };
}

/** A restaurant that shares its owner's account joins it as a further one. */
function withMode(
  configuration: ConfigurationSnapshot,
  account: SubStepOutput | undefined,
): ConfigurationSnapshot {
  if (account?.['attached'] !== true || !configuration.account.registerNewUser) return configuration;
  const registrationMode = 'existing_account_additional_restaurant';
  return { ...configuration, restaurant: { ...configuration.restaurant, registrationMode } };
}

async function openSecrets(
  secrets: Secrets,
  key: SubStepKey,
  { organisationId, configuration, outputs }: SubStepInput,
): Promise<SubStepCall['secrets']> {
  if (NEEDS_ACCOUNT_PASSWORD.has(key)) {
    // A shared account has the password of the job that made it.
    const shared = outputs.cloudwaitressAccount?.['secret_id'];
    const secretId = typeof shared === 'string' ? shared : configuration.account.passwordRef;
    return secretId === null ? {} : { accountPassword: await secrets.open(organisationId, secretId) };
  }
  const { userPasswordRef } = configuration.onboarding;
  if (key !== 'createOnboardingUser' || userPasswordRef === null) return {};
  return { onboardingPassword: await secrets.open(organisationId, userPasswordRef) };
}

async function countDishes(
  supabase: SupabaseClient,
  organisationId: string,
  menuId: string,
): Promise<number> {
  const { count, error } = await supabase
    .from('menu_items')
    .select('id', { count: 'exact', head: true })
    .eq('organisation_id', organisationId)
    .eq('menu_id', menuId);
  if (error || count === null) throw activityFailure('RecordUnavailable');
  return count;
}
