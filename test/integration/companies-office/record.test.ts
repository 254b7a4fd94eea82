/** The ports to the record on a real PostgreSQL behind a real PostgREST. */
import { randomUUID } from 'node:crypto';
import { ApplicationFailure } from '@temporalio/common';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { CompanyRecord, JobScope } from '../../../activities/companies-office/record';
import { createSupabaseCompanyRecord } from '../../../activities/companies-office/supabase-record';
import { createSupabaseExtractionRecord } from '../../../activities/extraction';
import { CANDIDATES_STATUSES, type CandidatesStatus } from '../../../domain/statuses';
import { startTestStack, supabaseOf, type TestStack } from '../../helpers/stack';
import { batchInput } from '../migrations/record';

let stack: TestStack;
let supabase: SupabaseClient;
let record: CompanyRecord;

beforeAll(async () => {
  stack = await startTestStack({ apps: { simulator: false, worker: false, api: false } });
  ({ supabase } = stack);
  record = createSupabaseCompanyRecord(supabase);
}, 90_000);
afterAll(async () => {
  await stack?.stopAll();
}, 60_000);

async function insert(table: string, row: Record<string, unknown>): Promise<string> {
  const id = randomUUID();
  const { error } = await supabase.from(table).insert({ id, ...row });
  if (error) throw new Error(`${table}: ${error.message}`);
  return id;
}

async function restaurant(over: Record<string, unknown> = {}): Promise<Omit<JobScope, 'jobId'>> {
  const organisationId = await insert('organisations', { name: 'Test' });
  const restaurantId = await insert('restaurants', {
    organisation_id: organisationId,
    name: 'Kōwhai Grill',
    ...over,
  });
  return { organisationId, restaurantId };
}

async function job(over: Record<string, unknown> = {}): Promise<JobScope> {
  const scope = await restaurant(over);
  const { data, error } = await supabase.rpc('create_registration_batch', {
    p: batchInput(scope.organisationId, [scope.restaurantId]),
  });
  if (error) throw new Error(error.message);
  const jobId = (data as { jobs: { id: string }[] }).jobs[0]?.id ?? '';
  return { ...scope, jobId };
}

const stranger = (scope: JobScope): JobScope => ({ ...scope, organisationId: randomUUID() });

async function failureType(call: Promise<unknown>): Promise<string | null | undefined> {
  const reason: unknown = await call.then(
    () => undefined,
    (error: unknown) => error,
  );
  return reason instanceof ApplicationFailure ? reason.type : `not a failure: ${String(reason)}`;
}

describe('a restaurant', () => {
  it('is read, and written where values are given', async () => {
    const scope = await job({
      address: '12 Fern Street',
      city: null,
      additional_contacts_metadata: { other: 1 },
      company_name: 'KEPT',
    });
    expect(await record.readRestaurant(scope)).toEqual({
      name: 'Kōwhai Grill',
      address: '12 Fern Street',
      city: null,
      metadata: { other: 1 },
    });
    expect(await record.saveRestaurant(scope, { contact_name: 'Hana Test' })).toBe(true);
    const { data } = await supabase
      .from('restaurants')
      .select('contact_name, company_name')
      .eq('id', scope.restaurantId)
      .single();
    expect(data).toEqual({ contact_name: 'Hana Test', company_name: 'KEPT' });
  });

  it('of another organisation is not there', async () => {
    const scope = await job();
    expect(await record.readRestaurant(stranger(scope))).toBeNull();
    expect(await record.saveRestaurant(stranger(scope), { contact_name: 'Stranger' })).toBe(false);
  });
});

