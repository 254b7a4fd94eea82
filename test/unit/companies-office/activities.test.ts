import { CancelledFailure } from '@temporalio/activity';
import { ApplicationFailure } from '@temporalio/common';
import { MockActivityEnvironment } from '@temporalio/testing';
import {
  createCompaniesOfficeActivities,
  type CompaniesOfficeActivities,
} from '../../../activities/companies-office';
import { mapEntity } from '../../../activities/companies-office/company-details';
import { entitySchema } from '../../../activities/companies-office/nzbn-schemas';
import {
  RegisterError,
  type CompanyRegister,
  type RegisterEntity,
} from '../../../activities/companies-office/register';
import type { RegisterSummary } from '../../../domain/company-matching';
import { failureSentence } from '../../../domain/failures';
import entityFixture from '../../fixtures/nzbn-entity.json';
import { createMemoryRecord, type MemoryRecord, type StoredRestaurant } from './memory-record';

const SCOPE = {
  jobId: '00000000-0000-4000-8000-00000000000a',
  restaurantId: '00000000-0000-4000-8000-00000000000b',
  organisationId: '00000000-0000-4000-8000-00000000000c',
};
const NOW = new Date('2026-03-01T00:00:00Z');
const NZBN = '9429099900007';
const CHOICE = { company_number: '9990001', nzbn: NZBN };
const RESTAURANT = {
  name: 'Kōwhai Grill (Te Aro)',
  address: 'Shop 1, 12 Fern St, Te Aro, Wellington 6011',
  city: 'Wellington',
};

const summary = (at: number, over: Partial<RegisterSummary> = {}): RegisterSummary => ({
  nzbn: `942909990000${at}`,
  name: `KOWHAI GRILL ${at} LIMITED`,
  previousNames: [],
  tradingNames: [],
  typeCode: 'LTD',
  statusCode: '50',
  statusDescription: 'Registered',
  registrationDate: '2015-02-11',
  registerNumber: `999000${at}`,
  ...over,
});
const entity = (over: Record<string, unknown> = {}): RegisterEntity =>
  mapEntity(entitySchema.parse({ ...entityFixture, ...over }), { fetchedAt: NOW, etag: null });

interface World {
  record: MemoryRecord;
  terms: string[];
  run<K extends keyof CompaniesOfficeActivities>(
    name: K,
    input: Omit<Parameters<CompaniesOfficeActivities[K]>[0], keyof typeof SCOPE>,
  ): Promise<Awaited<ReturnType<CompaniesOfficeActivities[K]>>>;
  environment: MockActivityEnvironment;
  activities: CompaniesOfficeActivities;
}

function world(
  register: Partial<CompanyRegister> = {},
  restaurant: Partial<StoredRestaurant> | null = RESTAURANT,
): World {
  const record = createMemoryRecord(SCOPE, restaurant);
  const terms: string[] = [];
  const whole: CompanyRegister = {
    searchByName: () => Promise.resolve([]),
    fetchEntity: () => Promise.resolve(null),
    ...register,
  };
  const activities = createCompaniesOfficeActivities({
    record,
    register: {
      ...whole,
      searchByName: (term, options) => {
        terms.push(term);
        return whole.searchByName(term, options);
      },
    },
    now: () => NOW,
  });
  const environment = new MockActivityEnvironment();
  return {
    record,
    terms,
    environment,
    activities,
    run: (name, input) =>
      environment.run(activities[name] as (all: unknown) => Promise<never>, { ...SCOPE, ...input }),
  };
}

async function failureOf(call: Promise<unknown>): Promise<ApplicationFailure> {
  const reason: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  if (!(reason instanceof ApplicationFailure)) throw new Error(`expected a failure, got ${String(reason)}`);
  return reason;
}

