import example from '../../fixtures/config-example.json';
import {
  batchDefaultsSchema,
  configurationSnapshotSchema,
  enabledSubSteps,
  fieldIssues,
  resolveConfiguration,
  submittedConfigurationSchema,
  withReferences,
  type BatchDefaults,
  type RestaurantFacts,
  type SubmittedConfiguration,
} from '../../../domain/configuration';
import { SUB_STEP_KEYS, type SubStepKey } from '../../../domain/sub-steps';

const MENU_ID = '00000000-0000-4000-8000-0000000000a1';
const SECRET_ID = '00000000-0000-4000-8000-0000000000f1';

const facts = (over: Partial<RestaurantFacts> = {}): RestaurantFacts => ({
  id: '00000000-0000-4000-8000-000000000001',
  name: 'Kōwhai Grill',
  address: '12 Fern Street, Te Aro, Wellington 6011',
  city: 'Wellington',
  phone: '04 555 0100',
  email: 'Owner@KowhaiGrill.example',
  user_email: null,
  contact_name: 'Mereana Testperson',
  contact_phone: null,
  theme: 'light',
  cuisine: ['Seafood'],
  primary_color: '#f2b705',
  secondary_color: '#1F2A30',
  opening_hours: [{ day: 'friday', hours: { open: '11:00 am', close: '1:00 AM' } }],
  menus: [{ id: MENU_ID, is_active: true, created_at: '2026-01-01T00:00:00Z' }],
  account: null,
  ...over,
});

const resolve = (
  given: SubmittedConfiguration,
  restaurant: Partial<RestaurantFacts> = {},
  batchDefaults: BatchDefaults | null = null,
) =>
  resolveConfiguration({
    given,
    batchDefaults,
    restaurant: facts(restaurant),
    generatePassword: () => 'Generated-Pass-01',
  });

const missingPaths = (...args: Parameters<typeof resolve>) =>
  resolve(...args).missing.map(({ path }) => path);
const issues = (schema: { safeParse(value: unknown): { error?: unknown } }, value: unknown) => {
  const { error } = schema.safeParse(value);
  return error === undefined ? [] : fieldIssues(error as Parameters<typeof fieldIssues>[0]);
};

describe('what is submitted', () => {
  it('takes the whole configuration and runs exactly what was given', () => {
    const given = submittedConfigurationSchema.parse(example);
    const { configuration, passwords, missing } = resolve(given, {
      name: 'Another',
      theme: 'light',
      phone: null,
    });
    const { password, ...account } = example.account;
    const { userPassword, ...onboarding } = example.onboarding;
    expect(missing).toEqual([]);
    expect(passwords).toEqual({ account: password, onboarding: userPassword });
    expect(configuration).toEqual({
      ...example,
      account: { ...account, passwordRef: null, ownerKey: '' },
      onboarding: { ...onboarding, userPasswordRef: null },
    });
  });

  it.each([
    ['an unknown key', { account: { mail: 'x' } }, 'account.mail'],
    ['an unknown sub-step', { steps_enabled: { makeCoffee: false } }, 'steps_enabled.makeCoffee'],
    ['an unknown section', { accounts: {} }, 'accounts'],
    ['a wrong type', { menu: { uploadImages: 'yes' } }, 'menu.uploadImages'],
    ['a tint that does nothing', { website: { navLogoDarkTint: 'custom' } }, 'website.navLogoDarkTint'],
    ['a text colour that does nothing', { website: { navTextColor: 'custom' } }, 'website.navTextColor'],
    ['a menu id that is none', { menu: { selectedMenuId: '7' } }, 'menu.selectedMenuId'],
    [
      'hours in words',
      { restaurant: { opening_hours: [{ day: 'Monday', hours: 'late' }] } },
      'restaurant.opening_hours.0.hours',
    ],
    [
      'an unknown day',
      { restaurant: { opening_hours: [{ day: 'Someday', hours: null }] } },
      'restaurant.opening_hours.0.day',
    ],
    ['no object', 7, ''],
  ])('refuses %s under its path', (_, value, path) => {
    expect(issues(submittedConfigurationSchema, value).map((issue) => issue.path)).toEqual([path]);
  });

  it('reads "Closed" as closed', () => {
    const parsed = submittedConfigurationSchema.parse({
      restaurant: { opening_hours: [{ day: 'sunday', hours: 'Closed' }] },
    });
    expect(parsed.restaurant?.opening_hours).toEqual([{ day: 'Sunday', hours: null }]);
  });
});

