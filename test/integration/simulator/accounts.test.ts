import fixture from '../../fixtures/cloudwaitress-signature.json';
import { signatureOf } from '../../../dev/simulator/accounts';
import { seedRestaurant, startBody, startHarness, type Harness } from './support';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness({ confirmationCode: '424242' });
});
afterAll(() => harness.simulator.close());
beforeEach(async () => {
  await harness.control.reset();
  await harness.control.settings({ accountIntervalMs: 0, confirmation: 'signature' });
});

const START = '/users/register/start';
const VERIFY = '/users/register/verify';
const effectOf = async (email: string) =>
  (await harness.control.effects()).effects.find((row) => row.email === email.toLowerCase());

describe('the vendor of accounts', () => {
  it.each(fixture.vectors)('signs as documented: $note', ({ email, phone, password, signature }) => {
    expect(signatureOf(fixture.secret, email, phone, password)).toBe(signature);
  });

  it('makes an account in two calls, counted by e-mail in lower case', async () => {
    const made = await harness.signUp('Owner@KowhaiGrill.example');
    expect(made.json).toEqual({ outcome: 0, user_id: expect.stringMatching(/^USR/) });
    expect(await effectOf('owner@kowhaigrill.example')).toMatchObject({
      restaurantId: null,
      count: 1,
      duplicated: 0,
    });
    const read = await fetch(
      `${harness.simulator.url}/platform-read/v1/accounts?email=OWNER@kowhaigrill.example`,
    );
    expect(await read.json()).toEqual({ exists: true, restaurantCount: 0 });
  });

  it('refuses a second one for the same e-mail, in any case, in a 200', async () => {
    await harness.signUp('owner@kowhaigrill.example');
    const again = await harness.vendor(START, startBody('OWNER@kowhaigrill.example'));
    expect([again.status, again.json]).toEqual([
      200,
      { outcome: 1, message: expect.stringMatching(/already exists/i) },
    ]);
    expect((await effectOf('owner@kowhaigrill.example'))?.count).toBe(1);
  });

  it.each([
    ['a signature that is not right', { signature: 'f'.repeat(64) }],
    ['an integrator that it does not know', { integrator_id: 'other' }],
    ['a missing field', { phone: undefined }],
  ])('refuses %s', async (_what, change) => {
    const { status, json } = await harness.vendor(START, {
      ...startBody('a@kowhaigrill.example'),
      ...change,
    });
    expect([status, json['outcome'], json['token']]).toEqual([200, 1, undefined]);
  });

  it('refuses a phone that is not E.164, even signed', async () => {
    const [, vector] = fixture.vectors;
    const body = {
      ...startBody('owner@kowhaigrill.example'),
      phone: vector?.phone,
      signature: vector?.signature,
    };
    expect((await harness.vendor(START, body)).json['outcome']).toBe(1);
  });

  it.each([
    ['signature', { ok: 'signature', refused: '424242' }],
    ['code', { ok: '424242', refused: 'signature' }],
  ] as const)('takes in mode %s only what that mode means', async (confirmation, { ok, refused }) => {
    await harness.control.settings({ confirmation });
    const body = startBody('mode@kowhaigrill.example');
    const code = (which: string) => (which === 'signature' ? body['signature'] : which);
    const { json } = await harness.vendor(START, body);
    const verify = (which: string) =>
      harness.vendor(VERIFY, { token: json['token'], email_confirmation_code: code(which) });
    expect((await verify(refused)).json['outcome']).toBe(1);
    expect((await verify(ok)).json['outcome']).toBe(0);
    expect((await verify(ok)).json).toEqual({ outcome: 1, message: expect.stringMatching(/already/i) });
  });

  it('throttles start calls that come closer than the interval, by 429 or by outcome', async () => {
    await harness.control.settings({ accountIntervalMs: 600_000 });
    const start = (at: number) => harness.vendor(START, startBody(`o${at}@kowhaigrill.example`));
    expect((await start(0)).json['outcome']).toBe(0);
    const refused = await Promise.all(Array.from({ length: 12 }, (_, at) => start(at + 1)));
    const by429 = refused.filter(({ status }) => status === 429);
    const byOutcome = refused.filter(({ status, json }) => status === 200 && json['outcome'] === 1);
    expect(by429.length).toBeGreaterThan(0);
    expect(byOutcome.length).toBeGreaterThan(0);
    expect(by429.length + byOutcome.length).toBe(12);
    expect(Number(by429[0]?.headers.get('retry-after'))).toBeGreaterThan(0);
    const { accounts } = await harness.control.effectsSummary();
    expect(accounts).toMatchObject({ starts: 13, throttled: 12 });
    expect(accounts.minGapMs).toBeLessThan(600_000);
  });

  it.each([
    ['already_exists', /already exists/i],
    ['too_many', /too many/i],
    ['bad_signature', /signature/i],
    ['weak_password', /weak/i],
  ] as const)('says %s with outcome 1 when a rule wants it', async (variant, message) => {
    await harness.control.addFaults({
      system: 'cloudwaitress',
      route: 'start',
      kind: 'outcome',
      variant,
      times: 1,
    });
    const { status, json } = await harness.vendor(START, startBody('b@kowhaigrill.example'));
    expect([status, json]).toEqual([200, { outcome: 1, message: expect.stringMatching(message) }]);
    expect((await harness.vendor(START, startBody('b@kowhaigrill.example'))).json['outcome']).toBe(0);
  });

  it('gives no token, says "already" at verify, and loses an answer that had its effect', async () => {
    const email = 'c@kowhaigrill.example';
    await harness.control.addFaults(
      { system: 'cloudwaitress', route: 'start', kind: 'no_token', nth: 1 },
      {
        system: 'cloudwaitress',
        route: 'verify',
        email,
        kind: 'outcome',
        variant: 'already_verified',
        nth: 1,
      },
      { system: 'cloudwaitress', route: 'verify', email, kind: 'reset_after_effect', nth: 2 },
    );
    expect((await harness.vendor(START, startBody(email))).json).toEqual({ outcome: 0 });
    expect((await harness.signUp(email)).json).toEqual({
      outcome: 1,
      message: expect.stringMatching(/already/i),
    });
    await expect(harness.signUp(email)).rejects.toThrow();
    expect((await effectOf(email))?.count).toBe(1);
  });

  it('keeps the secrets of its ledger as hashes', async () => {
    const email = 'd@kowhaigrill.example';
    await harness.control.addFaults({
      system: 'cloudwaitress',
      kind: 'outcome',
      variant: 'leak',
      route: 'start',
      email,
    });
    const body = startBody(email, 'Leak-Probe-4711');
    const leaked = await harness.vendor(START, body);
    expect(leaked.text).toContain('Leak-Probe-4711');
    const ledger = JSON.stringify(await harness.control.ledger({ system: 'cloudwaitress' }));
    expect(ledger).not.toContain('Leak-Probe-4711');
    expect(ledger).not.toContain(body['signature']);
    expect(ledger).toContain('sha256:');
  });

  it('makes accounts for the backend too: once, gated by the same interval', async () => {
    const first = { ...(await seedRestaurant(harness)), email: 'row1@kowhaigrill.example' };
    const made = await harness.subStep('cloudwaitressAccount', first);
    expect(made.json).toMatchObject({ success: true, email: first.email, account_id: expect.any(String) });
    const again = await harness.subStep('cloudwaitressAccount', first);
    expect([again.status, again.json['success']]).toEqual([200, false]);
    const status = await harness.backend('GET', `/api/registration/status/${first.id}`);
    expect(status.json).toMatchObject({
      hasAccount: true,
      account: { email: first.email, registration_status: 'completed' },
    });
    await harness.control.settings({ accountIntervalMs: 600_000 });
    const other = { ...(await seedRestaurant(harness)), email: 'row1b@kowhaigrill.example' };
    const throttled = await harness.subStep('cloudwaitressAccount', other);
    expect([throttled.status, throttled.json['error']]).toEqual([500, expect.stringMatching(/too many/i)]);
  });
});
