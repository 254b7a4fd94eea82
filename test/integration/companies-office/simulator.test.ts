/** The register client against the simulator's wire, faults included. */
import { createNzbnClient, type NzbnSettings } from '../../../activities/companies-office/nzbn-client';
import { RegisterError, type CompanyRegister } from '../../../activities/companies-office/register';
import { startSimulator, type Simulator } from '../../../dev/simulator';
import { simulatorClient, type FaultRule, type SimulatorClient } from '../../../dev/simulator/client';
import { inventedNzbn } from '../../../dev/simulator/world';
import { comparablePlace, isSamePlace, readPlace } from '../../../domain/addresses';
import { candidateFromSummary, rankCandidates } from '../../../domain/company-matching';
import { FREE_TURNS } from '../../helpers/turns';

const API_KEY = 'register-test-key';
const GRILL = inventedNzbn(0);

let simulator: Simulator;
let control: SimulatorClient;

beforeAll(async () => {
  simulator = await startSimulator({
    timeScale: 0.001,
    keys: {
      nzbnApiKey: API_KEY,
      backendServiceKey: 'unused',
      integratorId: 'unused',
      integratorSecret: 'unused',
    },
  });
  control = simulatorClient(simulator.url);
});
afterAll(() => simulator.close());
afterEach(async () => {
  await control.clearFaults();
});

function client(over: Partial<NzbnSettings> = {}): CompanyRegister {
  return createNzbnClient({
    baseUrl: `${simulator.url}/nzbn`,
    apiKey: API_KEY,
    timeoutMs: 5_000,
    pace: { concurrency: 3, turns: FREE_TURNS },
    ...over,
  });
}

async function best(searched: string): Promise<ReturnType<typeof rankCandidates>> {
  const hits = await client().searchByName(searched);
  return rankCandidates(hits.map((hit) => candidateFromSummary(hit, searched, '2026-03-01')));
}

async function failure(call: Promise<unknown>): Promise<RegisterError> {
  const reason: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(reason instanceof RegisterError)) throw new Error(`expected a RegisterError, got ${String(reason)}`);
  return reason;
}

describe('the right company comes first', () => {
  it.each([
    ['by its name', 'Moana Kitchen', inventedNzbn(11), ['name']],
    ['by its trading name', 'The Blue Heron', inventedNzbn(6), ['trading_name']],
    ['by both', 'Kowhai Grill', GRILL, ['name', 'trading_name']],
    ['by an old name', 'Saltwater Diner', inventedNzbn(7), ['name']],
    ['with macrons', 'kakapo kai', inventedNzbn(15), ['name', 'trading_name']],
    ['with & and apostrophe', 'O’Malley and Daughters', inventedNzbn(16), ['name']],
    ['a sole trader', 'Kōwhai Kai Cart', inventedNzbn(4), ['trading_name']],
    ['by number', '9990012', inventedNzbn(11), ['name']],
    ['by NZBN', inventedNzbn(11), inventedNzbn(11), ['name']],
  ])('%s', async (_, searched, nzbn, sources) => {
    const [first] = await best(searched);
    expect(first).toMatchObject({ nzbn, match_sources: sources, registered: true });
  });

  it('one that is not registered is found, marked, when nothing else is', async () => {
    const found = await best('Kowhai Hospitality Nowhere');
    expect(found[0]?.registered).toBe(true);
    const [removed] = await best(inventedNzbn(1));
    expect(removed).toMatchObject({ registered: false, status: 'Removed', status_code: '80' });
  });

  it('more hits than two pages, each once', async () => {
    const hits = await client().searchByName('crowded');
    expect(hits).toHaveLength(22);
    expect(new Set(hits.map((hit) => hit.nzbn)).size).toBe(22);
  });

  it('none', async () => {
    expect(await best('Zzyzx Nothing')).toEqual([]);
  });
});

describe('addresses', () => {
  async function isAt(index: number, street: string, city: string): Promise<boolean> {
    const entity = await client().fetchEntity(inventedNzbn(index));
    const searched = comparablePlace({ street, city, postcode: null });
    if (entity === null || searched === null) throw new Error('nothing to compare');
    return entity.places.some(({ lines, postcode }) => {
      const place = readPlace(lines, postcode);
      return place !== null && isSamePlace(searched, place);
    });
  }

  it('tell the same street of two cities apart, and two companies at one address not', async () => {
    expect(await isAt(18, '5 Beach Rd', 'Auckland')).toBe(true);
    expect(await isAt(19, '5 Beach Rd', 'Auckland')).toBe(false);
    expect(await isAt(8, '27 Lantern Lane', 'Auckland')).toBe(true);
    expect(await isAt(9, '27 Lantern Ln', 'Auckland')).toBe(true);
    expect(await isAt(15, '8 Orakei Road', 'Auckland')).toBe(true);
  });

  it('an expired one is none', async () => {
    expect(await isAt(20, '99 Flax Row', 'Nelson')).toBe(false);
  });
});

