import {
  createSetupBackend,
  type SubStepCall,
  type Verdict,
} from '../../../activities/account-setup/clients/backend';
import { SUB_STEP_KEYS, type SubStepKey } from '../../../domain/sub-steps';
import { backendSettings, subStepCall } from './calls';
import { scriptedServer, type ScriptedAnswer, type ScriptedServer } from './scripted-server';

let server: ScriptedServer;
beforeEach(async () => {
  server = await scriptedServer();
});
afterEach(() => server.close());

const PLATFORM = '/platform';
const EMAIL = 'owner@kowhaigrill.example';
const STARTED = '2026-11-25T01:00:00.000Z';
const BEFORE = '2026-11-25T00:59:59.000Z';
const AFTER = '2026-11-25T01:00:01.000Z';

/** Answers by a word in a read's path; anything else is 404. */
function world(answers: Record<string, object>): void {
  server.answer(({ path }) => {
    const found = Object.entries(answers).find(([word]) => path.includes(word));
    return found ? { json: found[1] } : { status: 404, json: {} };
  });
}

const backend = (platform: boolean) =>
  createSetupBackend(
    backendSettings(server.url, {
      platform: platform ? `${server.url}${PLATFORM}` : null,
      settleMs: 5,
      readRetryMs: 1,
    }),
  );

const attempt = (change: Partial<SubStepCall> = {}): SubStepCall =>
  subStepCall({ effectsSince: STARTED, attemptStartedAt: STARTED, ...change });

const verify = (key: SubStepKey, change: Partial<SubStepCall> = {}, platform = false): Promise<Verdict> =>
  backend(platform).verifyEffect(key, attempt(change));

const undecided = { present: 'undecided' };

describe('account', () => {
  it.each([
    [
      'the same e-mail in other letters',
      { hasAccount: true, account: { email: 'OWNER@KowhaiGrill.example' } },
      true,
    ],
    ['another e-mail', { hasAccount: true, account: { email: 'x@y.example' } }, false],
    ['no account', { hasAccount: false, account: { email: EMAIL } }, false],
  ])('%s', async (_name, status, present) => {
    world({ '/status/': { hasRestaurant: false, ...status } });
    expect(await verify('cloudwaitressAccount')).toMatchObject({ present });
  });
});

describe('after an operator removed what was made', () => {
  const effectRemoved = true;

  it('an account that the backend still remembers proves nothing', async () => {
    world({ '/status/': { hasAccount: true, hasRestaurant: false, account: { email: EMAIL } } });
    const found = (stateBefore: SubStepCall['stateBefore']) =>
      verify('cloudwaitressAccount', { effectRemoved, stateBefore });
    expect(await found({ hasAccount: true })).toEqual({ present: 'unknown' });
    expect(await found({ hasAccount: false })).toMatchObject({ present: true });
  });

  it('nor does the restaurant; another one does', async () => {
    const pumpdRestaurant = {
      pumpd_restaurant_id: 'RES1',
      pumpd_subdomain: 'kowhai',
      registration_status: 'completed',
    };
    world({ '/status/': { hasAccount: true, hasRestaurant: true, pumpdRestaurant } });
    const found = (before: string) =>
      verify('restaurantRegistration', { effectRemoved, stateBefore: { pumpd_restaurant_id: before } });
    expect(await found('RES1')).toEqual({ present: 'unknown' });
    expect(await found('RES0')).toMatchObject({ present: true });
  });

  it('a user of before does not count, one of this generation does', async () => {
    const made = { action: 'onboarding_user_creation', status: 'success', created_at: AFTER };
    world({ '/logs/': { logs: [{ ...made, response_data: { userEmail: EMAIL } }] } });
    const found = (effectsSince: string) => verify('createOnboardingUser', { effectRemoved, effectsSince });
    expect(await found(new Date(Date.parse(AFTER) + 1).toISOString())).toEqual({ present: false });
    expect(await found(AFTER)).toMatchObject({ present: true });
  });
});

