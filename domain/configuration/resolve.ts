/** From what a person submitted to what runs: given > batch defaults > restaurant > built-in. */
import { parseColour, parsePhone, type Parsed } from '../nz';
import { normaliseOpeningHours } from '../opening-hours';
import { generatePassword as randomPassword } from '../sealing';
import { deriveSubdomain } from '../subdomain';
import { SUB_STEP_KEYS, type SubStepKey } from '../sub-steps';
import { BUILT_IN } from './built-in';
import { enabledSubSteps, type SubStepSwitch } from './enabled';
import { restaurantLayer, type RestaurantFacts } from './facts';
import type { BatchDefaults, SubmittedConfiguration } from './schema';
import type { ConfigurationSnapshot } from './types';

type Section = Exclude<keyof SubmittedConfiguration, 'use_defaults' | 'steps_enabled'>;
type Values<S extends Section> = NonNullable<SubmittedConfiguration[S]>;
type Draft = { [S in Section]: Values<S> };

export interface MissingField {
  path: string;
  message: string;
}

export interface ResolvedConfiguration {
  /** Complete if `missing` is empty. `ownerKey` is still empty and new passwords are not in it: see `withReferences`. */
  configuration: ConfigurationSnapshot;
  /** Given or generated passwords, to be sealed; never stored or logged. */
  passwords: { account?: string; onboarding?: string };
  missing: MissingField[];
}

/** Fields that the backend does not act on: filled in silence, never asked for. */
const WITHOUT_EFFECT = {
  headerLogoSource: 'logo_nobg_url',
  navLogoSource: 'logo_nobg_url',
  faviconSource: 'logo_favicon_url',
  navTextCustomColor: '',
  cardTextCustomColor: '',
} as const;

/** Normalised where it can be; else as it is, for pre-flight to say what is wrong with it. */
const normalised = (value: string | undefined, parse: (text: string) => Parsed): string | undefined => {
  const parsed = value === undefined ? undefined : parse(value);
  return parsed?.ok ? parsed.value : value;
};

type Layer = { [S in Section]?: object | undefined };

/** The first layer that has a field wins, field by field; what is undefined is left out. */
function merge(layers: readonly Layer[]): Draft {
  const section = (name: Section): object =>
    Object.assign(
      {},
      ...[...layers]
        .reverse()
        .map((layer) =>
          Object.fromEntries(Object.entries(layer[name] ?? {}).filter(([, value]) => value !== undefined)),
        ),
    );
  const names: readonly Section[] = ['account', 'restaurant', 'menu', 'website', 'payment', 'onboarding'];
  return Object.fromEntries(names.map((name) => [name, section(name)])) as Draft;
}

type Switches = Record<SubStepKey, SubStepSwitch>;

/** Is the account's password sent anywhere? */
const accountPasswordNeeded = (on: Switches): boolean =>
  on.cloudwaitressAccount.enabled || (on.cloudwaitressAccount.exists && on.restaurantRegistration.enabled);

const brandingNeeded = (on: Switches): boolean => on.codeGeneration.enabled || on.websiteConfig.enabled;
const onboardingNeeded = (on: Switches): boolean =>
  on.createOnboardingUser.enabled || on.syncOnboardingUser.enabled;

/** Fields that must be there only for some sub-steps, and what to tell a person who left them out. */
const CONDITIONAL: { [path: string]: { when: (on: Switches) => boolean; message: string } } = {
  'account.password': {
    when: accountPasswordNeeded,
    message: 'Give the password of the account; an existing account is never given a new one.',
  },
  'menu.selectedMenuId': {
    when: (on) => on.uploadImages.enabled || on.menuImport.enabled,
    message: 'The restaurant has no menu: choose one, or switch off uploadImages and menuImport.',
  },
  'website.primaryColor': {
    when: brandingNeeded,
    message: 'The restaurant has no primary colour: give one.',
  },
  'website.secondaryColor': {
    when: brandingNeeded,
    message: 'The restaurant has no secondary colour: give one.',
  },
  'onboarding.userName': { when: onboardingNeeded, message: 'Give the name of the onboarding user.' },
  'onboarding.userEmail': { when: onboardingNeeded, message: 'Give the e-mail of the onboarding user.' },
  'onboarding.userPassword': {
    when: (on) => on.createOnboardingUser.enabled,
    message: 'Give the password of the onboarding user.',
  },
};

