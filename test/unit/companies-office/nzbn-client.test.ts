import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { activityFailure } from '../../../activities/failure';
import { createNzbnClient, type NzbnSettings } from '../../../activities/companies-office/nzbn-client';
import { RegisterError, type CompanyRegister } from '../../../activities/companies-office/register';
import entity from '../../fixtures/nzbn-entity.json';
import search from '../../fixtures/nzbn-search.json';
import { FREE_TURNS } from '../../helpers/turns';

const NZBN = '9429099900007';
const KEY = 'test-key-1';

interface Answer {
  status?: number;
  headers?: Record<string, string>;
  /** Sent as it is; else `json`. */
  raw?: string;
  json?: unknown;
}
type Handler = (request: IncomingMessage, url: URL, seq: number) => Answer | 'hang' | 'reset';

let server: Server;
let handler: Handler;
let requests: { request: IncomingMessage; url: URL }[];

function reply(request: IncomingMessage, response: ServerResponse): void {
  const url = new URL(request.url ?? '', 'http://loopback');
  requests.push({ request, url });
  const answer = handler(request, url, requests.length);
  if (answer === 'hang') return;
  if (answer === 'reset') return void request.socket.destroy();
  response.writeHead(answer.status ?? 200, answer.headers);
  response.end(answer.status === 304 ? undefined : (answer.raw ?? JSON.stringify(answer.json)));
}

beforeAll(async () => {
  server = createServer(reply);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
});
afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});
beforeEach(() => {
  requests = [];
});

function client(over: Partial<NzbnSettings> = {}): CompanyRegister {
  return createNzbnClient({
    baseUrl: `http://127.0.0.1:${(server.address() as AddressInfo).port}/nzbn/v5/`,
    apiKey: KEY,
    timeoutMs: 5_000,
    pace: { concurrency: 3, turns: FREE_TURNS },
    ...over,
  });
}

const item = (at: number): Record<string, unknown> => ({
  ...search.items[0],
  nzbn: `94290999${String(at).padStart(5, '0')}`,
});
const items = (from: number, to: number): Record<string, unknown>[] =>
  Array.from({ length: to - from }, (_, at) => item(from + at));
const queries = (): string[] =>
  requests.map(
    ({ url }) => `${url.searchParams.get('entity-status') ?? 'any'}:${url.searchParams.get('page')}`,
  );

async function failure(call: Promise<unknown>): Promise<RegisterError> {
  const error = await call.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  if (!(error instanceof RegisterError)) throw new Error(`expected a RegisterError, got ${String(error)}`);
  return error;
}

describe('search', () => {
  it('asks for the registered with key, request id and page size, and reads the example', async () => {
    handler = () => ({ json: search });
    const found = await client().searchByName('kōwhai & sons');
    expect(found.map((one) => one.nzbn)).toEqual(search.items.map((one) => one.nzbn));
    expect(found[3]).toMatchObject({
      name: null,
      registerNumber: null,
      registrationDate: null,
      typeCode: 'Sole_Trader',
    });
    expect(found[0]).toMatchObject({
      registrationDate: '2015-02-11',
      previousNames: ['HARBOUR GRILL EXAMPLE (2015) LIMITED'],
    });
    const { request, url } = requests[0] ?? {};
    expect(url?.pathname).toBe('/nzbn/v5/entities');
    expect(Object.fromEntries(url?.searchParams ?? [])).toEqual({
      'search-term': 'kōwhai & sons',
      'entity-status': 'Registered',
      page: '0',
      'page-size': '50',
    });
    expect(request?.headers).toMatchObject({ 'ocp-apim-subscription-key': KEY, accept: 'application/json' });
    expect(request?.headers['api-business-govt-nz-request-id']).toMatch(/^[0-9a-f-]{36}$/);
    expect(requests).toHaveLength(1);
  });

  it('without a registered hit asks once more without the filter', async () => {
    handler = (_, url) => ({
      json: url.searchParams.has('entity-status')
        ? { items: [], totalItems: 0 }
        : { items: items(0, 1), totalItems: 1 },
    });
    expect(await client().searchByName('gone')).toHaveLength(1);
    expect(queries()).toEqual(['Registered:0', 'any:0']);
  });

  it('no hit at all is an empty list', async () => {
    handler = () => ({ json: { items: [], totalItems: 0 } });
    expect(await client().searchByName('nothing')).toEqual([]);
    expect(queries()).toEqual(['Registered:0', 'any:0']);
  });

  it.each([
    ['totalItems', 120, 50, 120, ['Registered:0', 'Registered:1', 'Registered:2']],
    ['totalResults', 60, 50, 60, ['Registered:0', 'Registered:1']],
    ['totalItems', 500, 50, 150, ['Registered:0', 'Registered:1', 'Registered:2']],
    ['totalItems', 25, 10, 25, ['Registered:0', 'Registered:1', 'Registered:2']],
    ['unknown', 60, 50, 60, ['Registered:0', 'Registered:1', 'Registered:2']],
  ])('%s %i in pages of %i: reads %i', async (key, total, size, read, asked) => {
    handler = (_, url) => {
      const page = Number(url.searchParams.get('page'));
      return {
        json: { page: 7, [key]: total, items: items(page * size, Math.min(total, (page + 1) * size)) },
      };
    };
    expect(await client().searchByName('many')).toHaveLength(read);
    expect(queries()).toEqual(asked);
  });

  it('a server that counts pages from 1 sends nothing twice', async () => {
    handler = (_, url) => {
      const page = Math.max(0, Number(url.searchParams.get('page')) - 1);
      return { json: { totalItems: 30, items: items(page * 10, page * 10 + 10) } };
    };
    const found = await client().searchByName('many');
    expect(new Set(found.map((one) => one.nzbn)).size).toBe(found.length);
    expect(queries()).toEqual(['Registered:0', 'Registered:1']);
  });

  it('an empty page 0 with a total is not "no match"', async () => {
    handler = (_, url) => ({
      json: { totalItems: 2, items: url.searchParams.get('page') === '0' ? [] : items(0, 2) },
    });
    expect(await client().searchByName('many')).toHaveLength(2);
  });
});