describe('code', () => {
  const code = (generatedAt: string, more = {}) => ({
    hasContent: true,
    codeInjectionId: 'c1',
    generatedAt,
    ...more,
  });
  it.each([
    ['made since the attempt began', code(AFTER), null, true],
    ['made before', code(BEFORE), null, false],
    ['without an id', code(AFTER, { codeInjectionId: null }), null, false],
    ['without content', code(AFTER, { hasContent: false }), null, false],
    [
      'made anew, by a clock that is behind ours',
      code(BEFORE),
      { generatedAt: '2026-11-25T00:00:00Z' },
      true,
    ],
    ['the first, by a clock that is behind ours', code(BEFORE), { generatedAt: null }, true],
    ['the same as before', code(AFTER), { generatedAt: AFTER }, false],
  ])('%s', async (_name, read, stateBefore, present) => {
    world({ '/code-injection/': read });
    expect(await verify('codeGeneration', { stateBefore })).toMatchObject({ present });
  });
});

describe('onboarding user and record', () => {
  const log = (change: object) => ({
    logs: [
      {
        action: 'onboarding_user_creation',
        status: 'success',
        created_at: AFTER,
        response_data: { userEmail: 'Owner@kowhaigrill.example' },
        ...change,
      },
    ],
  });
  it.each([
    ['a success for this e-mail', log({}), true],
    ['a failure', log({ status: 'failed' }), false],
    ['somebody else’s', log({ response_data: { userEmail: 'x@y.example' } }), false],
    ['before the job began', log({ created_at: BEFORE }), false],
    ['another action', log({ action: 'account_creation' }), false],
    ['without response data', log({ response_data: null }), false],
  ])('%s', async (_name, logs, present) => {
    world({ '/logs/': logs });
    expect(await verify('createOnboardingUser')).toMatchObject({ present });
  });

  it.each([
    ['since the attempt began', AFTER, null, true],
    ['before it', BEFORE, null, false],
    ['newer than the newest before it', BEFORE, { lastUpdateAt: '2026-11-25T00:00:00Z' }, true],
    ['the newest before it', AFTER, { lastUpdateAt: AFTER }, false],
  ])('an update %s', async (_name, created_at, stateBefore, present) => {
    world({ '/logs/': log({ action: 'onboarding_record_update', created_at }) });
    expect(await verify('syncOnboardingUser', { stateBefore })).toMatchObject({ present });
  });
});

describe('images', () => {
  it.each([
    ['all there', 0, 0, true],
    ['some to come', 3, 0, false],
    ['some failed', 0, 2, false],
  ])('%s', async (_name, pendingUploads, failedUploads, present) => {
    world({ '/cdn-stats': { stats: { totalImages: 8, uploadedImages: 8, failedUploads, pendingUploads } } });
    expect(await verify('uploadImages')).toMatchObject({ present });
  });
});

describe('restaurant', () => {
  const made = {
    pumpd_restaurant_id: 'RES42',
    pumpd_subdomain: 'kwhaigrill',
    registration_status: 'completed',
  };
  it.each<[string, object | null, Partial<Verdict>]>([
    [
      'completed, with subdomain and id',
      made,
      {
        present: true,
        output: expect.objectContaining({ pumpd_restaurant_id: 'RES42', pumpd_subdomain: 'kwhaigrill' }),
      },
    ],
    ['no row', null, { present: false }],
    [
      'only the row that code generation makes',
      { ...made, registration_status: 'pending' },
      { present: false },
    ],
    ['made, its id unreadable', { ...made, pumpd_restaurant_id: null }, undecided as Partial<Verdict>],
    ['made, an id of another kind', { ...made, pumpd_restaurant_id: 'USR1' }, undecided as Partial<Verdict>],
  ])('%s', async (_name, pumpdRestaurant, expected) => {
    world({
      '/status/': {
        hasAccount: true,
        hasRestaurant: pumpdRestaurant !== null,
        account: null,
        pumpdRestaurant,
      },
    });
    expect(await verify('restaurantRegistration')).toMatchObject(expected);
  });
});

const platform = (change = {}) => ({
  menus: [],
  optionSets: 0,
  tags: [],
  headInjection: false,
  pickup: false,
  delivery: false,
  stripe: false,
  ...change,
});

