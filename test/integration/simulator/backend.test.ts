import { SUB_STEP_KEYS, type SubStepKey } from '../../../domain/sub-steps';
import {
  eventually,
  ORGANISATION,
  PASSWORD,
  seedRestaurant,
  startHarness,
  type Harness,
  type TestRestaurant,
} from './support';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.simulator.close());
afterEach(() => harness.control.clearFaults());

/** The calls before a sub-step, in an order in which each one's needs are met. */
async function before(restaurant: TestRestaurant, key: SubStepKey): Promise<void> {
  const order = SUB_STEP_KEYS.filter((one) => one !== 'cloudwaitressAccount');
  for (const one of order.slice(
    0,
    order.findIndex((one) => one === key),
  )) {
    const { json } = await harness.subStep(one, restaurant);
    if (json['success'] !== true) throw new Error(`${one}: ${JSON.stringify(json)}`);
  }
}

const rows = async ({ id }: TestRestaurant) => (await harness.control.effects(id)).effects;
const row = async (restaurant: TestRestaurant, key: SubStepKey) =>
  (await rows(restaurant)).find((one) => one.subStep === key);
const platform = async ({ id }: TestRestaurant) => (await harness.control.state(id)).platform;

describe('the set-up backend', () => {
  it('sets a restaurant up, each effect once, and reads back what it did', async () => {
    const restaurant = await seedRestaurant(harness, {
      dishes: 12,
      images: 8,
      optionSets: 5,
      tags: ['gf', 'Spicy'],
    });
    await before(restaurant, 'itemTags');
    const tags = await harness.subStep('itemTags', restaurant, { key: 'job:itemTags:1' });
    expect(tags.json).toMatchObject({
      success: true,
      summary: { total: 10, created: 10, failed: 0, itemsAssigned: 12 },
    });

    const counted = await rows(restaurant);
    expect(counted.map(({ subStep }) => subStep).sort()).toEqual(
      SUB_STEP_KEYS.filter((key) => key !== 'cloudwaitressAccount').sort(),
    );
    for (const one of counted)
      expect(one).toMatchObject({ count: 1, duplicated: 0, attempts: 1, concurrentCalls: 0 });
    expect(counted.find(({ subStep }) => subStep === 'itemTags')?.keys).toEqual(['job:itemTags:1']);

    const status = (await harness.backend('GET', `/api/registration/status/${restaurant.id}`)).json;
    const made = status['pumpdRestaurant'] as Record<string, string>;
    expect(made).toMatchObject({
      registration_status: 'completed',
      pumpd_subdomain: restaurant.name.toLowerCase().replaceAll(' ', ''),
    });
    expect(made['pumpd_restaurant_id']).toMatch(/^RES/);
    const read = await fetch(
      `${harness.simulator.url}/platform-read/v1/restaurants/${made['pumpd_restaurant_id']}`,
    );
    expect(await read.json()).toMatchObject({
      name: restaurant.name,
      menus: [{ name: 'Menu', dishes: 12 }],
      optionSets: 5,
      headInjection: true,
      pickup: true,
      delivery: true,
      stripe: true,
    });
    const code = (await harness.backend('GET', `/api/registration/code-injection/${restaurant.id}`)).json;
    expect(code).toMatchObject({ hasContent: true, codeInjectionId: expect.any(String) });
    const own = (await harness.backend('GET', `/api/restaurants/${restaurant.id}`)).json['restaurant'];
    expect(own).toMatchObject({ demo_store_url: expect.any(String), stripe_connect_url: expect.any(String) });
    const logs = (await harness.backend('GET', `/api/registration/logs/${restaurant.id}`)).json['logs'];
    expect((logs as { action: string }[]).map(({ action }) => action)).toEqual([
      'onboarding_record_update',
      'restaurant_registration',
      'onboarding_user_creation',
    ]);
  });

  it("asks for key and organisation, and knows nobody else's restaurants", async () => {
    const restaurant = await seedRestaurant(harness);
    const path = `/api/registration/status/${restaurant.id}`;
    const headers = (given: Record<string, string>) =>
      harness.backend('GET', path, undefined, { headers: given });
    expect((await headers({ 'X-Service-Key': 'other' })).status).toBe(401);
    expect((await headers({ 'X-Organisation-ID': '' })).status).toBe(401);
    expect((await headers({ 'X-Organisation-ID': 'other' })).status).toBe(404);
    const foreign = await harness.subStep('codeGeneration', restaurant, {
      headers: { 'X-Organisation-ID': 'other' },
    });
    expect(foreign.status).toBe(404);
  });

  it('refuses what the world does not allow', async () => {
    const plain = await seedRestaurant(harness, {}, { primary_color: undefined });
    expect((await harness.subStep('codeGeneration', plain)).status).toBe(400);
    expect((await harness.subStep('createOnboardingUser', plain, { body: { userName: '' } })).status).toBe(
      400,
    );
    const early = await harness.subStep('menuImport', plain);
    expect([early.status, early.json['error']]).toEqual([500, expect.stringMatching(/credentials/i)]);
    expect((await harness.control.effectsSummary()).unmetNeeds).toContain(`${plain.id} menuImport`);
    const wrong = await harness.subStep('restaurantRegistration', plain, {
      body: { password: 'Other-Pass-0001' },
    });
    expect([wrong.status, wrong.json['error']]).toEqual([500, expect.stringMatching(/password/i)]);
    await harness.subStep('createOnboardingUser', plain);
    expect((await harness.subStep('createOnboardingUser', plain)).status).toBe(400);
    expect(
      (await harness.subStep('syncOnboardingUser', plain, { body: { userEmail: 'no@one.example' } })).status,
    ).toBe(404);
    const other = await seedRestaurant(harness);
    await harness.subStep('restaurantRegistration', other, { body: { restaurantName: 'Same Name' } });
    const taken = await harness.subStep('restaurantRegistration', plain, {
      body: { restaurantName: 'Same  Name' },
    });
    expect([taken.status, taken.json['error']]).toEqual([500, expect.stringMatching(/taken/i)]);
    expect((await harness.subStep('websiteConfig', other)).status).toBe(400);
    expect((await rows(plain)).map(({ subStep, count }) => [subStep, count])).toEqual([
      ['createOnboardingUser', 1],
    ]);
  });

  it.each(['restaurantRegistration', 'menuImport', 'optionSets', 'itemTags'] as const)(
    'counts a second %s as a duplicate',
    async (key) => {
      const restaurant = await seedRestaurant(harness, { optionSets: 2 });
      await before(restaurant, key);
      await harness.subStep(key, restaurant, { key: 'a' });
      expect(await row(restaurant, key)).toMatchObject({ count: 1, duplicated: 0 });
      await harness.subStep(key, restaurant, { key: 'b' });
      expect(await row(restaurant, key)).toMatchObject({
        count: 2,
        duplicated: 1,
        attempts: 2,
        keys: ['a', 'b'],
      });
    },
  );

  it('counts a repeat of what is harmless to repeat, as no duplicate', async () => {
    const restaurant = await seedRestaurant(harness);
    await before(restaurant, 'servicesConfig');
    await harness.subStep('servicesConfig', restaurant);
    await harness.subStep('servicesConfig', restaurant);
    expect(await row(restaurant, 'servicesConfig')).toMatchObject({ count: 2, duplicated: 0 });
  });

  it('ignores the Idempotency-Key until it is told to honour it', async () => {
    const restaurant = await seedRestaurant(harness);
    await before(restaurant, 'menuImport');
    await harness.control.settings({ honourIdempotencyKey: true });
    try {
      const first = await harness.subStep('menuImport', restaurant, { key: 'same' });
      const second = await harness.subStep('menuImport', restaurant, { key: 'same' });
      expect(second.json).toEqual(first.json);
      expect(await row(restaurant, 'menuImport')).toMatchObject({ count: 1, attempts: 1 });
    } finally {
      await harness.control.settings({ honourIdempotencyKey: false });
    }
  });

  it('goes on when the caller hangs up, and notices two at once', async () => {
    const restaurant = await seedRestaurant(harness);
    await before(restaurant, 'menuImport');
    const [hold = ''] = await harness.control.addFaults({
      system: 'backend',
      route: 'menuImport',
      restaurantId: restaurant.id,
      kind: 'hold',
      times: 1,
    });
    const leaving = new AbortController();
    const hungUp = harness.subStep('menuImport', restaurant, { signal: leaving.signal });
    await eventually(
      () => row(restaurant, 'menuImport'),
      (found) => found?.attempts === 1,
    );
    leaving.abort();
    await expect(hungUp).rejects.toThrow();
    expect((await row(restaurant, 'menuImport'))?.count).toBe(0);

    await harness.subStep('menuImport', restaurant);
    expect(await row(restaurant, 'menuImport')).toMatchObject({
      count: 1,
      duplicated: 0,
      concurrentCalls: 1,
    });
    await harness.control.clearFaults(hold);
    const both = await eventually(
      () => row(restaurant, 'menuImport'),
      (found) => found?.count === 2,
    );
    expect(both).toMatchObject({ duplicated: 1, attempts: 2 });
    expect((await platform(restaurant))?.menus).toEqual([{ name: 'Menu', dishes: 6 }]);
    const entries = await harness.control.ledger({ restaurantId: restaurant.id });
    expect(entries.find(({ faults }) => faults.includes('hold'))).toMatchObject({
      end: 'hung_up',
      status: null,
    });
  });

  it('maps "contains nuts" to the opposite, as the original does, and says so', async () => {
    const restaurant = await seedRestaurant(harness, { dishes: 1, tags: ['Contains nuts'] });
    await before(restaurant, 'itemTags');
    await harness.subStep('itemTags', restaurant);
    expect((await harness.control.effectsSummary()).mislabelled).toContain(`${restaurant.id} Dish 0`);
  });

  it('knows how many browsers were in one account at once', async () => {
    const restaurant = await seedRestaurant(harness);
    await before(restaurant, 'websiteConfig');
    const routes = ['servicesConfig', 'paymentConfig', 'menuImport'] as const;
    const held = { system: 'backend', restaurantId: restaurant.id, kind: 'hold' } as const;
    const ids = await harness.control.addFaults(...routes.map((route) => ({ ...held, route })));
    const calls = routes.map((route) => harness.subStep(route, restaurant));
    await eventually(
      () => rows(restaurant),
      (all) => routes.every((key) => all.some(({ subStep }) => subStep === key)),
    );
    for (const id of ids) await harness.control.clearFaults(id);
    await Promise.all(calls);
    const { sessions } = await harness.control.effectsSummary();
    expect(sessions.maxConcurrentPerAccount[restaurant.email]).toBe(3);
    expect(sessions.maxConcurrent).toBeGreaterThanOrEqual(3);
  });

  it('hides stored passwords in no read, so that whoever keeps a whole body is found out', async () => {
    const restaurant = await seedRestaurant(harness);
    await before(restaurant, 'websiteConfig');
    const read = await harness.backend('GET', `/api/restaurants/${restaurant.id}`);
    expect(read.text).toContain('SIM-STORED-PASSWORD');
    expect(read.text).not.toContain(PASSWORD);
    expect(ORGANISATION).not.toBe('');
  });
});

