import { inspect } from 'node:util';
import type { FaultRule } from '../../../dev/simulator/client';
import { SUB_STEP_KEYS, type SubStepKey } from '../../../domain/sub-steps';
import { ACCOUNT_PASSWORD, ONBOARDING_PASSWORD } from '../../unit/account-setup/calls';
import {
  attempt,
  bringUpTo,
  seedRestaurant,
  simulatedWorld,
  type Restaurant,
  type SimulatedWorld,
} from './simulated-world';

let world: SimulatedWorld;
beforeAll(async () => {
  world = await simulatedWorld();
});
afterAll(() => world.close());

type BackendFault = Omit<Extract<FaultRule, { system: string }>, 'system' | 'route' | 'restaurantId'>;
const fault = (key: SubStepKey, { call }: Restaurant, rule: BackendFault): Promise<string[]> =>
  world.simulator.addFaults({
    times: 1,
    ...rule,
    system: 'backend',
    route: key,
    restaurantId: call.restaurantId,
  } as FaultRule);

async function prepared(key: SubStepKey, options: { platform?: boolean; images?: number } = {}) {
  const restaurant = await seedRestaurant(world, options);
  const backend = world.backend({ platform: options.platform ?? true });
  await bringUpTo(backend, key, restaurant.call);
  return { restaurant, backend, call: restaurant.call };
}

const effectOf = async (key: SubStepKey, { call }: Restaurant) =>
  (await world.simulator.effects(call.restaurantId)).effects.find((row) => row.subStep === key);

describe('all twelve in order', () => {
  it.each([
    [true, SUB_STEP_KEYS],
    [
      false,
      [
        'cloudwaitressAccount',
        'codeGeneration',
        'createOnboardingUser',
        'uploadImages',
        'restaurantRegistration',
        'websiteConfig',
        'paymentConfig',
        'syncOnboardingUser',
      ] as SubStepKey[],
    ],
  ])(
    'succeed once, and are read back where there is a read (platform reader: %s)',
    async (platform, readBack) => {
      const restaurant = await seedRestaurant(world);
      const backend = world.backend({ platform });
      for (const key of SUB_STEP_KEYS) {
        const result = await attempt(backend, key, restaurant.call);
        const proof = (readBack as readonly SubStepKey[]).includes(key) ? 'read_back' : 'reported';
        expect({ key, ...result }).toMatchObject({ key, state: 'succeeded', proof });
        expect(await effectOf(key, restaurant)).toMatchObject({ count: 1, duplicated: 0 });
      }
      expect(restaurant.call.outputs).toMatchObject({
        codeGeneration: { codeInjectionId: expect.any(String) },
        restaurantRegistration: {
          pumpd_restaurant_id: expect.stringMatching(/^RES/),
          pumpd_subdomain: expect.any(String),
        },
        paymentConfig: { stripeConnectUrl: expect.stringMatching(/^https:/) },
        menuImport: platform ? { dishes: 20 } : {},
        optionSets: { optionSets: 4 },
      });
    },
  );
});

describe('an answer lost after the effect', () => {
  it.each(SUB_STEP_KEYS)('%s: unclear, then found where there is a read', async (key) => {
    const { restaurant, backend, call } = await prepared(key);
    await fault(key, restaurant, { kind: 'reset_after_effect' });
    expect(await attempt(backend, key, call)).toMatchObject({ state: 'unclear', proof: 'none' });
    expect(await backend.verifyEffect(key, call)).toMatchObject({ present: true, proof: 'read_back' });
    expect(await effectOf(key, restaurant)).toMatchObject({ count: 1, attempts: 1 });
  });
});

describe('an answer lost before any effect', () => {
  it.each(SUB_STEP_KEYS.filter((key) => key !== 'uploadImages'))('%s: unclear, then absent', async (key) => {
    const { restaurant, backend, call } = await prepared(key);
    await fault(key, restaurant, { kind: 'reset_before_effect' });
    expect(await attempt(backend, key, call)).toMatchObject({ state: 'unclear' });
    expect(await backend.verifyEffect(key, call)).toEqual({ present: false });
  });
});

describe('a success without effect', () => {
  it.each([
    'codeGeneration',
    'restaurantRegistration',
    'websiteConfig',
    'servicesConfig',
    'paymentConfig',
    'menuImport',
    'optionSets',
    'itemTags',
  ] as const)('%s is not believed when the platform can be read', async (key) => {
    const { restaurant, backend, call } = await prepared(key);
    await fault(key, restaurant, { kind: 'silent_failure' });
    expect(await attempt(backend, key, call)).toMatchObject({ state: 'unclear', failure: 'OutcomeUnclear' });
    expect(await attempt(backend, key, call)).toMatchObject({ state: 'succeeded', proof: 'read_back' });
  });

  it('is told apart as “reported only” where nothing can be read', async () => {
    const { restaurant, backend, call } = await prepared('menuImport', { platform: false });
    await fault('menuImport', restaurant, { kind: 'silent_failure' });
    expect(await attempt(backend, 'menuImport', call)).toMatchObject({
      state: 'succeeded',
      proof: 'reported',
    });
  });
});