describe('settings', () => {
  const links = {
    restaurant: {
      demo_store_url: 'https://x.example',
      stripe_connect_url: 'https://s.example',
      onboarding_status: 'completed',
    },
  };
  const none = {
    restaurant: { demo_store_url: null, stripe_connect_url: null, onboarding_status: 'completed' },
  };

  it.each<[string, SubStepKey, object, object, boolean | 'unknown']>([
    ['appeared', 'websiteConfig', links, { configured: false }, true],
    ['were there before', 'websiteConfig', links, { configured: true }, 'unknown'],
    ['are not there', 'websiteConfig', none, { configured: false }, false],
    ['appeared', 'paymentConfig', links, { configured: false }, true],
    ['are not there', 'paymentConfig', none, { configured: false }, false],
    ['have no read', 'servicesConfig', links, { configured: false }, 'unknown'],
  ])('%s (%s)', async (_name, key, restaurant, stateBefore, present) => {
    world({ '/api/restaurants/': restaurant });
    expect(await verify(key, { stateBefore: stateBefore as SubStepCall['stateBefore'] })).toMatchObject({
      present,
    });
  });

  it.each<[SubStepKey, object]>([
    ['websiteConfig', { headInjection: true }],
    ['servicesConfig', { pickup: true, delivery: true }],
    ['paymentConfig', { stripe: true }],
  ])('%s is read on the platform itself where there is a reader', async (key, set) => {
    world({ [`${PLATFORM}/v1`]: platform(), '/api/restaurants/': links });
    const stateBefore = await backend(true).captureState(key, attempt());
    expect(await verify(key, { stateBefore }, true)).toEqual({ present: false });
    world({ [`${PLATFORM}/v1`]: platform(set), '/api/restaurants/': links });
    expect(await verify(key, { stateBefore }, true)).toMatchObject({ present: true, proof: 'read_back' });
  });
});

describe('things that a second run would double', () => {
  const TAGS = [
    'Popular',
    'New',
    'Deal',
    'Vegan',
    'Vegetarian',
    'Gluten Free',
    'Dairy Free',
    'Nut Free',
    'Halal',
    'Spicy',
  ];
  const expected = { dishes: 20, optionSets: 5 };
  const menus = (dishes: number) => ({
    menus: [
      { name: 'Old', dishes: 3 },
      { name: 'Menu', dishes },
    ],
  });

  it.each<[string, SubStepKey, object, object, Partial<SubStepCall>, Partial<Verdict>]>([
    [
      'grew by the menu',
      'menuImport',
      menus(0),
      menus(20),
      { expected },
      { present: true, output: { dishes: 20 } },
    ],
    ['did not grow', 'menuImport', menus(7), menus(7), { expected }, { present: false }],
    [
      'grew by a part',
      'menuImport',
      menus(0),
      menus(11),
      { expected },
      { present: 'undecided', failure: 'PartialResult' },
    ],
    ['shrank', 'menuImport', menus(7), menus(5), { expected }, { present: 'unknown' }],
    [
      'had nothing to add',
      'menuImport',
      menus(0),
      menus(0),
      { expected: { dishes: 0 } },
      { present: 'unknown' },
    ],
    [
      'stand still, their number unknown',
      'optionSets',
      { optionSets: 1 },
      { optionSets: 4 },
      {},
      { present: true, output: { optionSets: 3 } },
    ],
    ['grew by all', 'optionSets', { optionSets: 0 }, { optionSets: 5 }, { expected }, { present: true }],
    ['are all there', 'itemTags', { tags: [] }, { tags: TAGS }, {}, { present: true }],
    [
      'are all there, as objects',
      'itemTags',
      { tags: [] },
      { tags: TAGS.map((name) => ({ name })) },
      {},
      { present: true },
    ],
    ['are there in part', 'itemTags', { tags: [] }, { tags: TAGS.slice(4) }, {}, { present: 'undecided' }],
    ['were there before', 'itemTags', { tags: TAGS }, { tags: TAGS }, {}, { present: 'unknown' }],
  ])('%s (%s)', async (_name, key, before, after, change, verdict) => {
    world({ [`${PLATFORM}/v1/restaurants/RES1`]: platform(before) });
    const stateBefore = await backend(true).captureState(key, attempt());
    world({ [`${PLATFORM}/v1/restaurants/RES1`]: platform(after) });
    expect(await verify(key, { stateBefore, ...change }, true)).toMatchObject(verdict);
  });

  it('are not taken for complete while they grow', async () => {
    let optionSets = 1;
    server.answer(() => ({ json: platform({ optionSets: (optionSets += 1) }) }));
    const verdict = await verify('optionSets', { stateBefore: { optionSets: 0 } }, true);
    expect(verdict).toMatchObject(undecided);
  });

  it('cannot be told without the state before', async () => {
    world({ [`${PLATFORM}/v1`]: platform({ optionSets: 5 }) });
    expect(await verify('optionSets', { stateBefore: null }, true)).toEqual({ present: 'unknown' });
  });

  it('are found by the platform id that the backend holds if none was handed on', async () => {
    world({
      '/status/': { hasAccount: true, hasRestaurant: true, pumpdRestaurant: { pumpd_restaurant_id: 'RES9' } },
      [`${PLATFORM}/v1/restaurants/RES9`]: platform({ optionSets: 2 }),
    });
    expect(await backend(true).captureState('optionSets', attempt({ outputs: {} }))).toEqual({
      optionSets: 2,
    });
  });
});