/** Fields that every registration needs. */
const ALWAYS: { [S in Section]: readonly (keyof Values<S>)[] } = {
  account: ['registerNewUser', 'email', 'phone'],
  restaurant: ['registrationMode', 'name', 'phone', 'address', 'city', 'opening_hours'],
  menu: ['uploadImages', 'addOptionSets', 'addItemTags'],
  website: Object.keys(BUILT_IN.website) as (keyof typeof BUILT_IN.website)[],
  payment: ['includeStripeLink'],
  onboarding: ['createOnboardingUser', 'syncOnboardingRecord'],
};

function missingFields(draft: Draft, on: Switches): MissingField[] {
  const valueAt = (path: string): unknown =>
    path
      .split('.')
      .reduce<unknown>((value, key) => (value as Record<string, unknown> | undefined)?.[key], draft);
  const always = Object.entries(ALWAYS).flatMap(([section, keys]) =>
    keys.map((key) => ({ path: `${section}.${key}`, message: 'This field is missing.' })),
  );
  const conditional = Object.entries(CONDITIONAL).flatMap(([path, { when, message }]) =>
    when(on) ? [{ path, message }] : [],
  );
  return [...always, ...conditional].filter(({ path }) => valueAt(path) === undefined);
}

function stepsEnabled(
  ...layers: (SubmittedConfiguration['steps_enabled'] | undefined)[]
): Record<SubStepKey, boolean> {
  const enabled = (key: SubStepKey): boolean =>
    layers.map((layer) => layer?.[key]).find((value) => value !== undefined) ?? true;
  return Object.fromEntries(SUB_STEP_KEYS.map((key) => [key, enabled(key)])) as Record<SubStepKey, boolean>;
}

function switchesOf(draft: Draft, steps_enabled: ConfigurationSnapshot['steps_enabled']): Switches {
  const { account, menu, onboarding } = BUILT_IN;
  return enabledSubSteps({
    account: { ...account, ...draft.account },
    menu: { ...menu, ...draft.menu },
    onboarding: { ...onboarding, ...draft.onboarding },
    steps_enabled,
  } as Parameters<typeof enabledSubSteps>[0]);
}

/** Adds what follows from other fields, and normalises. Works on the merged draft itself. */
function derive(draft: Draft, useDefaults: boolean): Draft {
  const { account, restaurant, onboarding, website } = draft;
  if (useDefaults) {
    onboarding.userName ??= restaurant.name;
    onboarding.userEmail ??= account.email;
  }
  account.phone = normalised(account.phone, parsePhone);
  restaurant.phone = normalised(restaurant.phone, parsePhone);
  restaurant.subdomain = restaurant.subdomain || (deriveSubdomain(restaurant.name ?? '') ?? '');
  restaurant.opening_hours = restaurant.opening_hours && normaliseOpeningHours(restaurant.opening_hours);
  website.primaryColor = normalised(website.primaryColor, parseColour);
  website.secondaryColor = normalised(website.secondaryColor, parseColour);
  return merge([draft]);
}