describe('searching by name', () => {
  it('cleans the restaurant’s own words and stores what was searched, from what, and what was found', async () => {
    const { run, record, terms } = world({
      searchByName: () => Promise.resolve([1, 2, 3, 4, 5, 6].map((at) => summary(at))),
    });
    const { found, nzbnsToCheck } = await run('searchCompaniesByName', { searchNo: 1, words: {} });
    expect(terms).toEqual(['Kōwhai Grill']);
    expect(found).toBe(6);
    expect(nzbnsToCheck).toEqual(record.candidates?.name_results?.slice(0, 5).map((one) => one.nzbn));
    expect(record.candidates).toMatchObject({
      search_no: 1,
      status: 'searching',
      search_queries: {
        restaurant_name: 'Kōwhai Grill',
        street: 'Shop 1, 12 Fern St',
        city: 'Wellington',
        postcode: '6011',
        original: { restaurant_name: RESTAURANT.name, street: RESTAURANT.address, city: 'Wellington' },
      },
    });
  });

  it('takes edited words before the restaurant’s, blank ones not', async () => {
    const { run, record, terms } = world();
    const words = { restaurant_name: 'Harbour Grill (old)', street: '40 Quay Road', city: ' ' };
    await run('searchCompaniesByName', { searchNo: 1, words });
    expect(terms).toEqual(['Harbour Grill']);
    expect(record.candidates?.search_queries).toMatchObject({
      street: '40 Quay Road',
      city: 'Wellington',
      postcode: null,
    });
  });

  it.each([
    [{ address: null }, []],
    [{ address: 'PO Box 12', city: 'Wellington' }, []],
    [{ address: '12 Fern Street', city: null }, []],
    [{ address: '12 Fern Street, Wellington', city: null }, ['9429099900001']],
  ])('with %j the addresses to compare are %j', async (address, expected) => {
    const { run } = world(
      { searchByName: () => Promise.resolve([summary(1)]) },
      { ...RESTAURANT, city: null, ...address },
    );
    const { nzbnsToCheck } = await run('searchCompaniesByName', { searchNo: 1, words: {} });
    expect(nzbnsToCheck).toEqual(expected);
  });

  it.each([
    ['RegisterAuthError', undefined, true],
    ['RegisterQuotaError', undefined, true],
    ['RegisterInvalidRequest', undefined, true],
    ['RegisterContractError', undefined, true],
    ['RegisterUnavailable', undefined, false],
    ['RegisterRateLimited', 7_000, false],
  ] as const)('%s fails typed, with the catalogue’s sentence', async (type, retryAfterMs, nonRetryable) => {
    const { run, record } = world({
      searchByName: () => Promise.reject(new RegisterError(type, retryAfterMs, 'detail')),
    });
    const failure = await failureOf(run('searchCompaniesByName', { searchNo: 1, words: {} }));
    expect(failure).toMatchObject({ type, nonRetryable, message: failureSentence(type) });
    expect(failure.nextRetryDelay ?? undefined).toBe(retryAfterMs);
    expect(record.candidates?.status).toBe('searching');
  });

  it('without a restaurant, or without any name, it fails for good', async () => {
    const gone = await failureOf(world({}, null).run('searchCompaniesByName', { searchNo: 1, words: {} }));
    expect(gone).toMatchObject({ type: 'RecordRefused', nonRetryable: true });
    const nameless = world({}, { ...RESTAURANT, name: ' ' });
    const failure = await failureOf(nameless.run('searchCompaniesByName', { searchNo: 1, words: {} }));
    expect(failure.nonRetryable).toBe(true);
    expect(nameless.terms).toEqual([]);
  });

  it('a cancelled one ends as cancelled, not as failed', async () => {
    const { run, environment } = world({
      searchByName: (_, options) =>
        new Promise((_resolve, reject) => {
          options?.signal?.addEventListener('abort', () => reject(new RegisterError('RegisterUnavailable')));
          environment.cancel();
        }),
    });
    await expect(run('searchCompaniesByName', { searchNo: 1, words: {} })).rejects.toBeInstanceOf(
      CancelledFailure,
    );
  });
});

const nzbnOf = (at: number): string => `942909990000${at}`;

/** A register with these hits; of those in `there` it has an entity, as changed. */
function searchedWorld(
  there: Record<string, Record<string, unknown>> = {},
  hits = [1, 2, 3],
): World & { asked: string[] } {
  const asked: string[] = [];
  const all = world({
    searchByName: () => Promise.resolve(hits.map((at) => summary(at, at === 3 ? { statusCode: '80' } : {}))),
    fetchEntity: (nzbn) => {
      asked.push(nzbn);
      return Promise.resolve(there[nzbn] === undefined ? null : entity({ nzbn, ...there[nzbn] }));
    },
  });
  return { ...all, asked };
}