it.each(['menuImport', 'optionSets', 'itemTags', 'servicesConfig'] as const)(
  '%s has no read without the platform',
  async (key) => {
    expect(backend(false).isPollable(key)).toBe(false);
    expect(backend(true).isPollable(key)).toBe(true);
    expect(await verify(key)).toEqual({ present: 'unknown' });
    expect(server.requests).toHaveLength(0);
  },
);

describe('a read that fails', () => {
  const READ_ALWAYS = SUB_STEP_KEYS.filter(
    (key) => !['menuImport', 'optionSets', 'itemTags', 'servicesConfig'].includes(key),
  );
  it.each(READ_ALWAYS)('decides nothing (%s)', async (key) => {
    server.answer(() => ({ status: 500, json: {} }));
    expect(await verify(key)).toEqual({ present: 'undecided', failure: 'BackendUnavailable' });
    server.answer(() => ({ json: { hasAccount: 'yes', logs: 1 } }));
    expect(await verify(key)).toEqual({ present: 'undecided', failure: 'BackendContractError' });
  });

  it('is tried again in place', async () => {
    const answers: ScriptedAnswer[] = ['reset', { raw: '<html>' }, { json: { hasContent: false } }];
    server.answer(() => answers.shift() ?? 'hang');
    expect(await verify('codeGeneration')).toEqual({ present: false });
  });

  it('allows no call: the state before it is not known', async () => {
    server.answer(() => ({ status: 401, json: {} }));
    await expect(backend(false).captureState('codeGeneration', attempt())).rejects.toMatchObject({
      type: 'BackendAuthError',
      nonRetryable: true,
    });
  });
});

it.each(SUB_STEP_KEYS)('%s keeps nothing that it was not asked for', async (key) => {
  const hint = 'SIM-STORED-PASSWORD';
  world({
    '/status/': {
      hasAccount: true,
      hasRestaurant: true,
      account: { email: EMAIL, user_password_hint: hint },
      pumpdRestaurant: {
        pumpd_restaurant_id: 'RES1',
        pumpd_subdomain: 's',
        registration_status: 'completed',
        password: hint,
      },
    },
    '/code-injection/': { hasContent: true, codeInjectionId: 'c1', generatedAt: AFTER, headInjection: hint },
    '/logs/': {
      logs: ['onboarding_user_creation', 'onboarding_record_update'].map((action) => ({
        action,
        status: 'success',
        created_at: AFTER,
        request_data: { userPassword: hint },
        response_data: { userEmail: EMAIL, hint },
      })),
    },
    '/cdn-stats': {
      stats: { totalImages: 0, uploadedImages: 0, failedUploads: 0, pendingUploads: 0, hint },
      hint,
    },
    '/api/restaurants/': {
      restaurant: { demo_store_url: 'https://x.example', stripe_connect_url: 'https://y.example', hint },
    },
    [`${PLATFORM}/v1`]: { ...platform({ tags: ['x'], optionSets: 1 }), hint },
  });
  const shown = JSON.stringify([
    await backend(true).captureState(key, attempt()),
    await verify(key, { stateBefore: { configured: false, optionSets: 0, dishes: 0, tags: 0 } }, true),
  ]);
  expect(shown).not.toContain(hint);
});
