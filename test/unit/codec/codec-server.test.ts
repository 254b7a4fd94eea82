/** The codec server over HTTP: who may ask, from where, and what comes back. */
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { defaultPayloadConverter, type Payload } from '@temporalio/common';
import pino from 'pino';
import { createApp } from '../../../api/app';
import type { AppDeps } from '../../../api/deps';
import { readApiSettings } from '../../../domain/settings';
import { createPayloadCodec, parsePayloadKeys } from '../../../domain/payload-codec';
import { validEnvironment } from '../api/environment';

const TOKEN = 'a-token-of-the-codec-server-0123456789';
const PAGE = 'https://temporal-ui.example';
const DEV_PAGE = 'http://127.0.0.1:8233';
const codec = createPayloadCodec(parsePayloadKeys(validEnvironment.PAYLOAD_KEYS));

const servers: Server[] = [];
afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => new Promise((resolve) => server.close(resolve))));
});

async function serve(env: Record<string, string>): Promise<string> {
  const deps = {
    settings: readApiSettings({ ...validEnvironment, ...env }),
    log: pino({ level: 'silent' }),
    payloadCodec: codec,
  } as unknown as AppDeps;
  const server = createServer(createApp(deps)).listen(0, '127.0.0.1');
  servers.push(server);
  await new Promise((resolve) => server.once('listening', resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}/api/codec`;
}
const withToken = (): Promise<string> => serve({ CODEC_TOKEN: TOKEN, CODEC_ORIGINS: PAGE });
const withDevPage = (): Promise<string> => serve({ SIMULATOR: 'true', CODEC_DEV_ORIGINS: DEV_PAGE });

const json = ({ metadata, data }: Payload) => ({
  metadata: Object.fromEntries(
    Object.entries(metadata ?? {}).map(([name, value]) => [name, Buffer.from(value).toString('base64')]),
  ),
  data: Buffer.from(data ?? []).toString('base64'),
});

const bearer = { authorization: `Bearer ${TOKEN}` };
const post = (url: string, payloads: unknown, headers: Record<string, string> = bearer): Promise<Response> =>
  fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-namespace': 'default', ...headers },
    body: JSON.stringify({ payloads }),
  });

test('encodes, decodes, and passes through what is not encrypted', async () => {
  const url = await withToken();
  const plain = json(defaultPayloadConverter.toPayload({ restaurant: 'Koru Kitchen' }));
  const encoded = (await (await post(`${url}/encode`, [plain, plain])).json()) as { payloads: unknown[] };
  expect(encoded.payloads).toHaveLength(2);
  expect(encoded.payloads[0]).not.toEqual(plain);
  const decoded = await post(`${url}/decode`, [...encoded.payloads, plain]);
  expect(await decoded.json()).toEqual({ payloads: [plain, plain, plain] });
});

test('no token, a wrong one, a user token: turned away before the body is read', async () => {
  const url = await withToken();
  const wrong = ['Bearer ', `Bearer ${TOKEN}x`, TOKEN, `Basic ${TOKEN}`, `Bearer ${TOKEN.slice(1)}`];
  for (const headers of [{}, ...wrong.map((authorization) => ({ authorization }))]) {
    const answer = await post(`${url}/decode`, 'not even payloads', headers as Record<string, string>);
    expect(answer.status).toBe(401);
    expect(await answer.json()).toMatchObject({ error: { code: 'UNAUTHENTICATED' } });
  }
});

test('without a token in the settings there is no codec server', async () => {
  const url = await serve({});
  expect((await post(`${url}/decode`, [])).status).toBe(404);
  expect((await post(`${url}/decode`, [], { authorization: 'Bearer undefined' })).status).toBe(404);
});

test('a listed page is told that it may, with the headers that the Web UI sends; no other is', async () => {
  const url = await withToken();
  const preflight = (origin: string): Promise<Response> =>
    fetch(`${url}/decode`, {
      method: 'OPTIONS',
      headers: {
        origin,
        'access-control-request-method': 'POST',
        'access-control-request-headers': 'authorization,content-type,x-namespace',
      },
    });
  const allowed = await preflight(PAGE);
  expect(allowed.status).toBe(204);
  expect(allowed.headers.get('access-control-allow-origin')).toBe(PAGE);
  expect(allowed.headers.get('access-control-allow-headers')).toMatch(/(?=.*authorization)(?=.*x-namespace)/);
  expect(allowed.headers.get('vary')).toMatch(/origin/i);
  const answer = await post(`${url}/decode`, [], { ...bearer, origin: PAGE });
  expect(answer.status).toBe(200);
  expect(answer.headers.get('access-control-allow-origin')).toBe(PAGE);
  // An error is for the page to read too.
  const refused = await post(`${url}/decode`, [], { origin: PAGE });
  expect([refused.status, refused.headers.get('access-control-allow-origin')]).toEqual([401, PAGE]);

  for (const origin of ['https://other.example', `${PAGE}:8443`, `${PAGE}.other.example`, 'null', DEV_PAGE]) {
    const answers = [await preflight(origin), await post(`${url}/decode`, [], { ...bearer, origin })];
    for (const { status, headers } of answers) {
      expect([origin, status, headers.get('access-control-allow-origin')]).toEqual([origin, 403, null]);
    }
  }
});

test("the development Web UI's page needs no token, if it is on this machine and came directly", async () => {
  const url = await withDevPage();
  const ask = async (headers: Record<string, string>): Promise<number> =>
    (await post(`${url}/decode`, [], headers)).status;
  expect(await ask({ origin: DEV_PAGE })).toBe(200);
  expect(await ask({})).toBe(401);
  expect(await ask({ origin: 'http://127.0.0.1:8234' })).toBe(403);
  expect(await ask({ origin: DEV_PAGE, 'x-forwarded-for': '192.0.2.7' })).toBe(401);
  expect(await ask({ origin: DEV_PAGE, forwarded: 'for=192.0.2.7' })).toBe(401);
  expect(await ask({ origin: DEV_PAGE, authorization: 'Bearer wrong' })).toBe(401);
});

test.each([
  ['without the simulator', { CODEC_DEV_ORIGINS: DEV_PAGE }],
  ['in production', { CODEC_DEV_ORIGINS: DEV_PAGE, SIMULATOR: 'true', NODE_ENV: 'production' }],
  [
    'at an address that others reach',
    { CODEC_DEV_ORIGINS: DEV_PAGE, SIMULATOR: 'true', API_HOST: '0.0.0.0' },
  ],
  ['of another machine', { CODEC_DEV_ORIGINS: 'http://192.0.2.1:8233', SIMULATOR: 'true' }],
])('a page without a token is refused as a setting: %s', (_where, env) => {
  expect(() => readApiSettings({ ...validEnvironment, ...env })).toThrow('CODEC_DEV_ORIGINS');
});

test.each(['*', 'temporal-ui.example', 'https://temporal-ui.example/', 'null'])(
  'an origin is refused that no browser would write: %s',
  (origin) => {
    expect(() => readApiSettings({ ...validEnvironment, CODEC_ORIGINS: origin })).toThrow('CODEC_ORIGINS');
  },
);

test('a payload of a key that is not there: its id and the setting are told, not a server error', async () => {
  const url = await withToken();
  const other = createPayloadCodec(parsePayloadKeys(`lost-key:${Buffer.alloc(32, 3).toString('base64')}`));
  const [payload = {}] = await other.encode([defaultPayloadConverter.toPayload('x')]);
  const answer = await post(`${url}/decode`, [json(payload)]);
  expect(answer.status).toBe(400);
  expect(await answer.text()).toMatch(/(?=.*lost-key)(?=.*PAYLOAD_KEYS)/);
});

test('no payloads at all are what a query without arguments has, and not refused', async () => {
  const url = await withToken();
  for (const route of ['encode', 'decode']) {
    const answer = await post(`${url}/${route}`, undefined);
    expect(answer.status).toBe(200);
    expect(await answer.json()).toEqual({ payloads: [] });
  }
});

test('what is no list of payloads, or too large, is refused', async () => {
  const url = await withToken();
  const bad = [null, 'x', [null], [{ data: 7 }], [{ data: 'not base64!' }], [{ metadata: { encoding: {} } }]];
  for (const payloads of bad) expect((await post(`${url}/decode`, payloads)).status).toBe(400);
  expect((await post(`${url}/decode`, [{ data: 'A'.repeat(2 ** 20) }])).status).toBe(413);
  expect((await fetch(`${url}/decode`, { headers: bearer })).status).toBe(404);
  const polluting = '{"payloads":[{"metadata":{"__proto__":"eA=="},"data":""}]}';
  const headers = { 'content-type': 'application/json', ...bearer };
  expect((await fetch(`${url}/decode`, { method: 'POST', headers, body: polluting })).status).toBe(200);
  expect(Object.keys(Object.prototype)).toEqual([]);
});