describe('comparing addresses', () => {
  async function check(over: Record<string, unknown> | null) {
    const { run, record } = searchedWorld(over === null ? {} : { [NZBN]: over }, [7]);
    await run('searchCompaniesByName', { searchNo: 1, words: {} });
    await run('completeSearch', { searchNo: 1, nzbnsToCheck: [NZBN] });
    return record.candidates?.address_results;
  }

  it('finds the restaurant’s among the current ones', async () => {
    expect(await check({})).toEqual({
      strategy: 'done',
      checks: [{ nzbn: NZBN, matched: true, registeredAddress: '12 Fern Street, Te Aro, Wellington, 6011' }],
    });
  });

  it('another, or none, is no match', async () => {
    const [expired] = entityFixture.addresses.addressList;
    const elsewhere = { addresses: { addressList: [{ ...expired, address1: '12 Fern Street' }] } };
    const noMatch = { strategy: 'done', checks: [{ nzbn: NZBN, matched: false, registeredAddress: null }] };
    expect(await check(elsewhere)).toEqual(noMatch);
    expect(await check(null)).toEqual(noMatch);
  });

  describe('with a register that fails', () => {
    /** How often each NZBN was asked for. */
    let asked: string[];
    let failing: Map<string, RegisterError>;
    let all: World;
    const wanted = [1, 2, 3].map(nzbnOf);

    beforeEach(async () => {
      asked = [];
      failing = new Map();
      all = world({
        searchByName: () => Promise.resolve([1, 2, 3].map((at) => summary(at))),
        fetchEntity: (nzbn) => {
          asked.push(nzbn);
          const error = failing.get(nzbn);
          return error ? Promise.reject(error) : Promise.resolve(null);
        },
      });
      await all.run('searchCompaniesByName', { searchNo: 1, words: {} });
    });

    /** One try of the activity, and what the next one would find in its heartbeats. */
    async function attempt(number: number, heartbeatDetails?: unknown) {
      const environment = new MockActivityEnvironment({
        attempt: number,
        heartbeatDetails,
        retryPolicy: { maximumAttempts: 4 },
      });
      const beats: unknown[] = [];
      environment.on('heartbeat', (details: unknown) => beats.push(structuredClone(details)));
      const input = { ...SCOPE, searchNo: 1, nzbnsToCheck: wanted };
      const { completeSearch } = all.activities;
      const result = environment.run(completeSearch, input) as ReturnType<typeof completeSearch>;
      return { result: await result.catch((error: unknown) => error), last: () => beats.at(-1) };
    }

    it('the others are compared, and the next try asks for the missing one alone', async () => {
      failing.set(nzbnOf(2), new RegisterError('RegisterUnavailable'));
      const first = await attempt(1);
      expect(first.result).toMatchObject({ type: 'RegisterUnavailable', nonRetryable: false });
      expect(asked).toEqual(wanted);
      expect(all.record.candidates?.status).toBe('searching');
      failing.clear();
      const second = await attempt(2, first.last());
      expect(second.result).toMatchObject({ count: 3, partial: null });
      expect(asked).toEqual([...wanted, nzbnOf(2)]);
      expect(all.record.candidates?.address_results).toMatchObject({
        strategy: 'done',
        checks: [1, 3, 2].map((at) => ({ nzbn: nzbnOf(at) })),
      });
    });

    it.each([
      ['partial', [2]],
      ['failed', [1, 2, 3]],
    ])(
      'after the last try the search by address is %s, and people are asked all the same',
      async (strategy, which) => {
        for (const at of which) failing.set(nzbnOf(at), new RegisterError('RegisterUnavailable'));
        const { result } = await attempt(4);
        expect(result).toMatchObject({ count: 3, partial: expect.any(String) });
        expect(all.record.candidates).toMatchObject({
          status: 'awaiting_selection',
          address_results: { strategy },
          error_message: (result as { partial: string }).partial,
        });
      },
    );

    it('an answer that no try will change is not waited for', async () => {
      failing.set(nzbnOf(1), new RegisterError('RegisterContractError'));
      const { result } = await attempt(1);
      expect(result).toMatchObject({ count: 3, partial: expect.any(String) });
    });

    it('our own pace is waited out, at the last try too, and nothing more is asked meanwhile', async () => {
      failing.set(nzbnOf(2), new RegisterError('RegisterBusy', 30_000));
      const { result } = await attempt(4);
      expect(result).toMatchObject({ type: 'RegisterBusy' });
      expect(asked).toEqual(wanted.slice(0, 2));
    });
  });
});

