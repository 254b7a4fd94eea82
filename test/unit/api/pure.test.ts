import express, { Router } from 'express';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import pino from 'pino';
import { errorHandler } from '../../../api/errors';
import { depthExceeds } from '../../../api/http/body';
import { createLimits } from '../../../api/http/limits';
import { mapLimited } from '../../../domain/concurrency';
import { canonicalJson } from '../../../api/idempotency';
import { batchProgress, countedSteps, progressPercent, stepSummary } from '../../../api/progress';
import { findOffered, selectionSchema } from '../../../api/selections';
import { readApiSettings } from '../../../domain/settings';
import { signWebhook, verifyWebhook } from '../../../api/webhook-signature';
import { validEnvironment } from './environment';

describe('settings', () => {
  test('everything missing is told at once, by name and never by value', () => {
    const secret = 'short-secret';
    const read = () =>
      readApiSettings({ OWNER_KEY_SECRET: secret, API_PORT: '99999', SUPABASE_URL: 'ftp://x' });
    expect(read).toThrow(
      /(?=[^]*API_PORT)(?=[^]*SUPABASE_URL)(?=[^]*SUPABASE_SERVICE_ROLE_KEY)(?=[^]*SUPABASE_JWT_SECRET)(?=[^]*TEMPORAL_ADDRESS)(?=[^]*SEAL_KEYS)(?=[^]*PAYLOAD_KEYS)(?=[^]*OWNER_KEY_SECRET)(?=[^]*WEBHOOK_SECRET)/,
    );
    expect(read).not.toThrow(secret);
  });
  test('either a shared secret or published keys', () => {
    const { SUPABASE_JWT_SECRET: _secret, ...rest } = validEnvironment;
    expect(() => readApiSettings(rest)).toThrow('SUPABASE_JWT_SECRET');
    expect(readApiSettings({ ...rest, SUPABASE_JWKS_URL: 'https://x.example/jwks' })).toMatchObject({
      RATE_LIMIT_PROGRESS: 60,
      RATE_LIMIT_START: 10,
      RATE_LIMIT_COMPLETION: 30,
    });
  });
});

describe('what was offered', () => {
  const offered = [
    { company_number: '9990001', nzbn: '9429099900007' },
    { company_number: null, nzbn: '9429099900014' },
  ];
  test.each([
    [{ company_number: '0009990001' }, { company_number: '9990001' }],
    [{ company_number: ' 9990001 ' }, { company_number: '9990001' }],
    [{ nzbn: '9429099900014' }, { nzbn: '9429099900014' }],
    [{ company_number: '9429099900014' }, { nzbn: '9429099900014' }],
    [{ nzbn: '9429099900007' }, { company_number: '9990001' }],
    [{ no_match: true as const }, { no_match: true }],
    [{ company_number: '999000' }, null],
    [{ company_number: '0' }, null],
    [{ nzbn: '9429099900021' }, null],
  ])('%j -> %j', (given, expected) => {
    expect(findOffered(selectionSchema.parse(given), offered)).toEqual(expected);
  });
  test.each([
    {},
    { company_number: '1', no_match: true },
    { nzbn: '1', company_number: '1' },
    { no_match: false },
    { x: 1 },
  ])('%j is no selection', (given) => expect(selectionSchema.safeParse(given).success).toBe(false));
});

describe('progress', () => {
  test('counts steps that are through; a closed job is through', () => {
    expect(progressPercent([])).toBe(0);
    expect(progressPercent([{ status: 'pending', current_step: 1, count: 3 }])).toBe(0);
    expect(
      progressPercent([
        { status: 'completed', current_step: 6, count: 1 },
        { status: 'action_required', current_step: 4, count: 1 },
      ]),
    ).toBe(75);
    expect(
      progressPercent([
        { status: 'completed', current_step: 6, count: 1 },
        { status: 'action_required', current_step: 4, count: 9 },
      ]),
    ).toBe(55);
    expect(progressPercent([{ status: 'failed', current_step: 2, count: 2 }])).toBe(100);
  });
  test('is 100 only when nothing is open, and never above', () => {
    const job = fc.record({
      status: fc.constantFrom(
        'pending',
        'in_progress',
        'action_required',
        'completed',
        'failed',
        'cancelled' as const,
      ),
      current_step: fc.integer({ min: 1, max: 6 }),
      count: fc.integer({ min: 1, max: 1_000 }),
    });
    fc.assert(
      fc.property(fc.array(job, { minLength: 1 }), (jobs) => {
        const percent = progressPercent(jobs);
        const isThrough = jobs.every(({ status }) => ['completed', 'failed', 'cancelled'].includes(status));
        expect(percent === 100).toBe(isThrough);
        expect(percent).toBeGreaterThanOrEqual(0);
      }),
    );
  });
  test('the last change of a batch or any of its jobs, to the microsecond', () => {
    const row = {
      id: 'b',
      status: 'in_progress' as const,
      current_step: 1,
      updated_at: '2026-01-01T00:00:00.000001+00:00',
      paused_at: null,
      error_message: null,
      jobs: [
        {
          status: 'in_progress' as const,
          current_step: 1,
          count: 2,
          updated_at: '2026-01-01T00:00:00.000003+00:00',
        },
        {
          status: 'action_required' as const,
          current_step: 3,
          count: 1,
          updated_at: '2026-01-01T00:00:00.000002+00:00',
        },
      ],
    };
    expect(batchProgress(row)).toMatchObject({
      last_updated: row.jobs[0]?.updated_at,
      step_requiring_action: 3,
      restaurants_summary: { total: 3, in_progress: 2, action_required: 1 },
    });
  });
  test('a step that is tried again counts as in progress', () => {
    const [first] = stepSummary(countedSteps([{ steps: [{ step_number: 1, status: 'retrying' }] }]));
    expect(first).toMatchObject({ step_number: 1, in_progress: 1, pending: 0 });
  });
});