describe('batch defaults', () => {
  it.each([
    'account.email',
    'account.password',
    'account.phone',
    'restaurant.name',
    'restaurant.opening_hours',
    'restaurant.registrationMode',
    'menu.selectedMenuId',
    'onboarding.userName',
    'onboarding.userEmail',
    'onboarding.userPassword',
  ])("refuse a restaurant's own %s", (path) => {
    const [section = '', key = ''] = path.split('.');
    const own = (example as unknown as Record<string, Record<string, unknown>>)[section]?.[key];
    expect(issues(batchDefaultsSchema, { [section]: { [key]: own } }).map((issue) => issue.path)).toEqual([
      path,
    ]);
  });

  it('take everything else, and refuse use_defaults', () => {
    const { website, payment, steps_enabled } = example;
    const rest = {
      account: { registerNewUser: false },
      menu: { addItemTags: false },
      website,
      payment,
      steps_enabled,
    };
    expect(issues(batchDefaultsSchema, rest)).toEqual([]);
    expect(issues(batchDefaultsSchema, { use_defaults: true })).toHaveLength(1);
  });
});

describe('resolving', () => {
  it('fills every field with use_defaults, normalised', () => {
    const { configuration, passwords, missing } = resolve({ use_defaults: true });
    expect(missing).toEqual([]);
    expect(passwords).toEqual({ account: 'Generated-Pass-01', onboarding: 'Generated-Pass-01' });
    expect(configuration).toMatchObject({
      account: {
        registerNewUser: true,
        email: 'Owner@KowhaiGrill.example',
        phone: '+6445550100',
        passwordRef: null,
      },
      restaurant: {
        name: 'Kōwhai Grill',
        subdomain: 'kwhaigrill',
        phone: '+6445550100',
        opening_hours: [{ day: 'Friday', hours: { open: '11:00', close: '01:00' } }],
      },
      menu: { selectedMenuId: MENU_ID, uploadImages: true },
      website: { theme: 'light', cuisines: ['Seafood'], primaryColor: '#F2B705' },
      onboarding: { userName: 'Mereana Testperson', userEmail: 'Owner@KowhaiGrill.example' },
    });
    expect(configuration.steps_enabled).toEqual(Object.fromEntries(SUB_STEP_KEYS.map((key) => [key, true])));
    expect(
      configurationSnapshotSchema.parse(withReferences(configuration, { account: SECRET_ID, ownerKey: 'k' })),
    ).toMatchObject({ account: { passwordRef: SECRET_ID, ownerKey: 'k' } });
  });

  it('prefers given over batch defaults over the restaurant over built-in', () => {
    const theme = (given: SubmittedConfiguration, batch: BatchDefaults | null, row: string | null) =>
      resolve({ use_defaults: true, ...given }, { theme: row }, batch).configuration.website.theme;
    expect(theme({}, null, null)).toBe('dark');
    expect(theme({}, null, 'light')).toBe('light');
    expect(theme({}, { website: { theme: 'dark' } }, 'light')).toBe('dark');
    expect(theme({ website: { theme: 'light' } }, { website: { theme: 'dark' } }, null)).toBe('light');
    expect(theme({}, null, 'purple')).toBe('dark');
  });

  it('lists every field that is missing without use_defaults, and never takes it from the restaurant', () => {
    const paths = missingPaths({});
    expect(paths).toEqual(
      expect.arrayContaining([
        'account.email',
        'account.password',
        'restaurant.opening_hours',
        'menu.selectedMenuId',
        'website.primaryColor',
        'website.theme',
        'payment.includeStripeLink',
        'onboarding.userPassword',
      ]),
    );
    expect(paths).not.toContain('website.faviconSource');
    expect(paths).not.toContain('restaurant.subdomain');
    const { email: _, ...account } = example.account;
    expect(missingPaths(submittedConfigurationSchema.parse({ ...example, account }))).toEqual([
      'account.email',
    ]);
  });

  it('lists what even defaults cannot fill', () => {
    expect(
      missingPaths(
        { use_defaults: true },
        { email: null, phone: null, primary_color: ' ', menus: [], opening_hours: 'noon till late' },
      ).sort(),
    ).toEqual([
      'account.email',
      'account.phone',
      'menu.selectedMenuId',
      'onboarding.userEmail',
      'restaurant.opening_hours',
      'restaurant.phone',
      'website.primaryColor',
    ]);
  });

  it('asks for nothing that a switched-off sub-step alone would need', () => {
    const off = (...keys: SubStepKey[]) => ({
      steps_enabled: Object.fromEntries(keys.map((key) => [key, false])),
    });
    const nothing = { primary_color: null, secondary_color: null, menus: [] };
    expect(
      missingPaths(
        { use_defaults: true, ...off('codeGeneration', 'websiteConfig', 'uploadImages', 'menuImport') },
        nothing,
      ),
    ).toEqual([]);
    expect(missingPaths({ use_defaults: true, ...off('codeGeneration') }, { primary_color: null })).toEqual([
      'website.primaryColor',
    ]);
  });

  it('generates no password for an account that exists, and uses the stored one', () => {
    const existing: SubmittedConfiguration = { use_defaults: true, account: { registerNewUser: false } };
    expect(missingPaths(existing)).toEqual(['account.password']);
    expect(resolve(existing).passwords.account).toBeUndefined();
    const account = { email: 'owner@kowhaigrill.EXAMPLE', secret_id: SECRET_ID };
    expect(resolve(existing, { account })).toMatchObject({
      missing: [],
      configuration: { account: { passwordRef: SECRET_ID } },
    });
    const other = { email: 'else@kowhaigrill.example', secret_id: SECRET_ID };
    expect(resolve(existing, { account: other }).configuration.account.passwordRef).toBeNull();
    const given = { ...existing, account: { registerNewUser: false, password: 'Given-Pass-0001' } };
    expect(resolve(given, { account })).toMatchObject({
      passwords: { account: 'Given-Pass-0001' },
      configuration: { account: { passwordRef: null } },
    });
  });

  it('keeps no password anywhere in the snapshot', () => {
    const { configuration } = resolve(submittedConfigurationSchema.parse(example));
    expect(JSON.stringify(configuration)).not.toContain('Example-Pass');
    expect(
      configurationSnapshotSchema.safeParse({ ...configuration, account: example.account }).success,
    ).toBe(false);
  });
});

