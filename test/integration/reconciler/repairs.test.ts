/** What the reconciler does about each kind of row, on the real functions of the record. */
import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import type { Run } from '../../../activities/reconciler/runs';
import { batchWorkflowId, registrationWorkflowId } from '../../../domain/ids';
import type { JobSnapshot, RestoreWrite, StepRow } from '../../../domain/record';
import { migratedDatabase, startServer, type TestServer } from '../migrations/database';
import { snapshot } from '../../helpers/snapshot';
import { apply, begin, call, one, row, seedBatch, type Batch, type Json } from '../migrations/record';
import { reconciledEvents, reconciling, type Reconciling } from './world';

let server: TestServer;
let pool: Pool;
let reconciler: Reconciling;
beforeAll(async () => {
  server = await startServer();
});
// A database each: a run looks at all rows there are.
beforeEach(async () => {
  pool = await migratedDatabase(server);
  reconciler = reconciling(pool);
});
afterEach(() => pool.end());
afterAll(() => server.stop());

const OPEN: Run = { state: 'open', runId: 'run-1', cancelRequested: false };
const closed = (end: (Run & { state: 'closed' })['end']): Run => ({
  state: 'closed',
  runId: 'run-1',
  end,
  closedAt: '2026-03-02T02:00:00.000Z',
});
const jobRow = (jobId: string): Promise<Json> => row(pool, 'registration_jobs', jobId);
const batchRow = ({ batchId }: Batch): Promise<Json> => row(pool, 'registration_batch_jobs', batchId);
const events = ({ batchId }: Batch): Promise<Json[]> => reconciledEvents(pool, batchId);
const jobRun = (jobId: string, run: Run): unknown =>
  reconciler.engine.runs.set(registrationWorkflowId(jobId), run);
const batchRun = ({ batchId }: Batch, run: Run): unknown =>
  reconciler.engine.runs.set(batchWorkflowId(batchId), run);
const write = (jobId: string, more: Partial<JobSnapshot> = {}): Promise<unknown> =>
  apply(pool, { job_id: jobId, job: snapshot(more) });
const requestCancel = (batch: Batch, target: Json): Promise<Json> =>
  call(pool, 'request_cancel', {
    organisation_id: batch.organisationId,
    actor: 'user-1',
    reason: 'Wrong list',
    ...target,
  });

/** A batch that runs, whose first job has written. */
async function running(restaurants = 1): Promise<Batch> {
  const batch = await seedBatch(pool, restaurants);
  await write(batch.jobId);
  batchRun(batch, OPEN);
  return batch;
}

describe('a job whose run has ended', () => {
  test.each([
    ['terminated', /terminated in the Temporal Web UI/],
    ['failed', /its run failed/],
    ['timed_out', /longer than it may/],
  ] as const)('%s: closed as failed, says so, and its batch counts it', async (end, sentence) => {
    const batch = await running();
    jobRun(batch.jobId, closed(end));
    await reconciler.run();
    expect(await jobRow(batch.jobId)).toMatchObject({
      status: 'failed',
      error_message: expect.stringMatching(sentence) as string,
    });
    expect(await batchRow(batch)).toMatchObject({ status: 'failed', failed_restaurants: 1 });
    expect(await events(batch)).toEqual([
      expect.objectContaining({ job_id: batch.jobId, reason: expect.stringMatching(sentence) as string }),
    ]);
  });

  test('terminated after a cancel was asked for: cancelled', async () => {
    const batch = await running();
    await requestCancel(batch, { job_id: batch.jobId });
    jobRun(batch.jobId, closed('terminated'));
    await reconciler.run();
    expect(await jobRow(batch.jobId)).toMatchObject({ status: 'cancelled' });
  });

  test('unknown to the engine though it once wrote: failed', async () => {
    const batch = await running();
    await reconciler.run();
    expect(await jobRow(batch.jobId)).toMatchObject({
      status: 'failed',
      error_message: expect.stringMatching(/not to be found any more/) as string,
    });
  });

  test('what ran may still act outside: its ledger row says that the outcome is unclear', async () => {
    const batch = await running();
    await begin(pool, batch.jobId, 'codeGeneration');
    jobRun(batch.jobId, closed('terminated'));
    await reconciler.run();
    const sql = 'select status, error_type from registration_sub_steps where job_id = $1 and key = $2';
    const { rows } = await pool.query<Json>(sql, [batch.jobId, 'codeGeneration']);
    expect(one(rows)).toEqual({ status: 'failed', error_type: 'OutcomeUnclear' });
  });
});