describe('bodies', () => {
  test('depth is measured without our stack', () => {
    let deep: unknown = 1;
    for (let i = 0; i < 200_000; i += 1) deep = [deep];
    expect(depthExceeds(deep, 20)).toBe(true);
    expect(depthExceeds({ a: [{ b: 1 }] }, 3)).toBe(false);
    expect(depthExceeds({ a: [{ b: 1 }] }, 2)).toBe(true);
  });
  test('the order of keys is no difference, everything else is', () => {
    const value = fc.dictionary(fc.string(), fc.jsonValue());
    fc.assert(
      fc.property(value, (object) => {
        const reversed = Object.fromEntries(Object.entries(object).reverse());
        expect(canonicalJson(reversed)).toBe(canonicalJson(object));
      }),
    );
    expect(canonicalJson({ a: [1, 2] })).not.toBe(canonicalJson({ a: [2, 1] }));
    expect(canonicalJson({ a: '1' })).not.toBe(canonicalJson({ a: 1 }));
  });
});

describe('webhook signatures', () => {
  const now = 1_800_000_000;
  const body = Buffer.from('{"restaurant_id":"x"}');
  const signed = (timestamp: string, secret = 's1') => ({
    'x-webhook-timestamp': timestamp,
    'x-webhook-signature': signWebhook(secret, timestamp, body),
  });
  test.each([
    ['good', signed(String(now)), true],
    ['at the edge', signed(String(now - 300)), true],
    ['too old', signed(String(now - 301)), false],
    ['too new', signed(String(now + 301)), false],
    ['of another secret', signed(String(now), 's2'), false],
    [
      'with another time than signed',
      { ...signed(String(now)), 'x-webhook-timestamp': String(now - 1) },
      false,
    ],
    ['without a time', { 'x-webhook-signature': signed(String(now))['x-webhook-signature'] }, false],
    ['in no form', { ...signed(String(now)), 'x-webhook-signature': 'sha256=' }, false],
    ['none', {}, false],
  ])('%s', (_name, headers, expected) => expect(verifyWebhook(['s1'], headers, body, now)).toBe(expected));
  test('of another body', () =>
    expect(verifyWebhook(['s1'], signed(String(now)), Buffer.from('{}'), now)).toBe(false));
  test.each([
    ['s1', true],
    ['s2', true],
    ['s3', false],
  ])('while secrets change, of %s', (secret, expected) =>
    expect(verifyWebhook(['s2', 's1'], signed(String(now), secret), body, now)).toBe(expected),
  );
});

test('rate limits count for each caller and class alone', async () => {
  const limits = createLimits({
    ...readApiSettings(validEnvironment),
    RATE_LIMIT_START: 2,
    RATE_LIMIT_OTHER: 1,
  });
  const app = express();
  app.use((req, res, next) => {
    res.locals['callerId'] = req.headers['x-caller'];
    next();
  });
  const ok: express.RequestHandler = (_req, res) => void res.json({ success: true });
  app.use(Router().get('/start', limits.start, ok).get('/other', limits.other, ok));
  app.use(errorHandler(pino({ level: 'silent' })));
  const server = createServer(app).listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  const ask = async (path: string, caller: string): Promise<number> => {
    const response = await fetch(`http://127.0.0.1:${port}${path}`, { headers: { 'x-caller': caller } });
    const { error } = (await response.json()) as { error?: { code: string } };
    if (response.status === 429)
      expect([error?.code, response.headers.has('retry-after')]).toEqual(['RATE_LIMITED', true]);
    return response.status;
  };
  const statuses = [];
  for (const [path, caller] of [
    ['/start', 'a'],
    ['/start', 'a'],
    ['/start', 'a'],
    ['/start', 'b'],
    ['/other', 'a'],
    ['/other', 'a'],
  ] as const) {
    statuses.push(await ask(path, caller));
  }
  server.close();
  server.closeAllConnections();
  expect(statuses).toEqual([200, 200, 429, 200, 200, 429]);
});

test('at most so many at once, in order', async () => {
  let running = 0;
  let most = 0;
  const results = await mapLimited([1, 2, 3, 4, 5, 6, 7], 3, async (n) => {
    running += 1;
    most = Math.max(most, running);
    await new Promise((resolve) => setImmediate(resolve));
    running -= 1;
    return n * 2;
  });
  expect(results).toEqual([2, 4, 6, 8, 10, 12, 14]);
  expect(most).toBe(3);
});