describe('images', () => {
  const batchOf = async (id: unknown) =>
    (await harness.backend('GET', `/api/upload-batches/${String(id)}`)).json['batch'] as {
      status: string;
      progress: { total: number; uploaded: number; failed: number };
    };

  it('has nothing to do without images', async () => {
    const { json } = await harness.subStep('uploadImages', await seedRestaurant(harness));
    expect(json).toEqual({ success: true, stats: { totalImages: 0, alreadyUploaded: 0 } });
  });

  it('uploads up to ten at once, and only what is missing', async () => {
    const restaurant = await seedRestaurant(harness, { dishes: 12, images: 8 });
    const { json } = await harness.subStep('uploadImages', restaurant);
    expect(json).toMatchObject({ mode: 'synchronous', stats: { totalImages: 8, successful: 8, failed: 0 } });
    expect((await batchOf(json['batchId'])).status).toBe('completed');
    const again = await harness.subStep('uploadImages', restaurant);
    expect(again.json['stats']).toEqual({ totalImages: 8, alreadyUploaded: 8 });
    expect(await row(restaurant, 'uploadImages')).toMatchObject({ count: 1, attempts: 2 });
  });

  it('uploads more in the background, where the effect counts at the end', async () => {
    const restaurant = await seedRestaurant(harness, { dishes: 60, images: 60 });
    const { json } = await harness.subStep('uploadImages', restaurant);
    expect(json).toMatchObject({ mode: 'asynchronous', totalImages: 60 });
    const done = await eventually(
      () => batchOf(json['batchId']),
      ({ status }) => status !== 'processing',
    );
    expect(done).toMatchObject({ status: 'completed', progress: { total: 60, uploaded: 60, failed: 0 } });
    expect(await row(restaurant, 'uploadImages')).toMatchObject({ count: 1 });
    const stats = (await harness.backend('GET', `/api/menus/${restaurant.menuId}/cdn-stats`)).json['stats'];
    expect(stats).toEqual({ totalImages: 60, uploadedImages: 60, failedUploads: 0, pendingUploads: 0 });
  });

  it('completes with failures, and uploads these on retry', async () => {
    const restaurant = await seedRestaurant(harness, { dishes: 20, images: 20 });
    await harness.control.addFaults({
      system: 'backend',
      route: 'uploadImages',
      kind: 'batch_partial',
      failed: 3,
    });
    const { json } = await harness.subStep('uploadImages', restaurant);
    const ended = () =>
      eventually(
        () => batchOf(json['batchId']),
        ({ status }) => status !== 'processing',
      );
    expect(await ended()).toMatchObject({
      status: 'completed',
      progress: { total: 20, uploaded: 17, failed: 3 },
    });
    const stats = async () =>
      (await harness.backend('GET', `/api/menus/${restaurant.menuId}/cdn-stats`)).json['stats'];
    expect(await stats()).toMatchObject({ uploadedImages: 17, failedUploads: 3, pendingUploads: 0 });
    expect(
      (await harness.backend('POST', `/api/upload-batches/${String(json['batchId'])}/retry`, {})).status,
    ).toBe(200);
    expect(await ended()).toMatchObject({ status: 'completed' });
    expect(await stats()).toMatchObject({ uploadedImages: 20, failedUploads: 0 });
  });

  it.each([
    ['batch_fails', 'failed'],
    ['batch_stalls', 'processing'],
  ] as const)('ends as the rule %s says', async (kind, status) => {
    const restaurant = await seedRestaurant(harness, { dishes: 20, images: 20 });
    await harness.control.addFaults({ system: 'backend', restaurantId: restaurant.id, kind });
    const { json } = await harness.subStep('uploadImages', restaurant);
    const batch = await eventually(
      () => batchOf(json['batchId']),
      (found) => found.status === status,
    );
    expect(batch.progress.uploaded).toBe(0);
    expect((await row(restaurant, 'uploadImages'))?.count).toBe(0);
  });
});