describe('a run that ended by itself and whose end the record missed', () => {
  const STEPS: StepRow[] = ([1, 2, 3, 4, 5, 6] as const).map((step_number) => ({
    step_number,
    status: 'completed',
    started_at: '2026-03-02T01:00:00.000Z',
    completed_at: '2026-03-02T02:00:00.000Z',
    error_message: null,
    error_details: null,
    retry_count: 0,
    result_data: null,
  }));
  const lastRecord = (batch: Batch, revision: number): RestoreWrite => ({
    job_id: batch.jobId,
    job: snapshot({
      status: 'completed',
      revision,
      completed_at: '2026-03-02T02:00:00.000Z',
      steps: STEPS,
    }),
    sub_steps: [
      { key: 'codeGeneration', generation: 0, attempt: 1, status: 'completed', output: { id: 'c1' } },
    ],
    identity: {
      batch_job_id: batch.batchId,
      restaurant_id: randomUUID(),
      organisation_id: batch.organisationId,
      position: 1,
      batch_name: 'A batch',
      failure_policy: 'wait',
    },
  });

  test('its last state is taken over', async () => {
    const batch = await running();
    jobRun(batch.jobId, closed('completed'));
    reconciler.engine.records.set(batch.jobId, lastRecord(batch, 7));
    await reconciler.run();
    expect(await jobRow(batch.jobId)).toMatchObject({
      status: 'completed',
      revision: '7',
      execution_results: { codeGeneration: { id: 'c1' } },
    });
    expect(await batchRow(batch)).toMatchObject({ status: 'completed', completed_restaurants: 1 });
    expect(await events(batch)).toHaveLength(1);
  });

  test.each([
    ['it cannot say', () => undefined],
    ['the record is past it', (batch: Batch) => lastRecord(batch, 1)],
  ])('closed by its result when %s', async (_why, last) => {
    const batch = await running(2);
    const [completed, failed] = batch.jobIds;
    if (!completed || !failed) throw new Error('unreachable');
    await write(failed);
    for (const jobId of batch.jobIds) {
      jobRun(jobId, closed('completed'));
      const known = last({ ...batch, jobId });
      if (known) reconciler.engine.records.set(jobId, known);
    }
    reconciler.engine.results.set(failed, 'failed');
    await reconciler.run();
    expect(await jobRow(completed)).toMatchObject({
      status: 'completed',
      completed_at: new Date('2026-03-02T02:00:00.000Z'),
    });
    expect(await jobRow(failed)).toMatchObject({ status: 'failed' });
    expect(await batchRow(batch)).toMatchObject({ completed_restaurants: 1, failed_restaurants: 1 });
    const sql = 'select distinct status, proof from registration_sub_steps where job_id = $1';
    expect((await pool.query<Json>(sql, [completed])).rows).toEqual([{ status: 'completed', proof: 'none' }]);
  });

  test('cancelled: cancelled, also when it cannot say more', async () => {
    const batch = await running();
    jobRun(batch.jobId, closed('cancelled'));
    await reconciler.run();
    expect(await jobRow(batch.jobId)).toMatchObject({ status: 'cancelled' });
    expect(await batchRow(batch)).toMatchObject({ status: 'cancelled' });
  });
});

describe('whoever wrote in between wins', () => {
  test.each([
    ['a newer run’s snapshot', (jobId: string) => write(jobId, { revision: 2, run_id: 'run-2' })],
    ['a call that begins', (jobId: string) => begin(pool, jobId, 'codeGeneration')],
  ])('%s', async (_what, meanwhile) => {
    const batch = await running();
    jobRun(batch.jobId, closed('terminated'));
    reconciler.engine.meanwhile = (id) =>
      id === registrationWorkflowId(batch.jobId) ? meanwhile(batch.jobId) : Promise.resolve();
    const reports = await reconciler.run();
    expect(reports.flatMap(({ repaired }) => repaired)).toEqual([]);
    expect(await jobRow(batch.jobId)).toMatchObject({ status: 'in_progress', closure: null });
    expect(await events(batch)).toEqual([]);
  });

  test('a batch that is cancelled while it is looked at is not started', async () => {
    const batch = await seedBatch(pool);
    reconciler.engine.meanwhile = (id) =>
      id === batchWorkflowId(batch.batchId)
        ? requestCancel(batch, { batch_id: batch.batchId })
        : Promise.resolve();
    await reconciler.run();
    expect(reconciler.engine.started).toEqual([]);
  });

  test('what was written a moment ago is not even looked at', async () => {
    const batch = await running();
    jobRun(batch.jobId, closed('terminated'));
    const reports = await reconciler.run({ untouchedMs: 60_000 });
    expect(reports.map(({ looked }) => looked)).toEqual([0, 0]);
    expect(await jobRow(batch.jobId)).toMatchObject({ status: 'in_progress' });
  });
});

