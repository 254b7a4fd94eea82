import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { migratedDatabase, startServer, type TestServer } from './database';
import { snapshot } from '../../helpers/snapshot';
import { apply, begin, call, ledgerRow, row, seedBatch, type Batch, type Json } from './record';

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

const batchRow = (batch: Batch): Promise<Json> => row(pool, 'registration_batch_jobs', batch.batchId);
const jobRow = (jobId: string): Promise<Json> => row(pool, 'registration_jobs', jobId);
const statuses = async (sql: string, id: string): Promise<string[]> =>
  (await pool.query<{ status: string }>(sql, [id])).rows.map((found) => found.status);
const stepStatuses = (jobId: string): Promise<string[]> =>
  statuses('select status from registration_job_steps where job_id = $1 order by step_number', jobId);
const eventKinds = async (batchId: string): Promise<string[]> => {
  const sql = 'select kind from registration_events where batch_job_id = $1 order by at, kind';
  return (await pool.query<{ kind: string }>(sql, [batchId])).rows.map((event) => event.kind);
};
const unstarted = (restaurants = 1): Promise<Batch> =>
  seedBatch(pool, restaurants, { start_requested: false });
const start = (batch: Batch, more: Json = {}): Promise<Json> =>
  call(pool, 'request_start', {
    organisation_id: batch.organisationId,
    batch_id: batch.batchId,
    actor: 'user-1',
    ...more,
  });
const cancel = (batch: Batch, more: Json = { batch_id: batch.batchId }): Promise<Json> =>
  call(pool, 'request_cancel', {
    organisation_id: batch.organisationId,
    actor: 'user-1',
    reason: 'Wrong list',
    ...more,
  });

describe('request_start', () => {
  test('starts once, also when asked many times at once', async () => {
    const batch = await unstarted();
    const answers = await Promise.all(Array.from({ length: 5 }, () => start(batch)));
    expect(answers.map((answer) => answer['outcome']).sort()).toEqual([
      ...Array<string>(4).fill('already_started'),
      'started',
    ]);
    expect(await batchRow(batch)).toMatchObject({
      status: 'in_progress',
      start_requested_at: expect.any(Date) as Date,
    });
    expect((await eventKinds(batch.batchId)).filter((kind) => kind === 'start_requested')).toHaveLength(1);
  });

  test('refuses a cancelled batch, a draft, and another organisation’s', async () => {
    const cancelled = await unstarted();
    await cancel(cancelled);
    expect(await start(cancelled)).toEqual({ outcome: 'invalid_status', status: 'cancelled' });
    const stopped = await seedBatch(pool);
    await apply(pool, {
      job_id: stopped.jobId,
      job: snapshot({ status: 'cancelled', closure: 'cancelled' }),
    });
    expect(await start(stopped)).toEqual({ outcome: 'invalid_status', status: 'cancelled' });
    const draft = await unstarted();
    await pool.query(`update registration_batch_jobs set status = 'draft' where id = $1`, [draft.batchId]);
    expect(await start(draft)).toEqual({ outcome: 'invalid_status', status: 'draft' });
    expect(await start(draft, { organisation_id: randomUUID() })).toEqual({
      outcome: 'not_found',
      status: null,
    });
  });
});

describe('request_cancel', () => {
  test('of a batch that runs is noted once; its jobs are left to their workflows', async () => {
    const batch = await seedBatch(pool, 2);
    expect(await cancel(batch)).toEqual({ outcome: 'requested', status: 'in_progress' });
    const noted = (await batchRow(batch))['cancel_requested_at'];
    expect(await cancel(batch)).toEqual({ outcome: 'already_requested', status: 'in_progress' });
    expect(await batchRow(batch)).toMatchObject({ cancel_requested_at: noted, cancelled_at: null });
    expect((await jobRow(batch.jobId))['status']).toBe('pending');
    expect(await eventKinds(batch.batchId)).toEqual(['batch_created', 'cancel_requested']);
  });

  test('of a batch that was never started is final at once, jobs, steps and ledger included', async () => {
    const batch = await unstarted(2);
    expect(await cancel(batch)).toMatchObject({ outcome: 'cancelled', status: 'cancelled', jobs: 2 });
    expect(await batchRow(batch)).toMatchObject({
      status: 'cancelled',
      cancelled_at: expect.any(Date) as Date,
    });
    expect(await jobRow(batch.jobId)).toMatchObject({ status: 'cancelled', closure: 'cancelled' });
    expect(new Set(await stepStatuses(batch.jobId))).toEqual(new Set(['cancelled']));
    expect(await ledgerRow(pool, batch.jobId, 'menuImport')).toMatchObject({
      status: 'cancelled',
      reason: 'Wrong list',
    });
    expect(await cancel(batch)).toEqual({ outcome: 'terminal', status: 'cancelled' });
  });

  test('of a job is noted on the job alone; before the start it is final at once', async () => {
    const running = await seedBatch(pool, 2);
    expect(await cancel(running, { job_id: running.jobId })).toEqual({
      outcome: 'requested',
      status: 'pending',
    });
    expect(await cancel(running, { job_id: running.jobId })).toMatchObject({ outcome: 'already_requested' });
    expect((await batchRow(running))['cancel_requested_at']).toBeNull();
    const waiting = await unstarted(2);
    expect(await cancel(waiting, { job_id: waiting.jobId })).toEqual({
      outcome: 'cancelled',
      status: 'cancelled',
    });
    expect((await batchRow(waiting))['status']).toBe('pending');
    await cancel(waiting, { job_id: waiting.jobIds[1] });
    expect((await batchRow(waiting))['status']).toBe('cancelled');
  });

  test('finds nothing to cancel in what is over, and nothing of another organisation', async () => {
    const batch = await seedBatch(pool);
    await apply(pool, { job_id: batch.jobId, job: snapshot({ status: 'completed' }) });
    expect(await cancel(batch)).toEqual({ outcome: 'terminal', status: 'completed' });
    expect(await cancel(batch, { job_id: batch.jobId })).toEqual({
      outcome: 'terminal',
      status: 'completed',
    });
    for (const target of [{ batch_id: batch.batchId }, { job_id: batch.jobId }]) {
      expect(await cancel(batch, { ...target, organisation_id: randomUUID() })).toEqual({
        outcome: 'not_found',
        status: null,
      });
    }
  });

  test('and a start at the same time end in one of the two orders', async () => {
    for (let n = 0; n < 10; n += 1) {
      const batch = await unstarted(3);
      const [started, cancelled] = await Promise.all([start(batch), cancel(batch)]);
      const order = `${String(started['outcome'])} ${String(cancelled['outcome'])}`;
      expect(['started requested', 'invalid_status cancelled']).toContain(order);
    }
  });
});

