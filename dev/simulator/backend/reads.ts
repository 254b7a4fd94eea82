/** The reads by which a caller finds out what really happened. They carry more than anyone should take, as the originals do. */
import { answer, type Answer } from '../answers';
import type { Core } from '../core';
import { backendRecord } from '../state';
import { platformRestaurant } from './platform';

/** Stands where the original has a stored password: whoever keeps it, leaks. */
export const STORED_PASSWORD_MARKER = 'SIM-STORED-PASSWORD';

export function readStatus(core: Core, restaurantId: string): Answer {
  const state = core.state();
  const record = backendRecord(state, restaurantId);
  const credentials = state.credentials[record.credentialsKey ?? ''];
  const account =
    credentials === undefined
      ? null
      : {
          email: credentials.email,
          registration_status: credentials.status,
          pumpd_user_id: state.accounts[credentials.email.toLowerCase()]?.userId ?? null,
          user_password_hint: STORED_PASSWORD_MARKER,
        };
  const made = platformRestaurant(core, restaurantId);
  const pumpdRestaurant =
    record.registration === null
      ? null
      : {
          pumpd_restaurant_id: record.registration.idReadable ? (made?.id ?? null) : null,
          pumpd_subdomain: made?.subdomain ?? null,
          pumpd_full_url: made === null ? null : `https://${made.subdomain}.platform.example`,
          registration_status: record.registration.status,
          dashboard_url: made === null ? null : `https://dashboard.platform.example/${made.subdomain}`,
        };
  return answer(200, {
    success: true,
    hasAccount: account !== null,
    hasRestaurant: pumpdRestaurant !== null,
    account,
    pumpdRestaurant,
  });
}

export function readCode(core: Core, restaurantId: string): Answer {
  const { code } = backendRecord(core.state(), restaurantId);
  return answer(200, {
    success: true,
    hasContent: code !== null && code.id !== null,
    codeInjectionId: code?.id ?? null,
    generatedAt: code?.generatedAt ?? null,
    headInjection: code === null ? null : '<style>/* generated */</style>'.repeat(50),
  });
}

export function readLogs(core: Core, restaurantId: string): Answer {
  const { logs } = backendRecord(core.state(), restaurantId);
  return answer(200, {
    success: true,
    logs: logs.slice(0, 50).map(({ action, status, created_at, userEmail }) => ({
      action,
      status,
      created_at,
      request_data: { userPassword: STORED_PASSWORD_MARKER },
      response_data: { userEmail },
    })),
  });
}

export function readRestaurant(core: Core, restaurantId: string): Answer {
  const record = backendRecord(core.state(), restaurantId);
  return answer(200, {
    success: true,
    restaurant: {
      id: restaurantId,
      onboarding_status: record.onboardingStatus,
      demo_store_url: record.demoStoreUrl,
      hosted_logo_url: record.logoUrl,
      stripe_connect_url: record.stripeConnectUrl,
      user_password_hint: STORED_PASSWORD_MARKER,
    },
  });
}