describe('jobs that were never begun', () => {
  test('left alone while the batch runs, and before its start was asked for', async () => {
    const batch = await running(2);
    jobRun(batch.jobId, OPEN);
    await seedBatch(pool, 1, { start_requested: false });
    const reports = await reconciler.run();
    expect(reports.flatMap(({ repaired }) => repaired)).toEqual([]);
    expect((await jobRow(batch.jobIds[1] ?? '')).status).toBe('pending');
  });

  test('closed when the batch was terminated, while a job that runs is left to itself', async () => {
    const batch = await running(3);
    batchRun(batch, closed('terminated'));
    jobRun(batch.jobId, OPEN);
    await reconciler.run();
    expect(await jobRow(batch.jobId)).toMatchObject({ status: 'in_progress' });
    for (const jobId of batch.jobIds.slice(1)) {
      expect(await jobRow(jobId)).toMatchObject({
        status: 'failed',
        error_message: expect.stringMatching(/run of its batch ended before it was begun/) as string,
      });
    }
    expect(await batchRow(batch)).toMatchObject({ status: 'in_progress', failed_restaurants: 2 });
  });

  test('cancelled when a cancel was recorded and the batch was never started', async () => {
    const batch = await seedBatch(pool, 2);
    await requestCancel(batch, { batch_id: batch.batchId });
    await reconciler.run();
    expect(reconciler.engine.started).toEqual([]);
    expect(await batchRow(batch)).toMatchObject({ status: 'cancelled' });
  });
});

describe('batches', () => {
  test('a start that nobody carried out is carried out, and told once', async () => {
    const batch = await seedBatch(pool);
    await reconciler.run();
    await reconciler.run();
    expect(new Set(reconciler.engine.started)).toEqual(new Set([batch.batchId]));
    expect(await events(batch)).toEqual([expect.objectContaining({ job_id: null })]);
    expect((await jobRow(batch.jobId)).status).toBe('pending');
  });

  test('one that began and is forgotten by the engine is not started again', async () => {
    const batch = await seedBatch(pool, 2);
    await write(batch.jobId);
    await reconciler.run();
    expect(reconciler.engine.started).toEqual([]);
    expect(await batchRow(batch)).toMatchObject({ status: 'failed', failed_restaurants: 2 });
  });

  test('a row that is wrong after its run has ended is computed anew', async () => {
    const batch = await running();
    await pool.query('update registration_batch_jobs set failed_restaurants = 5 where id = $1', [
      batch.batchId,
    ]);
    jobRun(batch.jobId, OPEN);
    batchRun(batch, closed('terminated'));
    await reconciler.run();
    await reconciler.run();
    expect(await batchRow(batch)).toMatchObject({ status: 'in_progress', failed_restaurants: 0 });
    expect(await events(batch)).toHaveLength(1);
  });
});