describe('closing jobs that cannot close themselves', () => {
  test('close_unstarted_jobs takes those without a snapshot, and the batch follows', async () => {
    const batch = await seedBatch(pool, 3);
    const [first = '', second = '', third = ''] = batch.jobIds;
    await apply(pool, { job_id: first, job: snapshot() });
    const request = { batch_id: batch.batchId, status: 'failed', reason: 'The batch was terminated.' };
    const answer = await call<{ closed: number; job_ids: string[] }>(pool, 'close_unstarted_jobs', request);
    expect(answer.closed).toBe(2);
    expect(new Set(answer.job_ids)).toEqual(new Set([second, third]));
    expect(await jobRow(second)).toMatchObject({
      status: 'failed',
      closure: 'given_up',
      error_message: request.reason,
    });
    expect((await jobRow(first))['status']).toBe('in_progress');
    expect(await batchRow(batch)).toMatchObject({ status: 'in_progress', failed_restaurants: 2 });
    expect(await call(pool, 'close_unstarted_jobs', request)).toEqual({ closed: 0, job_ids: [] });
  });

  test('close_job ends a job at the expected revision alone; what ran is unclear until its late end is told', async () => {
    const batch = await seedBatch(pool);
    const { jobId } = batch;
    await apply(pool, {
      job_id: jobId,
      job: snapshot({
        revision: 7,
        steps: [
          {
            step_number: 6,
            status: 'in_progress',
            started_at: null,
            completed_at: null,
            error_message: null,
            error_details: null,
            retry_count: 0,
            result_data: null,
          },
        ],
      }),
    });
    await begin(pool, jobId, 'menuImport');
    const request = { job_id: jobId, status: 'failed', reason: 'The run was terminated.' };
    const close = (more: Json = {}): Promise<Json> => call(pool, 'close_job', { ...request, ...more });
    expect(await close({ expected_revision: 6 })).toEqual({
      closed: false,
      status: 'in_progress',
      revision: 7,
    });
    expect(await close({ expected_revision: 7 })).toEqual({ closed: true, status: 'failed', revision: 7 });
    expect(await close()).toEqual({ closed: false, status: 'failed', revision: 7 });
    expect((await batchRow(batch))['status']).toBe('failed');
    expect((await stepStatuses(jobId))[5]).toBe('failed');
    expect(await ledgerRow(pool, jobId, 'menuImport')).toMatchObject({
      status: 'failed',
      error_type: 'OutcomeUnclear',
    });
    expect(await ledgerRow(pool, jobId, 'itemTags')).toMatchObject({ status: 'cancelled' });
    await apply(pool, {
      job_id: jobId,
      sub_steps: [{ key: 'menuImport', generation: 0, attempt: 1, status: 'completed' }],
    });
    expect(await ledgerRow(pool, jobId, 'menuImport')).toMatchObject({ status: 'completed', error: null });
    expect((await apply(pool, { job_id: jobId, job: snapshot({ revision: 8 }) })).job).toBe('stale');
  });

  test('an unknown job is said to be none, and a job is not closed as completed', async () => {
    const request = { job_id: randomUUID(), status: 'failed', reason: 'x' };
    expect(await call(pool, 'close_job', request)).toEqual({ closed: false, status: null, revision: null });
    await expect(call(pool, 'close_job', { ...request, status: 'completed' })).rejects.toMatchObject({
      code: '22023',
    });
  });
});