describe('faults of one row', () => {
  it.each<[SubStepKey, BackendFault, object]>([
    [
      'cloudwaitressAccount',
      { kind: 'forbidden' } as BackendFault,
      { state: 'failed', failure: 'FeatureDisabled', detail: 'registration.userAccountRegistration' },
    ],
    ['createOnboardingUser', { kind: 'user_exists' }, { state: 'failed', failure: 'UserExists' }],
    ['uploadImages', { kind: 'not_configured' }, { state: 'failed', failure: 'NotConfigured' }],
    ['restaurantRegistration', { kind: 'subdomain_taken' }, { state: 'failed', failure: 'SubdomainTaken' }],
    [
      'restaurantRegistration',
      { kind: 'address_not_found' },
      { state: 'failed', failure: 'AddressNotFound' },
    ],
    ['restaurantRegistration', { kind: 'wrong_password' }, { state: 'failed', failure: 'WrongPassword' }],
    ['restaurantRegistration', { kind: 'result_missing' }, { state: 'unclear' }],
    ['websiteConfig', { kind: 'killed' }, { state: 'failed', failure: 'ReportedFailure' }],
    [
      'servicesConfig',
      { kind: 'credentials_incomplete' },
      { state: 'failed', failure: 'CredentialsIncomplete' },
    ],
    ['servicesConfig', { kind: 'browser_closed' }, { state: 'failed', failure: 'ReportedFailure' }],
    [
      'servicesConfig',
      { kind: 'rate_limited', retryAfterSeconds: 2 } as BackendFault,
      { state: 'failed', failure: 'RateLimited', retryAfterMs: 2_000 },
    ],
    ['paymentConfig', { kind: 'result_missing' }, { state: 'failed', failure: 'ReportedFailure' }],
    ['menuImport', { kind: 'success_false' }, { state: 'unclear' }],
    ['menuImport', { kind: 'truncated_json' }, { state: 'already_done', proof: 'read_back' }],
    ['menuImport', { kind: 'html_body' }, { state: 'already_done', proof: 'read_back' }],
    [
      'menuImport',
      { kind: 'timeout_after_effect', answer: 'gateway504' } as BackendFault,
      { state: 'unclear' },
    ],
    ['syncOnboardingUser', { kind: 'result_missing' }, { state: 'failed', failure: 'ReportedFailure' }],
    [
      'optionSets',
      { kind: 'partial_counts' },
      { state: 'partial', failure: 'PartialResult', counts: { total: 4, done: 3, failed: 1 } },
    ],
    // How many there should be is not known: nobody can say that some are missing.
    ['optionSets', { kind: 'crash_halfway' }, { state: 'partial', failure: 'OutcomeUnclear' }],
    ['optionSets', { kind: 'partial_success' }, { state: 'partial', failure: 'PartialResult' }],
    [
      'optionSets',
      { kind: 'none_created', effect: true } as BackendFault,
      { state: 'already_done', proof: 'read_back', output: { optionSets: 4 } },
    ],
    ['optionSets', { kind: 'none_created', effect: false } as BackendFault, { state: 'unclear' }],
    ['itemTags', { kind: 'crash_halfway' }, { state: 'partial', failure: 'PartialResult' }],
  ])('%s %j', async (key, rule, expected) => {
    const { restaurant, backend, call } = await prepared(key);
    await fault(key, restaurant, rule);
    expect(await attempt(backend, key, call)).toMatchObject(expected);
  });
});

describe('“already exists”', () => {
  it('is ours when this job made the user', async () => {
    const { backend, call } = await prepared('createOnboardingUser');
    await attempt(backend, 'createOnboardingUser', call);
    expect(await attempt(backend, 'createOnboardingUser', call)).toMatchObject({
      state: 'already_done',
      proof: 'read_back',
    });
  });

  it('is somebody else’s when it was made before the job began', async () => {
    const { backend, call } = await prepared('createOnboardingUser');
    await attempt(backend, 'createOnboardingUser', call);
    call.effectsSince = new Date(Date.now() + 1).toISOString();
    expect(await attempt(backend, 'createOnboardingUser', call)).toMatchObject({
      state: 'failed',
      failure: 'UserExists',
    });
  });

  it('of an account that the backend did not hold before this attempt proves nothing', async () => {
    const restaurant = await seedRestaurant(world);
    const { call } = restaurant;
    await world.simulator.seed({ accounts: [{ email: call.account.email, password: 'Somebody-Elses-1' }] });
    const backend = world.backend();
    expect(await attempt(backend, 'cloudwaitressAccount', call)).toMatchObject({
      state: 'failed',
      failure: 'AccountExists',
    });
  });
});