describe('the candidates row', () => {
  const ALL = CANDIDATES_STATUSES;

  it('is made by the first write, and read back whole', async () => {
    const scope = await job();
    expect(await record.readCandidates(scope)).toBeNull();
    const candidate = {
      company_name: 'KOWHAI GRILL LIMITED',
      company_number: null,
      nzbn: '9429099900007',
      status: 'Registered',
      status_code: '50',
      registered: true,
      incorporation_date: null,
      registered_address: null,
      match_sources: ['name' as const],
      score: 100,
    };
    const search_queries = {
      restaurant_name: 'Kōwhai Grill',
      street: null,
      city: null,
      postcode: null,
      original: { restaurant_name: 'Kōwhai Grill', street: null, city: null },
    };
    const values = {
      status: 'searching' as const,
      search_queries,
      name_results: [candidate],
      combined_results: [],
    };
    expect(await record.writeCandidates(scope, values, { searchNo: 1, from: ['pending'] })).toBe(true);
    expect(await record.readCandidates(scope)).toEqual({ ...values, search_no: 1 });
  });

  it.each<[number, CandidatesStatus[], boolean]>([
    [1, [...ALL], false],
    [2, ['searching'], false],
    [2, ['awaiting_selection'], true],
    [3, [], true],
  ])(
    'of search 2, awaiting selection: a write of search %i from %j passes: %j',
    async (searchNo, from, passes) => {
      const scope = await job();
      await record.writeCandidates(scope, { status: 'awaiting_selection' }, { searchNo: 2, from: ALL });
      expect(await record.writeCandidates(scope, { status: 'failed' }, { searchNo, from })).toBe(passes);
      expect(await record.readCandidates(scope)).toMatchObject(
        passes ? { status: 'failed', search_no: searchNo } : { status: 'awaiting_selection', search_no: 2 },
      );
    },
  );

  it('keeps its search when a choice is written', async () => {
    const scope = await job();
    await record.writeCandidates(scope, { status: 'awaiting_selection' }, { searchNo: 4, from: ALL });
    expect(await record.writeCandidates(scope, { status: 'selected' }, { from: ['searching'] })).toBe(false);
    expect(
      await record.writeCandidates(scope, { status: 'selected' }, { from: ['awaiting_selection'] }),
    ).toBe(true);
    expect(await record.readCandidates(scope)).toMatchObject({ status: 'selected', search_no: 4 });
  });

  it('ends with the newest of searches that write at once', async () => {
    const scope = await job();
    const numbers = [3, 1, 5, 2, 4];
    await Promise.all(
      numbers.map((searchNo) =>
        record.writeCandidates(scope, { candidate_count: searchNo }, { searchNo, from: ALL }),
      ),
    );
    const { data } = await supabase
      .from('companies_office_search_candidates')
      .select('search_no, candidate_count')
      .eq('registration_job_id', scope.jobId);
    expect(data).toEqual([{ search_no: 5, candidate_count: 5 }]);
  });

  it('is out of reach for another organisation', async () => {
    const scope = await job();
    await record.writeCandidates(scope, { status: 'searching' }, { searchNo: 1, from: ALL });
    const other = await job();
    const asOther = { ...scope, organisationId: other.organisationId };
    expect(await record.readCandidates(asOther)).toBeNull();
    expect(await record.writeCandidates(asOther, { status: 'failed' }, { searchNo: 9, from: ALL })).toBe(
      false,
    );
    expect(await record.readCandidates(scope)).toMatchObject({ status: 'searching', search_no: 1 });
  });
});

describe('trouble', () => {
  it('a job that is gone is refused for good, a database that is away is not', async () => {
    const scope = { ...(await restaurant()), jobId: randomUUID() };
    const write = (to: CompanyRecord): Promise<boolean> =>
      to.writeCandidates(scope, { status: 'searching' }, { searchNo: 1, from: CANDIDATES_STATUSES });
    expect(await failureType(write(record))).toBe('RecordRefused');
    const away = createSupabaseCompanyRecord(
      supabaseOf({ ...stack.env, SUPABASE_URL: 'http://127.0.0.1:1' }),
    );
    expect(await failureType(write(away))).toBe('RecordUnavailable');
  });
});

describe('extractions', () => {
  const at = (minute: number): string => `2026-03-01T00:${String(minute).padStart(2, '0')}:00.000Z`;

  it('the newest job of a menu counts, and the active menu', async () => {
    const { organisationId, restaurantId } = await restaurant({
      website_url: ' ',
      doordash_url: 'https://menu.example/kowhai',
      primary_color: '#112233',
    });
    const of = { organisation_id: organisationId, restaurant_id: restaurantId };
    const read = () =>
      createSupabaseExtractionRecord(supabase).readExtraction({ organisationId, restaurantId });
    expect(await read()).toEqual({ job: null, hasSource: true, hasColours: false, menuId: null });
    await insert('extraction_jobs', { ...of, job_type: 'premium', status: 'failed', created_at: at(3) });
    await insert('extraction_jobs', { ...of, job_type: 'full_menu', status: 'completed', created_at: at(1) });
    await insert('extraction_jobs', { ...of, job_type: 'photos', status: 'completed', created_at: at(9) });
    await insert('menus', { ...of, version: 2, is_active: false, created_at: at(8) });
    const active = await insert('menus', { ...of, version: 1, is_active: true, created_at: at(5) });
    await supabase.from('restaurants').update({ secondary_color: '#445566' }).eq('id', restaurantId);
    expect(await read()).toEqual({
      job: { type: 'premium', status: 'failed' },
      hasSource: true,
      hasColours: true,
      menuId: active,
    });
  });

  it('a restaurant of another organisation is not there', async () => {
    const { restaurantId } = await restaurant();
    const read = createSupabaseExtractionRecord(supabase).readExtraction({
      organisationId: randomUUID(),
      restaurantId,
    });
    expect(await failureType(read)).toBe('RecordRefused');
  });
});
