import { randomUUID } from 'node:crypto';
import { connect } from 'node:net';
import { gzipSync } from 'node:zlib';
import { createSignInLimit } from '../../../api/http/sign-in-limit';
import type { StoredClaim } from './webhook-record';
import { signWebhook } from '../../../api/webhook-signature';
import { codeOf, startEdgeApp, type EdgeApp } from './edge-app';
import { webhookRecord } from './webhook-record';

const BASE = '/api/registration-batches';
let app: EdgeApp | undefined;
async function start(...args: Parameters<typeof startEdgeApp>): Promise<EdgeApp> {
  app = await startEdgeApp(...args);
  return app;
}
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

describe('what a browser is told', () => {
  const policyOf = (response: Response): Map<string, string> =>
    new Map(
      (response.headers.get('content-security-policy') ?? '').split(';').map((directive) => {
        const [name = '', ...rest] = directive.trim().split(' ');
        return [name, rest.join(' ')];
      }),
    );

  test.each(['/', '/healthz', '/openapi.json', `${BASE}/x`, '/docs/', '/docs/swagger-ui-init.js'])(
    '%s: scripts of our own files alone, no frame, no sniffing, no address passed on',
    async (path) => {
      const { ask } = await start();
      const response = await ask(path);
      const policy = policyOf(response);
      expect(policy.get('default-src')).toBe("'none'");
      expect(policy.get('script-src')).toBe("'self'");
      expect(policy.get('frame-ancestors')).toBe("'none'");
      expect(policy.get('connect-src')).toBe("'self'");
      for (const [name, sources] of policy) {
        expect(sources).not.toMatch(/https?:|\*|unsafe-eval/);
        if (name !== 'style-src' || !path.startsWith('/docs')) expect(sources).not.toContain('unsafe-inline');
      }
      expect(response.headers.get('x-content-type-options')).toBe('nosniff');
      expect(response.headers.get('referrer-policy')).toBe('no-referrer');
      expect(response.headers.has('x-powered-by')).toBe(false);
    },
  );

  test('the page of the documentation has no script within it', async () => {
    const { ask } = await start();
    const page = await (await ask('/docs/')).text();
    const scripts = [...page.matchAll(/<script([^>]*)>([^<]*)<\/script>/g)];
    expect(scripts.length).toBeGreaterThan(0);
    for (const [, attributes, text] of scripts) {
      expect(attributes).toContain('src="./');
      expect(text?.trim()).toBe('');
    }
    expect(page).not.toMatch(/\son\w+=/);
  });

  test('answers about people are kept by nobody', async () => {
    const { ask } = await start();
    expect((await ask(`${BASE}/no-such-id`)).headers.get('cache-control')).toContain('private');
  });
});

describe('pages of other origins', () => {
  const ORIGIN = 'https://console.example';
  const allowed = (response: Response): string | null => response.headers.get('access-control-allow-origin');
  const preflight = {
    'access-control-request-method': 'POST',
    'access-control-request-headers': 'authorization',
  };

  test('none may call by default', async () => {
    const { ask } = await start();
    expect(allowed(await ask('/healthz', { headers: { origin: ORIGIN } }))).toBeNull();
    const response = await ask(`${BASE}/`, { method: 'OPTIONS', headers: { origin: ORIGIN, ...preflight } });
    expect(allowed(response)).toBeNull();
  });

  test('those of the list may, by exact comparison and without credentials', async () => {
    const { ask } = await start({ CORS_ORIGINS: `https://a.example, ${ORIGIN}` });
    const asked = await ask(`${BASE}/`, {
      method: 'OPTIONS',
      headers: { origin: ORIGIN, authorization: '', ...preflight },
    });
    expect([asked.status, allowed(asked)]).toEqual([204, ORIGIN]);
    expect(asked.headers.get('access-control-allow-headers')).toContain('Authorization');
    const answer = await ask(`${BASE}/no-such-id`, { headers: { origin: ORIGIN } });
    expect([allowed(answer), answer.headers.get('vary')]).toEqual([
      ORIGIN,
      expect.stringContaining('Origin'),
    ]);
    expect(answer.headers.get('access-control-allow-credentials')).toBeNull();
    for (const origin of [
      `${ORIGIN}.evil.example`,
      'http://console.example',
      `${ORIGIN}:8443`,
      'null',
      '*',
    ]) {
      expect(allowed(await ask('/healthz', { headers: { origin } }))).toBeNull();
    }
  });

  test.each(['*', 'console.example', 'https://a.example/path', 'null'])(
    '%s is no origin that can be set',
    async (origins) => expect(startEdgeApp({ CORS_ORIGINS: origins })).rejects.toThrow('CORS_ORIGINS'),
  );
});

