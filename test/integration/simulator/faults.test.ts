import { FAULTS, type FaultKind } from '../../../dev/simulator/faults';
import type { FaultRule } from '../../../dev/simulator/client';
import { SUB_STEP_KEYS, type SubStepKey } from '../../../domain/sub-steps';
import {
  eventually,
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

const readCode = ({ id }: TestRestaurant, signal?: AbortSignal) =>
  harness.backend(
    'GET',
    `/api/registration/code-injection/${id}`,
    undefined,
    signal === undefined ? {} : { signal },
  );
const effect = async ({ id }: TestRestaurant, key: SubStepKey) =>
  (await harness.control.effects(id)).effects.find(({ subStep }) => subStep === key);

async function ready(key: SubStepKey, menu: { optionSets?: number } = {}): Promise<TestRestaurant> {
  const restaurant = await seedRestaurant(harness, menu);
  const order = SUB_STEP_KEYS.filter((one) => one !== 'cloudwaitressAccount');
  for (const one of order.slice(
    0,
    order.findIndex((other) => other === key),
  ))
    await harness.subStep(one, restaurant);
  return restaurant;
}

describe('faults at any system', () => {
  it.each([
    [{ kind: 'unauthorized' }, 401, {}],
    [{ kind: 'forbidden' }, 403, { upgrade_required: true, feature: 'registration.codeInjection' }],
    [{ kind: 'server_error', message: 'no super-admin access' }, 500, { error: 'no super-admin access' }],
    [{ kind: 'bad_gateway' }, 502, {}],
    [{ kind: 'unavailable' }, 503, { retryable: true }],
    [{ kind: 'unavailable', retryable: false }, 503, { retryable: false }],
    [{ kind: 'rate_limited', retryAfterSeconds: 7 }, 429, {}],
  ] as const)('%j answers before anything happens', async (fault, status, body) => {
    const restaurant = await seedRestaurant(harness);
    await harness.control.addFaults({
      system: 'backend',
      restaurantId: restaurant.id,
      ...fault,
    } as FaultRule);
    const answered = await harness.subStep('codeGeneration', restaurant);
    expect(answered.status).toBe(status);
    expect(answered.json).toMatchObject(body);
    if (status === 429) expect(answered.headers.get('retry-after')).toBe('7');
    expect(await effect(restaurant, 'codeGeneration')).toBeUndefined();
    await harness.control.clearFaults();
    expect((await harness.subStep('codeGeneration', restaurant)).status).toBe(200);
  });

  it.each(['unauthorized', 'forbidden', 'rate_limited', 'server_error'] as const)(
    'words %s as the register, the vendor and the reader do',
    async (kind) => {
      const status = { unauthorized: 401, forbidden: 403, rate_limited: 429, server_error: 500 }[kind];
      await harness.control.addFaults(
        { system: 'nzbn', kind },
        { system: 'cloudwaitress', kind },
        { system: 'platform-read', kind },
      );
      const register = await harness.register('/entities?search-term=kowhai');
      expect([register.status, register.json['statusCode']]).toEqual([status, status]);
      const vendor = await harness.vendor('/users/register/verify', {});
      expect([vendor.status, vendor.json['outcome']]).toEqual([status, 1]);
      expect(
        (await fetch(`${harness.simulator.url}/platform-read/v1/accounts?email=a@b.example`)).status,
      ).toBe(status);
    },
  );

  it.each([
    ['reset_before_effect', 0],
    ['reset_after_effect', 1],
  ] as const)('%s breaks the connection with %d effects', async (kind, count) => {
    const restaurant = await seedRestaurant(harness);
    await harness.control.addFaults({ system: 'backend', restaurantId: restaurant.id, kind, times: 1 });
    await expect(harness.subStep('codeGeneration', restaurant)).rejects.toThrow();
    expect((await effect(restaurant, 'codeGeneration'))?.count ?? 0).toBe(count);
    const [entry] = (await harness.control.ledger({ restaurantId: restaurant.id })).filter(
      ({ end }) => end === 'reset',
    );
    expect(entry).toMatchObject({ status: null, faults: [kind] });
  });

  it('lets the caller of a slow one leave, and does it all the same', async () => {
    const restaurant = await seedRestaurant(harness);
    await harness.control.addFaults({
      system: 'backend',
      route: 'codeGeneration',
      kind: 'slow',
      delayMs: 100,
      times: 1,
    });
    const call = harness.subStep('codeGeneration', restaurant, { signal: AbortSignal.timeout(40) });
    await expect(call).rejects.toThrow();
    await eventually(
      () => effect(restaurant, 'codeGeneration'),
      (row) => row?.count === 1,
    );
  });

  it('says nothing after the effect, until the caller gives up', async () => {
    const restaurant = await ready('restaurantRegistration');
    await harness.control.addFaults({
      system: 'backend',
      route: 'restaurantRegistration',
      kind: 'timeout_after_effect',
      nth: 1,
    });
    const leaving = new AbortController();
    const call = harness.subStep('restaurantRegistration', restaurant, { signal: leaving.signal });
    await eventually(
      () => effect(restaurant, 'restaurantRegistration'),
      (row) => row?.count === 1,
    );
    leaving.abort();
    await expect(call).rejects.toThrow();
    const status = await harness.backend('GET', `/api/registration/status/${restaurant.id}`);
    expect(status.json['pumpdRestaurant']).toMatchObject({ registration_status: 'completed' });
  });

  it.each([
    ['error500', 500, /timed out/],
    ['gateway504', 504, /Gateway/],
  ] as const)('answers %s after the effect', async (instead, status, text) => {
    const restaurant = await seedRestaurant(harness);
    await harness.control.addFaults({
      system: 'backend',
      kind: 'timeout_after_effect',
      answer: instead,
      times: 1,
    });
    const answered = await harness.subStep('codeGeneration', restaurant);
    expect([answered.status, answered.json['error']]).toEqual([status, expect.stringMatching(text)]);
    expect((await effect(restaurant, 'codeGeneration'))?.count).toBe(1);
  });

  it('cuts JSON, and answers HTML', async () => {
    const restaurant = await seedRestaurant(harness);
    await harness.control.addFaults(
      { system: 'backend', route: 'code-injection', kind: 'truncated_json', nth: 1 },
      { system: 'backend', route: 'code-injection', kind: 'html_body', status: 502, nth: 2 },
    );
    const cut = await readCode(restaurant);
    expect([cut.status, cut.json, cut.text.startsWith('{')]).toEqual([200, {}, true]);
    const html = await readCode(restaurant);
    expect([html.status, html.headers.get('content-type')]).toEqual([
      502,
      expect.stringContaining('text/html'),
    ]);
    expect((await readCode(restaurant)).json['success']).toBe(true);
  });
});

describe("faults of the backend's scripts", () => {
  it.each([
    ['success_false', 200, /warnings/],
    ['user_exists', 400, /already exists/],
    ['subdomain_taken', 500, /taken/],
    ['address_not_found', 500, /Address not found/],
    ['wrong_password', 500, /password/],
    ['credentials_incomplete', 500, /credentials/],
    ['not_configured', 503, /not configured/],
    ['browser_closed', 500, /closed/],
    ['killed', 500, /timed out/],
  ] as const)('%s fails and does nothing', async (kind, status, text) => {
    const restaurant = await ready('servicesConfig');
    await harness.control.addFaults({ system: 'backend', route: 'servicesConfig', kind, times: 1 });
    const answered = await harness.subStep('servicesConfig', restaurant);
    expect([answered.status, answered.json['success'], answered.json['error']]).toEqual([
      status,
      false,
      expect.stringMatching(text),
    ]);
    expect(await effect(restaurant, 'servicesConfig')).toMatchObject({ attempts: 1, count: 0 });
    expect((await harness.subStep('servicesConfig', restaurant)).json['success']).toBe(true);
  });

  it('reports success without any effect', async () => {
    const restaurant = await ready('menuImport');
    await harness.control.addFaults({ system: 'backend', route: 'menuImport', kind: 'silent_failure' });
    expect((await harness.subStep('menuImport', restaurant)).json).toMatchObject({ success: true });
    expect(await effect(restaurant, 'menuImport')).toMatchObject({ attempts: 1, count: 0 });
    expect((await harness.control.state(restaurant.id)).platform?.menus).toEqual([]);
  });

  it.each([
    [{ kind: 'crash_halfway' }, 500, undefined, 2],
    [{ kind: 'crash_halfway', made: 3 }, 500, undefined, 3],
    [{ kind: 'partial_counts', failed: 1 }, 200, { total: 4, created: 3, failed: 1 }, 3],
    [{ kind: 'none_created' }, 200, { total: 4, created: 0, failed: 0 }, 0],
    [{ kind: 'none_created', effect: true }, 200, { total: 4, created: 0, failed: 0 }, 4],
    [{ kind: 'partial_success' }, 500, undefined, 2],
    [{ kind: 'killed' }, 500, undefined, 3],
  ] as const)('%j leaves some option sets behind', async (fault, status, summary, made) => {
    const restaurant = await ready('optionSets', { optionSets: 4 });
    await harness.control.addFaults({ system: 'backend', route: 'optionSets', ...fault } as FaultRule);
    const answered = await harness.subStep('optionSets', restaurant);
    expect([answered.status, answered.json['summary']]).toEqual([status, summary]);
    expect((await harness.control.state(restaurant.id)).platform?.optionSets).toBe(made);
    expect((await effect(restaurant, 'optionSets'))?.count).toBe(made === 0 ? 0 : 1);
  });

  it.each([
    ['codeGeneration', { codeInjectionId: null }],
    ['restaurantRegistration', { restaurant: { pumpd_subdomain: null } }],
    ['paymentConfig', { stripeConnectUrl: null }],
    ['syncOnboardingUser', { updatedFields: 0 }],
  ] as const)('does %s but leaves its result out', async (key, body) => {
    const restaurant = await ready(key);
    await harness.control.addFaults({ system: 'backend', route: key, kind: 'result_missing' });
    expect((await harness.subStep(key, restaurant)).json).toMatchObject({ success: true, ...body });
    expect((await effect(restaurant, key))?.count).toBe(1);
  });

  it('puts the password into an error text, and into nothing else', async () => {
    const restaurant = await seedRestaurant(harness);
    await harness.control.addFaults({
      system: 'backend',
      route: 'restaurantRegistration',
      kind: 'leak_password',
    });
    const answered = await harness.subStep('restaurantRegistration', restaurant);
    expect(answered.status).toBe(500);
    expect(answered.text).toContain(PASSWORD);
    expect(JSON.stringify(await harness.control.ledger())).not.toContain(PASSWORD);
    expect(JSON.stringify(await harness.control.state(restaurant.id))).not.toContain(PASSWORD);
  });

  it('decides by its numbers whether a script is over its limit', async () => {
    const restaurant = await ready('websiteConfig');
    const over = {
      system: 'backend',
      route: 'websiteConfig',
      kind: 'duration',
      durationMs: 240_001,
    } as const;
    await harness.control.settings({ killLimits: true });
    try {
      await harness.control.addFaults({ ...over, id: 'duration' });
      const killed = await harness.subStep('websiteConfig', restaurant);
      expect([killed.status, killed.json]).toEqual([
        500,
        expect.objectContaining({ partialSuccess: true, lastStep: 'header' }),
      ]);
      await harness.control.addFaults({ ...over, id: 'duration', durationMs: 240_000 });
      expect((await harness.subStep('websiteConfig', restaurant)).status).toBe(200);
    } finally {
      await harness.control.settings({ killLimits: false });
    }
    await harness.control.addFaults({ ...over, id: 'duration' });
    expect((await harness.subStep('websiteConfig', restaurant)).status).toBe(200);
  });
});

describe('rules', () => {
  it('strike by count, by restaurant, by term, by e-mail', async () => {
    const [one, other] = [await seedRestaurant(harness), await seedRestaurant(harness)];
    await harness.control.addFaults(
      { system: 'backend', route: 'status', restaurantId: one.id, kind: 'bad_gateway', nth: 2 },
      { system: 'backend', route: 'logs', kind: 'bad_gateway', times: 2 },
      { system: 'nzbn', term: 'kōwhai', kind: 'bad_gateway' },
      { system: 'backend', email: one.email.toUpperCase(), kind: 'bad_gateway' },
    );
    const read = async (route: string, { id }: TestRestaurant) =>
      (await harness.backend('GET', `/api/registration/${route}/${id}`)).status;
    expect([
      await read('status', one),
      await read('status', other),
      await read('status', one),
      await read('status', one),
    ]).toEqual([200, 200, 502, 200]);
    expect([await read('logs', one), await read('logs', other), await read('logs', one)]).toEqual([
      502, 502, 200,
    ]);
    expect((await harness.register('/entities?search-term=Kowhai')).status).toBe(502);
    expect((await harness.register('/entities?search-term=tui')).status).toBe(200);
    expect((await harness.subStep('codeGeneration', one)).status).toBe(502);
    expect((await harness.subStep('codeGeneration', other)).status).toBe(200);
    expect((await harness.control.faults()).map(({ hits }) => hits)).toEqual([3, 3, 1, 1]);
  });

  it.each([
    [{ system: 'backend', kind: 'quota' }],
    [{ system: 'nzbn', kind: 'unheard_of' }],
    [{ system: 'nzbn', kind: 'slow' }],
    [{ system: 'nzbn', kind: 'bad_gateway', nth: 1, times: 1 }],
    [{ system: 'nzbn', kind: 'bad_gateway', delayMs: 1 }],
    [{ kind: 'bad_gateway' }],
  ])('refuses %j', async (rule) => {
    await expect(harness.control.addFaults(rule as unknown as FaultRule)).rejects.toThrow(/400/);
    expect(await harness.control.faults()).toEqual([]);
  });

  it('are described, each kind of them', async () => {
    const described = await fetch(`${harness.simulator.url}/__sim/fault-kinds`).then((response) =>
      response.json(),
    );
    expect((described as { kind: FaultKind }[]).map(({ kind }) => kind)).toEqual(Object.keys(FAULTS));
  });
});