/** The snapshot of a draft; what is missing (and listed as such) is empty or built-in. */
function snapshot(
  draft: Draft,
  passwordRefs: KeptPasswords,
  steps_enabled: Record<SubStepKey, boolean>,
): ConfigurationSnapshot {
  const { password: _account, ...account } = draft.account;
  const { userPassword: _onboarding, ...onboarding } = draft.onboarding;
  const blank = { email: '', phone: '', name: '', address: '', city: '', subdomain: '', opening_hours: [] };
  const { email, phone, ...restaurantBlank } = blank;
  return {
    account: {
      ...BUILT_IN.account,
      email,
      phone,
      ...account,
      passwordRef: passwordRefs.account,
      ownerKey: '',
    },
    restaurant: { ...BUILT_IN.restaurant, phone, ...restaurantBlank, ...draft.restaurant },
    menu: { ...BUILT_IN.menu, selectedMenuId: null, ...draft.menu },
    website: {
      ...BUILT_IN.website,
      ...WITHOUT_EFFECT,
      primaryColor: null,
      secondaryColor: null,
      ...draft.website,
    },
    payment: { ...BUILT_IN.payment, ...draft.payment },
    onboarding: {
      ...BUILT_IN.onboarding,
      userName: '',
      userEmail: '',
      ...onboarding,
      userPasswordRef: passwordRefs.onboarding,
    },
    steps_enabled,
  } as ConfigurationSnapshot;
}

export interface ResolveInput {
  given: SubmittedConfiguration;
  batchDefaults: BatchDefaults | null;
  restaurant: RestaurantFacts;
  /** Sealed passwords of the configuration that this one replaces; one that is given comes before them. */
  kept?: KeptPasswords;
  /** Replaced in tests. */
  generatePassword?: () => string;
}

/** Ids of sealed passwords. */
export interface KeptPasswords {
  account: string | null;
  onboarding: string | null;
}

/**
 * Batch defaults always stand behind what is given, since a person set them for this batch; the restaurant's data and the
 * built-in values only with `use_defaults`. Then passwords that nobody gave are generated, for what is newly made alone.
 * Pure but for the generated passwords; checks form, not meaning (`domain/preflight`).
 */
export function resolveConfiguration(input: ResolveInput): ResolvedConfiguration {
  const { given, batchDefaults, restaurant, kept, generatePassword = randomPassword } = input;
  const useDefaults = given.use_defaults === true;
  const merged = merge([
    given,
    batchDefaults ?? {},
    ...(useDefaults ? [restaurantLayer(restaurant), BUILT_IN] : []),
    { website: WITHOUT_EFFECT },
  ]);
  const draft = derive(merged, useDefaults);

  const steps = stepsEnabled(given.steps_enabled, batchDefaults?.steps_enabled);
  const on = switchesOf(draft, steps);
  const { account, onboarding } = draft;
  const isStored = restaurant.account?.email.toLowerCase() === account.email?.toLowerCase();
  const storedRef =
    account.password === undefined
      ? (kept?.account ?? (isStored ? (restaurant.account?.secret_id ?? null) : null))
      : null;
  const keptOnboarding = onboarding.userPassword === undefined ? (kept?.onboarding ?? null) : null;
  if (useDefaults && on.cloudwaitressAccount.enabled && !storedRef) account.password ??= generatePassword();
  if (useDefaults && on.createOnboardingUser.enabled && !keptOnboarding)
    onboarding.userPassword ??= generatePassword();
  const isKept = (path: string): boolean =>
    (path === 'account.password' && storedRef !== null) ||
    (path === 'onboarding.userPassword' && keptOnboarding !== null);

  return {
    configuration: snapshot(draft, { account: storedRef, onboarding: keptOnboarding }, steps),
    passwords: {
      ...(account.password === undefined ? {} : { account: account.password }),
      ...(onboarding.userPassword === undefined ? {} : { onboarding: onboarding.userPassword }),
    },
    missing: missingFields(draft, on).filter(({ path }) => !isKept(path)),
  };
}

/** The snapshot with the ids of newly sealed secrets and the owner's key; a reference that is not given stays as it is. */
export function withReferences(
  configuration: ConfigurationSnapshot,
  references: { account?: string | undefined; onboarding?: string | undefined; ownerKey: string },
): ConfigurationSnapshot {
  const { account, onboarding } = configuration;
  return {
    ...configuration,
    account: {
      ...account,
      passwordRef: references.account ?? account.passwordRef,
      ownerKey: references.ownerKey,
    },
    onboarding: { ...onboarding, userPasswordRef: references.onboarding ?? onboarding.userPasswordRef },
  };
}