describe('entity', () => {
  it('is mapped, and read from the cache on 304, for a day', async () => {
    let now = new Date('2026-03-01T00:00:00Z');
    handler = (request) =>
      request.headers['if-none-match'] === '"v1"'
        ? { status: 304 }
        : { json: entity, headers: { etag: '"v1"' } };
    const register = client({ now: () => now });
    const first = await register.fetchEntity(NZBN);
    expect(first?.details).toMatchObject({ companyNumber: '9990001', provenance: { etag: '"v1"' } });
    now = new Date('2026-03-01T23:59:00Z');
    const second = await register.fetchEntity(NZBN);
    expect(second?.details).toEqual({
      ...first?.details,
      provenance: { ...first?.details.provenance, fetchedAt: now.toISOString() },
    });
    now = new Date('2026-03-03T00:00:00Z');
    await register.fetchEntity(NZBN);
    expect(requests.map(({ request }) => request.headers['if-none-match'])).toEqual([
      undefined,
      '"v1"',
      undefined,
    ]);
  });

  it('a changed one replaces the cached', async () => {
    handler = (_request, _url, seq) => ({
      json: { ...entity, entityName: `NAME ${seq}` },
      headers: { etag: `"v${seq}"` },
    });
    const register = client();
    expect((await register.fetchEntity(NZBN))?.details.companyName).toBe('NAME 1');
    expect((await register.fetchEntity(NZBN))?.details.companyName).toBe('NAME 2');
    await register.fetchEntity(NZBN);
    expect(requests.map(({ request }) => request.headers['if-none-match'])).toEqual([
      undefined,
      '"v1"',
      '"v2"',
    ]);
  });

  it('an unknown one is null', async () => {
    handler = () => ({ status: 404, json: { status: '404', errorDescription: 'not found' } });
    expect(await client().fetchEntity('9429099900076')).toBeNull();
  });

  it('that of another NZBN, or 304 unasked, is a contract error', async () => {
    handler = () => ({ json: { ...entity, nzbn: '9429099900014' } });
    expect((await failure(client().fetchEntity(NZBN))).type).toBe('RegisterContractError');
    handler = () => ({ status: 304 });
    expect((await failure(client().fetchEntity(NZBN))).type).toBe('RegisterContractError');
  });
});

