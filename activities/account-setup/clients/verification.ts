/** For each sub-step: what to note of the world before an attempt, and how to see afterwards whether its effect is there. */
import type { SubStepOutput } from '../../../domain/record';
import type { SubStepKey } from '../../../domain/sub-steps';
import { activityFailure } from '../../failure';
import type { BackendSettings } from './backend-transport';
import {
  absent,
  flagCheck,
  growthCheck,
  needed,
  platformRestaurant,
  present,
  ReadFailed,
  unknown,
  type Check,
  type CheckContext,
  type Growth,
} from './check-kinds';
import { createReads, type RegistrationLog } from './reads';
import type { SubStepCall, Verdict } from './request-types';

const always = (): boolean => true;
const never = (): boolean => false;
const withPlatform = (platform: boolean): boolean => platform;
const nothing = (): Promise<null> => Promise.resolve(null);

/** Whether `time` is later than `than`; a time that cannot be read is never later. */
const isAfter = (time: string, than: string): boolean => Date.parse(time) > Date.parse(than);
const isNotBefore = (time: string, than: string): boolean => Date.parse(time) >= Date.parse(than);

const sameEmail = (a: string | null | undefined, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

const account: Check = {
  pollable: always,
  absenceContradicts: never,
  async capture({ reads, call }) {
    const status = await needed(reads.status());
    return {
      hasAccount: status?.hasAccount === true && sameEmail(status.account?.email, call.account.email),
    };
  },
  async verify({ reads, call }) {
    const status = await needed(reads.status());
    if (!status?.hasAccount || !sameEmail(status.account?.email, call.account.email)) return absent;
    // The backend remembers an account that is no more.
    if (call.effectRemoved && call.stateBefore?.['hasAccount'] !== false) return unknown;
    return present({ email: call.account.email, pumpd_user_id: status.account?.pumpd_user_id ?? null });
  },
};

const code: Check = {
  pollable: always,
  absenceContradicts: always,
  async capture({ reads }) {
    const now = await needed(reads.code());
    return { generatedAt: now?.hasContent ? (now.generatedAt ?? null) : null };
  },
  async verify({ reads, call }) {
    const now = await needed(reads.code());
    if (!now?.hasContent || !now.codeInjectionId || !now.generatedAt) return absent;
    // Against what the backend itself said before, so that its clock need not agree with ours.
    const before = call.stateBefore?.['generatedAt'];
    const fresh =
      call.stateBefore === null
        ? isNotBefore(now.generatedAt, call.attemptStartedAt)
        : typeof before !== 'string' || isAfter(now.generatedAt, before);
    return fresh ? present({ codeInjectionId: now.codeInjectionId, generatedAt: now.generatedAt }) : absent;
  },
};

const succeeded = (logs: readonly RegistrationLog[] | null, action: string): RegistrationLog[] =>
  (logs ?? []).filter((log) => log.action === action && /^(success|completed)$/i.test(log.status));

const onboardingUser: Check = {
  pollable: always,
  absenceContradicts: never,
  capture: nothing,
  async verify({ reads, call }) {
    const { userEmail } = call.configuration.onboarding;
    const ours = succeeded(await needed(reads.logs()), 'onboarding_user_creation').some(
      (log) =>
        sameEmail(log.response_data?.userEmail, userEmail) && isNotBefore(log.created_at, call.effectsSince),
    );
    return ours ? present({ userEmail, passwordGenerated: false }) : absent;
  },
};

const onboardingRecord: Check = {
  pollable: always,
  absenceContradicts: never,
  async capture({ reads }) {
    const [newest] = succeeded(await needed(reads.logs()), 'onboarding_record_update')
      .map((log) => log.created_at)
      .sort((a, b) => Date.parse(b) - Date.parse(a));
    return { lastUpdateAt: newest ?? null };
  },
  async verify({ reads, call }) {
    const before = call.stateBefore?.['lastUpdateAt'];
    const ours = succeeded(await needed(reads.logs()), 'onboarding_record_update').some(({ created_at }) =>
      call.stateBefore === null
        ? isNotBefore(created_at, call.attemptStartedAt)
        : typeof before !== 'string' || isAfter(created_at, before),
    );
    return ours ? present({}) : absent;
  },
};

const images: Check = {
  pollable: always,
  absenceContradicts: never,
  capture: nothing,
  async verify({ reads, call }) {
    if (call.menuId === null) return unknown;
    const stats = await needed(reads.imageStats(call.menuId));
    if (stats === null || stats.pendingUploads > 0 || stats.failedUploads > 0) return absent;
    return present({ totalImages: stats.totalImages, uploaded: stats.uploadedImages });
  },
};

/** A row for the restaurant alone proves nothing: code generation makes one too. */
const restaurant: Check = {
  pollable: always,
  absenceContradicts: always,
  async capture({ reads }) {
    const status = await needed(reads.status());
    return { pumpd_restaurant_id: status?.pumpdRestaurant?.pumpd_restaurant_id ?? null };
  },
  async verify({ reads, call, growth }) {
    const status = await needed(reads.status());
    const made = status?.pumpdRestaurant;
    const id = made?.pumpd_restaurant_id;
    if (!status?.hasRestaurant || made?.registration_status !== 'completed') return absent;
    // The backend remembers a restaurant that was removed from the platform until another one takes its place.
    const remembered = id && id === call.stateBefore?.['pumpd_restaurant_id'];
    if (call.effectRemoved && remembered && growth !== 'final') return unknown;
    // It was made, and what others need of it cannot be read: never a reason to make a second one.
    if (!made.pumpd_subdomain || !id?.startsWith('RES'))
      return { present: 'undecided', failure: 'OutcomeUnclear' };
    return present({
      pumpd_restaurant_id: id,
      pumpd_subdomain: made.pumpd_subdomain,
      pumpd_full_url: made.pumpd_full_url ?? null,
      dashboard_url: made.dashboard_url ?? null,
    });
  },
};

const website = flagCheck(always, withPlatform, async (context) => {
  const demoStoreUrl = (await needed(context.reads.links()))?.demo_store_url ?? null;
  const injected =
    context.reads.platform === null || (await platformRestaurant(context))?.headInjection === true;
  return { configured: demoStoreUrl !== null && injected, output: { demoStoreUrl } };
});

const services = flagCheck(withPlatform, withPlatform, async (context) => {
  const shown = await platformRestaurant(context);
  return shown && { configured: shown.pickup && shown.delivery, output: {} };
});

const payment = flagCheck(always, withPlatform, async (context) => {
  const { includeStripeLink } = context.call.configuration.payment;
  if (!includeStripeLink && context.reads.platform === null) return null;
  const stripeConnectUrl = (await needed(context.reads.links()))?.stripe_connect_url ?? null;
  const charged = context.reads.platform === null || (await platformRestaurant(context))?.stripe === true;
  return {
    configured: charged && (!includeStripeLink || stripeConnectUrl !== null),
    output: { stripeConnectUrl },
  };
});

const dishes = growthCheck(
  'dishes',
  ({ menus }) => menus.reduce((sum, menu) => sum + menu.dishes, 0),
  ({ expected }) => expected?.dishes,
);
const optionSets = growthCheck(
  'optionSets',
  (shown) => shown.optionSets,
  ({ expected }) => expected?.optionSets,
);

/** The backend makes these ten for a menu, whatever its dishes need. */
const PRESET_TAGS = [
  'popular',
  'new',
  'deal',
  'vegan',
  'vegetarian',
  'gluten free',
  'dairy free',
  'nut free',
  'halal',
  'spicy',
];
const itemTags = growthCheck(
  'tags',
  ({ tags }) => {
    const names = new Set(tags.map((name) => name.toLowerCase()));
    return PRESET_TAGS.filter((name) => names.has(name)).length;
  },
  (_call, before) => PRESET_TAGS.length - before,
);

const CHECKS: Readonly<Record<SubStepKey, Check>> = {
  cloudwaitressAccount: account,
  codeGeneration: code,
  createOnboardingUser: onboardingUser,
  uploadImages: images,
  restaurantRegistration: restaurant,
  websiteConfig: website,
  servicesConfig: services,
  paymentConfig: payment,
  menuImport: dishes,
  syncOnboardingUser: onboardingRecord,
  optionSets,
  itemTags,
};

export interface Verification {
  pollable(key: SubStepKey): boolean;
  absenceContradicts(key: SubStepKey): boolean;
  /** Throws a typed activity failure if the state cannot be read: then no call may be made. */
  capture(key: SubStepKey, call: SubStepCall): Promise<SubStepOutput | null>;
  /** Never throws for trouble of the read: that is `undecided`. */
  verify(key: SubStepKey, call: SubStepCall, growth: Growth): Promise<Verdict>;
}

export function createVerification(settings: BackendSettings): Verification {
  const context = (key: SubStepKey, call: SubStepCall, growth: Growth): CheckContext => ({
    reads: createReads(settings, key, call),
    call,
    growth,
    settleMs: settings.limits.settleMs,
  });
  const platform = settings.platformReadBaseUrl !== null;
  return {
    pollable: (key) => CHECKS[key].pollable(platform),
    absenceContradicts: (key) => CHECKS[key].absenceContradicts(platform),

    async capture(key, call) {
      try {
        return await CHECKS[key].capture(context(key, call, 'settle'));
      } catch (error) {
        if (!(error instanceof ReadFailed)) throw error;
        throw activityFailure(error.failure, { nextRetryDelayMs: error.retryAfterMs });
      }
    },

    async verify(key, call, growth) {
      try {
        return await CHECKS[key].verify(context(key, call, growth));
      } catch (error) {
        if (!(error instanceof ReadFailed)) throw error;
        return { present: 'undecided', failure: error.failure };
      }
    },
  };
}
