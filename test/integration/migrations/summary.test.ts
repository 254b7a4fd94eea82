import fc from 'fast-check';
import { type Pool } from 'pg';
import {
  batchSummary,
  JOB_STATUSES,
  type BatchFacts,
  type BatchSummary,
  type JobStatus,
} from '../../../domain/statuses';
import { migratedDatabase, startServer, type TestServer } from './database';
import { call, row, seedBatch, seedOrganisation, seedRestaurants, type Json } from './record';

let server: TestServer;
let pool: Pool;
let organisationId: string;
let restaurantIds: string[];
const MAX_JOBS = 41;
beforeAll(async () => {
  server = await startServer();
  pool = await migratedDatabase(server);
  organisationId = await seedOrganisation(pool);
  restaurantIds = await seedRestaurants(pool, organisationId, MAX_JOBS);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

/** A batch with these facts, written past the functions, and what `record_batch_summary` makes of it. */
async function summaryInSql(facts: BatchFacts): Promise<BatchSummary> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const { rows } = await client.query<{ id: string }>(
      `insert into registration_batch_jobs (name, organisation_id, status, start_requested_at, cancel_requested_at, cancelled_at)
        values ('b', $1, $2, case when $3 then now() end, case when $4 then now() end, case when $4 then now() end)
        returning id`,
      [organisationId, facts.ready ? 'pending' : 'draft', facts.started, facts.cancelled],
    );
    const batchId = rows[0]?.id;
    await client.query(
      `insert into registration_jobs (batch_job_id, restaurant_id, organisation_id, position, status)
        select $1, r, $2, n, s from unnest($3::uuid[], $4::text[]) with ordinality as u (r, s, n)`,
      [batchId, organisationId, restaurantIds.slice(0, facts.jobs.length), facts.jobs],
    );
    await client.query('select record_batch_summary($1)', [batchId]);
    const stored = await client.query<Json>('select * from registration_batch_jobs where id = $1', [batchId]);
    const batch = stored.rows[0] ?? {};
    return {
      status: batch['status'],
      completed: batch['completed_restaurants'],
      failed: batch['failed_restaurants'],
      errorMessage: batch['error_message'],
    } as BatchSummary;
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const terminalMix = fc.constantFrom<JobStatus>('completed', 'failed', 'failed', 'cancelled');
const anyFacts = fc.record<BatchFacts>({
  cancelled: fc.boolean(),
  started: fc.boolean(),
  ready: fc.boolean(),
  jobs: fc.array(fc.constantFrom(...JOB_STATUSES), { maxLength: 12 }),
});
/** Mostly failed: the rounding of the failure rate. */
const failedFacts = fc.record<BatchFacts>({
  cancelled: fc.constant(false),
  started: fc.constant(true),
  ready: fc.constant(true),
  jobs: fc.array(terminalMix, { minLength: 1, maxLength: MAX_JOBS }),
});

test.each([
  ['any facts', anyFacts, 300],
  ['batches that are over', failedFacts, 200],
])('record_batch_summary and batchSummary agree over %s', async (_, facts, numRuns) => {
  await fc.assert(
    fc.asyncProperty(facts, async (sample) => {
      expect(await summaryInSql(sample)).toEqual(batchSummary(sample));
    }),
    { numRuns },
  );
});

test('they round alike where counting in decimals would not: 23 of 40', async () => {
  const jobs = Array.from({ length: 40 }, (_, n): JobStatus => (n < 23 ? 'failed' : 'completed'));
  const facts = { cancelled: false, started: true, ready: true, jobs };
  expect(await summaryInSql(facts)).toEqual(batchSummary(facts));
});

test('current_step is the lowest of the live jobs, the highest once none is live', async () => {
  const { batchId, jobIds } = await seedBatch(pool, 3);
  const set = async (index: number, status: JobStatus, step: number): Promise<unknown> => {
    await pool.query('update registration_jobs set status = $2, current_step = $3 where id = $1', [
      jobIds[index],
      status,
      step,
    ]);
    await pool.query('select record_batch_summary($1)', [batchId]);
    return (await row(pool, 'registration_batch_jobs', batchId))['current_step'];
  };
  await set(0, 'failed', 2);
  await set(1, 'action_required', 5);
  expect(await set(2, 'in_progress', 4)).toBe(4);
  expect(await set(2, 'completed', 6)).toBe(5);
  expect(await set(1, 'completed', 6)).toBe(6);
});

test('a recomputation that changes nothing writes nothing', async () => {
  const { batchId } = await seedBatch(pool, 2);
  // xmin names the transaction that wrote this version of the row.
  const version = async (): Promise<Json[]> =>
    (await pool.query<Json>('select xmin, * from registration_batch_jobs where id = $1', [batchId])).rows;
  const before = await version();
  await pool.query('select record_batch_summary($1)', [batchId]);
  expect(await version()).toEqual(before);
});

test('a cancelled batch is cancelled when its last job is over, and says when; an unknown batch is null', async () => {
  const { batchId, jobIds } = await seedBatch(pool, 2);
  const { organisation_id } = await row(pool, 'registration_batch_jobs', batchId);
  await call(pool, 'request_cancel', { organisation_id, batch_id: batchId, actor: 'user-1' });
  const finish = async (id: string | undefined, status: JobStatus): Promise<Json> => {
    await pool.query('update registration_jobs set status = $2 where id = $1', [id, status]);
    await pool.query('select record_batch_summary($1)', [batchId]);
    return row(pool, 'registration_batch_jobs', batchId);
  };
  expect(await finish(jobIds[0], 'completed')).toMatchObject({ status: 'in_progress', cancelled_at: null });
  expect(await finish(jobIds[1], 'cancelled')).toMatchObject({
    status: 'cancelled',
    completed_restaurants: 1,
    cancelled_at: expect.any(Date) as Date,
  });
  const unknown = await pool.query<{ s: unknown }>(`select record_batch_summary(gen_random_uuid()) as s`);
  expect(unknown.rows).toEqual([{ s: null }]);
});
