/** Rows 5, 7 and 8: the restaurant on the platform, its services and its payments. */
import { z } from 'zod';
import { defineRow, fails, missing, registrationPath, shortText, webAddress, type KnownFailure } from './row';

/** What every row may meet that logs in to the restaurant's account. */
export const LOGIN_FAILURES: readonly KnownFailure[] = [
  {
    text: /(wrong|incorrect|invalid) (e-?mail or )?(password|credentials)|password (is |was )?(wrong|incorrect|invalid)|log-?in (was )?(refused|rejected)/,
    is: fails('WrongPassword'),
  },
  {
    text: /credentials (are |were )?(missing|incomplete|not found)|(missing|incomplete|no) (account )?credentials/,
    is: fails('CredentialsIncomplete'),
  },
];

/** It exists on the platform although the script did not get to its end: another run would make a second one. */
const MADE_BUT_NOT_READ: KnownFailure['is'] = { state: 'partial', failure: 'OutcomeUnclear', output: {} };

export const restaurantRegistration = defineRow({
  feature: 'restaurantRegistration',
  request(call) {
    const { restaurant } = call.configuration;
    if (call.secrets.accountPassword === undefined) return missing('account.password');
    return {
      path: registrationPath('/register-restaurant'),
      body: {
        restaurantId: call.restaurantId,
        registrationType: restaurant.registrationMode,
        email: call.account.email,
        password: call.secrets.accountPassword,
        restaurantName: restaurant.name,
        address: restaurant.address,
        phone: restaurant.phone,
        hours: restaurant.opening_hours,
        city: restaurant.city,
      },
    };
  },
  success: z.object({
    restaurant: z.object({
      pumpd_subdomain: shortText,
      registration_status: z.literal('completed'),
      dashboard_url: webAddress.nullish(),
    }),
  }),
  interpret: ({ restaurant }) => ({
    state: 'succeeded',
    output: { pumpd_subdomain: restaurant.pumpd_subdomain, dashboard_url: restaurant.dashboard_url ?? null },
  }),
  known: [
    { text: /created[^\n]*(but )?(was )?not found|not found in (the |its )?list/, is: MADE_BUT_NOT_READ },
    {
      text: /id[^\n]*(not (be )?read|unreadable|not readable)|could not (read|extract)[^\n]*\bid\b/,
      is: MADE_BUT_NOT_READ,
    },
    { text: /subdomain[^\n]*(taken|in use|exists|not available|unavailable)/, is: fails('SubdomainTaken') },
    {
      text: /address[^\n]*(not found|not be found|no results?|unknown)|(no|could not find|cannot find)[^\n]*address/,
      is: fails('AddressNotFound'),
    },
    ...LOGIN_FAILURES,
  ],
});

export const servicesConfig = defineRow({
  feature: 'servicesConfiguration',
  request: ({ restaurantId }) => ({ path: registrationPath('/configure-services'), body: { restaurantId } }),
  success: z.object({}),
  interpret: () => ({ state: 'succeeded', output: {} }),
  known: LOGIN_FAILURES,
  rerunCompletes: true,
});

export const paymentConfig = defineRow({
  feature: 'stripePayments',
  request: ({ restaurantId, configuration: { payment } }) => ({
    path: registrationPath('/configure-payment'),
    body: { restaurantId, includeConnectLink: payment.includeStripeLink },
  }),
  success: z.object({ includeConnectLink: z.boolean(), stripeConnectUrl: webAddress.nullish() }),
  interpret({ stripeConnectUrl }, { configuration: { payment } }) {
    // Asked for and absent: the payments are set, the link is not; another run is harmless and may bring it.
    if (payment.includeStripeLink && !stripeConnectUrl)
      return { state: 'failed', failure: 'ReportedFailure' };
    return { state: 'succeeded', output: { stripeConnectUrl: stripeConnectUrl ?? null } };
  },
  known: LOGIN_FAILURES,
  rerunCompletes: true,
});