describe('metrics', () => {
  const TOKEN = 'a-token-for-metrics';
  const statusOf = async (env: Record<string, string>, authorization = ''): Promise<number> => {
    const { ask, stop } = await startEdgeApp(env);
    try {
      const response = await ask('/metrics', { headers: { authorization } });
      if (response.status === 200) expect(await response.text()).toContain('http_request_duration_seconds');
      return response.status;
    } finally {
      await stop();
    }
  };

  test.each([
    ['loopback, no token set', { API_HOST: '127.0.0.1' }, '', 200],
    ['loopback of IPv6', { API_HOST: '::1' }, '', 200],
    ['all interfaces, no token set', { API_HOST: '0.0.0.0' }, '', 401],
    ['all interfaces of IPv6, no token set', { API_HOST: '::' }, '', 401],
    ['a token set, none given', { METRICS_TOKEN: TOKEN }, '', 401],
    ['a token set, another given', { METRICS_TOKEN: TOKEN }, 'Bearer a-token-for-metricz', 401],
    ['a token set, a part given', { METRICS_TOKEN: TOKEN }, 'Bearer a-token', 401],
    ['a token set and given', { METRICS_TOKEN: TOKEN, API_HOST: '0.0.0.0' }, `Bearer ${TOKEN}`, 200],
  ])('%s: %j %s', async (_name, env, authorization, expected) =>
    expect(await statusOf(env, authorization)).toBe(expected),
  );
});

describe('limits', () => {
  test('an address whose sign-ins are refused too often waits, whatever it sends then', async () => {
    const { ask } = await start({ RATE_LIMIT_SIGN_IN: '3' });
    const withToken = (token: string) => ask(`${BASE}/x`, { headers: { authorization: `Bearer ${token}` } });
    // Answers that are given count nothing.
    for (let i = 0; i < 5; i += 1) expect((await ask(`${BASE}/x`)).status).toBe(404);
    for (let i = 0; i < 3; i += 1) expect((await withToken(`guess-${i}`)).status).toBe(401);
    const refused = await withToken('guess-4');
    expect([refused.status, await codeOf(refused)]).toEqual([429, 'RATE_LIMITED']);
    expect(refused.headers.has('retry-after')).toBe(true);
    expect((await ask(`${BASE}/x`)).status).toBe(429);
  });

  test('the word of a proxy counts only where one is set', async () => {
    const guess = (ask: EdgeApp['ask'], address: string) =>
      ask(`${BASE}/x`, { headers: { authorization: 'Bearer guess', 'x-forwarded-for': address } });
    const direct = await start({ RATE_LIMIT_SIGN_IN: '1' });
    expect((await guess(direct.ask, '192.0.2.1')).status).toBe(401);
    expect((await guess(direct.ask, '192.0.2.2')).status).toBe(429);
    await direct.stop();
    const behind = await start({ RATE_LIMIT_SIGN_IN: '1', TRUST_PROXY_HOPS: '1' });
    expect((await guess(behind.ask, '192.0.2.1')).status).toBe(401);
    expect((await guess(behind.ask, '192.0.2.2')).status).toBe(401);
    // What the caller itself put in front of the proxy's word does not count.
    expect((await guess(behind.ask, '198.51.100.7, 192.0.2.1')).status).toBe(429);
  });

  test('a minute later it may try again', () => {
    let now = 0;
    const limit = createSignInLimit(1, () => now);
    const attempt = (): boolean => {
      let finish: () => void = () => undefined;
      let passed = false;
      const res = {
        statusCode: 401,
        on: (_event: string, done: () => void) => (finish = done),
        setHeader: () => undefined,
      };
      try {
        limit({ ip: '192.0.2.1' } as never, res as never, () => (passed = true));
      } catch {
        return false;
      }
      finish();
      return passed;
    };
    expect([attempt(), attempt()]).toEqual([true, false]);
    now = 60_000;
    expect(attempt()).toBe(true);
  });

  test('each class has its own count for a caller, and a bulk answer counts once', async () => {
    const { ask } = await start({ RATE_LIMIT_COMPLETION: '2', RATE_LIMIT_OTHER: '1' });
    const selections = Object.fromEntries(
      Array.from({ length: 50 }, () => [randomUUID(), { no_match: true }]),
    );
    const answer = () =>
      ask(`${BASE}/${randomUUID()}/steps/3/complete`, {
        method: 'POST',
        headers: { 'content-type': 'application/json' },
        // Refused after it was counted: the record is not there.
        body: JSON.stringify({ selections }),
      });
    const statuses = [await answer(), await answer(), await answer()].map(({ status }) => status);
    expect(statuses[0]).not.toBe(429);
    expect(statuses[1]).not.toBe(429);
    expect(statuses[2]).toBe(429);
    expect((await ask(`${BASE}/no-such-id`)).status).toBe(404);
  });
});

