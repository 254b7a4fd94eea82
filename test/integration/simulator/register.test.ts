import searchFixture from '../../fixtures/nzbn-search.json';
import entityFixture from '../../fixtures/nzbn-entity.json';
import { inventedNzbn } from '../../../dev/simulator/world';
import { ask, KEYS, startHarness, type Harness } from './support';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
});
afterAll(() => harness.simulator.close());
afterEach(() => harness.control.clearFaults());

/** Structure with leaves that differ from one writing to the next taken out. */
function comparable(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(comparable);
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value)
      .filter(([name]) => name !== 'uniqueIdentifier' && name !== 'links')
      .map(([name, inner]) => [name, comparable(inner)]),
  );
}

const names = (json: Record<string, unknown>): unknown[] =>
  (json['items'] as { entityName: string | null }[]).map((item) => item.entityName);

describe('the register', () => {
  it('answers a search as the documented example does', async () => {
    const { status, json } = await harness.register('/entities?search-term=kowhai&page=0&page-size=20');
    expect(status).toBe(200);
    expect(comparable({ ...json, pageSize: 20 })).toEqual(comparable(searchFixture));
  });

  it('answers an entity in the form of the documented example', async () => {
    const { json } = await harness.register('/entities/9429099900007');
    expect(Object.keys(json).sort()).toEqual(Object.keys(entityFixture).sort());
    const parts = [
      'addresses',
      'tradingNames',
      'industryClassifications',
      'registrationDate',
      'nzbn',
    ] as const;
    for (const part of parts) expect(comparable(json[part])).toEqual(comparable(entityFixture[part]));
    const roles = comparable(json['roles']) as { rolePerson: unknown; roleStatus: string }[];
    const expected = comparable(entityFixture.roles) as typeof roles;
    expect(roles.map(({ rolePerson, roleStatus }) => ({ rolePerson, roleStatus }))).toEqual(
      expected.map(({ rolePerson, roleStatus }) => ({ rolePerson, roleStatus })),
    );
    const details = json['company-details'] as (typeof entityFixture)['company-details'];
    const allocations = (of: typeof details): unknown =>
      of.shareholding.shareAllocation.map(({ allocation, shareholder }) => [allocation, shareholder.length]);
    expect(allocations(details)).toEqual(allocations(entityFixture['company-details']));
  });

  it('filters by status and by type', async () => {
    const registered = await harness.register(
      '/entities?search-term=kowhai&entity-status=Registered&page-size=20',
    );
    expect(names(registered.json)).not.toContain('KOWHAI HOSPITALITY EXAMPLE LIMITED');
    expect(registered.json['totalItems']).toBe(3);
    const traders = await harness.register(
      '/entities?search-term=kowhai&entity-type=SoleTrader&page-size=20',
    );
    expect(names(traders.json)).toEqual([null]);
  });

  it.each([
    ['a trading name alone', 'Blue Heron', 'PUKEKO VENTURES EXAMPLE LIMITED'],
    ['an old name alone', 'Saltwater Diner', 'TUI TABLE EXAMPLE LIMITED'],
    ['a name with macrons, written without', 'Kakapo Kai', 'KĀKĀPŌ KAI EXAMPLE LIMITED'],
    ['a company number', '9990001', 'KOWHAI GRILL EXAMPLE LIMITED'],
    ['an NZBN', '9429099900007', 'KOWHAI GRILL EXAMPLE LIMITED'],
  ])('finds by %s', async (_what, term, name) => {
    const { json } = await harness.register(`/entities?search-term=${encodeURIComponent(term)}&page-size=20`);
    expect(names(json)[0]).toBe(name);
  });

  it('finds nothing for words that nobody bears, in a 200', async () => {
    const { status, json } = await harness.register('/entities?search-term=zzyzx&page-size=20');
    expect([status, json['totalItems'], json['items']]).toEqual([200, 0, []]);
  });

  it('pages from 0, and from 1 when a rule says so', async () => {
    const page = (at: number) => harness.register(`/entities?search-term=crowded&page=${at}&page-size=50`);
    const pages = [await page(0), await page(1), await page(2)].map(({ json }) => names(json));
    expect(pages.map((items) => items.length)).toEqual([10, 10, 2]);
    expect(new Set(pages.flat()).size).toBe(22);
    await harness.control.addFaults({ system: 'nzbn', kind: 'one_based_pages' });
    expect(names((await page(0)).json)).toEqual(pages[0]);
    expect(names((await page(1)).json)).toEqual(pages[0]);
    expect(names((await page(2)).json)).toEqual(pages[1]);
  });

  it('answers 304 to a current ETag', async () => {
    const etag = (await harness.register('/entities/9429099900014')).headers.get('etag') ?? '';
    const again = await harness.register('/entities/9429099900014', { 'If-None-Match': etag });
    expect([again.status, again.text]).toEqual([304, '']);
    expect((await harness.register('/entities/9429099900014', { 'If-None-Match': '"other"' })).status).toBe(
      200,
    );
  });

  it('refuses a wrong key, a missing key, a bad NZBN, a missing term; knows what it does not know', async () => {
    const url = `${harness.simulator.url}/nzbn/entities?search-term=kowhai`;
    const missing = await ask(url);
    expect([missing.status, missing.headers.get('www-authenticate')]).toEqual([
      401,
      expect.stringContaining('AzureApi'),
    ]);
    expect(String(missing.json['message'])).toContain('missing subscription key');
    expect((await ask(url, { headers: { 'Ocp-Apim-Subscription-Key': 'other' } })).status).toBe(401);
    expect((await harness.register('/entities/9429099900008')).json).toMatchObject({
      status: '400',
      list: [{ field: 'nzbn' }],
    });
    expect((await harness.register('/entities')).status).toBe(400);
    expect((await harness.register(`/entities/${inventedNzbn(50)}`)).status).toBe(404);
  });

  it.each([
    ['roles_wrapper', 'roles'],
    ['items_wrapper', 'items'],
  ] as const)('wraps parts: %s', async (kind, wrapper) => {
    const plain = await harness.register('/entities/9429099900007/roles');
    expect(plain.json).toHaveLength(3);
    await harness.control.addFaults({ system: 'nzbn', route: 'part', kind });
    expect((await harness.register('/entities/9429099900007/roles')).json[wrapper]).toEqual(plain.json);
    expect((await harness.register(`/entities/${inventedNzbn(17)}/roles`)).status).toBe(404);
  });

  it('takes other forms when rules say so', async () => {
    await harness.control.addFaults(
      { system: 'nzbn', kind: 'flat_addresses', term: '9429099900007' },
      { system: 'nzbn', kind: 'total_results', route: 'search' },
      { system: 'nzbn', kind: 'numeric_status' },
      { system: 'nzbn', kind: 'quota', term: 'spent' },
      { system: 'nzbn', kind: 'invalid_request', term: 'strange' },
    );
    expect((await harness.register('/entities/9429099900007')).json['addresses']).toHaveLength(3);
    const search = (await harness.register('/entities?search-term=kowhai')).json;
    expect([search['totalResults'], search['totalItems']]).toEqual([5, undefined]);
    expect((await harness.register('/entities/9429099900008')).json['status']).toBe(400);
    const quota = await harness.register('/entities?search-term=spent');
    expect([quota.status, quota.json['message']]).toEqual([
      403,
      expect.stringContaining('Out of call volume quota'),
    ]);
    expect((await harness.register('/entities?search-term=strange')).status).toBe(400);
  });

  it('does not know keys in its ledger', async () => {
    await harness.register('/entities?search-term=ledger');
    expect(JSON.stringify(await harness.control.ledger())).not.toContain(KEYS.nzbnApiKey);
  });
});