describe('errors', () => {
  const gateway = (statusCode: number, message: string): Answer => ({
    status: statusCode,
    json: { statusCode, message },
  });
  const cases: [string, Answer | 'hang' | 'reset', string, number?][] = [
    [
      '400',
      { status: 400, json: { status: '400', errorCode: 'x', errorDescription: 'bad', list: [] } },
      'RegisterInvalidRequest',
    ],
    ['401', gateway(401, 'Access denied due to missing subscription key.'), 'RegisterAuthError'],
    ['403', gateway(403, 'Forbidden'), 'RegisterAuthError'],
    ['403 without body', { status: 403, raw: '' }, 'RegisterAuthError'],
    ['403 quota', gateway(403, 'Out of call volume quota. Quota will be replenished.'), 'RegisterQuotaError'],
    [
      '429',
      { ...gateway(429, 'Rate limit is exceeded.'), headers: { 'retry-after': '7' } },
      'RegisterRateLimited',
      7_000,
    ],
    ['429 without a time', gateway(429, 'Rate limit is exceeded.'), 'RegisterRateLimited'],
    ['500', { status: 500, json: {} }, 'RegisterUnavailable'],
    ['503', { status: 503, raw: '<html>', headers: { 'retry-after': '3' } }, 'RegisterUnavailable', 3_000],
    ['cut JSON', { raw: '{"items":[{"nzbn":"94290' }, 'RegisterUnavailable'],
    [
      'HTML',
      { raw: '<html>maintenance</html>', headers: { 'content-type': 'text/html' } },
      'RegisterUnavailable',
    ],
    ['empty body', { raw: '' }, 'RegisterUnavailable'],
    [
      'redirect',
      { status: 302, headers: { location: 'http://127.0.0.1:1/' }, raw: '' },
      'RegisterContractError',
    ],
    ['search 404', { status: 404, json: {} }, 'RegisterContractError'],
    ['another shape', { json: { results: [] } }, 'RegisterContractError'],
    [
      'an item of another shape',
      { json: { items: [{ entityName: 'X' }], totalItems: 1 } },
      'RegisterContractError',
    ],
    ['reset', 'reset', 'RegisterUnavailable'],
    ['no answer', 'hang', 'RegisterUnavailable'],
  ];

  it.each(cases)('%s', async (...[name, answer, type, retryAfterMs]) => {
    handler = () => answer;
    const error = await failure(
      client({ timeoutMs: name === 'no answer' ? 100 : 5_000 }).searchByName('kowhai'),
    );
    expect({ type: error.type, retryAfterMs: error.retryAfterMs }).toEqual({ type, retryAfterMs });
    expect(requests).toHaveLength(1);
  });

  it('names the first path that does not fit, and nothing of the register', async () => {
    handler = () => ({ json: { items: [search.items[0], { entityName: 'Secret Name' }], totalItems: 2 } });
    const error = await failure(client().searchByName('kowhai'));
    expect(error.detail).toBe('items.1.nzbn');
    expect(JSON.stringify({ ...error, message: error.message })).not.toContain('Secret');
  });

  it('nobody listens', async () => {
    const error = await failure(client({ baseUrl: 'http://127.0.0.1:1' }).fetchEntity(NZBN));
    expect(error.type).toBe('RegisterUnavailable');
  });

  it('a key that cannot be sent does not show', async () => {
    const error = await failure(client({ apiKey: 'secret\nkey' }).fetchEntity(NZBN));
    expect(error.type).toBe('RegisterInvalidRequest');
    expect(error.message).not.toContain('secret');
  });

  it.each([
    ['for as long as it says', { 'retry-after': '7' }, 7_000],
    ['for a while when it does not say', {}, 5_000],
    ['not for hours', { 'retry-after': '86400' }, 15 * 60_000],
  ])('a register that asks to slow down holds everybody, %s', async (_, headers, held) => {
    handler = () => ({ ...gateway(429, 'Rate limit is exceeded.'), headers });
    const holds: number[] = [];
    const turns = { ...FREE_TURNS, hold: async (ms: number) => void holds.push(ms) };
    await failure(client({ pace: { concurrency: 1, turns } }).fetchEntity(NZBN));
    expect(holds).toEqual([held]);
  });

  it('tells what the register said also when the others cannot be held', async () => {
    handler = () => ({ ...gateway(429, 'Rate limit is exceeded.'), headers: { 'retry-after': '7' } });
    const turns = { ...FREE_TURNS, hold: () => Promise.reject(activityFailure('RecordUnavailable')) };
    const error = await failure(client({ pace: { concurrency: 1, turns } }).fetchEntity(NZBN));
    expect(error).toMatchObject({ type: 'RegisterRateLimited', retryAfterMs: 7_000 });
  });

  it('ends at once when it is cancelled', async () => {
    const stop = new AbortController();
    handler = () => {
      stop.abort();
      return 'hang';
    };
    await expect(client().searchByName('kowhai', { signal: stop.signal })).rejects.toThrow();
    await expect(client().searchByName('kowhai', { signal: stop.signal })).rejects.toThrow();
    expect(requests).toHaveLength(1);
  });
});