describe('bodies', () => {
  const post = (app: EdgeApp, body: string | Buffer, headers: Record<string, string> = {}) =>
    app.ask(`${BASE}/`, {
      method: 'POST',
      headers: { 'content-type': 'application/json', ...headers },
      body,
    });
  const withMetadata = (metadata: string): string =>
    `{"name":"x","restaurant_ids":["${randomUUID()}"],"metadata":${metadata}}`;
  const deep = (levels: number): string => '['.repeat(levels) + ']'.repeat(levels);

  test.each<[string, string | Buffer, Record<string, string>, number]>([
    ['larger than 1 MB', `"${'x'.repeat(1024 * 1024)}"`, {}, 413],
    [
      '1 MB of zeros in a small gzip',
      gzipSync(Buffer.alloc(8 * 1024 * 1024, 32)),
      { 'content-encoding': 'gzip' },
      413,
    ],
    ['nested 21 levels', withMetadata(deep(20)), {}, 400],
    ['nested 100,000 levels', withMetadata(deep(100_000)), {}, 400],
    ['with __proto__', withMetadata('{"__proto__":{"role":"super_admin"}}'), {}, 400],
    ['with constructor', withMetadata('[{"constructor":{"prototype":{"role":"x"}}}]'), {}, 400],
    ['with an escaped __proto__', withMetadata('{"\\u005f_proto__":1}'), {}, 400],
    ['no JSON', '{', {}, 400],
    ['in UTF-16 by its own word', '{}', { 'content-type': 'application/json; charset=x-nothing' }, 400],
  ])('%s', async (_name, body, headers, expected) => {
    const response = await post(await start(), body, headers);
    const code = expected === 413 ? 'PAYLOAD_TOO_LARGE' : 'VALIDATION_FAILED';
    const { error } = (await response.json()) as { error: { code: string; details?: { issues: unknown[] } } };
    expect([response.status, error.code]).toEqual([expected, code]);
    // Refused as a whole, before any field was looked at.
    expect(error.details?.issues ?? []).toEqual([]);
    expect(({} as { role?: string }).role).toBeUndefined();
  });

  test('of a key that comes twice the last one counts, for validation and for what is hidden', async () => {
    const seen: unknown[] = [];
    const record = {
      createBatch: (batch: unknown) => {
        seen.push(batch);
        return Promise.resolve({ error: 'RESTAURANT_NOT_FOUND', restaurant_ids: [] });
      },
    };
    const app = await start({}, { record });
    const id = randomUUID();
    const body = `{"name":"first","name":"second","restaurant_ids":[],"restaurant_ids":["${id}"]}`;
    await post(app, body);
    expect(seen).toMatchObject([{ name: 'second', restaurant_ids: [id] }]);
    const twice = '{"name":"x","password":"Canary-Password-One","password":"Canary-Password-Two"}';
    const refused = await (await post(app, twice)).text();
    for (const told of [refused, app.logs.join('')]) expect(told).not.toContain('Canary-Password');
  });

  test('headers of more than 16 kB are refused', async () => {
    const { ask } = await start();
    expect((await ask('/healthz', { headers: { 'x-long': 'x'.repeat(17 * 1024) } })).status).toBe(431);
  });
});

