/** The restaurant on the platform and its settings. */
import { z } from 'zod';
import { hex, secretHash, uuid } from '../../random';
import { backendRecord, credentialsKey } from '../../state';
import { createRestaurant, subdomainOf } from '../platform';
import { scriptFailed, type Script } from '../scripts';
import { loggedIn, needsOf } from '../sessions';
import { forRestaurant, log, row, text, whole } from './row';

const openingHours = z.array(z.object({ day: text, hours: z.unknown() })).min(1);

export const codeGeneration = row({
  path: '/generate-code-injections',
  flag: 'codeInjection',
  body: z.object({ ...forRestaurant, noGradient: z.boolean().optional() }),
  prepare: ({ core, restaurant }) => {
    if (restaurant.primaryColor === null) return scriptFailed(400, 'Primary color is missing');
    if (restaurant.secondaryColor === null) return scriptFailed(400, 'Secondary color is missing');
    const id = uuid(core.seed, 'code', restaurant.id);
    const folder = `/generated/${restaurant.id}`;
    const script: Script = {
      ...whole('codeGeneration', null, (_made, { resultMissing }) => {
        const record = backendRecord(core.state(), restaurant.id);
        record.code = { id: resultMissing ? null : id, generatedAt: core.clock.iso() };
        // The row alone proves nothing: the original makes it here too.
        record.registration ??= { status: 'pending', idReadable: true };
        return { duplicate: false };
      }),
      emptied: { codeInjectionId: null },
    };
    const filePaths = {
      headInjection: `${folder}/head.html`,
      bodyInjection: `${folder}/body.html`,
      configuration: `${folder}/configuration.json`,
      completion: `${folder}/done.json`,
    };
    return { ...script, success: () => ({ codeInjectionId: id, generatedAt: core.clock.iso(), filePaths }) };
  },
});

export const restaurantRegistration = row({
  path: '/register-restaurant',
  flag: 'restaurantRegistration',
  body: z.object({
    ...forRestaurant,
    registrationType: z.enum(['existing_account_first_restaurant', 'existing_account_additional_restaurant']),
    email: text,
    password: z.string().optional(),
    restaurantName: text,
    address: text,
    phone: text,
    hours: openingHours,
    city: text,
  }),
  prepare: (asked) => {
    const { core, body, restaurant } = asked;
    const state = core.state();
    const key = credentialsKey(restaurant.organisationId, body.email);
    // The stored password is used, not the one sent, once a log-in with it went well.
    const passwordHash = state.credentials[key]?.passwordHash ?? secretHash(body.password ?? '');
    const account = state.accounts[body.email.toLowerCase()];
    if (account === undefined) needsOf(core, restaurant.id).unmet('restaurantRegistration');
    if (account?.passwordHash !== passwordHash)
      return scriptFailed(500, 'Login failed: invalid email or password');
    const subdomain = subdomainOf(body.restaurantName);
    if (subdomain === null) return scriptFailed(500, 'No subdomain can be derived from this name');
    const owner = Object.values(state.platform).find((other) => other.subdomain === subdomain)?.restaurantId;
    if (owner !== undefined && owner !== restaurant.id)
      return scriptFailed(500, `Subdomain ${subdomain} is already taken`);
    const apply: Script['apply'] = (_made, { resultMissing }) => {
      state.credentials[key] = { email: body.email, passwordHash, status: 'completed' };
      const made = createRestaurant(core, {
        restaurantId: restaurant.id,
        accountEmail: body.email,
        name: body.restaurantName,
        subdomain,
      });
      const record = backendRecord(state, restaurant.id);
      record.credentialsKey = key;
      record.registration = { status: 'completed', idReadable: !resultMissing };
      record.onboardingStatus = 'registered';
      log(asked, 'restaurant_registration', body.email);
      return { duplicate: made.duplicate };
    };
    const answered = {
      pumpd_subdomain: subdomain,
      registration_status: 'completed',
      dashboard_url: `https://dashboard.platform.example/${subdomain}`,
    };
    return {
      ...whole('restaurantRegistration', body.email, apply, { restaurant: answered }),
      emptied: { restaurant: { ...answered, pumpd_subdomain: null } },
    };
  },
});

export const websiteConfig = row({
  path: '/configure-website',
  flag: 'websiteSettings',
  body: z.object({
    ...forRestaurant,
    codeInjectionId: z.string().nullish(),
    filePaths: z.unknown().optional(),
  }),
  prepare: ({ core, body, restaurant }) => {
    const record = backendRecord(core.state(), restaurant.id);
    const known = record.code?.id ?? null;
    if (known === null || body.codeInjectionId !== known) {
      needsOf(core, restaurant.id).unmet('websiteConfig');
      return scriptFailed(400, 'No code injection found for this restaurant');
    }
    return loggedIn(core, restaurant.id, 'websiteConfig', ({ platform, account }) => {
      const demoStoreUrl = `https://${platform.subdomain}.platform.example`;
      const uploadedLogoUrl =
        restaurant.websiteUrl === null ? undefined : `https://cdn.platform.example/${platform.id}/logo.png`;
      const apply = (): { duplicate: boolean } => {
        platform.headInjection = true;
        record.demoStoreUrl = demoStoreUrl;
        record.logoUrl = uploadedLogoUrl ?? null;
        record.onboardingStatus = 'website_configured';
        return { duplicate: false };
      };
      return {
        ...whole('websiteConfig', account, apply, { uploadedLogoUrl, demoStoreUrl }),
        emptied: { demoStoreUrl: null },
      };
    });
  },
});

export const servicesConfig = row({
  path: '/configure-services',
  flag: 'servicesConfiguration',
  body: z.object(forRestaurant),
  prepare: ({ core, restaurant }) =>
    loggedIn(core, restaurant.id, 'servicesConfig', ({ platform, account }) =>
      whole('servicesConfig', account, () => {
        platform.pickup = true;
        platform.delivery = true;
        return { duplicate: false };
      }),
    ),
});

export const paymentConfig = row({
  path: '/configure-payment',
  flag: 'stripePayments',
  body: z.object({ ...forRestaurant, includeConnectLink: z.boolean().default(false) }),
  prepare: ({ core, body, restaurant }) =>
    loggedIn(core, restaurant.id, 'paymentConfig', ({ platform, account }) => {
      const { includeConnectLink } = body;
      const link = `https://connect.stripe.example/setup/${hex(16, core.seed, 'stripe', platform.id)}`;
      const stripeConnectUrl = includeConnectLink ? link : undefined;
      const apply: Script['apply'] = (_made, { resultMissing }) => {
        platform.stripe = true;
        if (includeConnectLink && !resultMissing)
          backendRecord(core.state(), restaurant.id).stripeConnectUrl = link;
        return { duplicate: false };
      };
      const emptied = { stripeConnectUrl: null };
      return { ...whole('paymentConfig', account, apply, { includeConnectLink, stripeConnectUrl }), emptied };
    }),
});