describe('details', () => {
  it.each([
    [0, 'Mereana Ruth Testperson', '9990001'],
    [14, 'Mei Lin Wekatest', '9990015'],
    [12, null, '9990013'],
    [15, 'Ngāio Kākāpōtest', '9990016'],
    [4, null, null],
    [17, null, '9990018'],
  ])('of entity %i: contact %j, number %j', async (index, contactName, companyNumber) => {
    const entity = await client().fetchEntity(inventedNzbn(index));
    expect(entity?.details).toMatchObject({ contactName, companyNumber });
  });

  it('shares held jointly are the group’s', async () => {
    const entity = await client().fetchEntity(inventedNzbn(13));
    expect(entity?.details.shareholders).toEqual([
      { holders: ['Joan JOINTTEST', 'John JOINTTEST'], shares: 100, percentage: 100, joint: true },
    ]);
  });

  it('an unchanged entity is not sent again', async () => {
    const register = client();
    const since = (await control.ledger({ system: 'nzbn' })).at(-1)?.seq ?? 0;
    const first = await register.fetchEntity(GRILL);
    const second = await register.fetchEntity(GRILL);
    expect(second?.details.directors).toEqual(first?.details.directors);
    const calls = (await control.ledger({ system: 'nzbn' })).filter((entry) => entry.seq > since);
    expect(calls.map((entry) => entry.status)).toEqual([200, 304]);
  });

  it('an unknown NZBN is null, an impossible one refused', async () => {
    expect(await client().fetchEntity(inventedNzbn(70))).toBeNull();
    expect((await failure(client().fetchEntity('9429099900008'))).type).toBe('RegisterInvalidRequest');
  });
});

describe('faults', () => {
  type Fault = {
    [K in FaultRule['kind']]: Omit<Extract<FaultRule, { kind: K }>, 'system'>;
  }[FaultRule['kind']];
  const strike = (fault: Fault): Promise<string[]> =>
    control.addFaults({ ...fault, system: 'nzbn' } as FaultRule);

  it.each<[string, Fault, string]>([
    ['401', { kind: 'unauthorized' }, 'RegisterAuthError'],
    ['403', { kind: 'forbidden' }, 'RegisterAuthError'],
    ['403 quota', { kind: 'quota' }, 'RegisterQuotaError'],
    ['429', { kind: 'rate_limited', retryAfterSeconds: 9 }, 'RegisterRateLimited'],
    ['400', { kind: 'invalid_request' }, 'RegisterInvalidRequest'],
    ['500', { kind: 'server_error' }, 'RegisterUnavailable'],
    ['502', { kind: 'bad_gateway' }, 'RegisterUnavailable'],
    ['503', { kind: 'unavailable' }, 'RegisterUnavailable'],
    ['cut JSON', { kind: 'truncated_json' }, 'RegisterUnavailable'],
    ['HTML', { kind: 'html_body' }, 'RegisterUnavailable'],
    ['reset', { kind: 'reset_before_effect' }, 'RegisterUnavailable'],
  ])('%s', async (name, fault, type) => {
    await strike(fault);
    for (const call of [() => client().searchByName('kowhai'), () => client().fetchEntity(GRILL)]) {
      const error = await failure(call());
      expect(error.type).toBe(type);
      if (name === '429') expect(error.retryAfterMs).toBe(9_000);
    }
  });

  it('slower than the time limit', async () => {
    await strike({ kind: 'slow', delayMs: 60_000 });
    expect((await failure(client({ timeoutMs: 200 }).searchByName('kowhai'))).type).toBe(
      'RegisterUnavailable',
    );
  });

  it('a wrong key', async () => {
    expect((await failure(client({ apiKey: 'wrong' }).searchByName('kowhai'))).type).toBe(
      'RegisterAuthError',
    );
  });

  it('pages that count from 1 end, with nothing twice', async () => {
    await strike({ kind: 'one_based_pages' });
    const hits = await client().searchByName('crowded');
    expect(hits).toHaveLength(10);
    expect(new Set(hits.map((hit) => hit.nzbn)).size).toBe(10);
  });

  it('other shapes read alike', async () => {
    const [hits, entity] = [await client().searchByName('crowded'), await client().fetchEntity(GRILL)];
    await strike({ kind: 'total_results' });
    await strike({ kind: 'flat_addresses' });
    expect(await client().searchByName('crowded')).toEqual(hits);
    const flat = await client().fetchEntity(GRILL);
    expect({ ...flat?.details, provenance: null }).toEqual({ ...entity?.details, provenance: null });
  });
});