describe('a client that sends slowly', () => {
  /** Sends a beginning and no end; resolves with what it was answered once the server hangs up. */
  const begin = (port: number, beginning: string): Promise<string> =>
    new Promise((resolve, reject) => {
      let text = '';
      const socket = connect(port, '127.0.0.1', () => socket.write(beginning));
      socket.on('data', (chunk) => (text += chunk.toString('latin1')));
      socket.once('close', () => resolve(text));
      socket.once('error', reject);
    });
  const fast = { HEADERS_TIMEOUT_MS: '150', REQUEST_TIMEOUT_MS: '300', KEEP_ALIVE_TIMEOUT_MS: '100' };

  test('its headers is hung up on', async () => {
    const { port } = await start({ ...fast, REQUEST_TIMEOUT_MS: '600000' });
    expect(await begin(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\nX-Slow: ')).toContain(' 408 ');
  });
  test('its body is hung up on', async () => {
    const { port } = await start(fast);
    const head = `POST ${BASE}/ HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer a-good-token\r\n`;
    const body = 'Content-Type: application/json\r\nContent-Length: 100\r\n\r\n{"name"';
    expect(await begin(port, head + body)).toMatch(/ 4\d\d /);
  });
  test('nothing more is hung up on', async () => {
    const { port } = await start(fast);
    expect(await begin(port, 'GET /healthz HTTP/1.1\r\nHost: x\r\n\r\n')).toContain(' 200 ');
  });
});

describe('the webhook', () => {
  const SECRETS = {
    WEBHOOK_SECRET: 'the-new-webhook-secret',
    WEBHOOK_SECRET_PREVIOUS: 'the-old-webhook-secret',
  };
  const restaurantId = randomUUID();
  const body = JSON.stringify({ restaurant_id: restaurantId, job_type: 'full_menu', status: 'completed' });

  function signed(secret = SECRETS.WEBHOOK_SECRET, text = body): RequestInit {
    const timestamp = String(Math.floor(Date.now() / 1000));
    const headers = {
      authorization: '',
      'x-webhook-timestamp': timestamp,
      'x-webhook-signature': signWebhook(secret, timestamp, text),
    };
    return { method: 'POST', body: text, headers };
  }
  async function receiver(signal: () => Promise<boolean>, env: Record<string, string> = SECRETS) {
    const claims = new Map<string, StoredClaim>();
    const record = webhookRecord(claims);
    const send = (init: RequestInit) => app?.ask('/api/webhooks/extractions', init) as Promise<Response>;
    await start(env, { record, workflows: { signal } });
    return send;
  }

  test('a call is taken once; the same bytes again are refused, by either secret', async () => {
    const signal = jest.fn(() => Promise.resolve(true));
    const send = await receiver(signal);
    const call = signed();
    expect((await send(call)).status).toBe(202);
    const again = await send(call);
    expect([again.status, await codeOf(again)]).toEqual([409, 'IDEMPOTENCY_KEY_REUSED']);
    expect(signal).toHaveBeenCalledTimes(1);
  });

  test('of many that come at once one is taken', async () => {
    const signal = jest.fn(() => Promise.resolve(true));
    const send = await receiver(signal);
    const call = signed();
    const statuses = (await Promise.all(Array.from({ length: 8 }, () => send(call)))).map(
      ({ status }) => status,
    );
    expect(statuses.filter((status) => status === 202)).toHaveLength(1);
    expect(signal).toHaveBeenCalledTimes(1);
  });

  test('a call that failed may be sent again as it is', async () => {
    const signal = jest
      .fn<Promise<boolean>, []>()
      .mockRejectedValueOnce(new Error('no engine'))
      .mockResolvedValue(true);
    const send = await receiver(signal);
    const call = signed();
    expect((await send(call)).status).toBe(500);
    expect((await send(call)).status).toBe(202);
  });

  test.each([
    ['the new secret', SECRETS.WEBHOOK_SECRET, SECRETS, 202],
    ['the old one while both are taken', SECRETS.WEBHOOK_SECRET_PREVIOUS, SECRETS, 202],
    [
      'the old one afterwards',
      SECRETS.WEBHOOK_SECRET_PREVIOUS,
      { WEBHOOK_SECRET: SECRETS.WEBHOOK_SECRET },
      401,
    ],
    ['another', 'some-other-webhook-secret', SECRETS, 401],
  ])('%s', async (_name, secret, env, expected) => {
    const send = await receiver(() => Promise.resolve(true), env);
    expect((await send(signed(secret))).status).toBe(expected);
  });

  test('hostile shapes are refused though they are signed', async () => {
    const send = await receiver(() => Promise.resolve(true));
    for (const text of [
      `{"__proto__":{},"restaurant_id":"${restaurantId}"}`,
      '['.repeat(50_000),
      'null',
      '[]',
    ])
      expect((await send(signed(undefined, text))).status).toBe(400);
  });
});