describe('completing a search', () => {
  const match = { nzbnsToCheck: [nzbnOf(2)] };

  async function searched(searchNo = 1): Promise<World> {
    const all = searchedWorld({ [nzbnOf(2)]: {} });
    await all.run('searchCompaniesByName', { searchNo, words: {} });
    return all;
  }

  it('ranks with the evidence, keeps both sources, and offers numbers and NZBNs', async () => {
    const { run, record } = await searched();
    const result = await run('completeSearch', { searchNo: 1, ...match });
    expect(result).toEqual({
      count: 3,
      partial: null,
      choices: [
        { company_number: '9990002', nzbn: '9429099900002' },
        { company_number: '9990001', nzbn: '9429099900001' },
        { company_number: '9990003', nzbn: '9429099900003' },
      ],
    });
    expect(record.candidates).toMatchObject({
      status: 'awaiting_selection',
      candidate_count: 3,
      error_message: null,
    });
    expect(record.candidates?.combined_results?.[0]).toMatchObject({
      match_sources: ['name', 'address'],
      registered_address: '12 Fern Street, Te Aro, Wellington, 6011',
    });
  });

  it('without an address to compare the strategy is stored as that, and is no failure', async () => {
    const { run, record } = await searched();
    const result = await run('completeSearch', { searchNo: 1, nzbnsToCheck: [] });
    expect(result.partial).toBeNull();
    expect(record.candidates?.address_results).toEqual({ strategy: 'not_available', checks: [] });
  });

  it('no hit is an answer of its own: awaiting selection with none', async () => {
    const { run, record } = world();
    await run('searchCompaniesByName', { searchNo: 1, words: {} });
    const result = await run('completeSearch', { searchNo: 1, nzbnsToCheck: [] });
    expect(result).toMatchObject({ count: 0, choices: [] });
    expect(record.candidates).toMatchObject({ status: 'awaiting_selection', candidate_count: 0 });
  });

  it('a repeat answers the same and undoes no choice', async () => {
    const { run, record } = await searched();
    const save = () => run('completeSearch', { searchNo: 1, ...match });
    const first = await save();
    const stored = record.candidates;
    expect(await save()).toEqual(first);
    expect(record.candidates).toEqual(stored);
    await run('saveSelectionOutcome', { outcome: 'no_match' });
    expect(await save()).toEqual(first);
    expect(record.candidates?.status).toBe('no_match');
    await run('searchCompaniesByName', { searchNo: 1, words: {} });
    expect(record.candidates?.status).toBe('no_match');
  });

  it('a new search clears list and choice; a late write of the old one changes nothing', async () => {
    const { run, record } = await searched();
    await run('completeSearch', { searchNo: 1, ...match });
    await run('saveSelectionOutcome', { outcome: 'no_match' });
    await run('searchCompaniesByName', { searchNo: 2, words: { restaurant_name: 'Harbour' } });
    expect(record.candidates).toMatchObject({
      search_no: 2,
      status: 'searching',
      combined_results: [],
      candidate_count: 0,
      selected_at: null,
    });
    const before = record.candidates;
    const late = run('completeSearch', { searchNo: 1, ...match });
    expect((await failureOf(late)).type).toBe('Superseded');
    await run('markSearchFailed', { searchNo: 1, failureType: 'RegisterUnavailable' });
    await run('searchCompaniesByName', { searchNo: 1, words: {} });
    expect(record.candidates).toEqual(before);
  });

  it('a search that failed says why, and can be repeated', async () => {
    const { run, record } = await searched();
    await run('markSearchFailed', { searchNo: 1, failureType: 'RegisterAuthError' });
    expect(record.candidates).toMatchObject({
      status: 'failed',
      error_message: failureSentence('RegisterAuthError'),
    });
    await run('searchCompaniesByName', { searchNo: 2, words: {} });
    expect(record.candidates).toMatchObject({ status: 'searching', error_message: null });
  });

  it('a failure is recorded even if the search never got as far as its row', async () => {
    const { run, record } = world();
    await run('markSearchFailed', { searchNo: 1, failureType: 'SomethingElse' });
    expect(record.candidates).toMatchObject({
      search_no: 1,
      status: 'failed',
      error_message: failureSentence('Unexpected'),
    });
  });
});