describe('enabled sub-steps', () => {
  const settings = () => resolve({ use_defaults: true }).configuration;
  const offKeys = (change: Partial<ReturnType<typeof settings>>) => {
    const on = enabledSubSteps({ ...settings(), ...change });
    return SUB_STEP_KEYS.filter((key) => !on[key].enabled);
  };

  it('are all of them when nothing is said', () => expect(offKeys({ steps_enabled: {} })).toEqual([]));
  it.each(SUB_STEP_KEYS)('leave out %s when it is false', (key) =>
    expect(offKeys({ steps_enabled: { [key]: false } })).toEqual([key]),
  );
  it('obey the switches of menu and onboarding', () => {
    const { menu, onboarding } = settings();
    expect(
      offKeys({ menu: { ...menu, uploadImages: false, addOptionSets: false, addItemTags: false } }),
    ).toEqual(['uploadImages', 'optionSets', 'itemTags']);
    expect(
      offKeys({ onboarding: { ...onboarding, createOnboardingUser: false, syncOnboardingRecord: false } }),
    ).toEqual(['createOnboardingUser', 'syncOnboardingUser']);
  });
  it('say of an account that exists that what needs it goes on, even if the sub-step is switched off too', () => {
    const { account } = settings();
    const on = enabledSubSteps({
      ...settings(),
      account: { ...account, registerNewUser: false },
      steps_enabled: { cloudwaitressAccount: false, itemTags: false },
    });
    expect(on.cloudwaitressAccount).toMatchObject({ enabled: false, exists: true });
    expect(on.itemTags).toMatchObject({ enabled: false, exists: false });
  });
});