describe('a cancel that was recorded', () => {
  test('is sent when it has not arrived, and told once', async () => {
    const batch = await running(2);
    for (const jobId of batch.jobIds) jobRun(jobId, OPEN);
    await requestCancel(batch, { job_id: batch.jobId });
    await reconciler.run();
    expect(reconciler.engine.cancelled).toEqual([registrationWorkflowId(batch.jobId)]);
    await reconciler.run();
    expect(await events(batch)).toHaveLength(1);
    expect(await jobRow(batch.jobId)).toMatchObject({ status: 'in_progress' });
  });

  test('of a batch goes to the batch, and to jobs that it does not reach', async () => {
    const batch = await running();
    jobRun(batch.jobId, OPEN);
    await requestCancel(batch, { batch_id: batch.batchId });
    await reconciler.run();
    expect(reconciler.engine.cancelled.sort()).toEqual(
      [registrationWorkflowId(batch.jobId), batchWorkflowId(batch.batchId)].sort(),
    );
  });

  test('is not sent again when it has arrived', async () => {
    const batch = await running();
    await requestCancel(batch, { batch_id: batch.batchId });
    batchRun(batch, { ...OPEN, cancelRequested: true });
    jobRun(batch.jobId, { ...OPEN, cancelRequested: true });
    await reconciler.run();
    expect(reconciler.engine.cancelled).toEqual([]);
  });

  test('is not sent to a job that was opened again after the batch was cancelled', async () => {
    const batch = await running();
    await requestCancel(batch, { batch_id: batch.batchId });
    await write(batch.jobId, { revision: 2, status: 'cancelled', closure: 'cancelled' });
    await write(batch.jobId, { revision: 3, run_id: 'run-2' });
    jobRun(batch.jobId, { ...OPEN, runId: 'run-2' });
    await reconciler.run();
    expect(reconciler.engine.cancelled).toEqual([]);
  });
});

test('pages reach every row once', async () => {
  const batch = await running(5);
  for (const jobId of batch.jobIds) {
    await write(jobId, { revision: 2 });
    jobRun(jobId, closed('terminated'));
  }
  const reports = await reconciler.run({ limit: 2 });
  const repaired = reports.flatMap((report) => report.repaired.map(({ id }) => id));
  expect(repaired.sort()).toEqual([...batch.jobIds].sort());
});

test('a row that makes trouble holds up no other; an engine that is away fails the page', async () => {
  const batch = await running(2);
  const [bad, good] = batch.jobIds;
  if (!bad || !good) throw new Error('unreachable');
  await write(good);
  jobRun(good, closed('terminated'));
  reconciler.engine.meanwhile = (id) =>
    id === registrationWorkflowId(bad) ? Promise.reject(new Error('odd')) : Promise.resolve();
  const reports = await reconciler.run();
  expect(reports.at(-1)).toMatchObject({ looked: 2, troubled: 1, repaired: [{ id: good }] });

  const away = Object.assign(new Error('14 UNAVAILABLE'), { code: 14, details: '', metadata: {} });
  reconciler.engine.meanwhile = () => Promise.reject(new Error('Failed to describe', { cause: away }));
  await expect(reconciler.run()).rejects.toThrow('Failed to describe');
});

test('in another namespace than the one before, where every run looks lost, nothing is touched until that one is accepted', async () => {
  const batch = await running();
  jobRun(batch.jobId, OPEN);
  const statusOf = async () => (await jobRow(batch.jobId))['status'];
  const before = await statusOf();
  await reconciler.run();

  reconciler.engine.runs.clear();
  reconciler.engine.namespaceId = 'made-anew';
  await expect(reconciler.run()).rejects.toMatchObject({ type: 'OtherEngine', nonRetryable: true });
  expect(await statusOf()).toBe(before);
  expect(await events(batch)).toEqual([]);

  const accepted = { namespace_id: 'made-anew', namespace: 'default', accept: true };
  expect(await call(pool, 'engine_of_record', accepted)).toMatchObject({ namespace_id: 'made-anew' });
  await reconciler.run();
  expect(await statusOf()).toBe('failed');
});

test('old idempotency keys are forgotten, a limited number at a time, young ones kept', async () => {
  const { organisationId } = await seedBatch(pool);
  const insert = `insert into idempotency_keys (organisation_id, caller, route, key, body_hash, created_at)
    select $1, 'user-1', 'POST /', $2 || n, 'hash', now() - $3::interval from generate_series(1, $4) n`;
  await pool.query(insert, [organisationId, 'old', '8 days', 3]);
  await pool.query(insert, [organisationId, 'young', '6 days', 2]);
  const forget = { older_than_ms: 7 * 24 * 60 * 60_000, limit: 2 };
  const deleted = [];
  for (let run = 0; run < 3; run += 1) deleted.push(await call(pool, 'delete_old_idempotency_keys', forget));
  expect(deleted).toEqual([{ deleted: 2 }, { deleted: 1 }, { deleted: 0 }]);
  const { rows } = await pool.query<Json>('select key from idempotency_keys order by key');
  expect(rows).toEqual([{ key: 'young1' }, { key: 'young2' }]);
});