describe('images', () => {
  it('in the background are followed to their end', async () => {
    const { restaurant, backend, call } = await prepared('uploadImages', { images: 15 });
    expect(await attempt(backend, 'uploadImages', call)).toMatchObject({
      state: 'succeeded',
      output: { totalImages: 15, uploaded: 15 },
    });
    expect(await effectOf('uploadImages', restaurant)).toMatchObject({ count: 1, attempts: 1 });
  });

  it('that were all uploaded before are a success', async () => {
    const { backend, call } = await prepared('uploadImages', { images: 0 });
    expect(await attempt(backend, 'uploadImages', call)).toMatchObject({ state: 'succeeded' });
  });

  it.each([3, 15])('that failed are sent once more (%i images)', async (images) => {
    const { restaurant, backend, call } = await prepared('uploadImages', { images });
    await fault('uploadImages', restaurant, { kind: 'batch_partial' });
    expect(await attempt(backend, 'uploadImages', call)).toMatchObject({ state: 'succeeded' });
  });

  it('that fail again are a part, never a success', async () => {
    const { restaurant, backend, call } = await prepared('uploadImages', { images: 15 });
    await fault('uploadImages', restaurant, { kind: 'batch_partial' });
    await world.simulator.addFaults({
      system: 'backend',
      route: 'upload-batch-retry',
      restaurantId: call.restaurantId,
      kind: 'server_error',
    });
    expect(await attempt(backend, 'uploadImages', call)).toMatchObject({
      state: 'partial',
      failure: 'PartialResult',
      counts: { total: 15, done: 14, failed: 1 },
    });
  });

  it('that never come to an end stay unclear', async () => {
    const restaurant = await seedRestaurant(world, { images: 15 });
    const backend = world.backend({ limits: { uploadWaitMs: 100 } });
    await bringUpTo(backend, 'uploadImages', restaurant.call);
    await fault('uploadImages', restaurant, { kind: 'batch_stalls' });
    expect(await attempt(backend, 'uploadImages', restaurant.call)).toMatchObject({ state: 'unclear' });
    expect(await backend.verifyEffect('uploadImages', restaurant.call)).toEqual({ present: false });
  });
});

it('lets no password out when the backend quotes it', async () => {
  const logged = ['log', 'info', 'warn', 'error', 'debug'].map((name) =>
    jest.spyOn(console, name as 'log').mockImplementation(() => undefined),
  );
  const results: unknown[] = [];
  for (const key of SUB_STEP_KEYS) {
    const { restaurant, backend, call } = await prepared(key);
    await fault(key, restaurant, { kind: 'leak_password' });
    results.push(await attempt(backend, key, call), await backend.verifyEffect(key, call), call.stateBefore);
  }
  const seen = inspect([results, logged.map((spy) => spy.mock.calls)], { depth: 20 });
  logged.forEach((spy) => spy.mockRestore());
  for (const secret of [ACCOUNT_PASSWORD, ONBOARDING_PASSWORD, 'SIM-STORED-PASSWORD'])
    expect(seen).not.toContain(secret);
});

describe('an account at the vendor', () => {
  const details = (mark: string) => ({
    email: `${mark}@kowhaigrill.example`,
    phone: '+6495550100',
    password: ACCOUNT_PASSWORD,
  });

  it('is created, and then exists', async () => {
    const start = await world.cloudWaitress.start(details('direct'));
    if (start.kind !== 'started') throw new Error(start.kind);
    expect(await world.cloudWaitress.verify({ started: start.started })).toMatchObject({ kind: 'created' });
    expect(await world.cloudWaitress.verify({ started: start.started })).toEqual({ kind: 'exists' });
    expect(await world.cloudWaitress.start(details('Direct'))).toEqual({ kind: 'exists' });
  });

  it.each([
    ['already_exists', 'exists'],
    ['too_many', 'throttled'],
    ['bad_signature', 'rejected'],
    ['weak_password', 'rejected'],
    ['leak', 'rejected'],
  ] as const)('%s means %s', async (variant, kind) => {
    const given = details(variant);
    await world.simulator.addFaults({
      system: 'cloudwaitress',
      email: given.email,
      kind: 'outcome',
      variant,
    });
    const result = await world.cloudWaitress.start(given);
    expect(result).toMatchObject({ kind });
    expect(inspect(result)).not.toContain(ACCOUNT_PASSWORD);
  });

  it('without a token is a broken contract', async () => {
    const given = details('no-token');
    await world.simulator.addFaults({ system: 'cloudwaitress', email: given.email, kind: 'no_token' });
    expect(await world.cloudWaitress.start(given)).toEqual({ kind: 'contract' });
  });
});
