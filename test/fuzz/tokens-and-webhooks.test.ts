import { createHmac, randomUUID } from 'node:crypto';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { createTokenVerifier, type TokenVerifier } from '../../api/auth';
import { ApiError } from '../../api/errors';
import { signWebhook } from '../../api/webhook-signature';
import { startEdgeApp, type EdgeApp } from '../unit/api/edge-app';
import { validEnvironment } from '../unit/api/environment';
import { webhookRecord } from '../unit/api/webhook-record';
import { anyBytes, holds, hostileText, hostileValue, mutatedBytes, mutations } from './fuzz';

const SECRET = validEnvironment.SUPABASE_JWT_SECRET;
const USER = '00000000-0000-4000-8000-0000000000c1';
const soon = Math.floor(Date.now() / 1000) + 3_600;
const part = (value: unknown): string => Buffer.from(JSON.stringify(value) ?? 'null').toString('base64url');
const signed = (text: string): string =>
  `${text}.${createHmac('sha256', SECRET).update(text).digest('base64url')}`;

const header = fc.oneof(
  mutations().map((change) => change({ alg: 'HS256', typ: 'JWT' })),
  fc.record(
    {
      alg: fc.oneof(
        fc.constantFrom('HS256', 'HS512', 'none', 'RS256', 'ES256', 'EdDSA', 'dir'),
        hostileValue(),
      ),
      kid: hostileValue(),
      crit: fc.oneof(fc.constant(['exp']), hostileValue()),
      b64: fc.constantFrom(false, true, 'x'),
      jku: fc.constant('http://127.0.0.1:9/keys'),
      jwk: hostileValue(),
      zip: fc.constant('DEF'),
    },
    { requiredKeys: ['alg'] },
  ),
);
const claims = mutations().map((change) => change({ sub: USER, aud: 'authenticated', exp: soon }));
const token = fc.oneof(
  // Signed with the right secret, whatever it says: the parser is reached, and not only the signature.
  fc.tuple(header, claims).map(([head, body]) => signed(`${part(head)}.${part(body)}`)),
  fc
    .tuple(fc.constant({ alg: 'HS256' }), claims)
    .map(([head, body]) => signed(`${part(head)}.${part(body)}`)),
  fc.tuple(header, claims, hostileText()).map(([head, body, end]) => `${part(head)}.${part(body)}.${end}`),
  mutatedBytes(Buffer.from(signed(`${part({ alg: 'HS256' })}.${part({ sub: USER, exp: soon })}`))).map(
    (bytes) => Buffer.from(bytes).toString('latin1'),
  ),
  hostileText(),
);

async function check(verify: TokenVerifier, text: string): Promise<void> {
  try {
    const { userId, expiresAt } = await verify(text);
    expect(userId).toMatch(/^[\da-f-]{36}$/i);
    expect(expiresAt).toBeGreaterThan(Date.now() - 10_000);
  } catch (error) {
    if (!(error instanceof ApiError)) throw error;
    // Never "try again": no later moment makes a bad token good.
    expect(error.code).toBe('UNAUTHENTICATED');
    expect(error.message.length).toBeLessThan(100);
  }
}

describe('a token', () => {
  let keys: Server;
  let asked = 0;
  beforeAll(async () => {
    const { exportJWK, generateKeyPair } = await import('jose');
    const jwk = await exportJWK((await generateKeyPair('ES256')).publicKey);
    keys = createServer((_req, res) => {
      asked += 1;
      res.setHeader('content-type', 'application/json');
      res.end(JSON.stringify({ keys: [{ ...jwk, kid: 'k1', alg: 'ES256' }] }));
    });
    await new Promise<void>((resolve) => keys.listen(0, '127.0.0.1', resolve));
  });
  afterAll(
    () =>
      new Promise((resolve) => {
        keys.close(resolve);
        keys.closeAllConnections();
      }),
  );

  test('of any kind is believed or unauthenticated, by the shared secret', async () => {
    const verify = await createTokenVerifier({ secret: SECRET });
    await holds(
      fc.asyncProperty(token, (text) => check(verify, text)),
      10,
    );
  });
  test('of any kind is believed or unauthenticated, by published keys, which are not asked for each time', async () => {
    const { port } = keys.address() as AddressInfo;
    const jwksUrl = `http://127.0.0.1:${port}/keys`;
    const verify = await createTokenVerifier({ secret: SECRET, jwksUrl });
    await holds(
      fc.asyncProperty(token, (text) => check(verify, text)),
      10,
    );
    expect(asked).toBeLessThan(20);
  });
});

describe('a signed webhook', () => {
  let app: EdgeApp;
  beforeAll(async () => {
    app = await startEdgeApp(
      {},
      { record: webhookRecord(new Map()), workflows: { signal: () => Promise.resolve(true) } },
    );
  });
  afterAll(() => app.stop());

  const good = { restaurant_id: randomUUID(), job_type: 'full_menu', status: 'completed' };
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value) ?? 'null');
  const body = fc.oneof(
    anyBytes,
    mutatedBytes(json(good)),
    mutations().map((change) => json(change(good))),
  );

  test('is taken, or refused for its body; it is never a fault of ours', () =>
    holds(
      fc.asyncProperty(body, async (bytes) => {
        const timestamp = String(Math.floor(Date.now() / 1000));
        const headers = {
          'x-webhook-timestamp': timestamp,
          'x-webhook-signature': signWebhook(validEnvironment.WEBHOOK_SECRET, timestamp, Buffer.from(bytes)),
        };
        const init = { method: 'POST', headers, body: Buffer.from(bytes) };
        const response = await app.ask('/api/webhooks/extractions', init);
        expect([202, 400, 409]).toContain(response.status);
      }),
      5,
    ));
  test('is refused without its signature, whatever it holds', () =>
    holds(
      fc.asyncProperty(body, async (bytes) => {
        const response = await app.ask('/api/webhooks/extractions', {
          method: 'POST',
          body: Buffer.from(bytes),
        });
        expect(response.status).toBe(401);
      }),
    ));
});