describe('details of the chosen company', () => {
  it('are saved on the restaurant, the whole result without homes among other contacts', async () => {
    const { run, record } = world(
      { fetchEntity: () => Promise.resolve(entity()) },
      { ...RESTAURANT, metadata: { other: 1 } },
    );
    const result = await run('fetchCompanyDetails', { choice: CHOICE });
    expect(result).toEqual({ nzbn: NZBN, companyNumber: '9990001', contactFound: true });
    expect(record.restaurant).toMatchObject({
      company_name: 'KOWHAI GRILL EXAMPLE LIMITED',
      company_number: '9990001',
      nzbn: NZBN,
      gst_number: '111111111',
      contact_name: 'Mereana Ruth Testperson',
      full_legal_name: 'Mereana Ruth TESTPERSON',
      contact_email: 'office@kowhaigrill.example',
      contact_phone: '+6445550100',
      additional_contacts_metadata: { ...entity().details, other: 1 },
    });
    expect(JSON.stringify(record)).not.toContain('Sample Lane');
    expect(record.candidates).toMatchObject({
      status: 'selected',
      selected_company_number: '9990001',
      selected_company_data: { companyName: 'KOWHAI GRILL EXAMPLE LIMITED' },
      selected_at: NOW.toISOString(),
    });
  });

  it('that are absent erase nothing', async () => {
    const bare = entity({
      gstNumbers: [],
      emailAddresses: null,
      phoneNumbers: [],
      roles: [],
      sourceRegister: null,
    });
    const { run, record } = world(
      { fetchEntity: () => Promise.resolve(bare) },
      {
        ...RESTAURANT,
        contact_email: 'kept@kowhaigrill.example',
        contact_name: 'Kept Person',
        company_number: '7',
      },
    );
    const result = await run('fetchCompanyDetails', { choice: CHOICE });
    expect(result).toMatchObject({ contactFound: false, companyNumber: null });
    expect(record.restaurant).toMatchObject({
      contact_email: 'kept@kowhaigrill.example',
      contact_name: 'Kept Person',
      company_number: '7',
    });
    expect(record.restaurant).not.toHaveProperty('gst_number');
  });

  it('a company that the register does not know fails, with the choice recorded', async () => {
    const { run, record } = world();
    const failure = await failureOf(run('fetchCompanyDetails', { choice: CHOICE }));
    expect(failure).toMatchObject({ type: 'CompanyNotFound', nonRetryable: true });
    expect(record.candidates).toMatchObject({ status: 'selected', selected_company_number: '9990001' });
    expect(record.restaurant).not.toHaveProperty('company_name');
  });

  it('typed in by hand, blank ones left out', async () => {
    const { run, record } = world({}, { ...RESTAURANT, contact_phone: '+6445550100' });
    const details = {
      contact_name: ' Hana Test ',
      company_name: 'HANA LIMITED',
      contact_phone: '',
      nzbn: undefined,
    };
    await run('saveManualDetails', { details });
    expect(record.restaurant).toMatchObject({
      contact_name: 'Hana Test',
      company_name: 'HANA LIMITED',
      contact_phone: '+6445550100',
    });
    expect(record.candidates).toMatchObject({
      status: 'selected',
      selected_company_data: { source: 'manual' },
    });
  });

  it('no match is recorded', async () => {
    const { run, record } = world();
    await run('saveSelectionOutcome', { outcome: 'no_match' });
    expect(record.candidates).toMatchObject({ status: 'no_match', selected_company_number: null });
  });
});
