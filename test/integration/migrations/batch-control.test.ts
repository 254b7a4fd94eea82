/** Pause and resume in the record: what the batch's workflow says, however late and however often it says it. */
import { type Pool } from 'pg';
import { migratedDatabase, startServer, type TestServer } from './database';
import { snapshot } from '../../helpers/snapshot';
import { apply, call, row, seedBatch, type Batch, type Json } from './record';

let server: TestServer;
let pool: Pool;
beforeAll(async () => {
  server = await startServer();
  pool = await migratedDatabase(server);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

const AT = '2026-03-02T01:00:00.000Z';
const event = (n: number, kind = 'batch.paused'): Json => ({
  id: `batch:event-${n}`,
  kind,
  actor: 'user-1',
  reason: 'Stock-taking.',
  data: {},
  at: AT,
});
const paused = (batch: Batch, revision: number, more: Json = {}): Json => ({
  batch_id: batch.batchId,
  revision,
  paused_at: AT,
  pause_reason: 'Stock-taking.',
  events: [],
  ...more,
});
const resumed = { paused_at: null, pause_reason: null };
const set = (write: Json): Promise<Json> => call(pool, 'set_batch_pause', write);
const stored = (batch: Batch): Promise<Json> => row(pool, 'registration_batch_jobs', batch.batchId);
const storedEvents = async (batch: Batch): Promise<Json[]> =>
  (
    await pool.query<Json>(
      `select id, kind, actor, reason, job_id, organisation_id from registration_events
        where batch_job_id = $1 and kind like 'batch.%' order by id`,
      [batch.batchId],
    )
  ).rows;

test('a pause and a resume are in the row and in the audit, once each however often they are written', async () => {
  const batch = await seedBatch(pool, 2);
  const pause = paused(batch, 1, { events: [{ ...event(1), id: `${batch.batchId}:1` }] });
  expect(await set(pause)).toEqual({ applied: true });
  expect(await set(pause)).toEqual({ applied: false });
  expect(await stored(batch)).toMatchObject({
    paused_at: new Date(AT),
    pause_reason: 'Stock-taking.',
    status: 'in_progress',
  });
  const resume = { ...event(2, 'batch.resumed'), id: `${batch.batchId}:2` };
  await set(paused(batch, 2, { ...resumed, events: [resume] }));
  expect(await stored(batch)).toMatchObject(resumed);
  expect(await storedEvents(batch)).toMatchObject([
    { kind: 'batch.paused', actor: 'user-1', job_id: null, organisation_id: batch.organisationId },
    { kind: 'batch.resumed', reason: 'Stock-taking.' },
  ]);
});

test('a late write changes nothing, but what it tells happened', async () => {
  const batch = await seedBatch(pool);
  await set(paused(batch, 5, resumed));
  const late = paused(batch, 4, { events: [{ ...event(1), id: `${batch.batchId}:late` }] });
  expect(await set(late)).toEqual({ applied: false });
  expect(await stored(batch)).toMatchObject(resumed);
  expect(await storedEvents(batch)).toHaveLength(1);
});

test.each(['completed', 'failed', 'cancelled'] as const)(
  'a batch that is over as %s is not paused, and does not become so',
  async (status) => {
    const batch = await seedBatch(pool);
    await set(paused(batch, 1));
    const closure = status === 'completed' ? null : status === 'failed' ? 'given_up' : 'cancelled';
    await apply(pool, { job_id: batch.jobId, job: snapshot({ status, closure, completed_at: AT }) });
    expect(await stored(batch)).toMatchObject({ status, ...resumed });
    await set(paused(batch, 2));
    expect(await stored(batch)).toMatchObject({ status, ...resumed });
  },
);

test('an unknown batch is null', async () => {
  const unknown = { batch_id: '00000000-0000-4000-8000-000000000001', revision: 1, ...resumed, events: [] };
  expect(await set(unknown)).toBeNull();
});

test('only the service may call it', async () => {
  const { rows } = await pool.query<{ member: boolean; service: boolean }>(
    `select has_function_privilege('authenticated', 'public.set_batch_pause(jsonb)', 'execute') as member,
      has_function_privilege('service_role', 'public.set_batch_pause(jsonb)', 'execute') as service`,
  );
  expect(rows).toEqual([{ member: false, service: true }]);
});

test('more than half of the restaurants failed, however they did: the batch is failed, and says how many', async () => {
  const batch = await seedBatch(pool, 5);
  const [givenUp, ended, , completed, cancelled] = batch.jobIds as [string, string, string, string, string];
  // Given up or failed by policy, by its own workflow.
  await apply(pool, {
    job_id: givenUp,
    job: snapshot({ status: 'failed', closure: 'given_up', completed_at: AT }),
  });
  // Terminated from outside, once it ran.
  await apply(pool, { job_id: ended, job: snapshot() });
  await call(pool, 'close_job', {
    job_id: ended,
    status: 'failed',
    reason: 'Its run was ended from outside.',
  });
  await apply(pool, { job_id: completed, job: snapshot({ status: 'completed', completed_at: AT }) });
  await apply(pool, { job_id: cancelled, job: snapshot({ status: 'cancelled', closure: 'cancelled' }) });
  expect(await stored(batch)).toMatchObject({
    status: 'in_progress',
    failed_restaurants: 2,
    error_message: null,
  });
  // Never begun.
  await call(pool, 'close_unstarted_jobs', {
    batch_id: batch.batchId,
    status: 'failed',
    reason: 'Its batch ended.',
  });
  expect(await stored(batch)).toMatchObject({
    status: 'failed',
    total_restaurants: 5,
    completed_restaurants: 1,
    failed_restaurants: 3,
    error_message: expect.stringContaining('60%') as string,
    completed_at: expect.any(Date) as Date,
  });
});

test('exactly half failed is not more than half', async () => {
  const batch = await seedBatch(pool, 2);
  const [failed, completed] = batch.jobIds as [string, string];
  await apply(pool, {
    job_id: failed,
    job: snapshot({ status: 'failed', closure: 'given_up', completed_at: AT }),
  });
  await apply(pool, { job_id: completed, job: snapshot({ status: 'completed', completed_at: AT }) });
  expect(await stored(batch)).toMatchObject({
    status: 'completed',
    failed_restaurants: 1,
    error_message: null,
  });
});
