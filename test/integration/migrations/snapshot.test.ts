import fc from 'fast-check';
import { type Pool } from 'pg';
import { type JobSnapshot, type RecordEvent, type StepRow } from '../../../domain/record';
import { migratedDatabase, startServer, type TestServer } from './database';
import { snapshot } from '../../helpers/snapshot';
import { apply, batchInput, call, row, seedBatch } from './record';

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

const job = (jobId: string): Promise<Record<string, unknown>> => row(pool, 'registration_jobs', jobId);
const events = async (jobId: string): Promise<string[]> => {
  const sql = 'select id from registration_events where job_id = $1 order by id';
  return (await pool.query<{ id: string }>(sql, [jobId])).rows.map((event) => event.id);
};
const event = (id: string): RecordEvent => ({
  id,
  kind: 'selection_applied',
  actor: 'user-1',
  reason: null,
  data: { search_no: 1 },
  at: '2026-03-02T01:00:00.000Z',
});
const step = (more: Partial<StepRow>): StepRow => ({
  step_number: 1,
  status: 'completed',
  started_at: '2026-03-02T01:00:00.000Z',
  completed_at: '2026-03-02T01:00:02.500Z',
  error_message: null,
  error_details: null,
  retry_count: 0,
  result_data: null,
  ...more,
});

test('a snapshot sets the job, its steps and their durations; what it leaves out stays', async () => {
  const { jobId } = await seedBatch(pool);
  const first = snapshot({
    execution_config: { website: { theme: 'dark' } },
    steps: [step({}), step({ step_number: 2, completed_at: null, status: 'retrying', retry_count: 2 })],
  });
  expect(await apply(pool, { job_id: jobId, job: first })).toEqual({ job: 'applied', sub_steps_ignored: [] });
  await apply(pool, { job_id: jobId, job: snapshot({ revision: 2, waiting_reason: 'Choose a company' }) });
  expect(await job(jobId)).toMatchObject({
    status: 'in_progress',
    current_step: 6,
    revision: '2',
    workflow_run_id: 'run-1',
    waiting_reason: 'Choose a company',
    execution_config: { website: { theme: 'dark' } },
  });
  const steps = await pool.query(
    'select status, duration_ms, retry_count from registration_job_steps where job_id = $1 order by step_number',
    [jobId],
  );
  expect(steps.rows.slice(0, 3)).toEqual([
    { status: 'completed', duration_ms: '2500', retry_count: 0 },
    { status: 'retrying', duration_ms: null, retry_count: 2 },
    { status: 'pending', duration_ms: null, retry_count: 0 },
  ]);
});

test('a lower revision is stale, an equal one changes nothing, and the events of both go in once', async () => {
  const { jobId } = await seedBatch(pool);
  await apply(pool, { job_id: jobId, job: snapshot({ revision: 5, waiting_reason: 'five' }) });
  const write = (revision: number, id: string): ReturnType<typeof apply> =>
    apply(pool, {
      job_id: jobId,
      job: snapshot({ revision, waiting_reason: 'late' }),
      events: [event(`${jobId}:${id}`)],
    });
  expect((await write(4, 'lower')).job).toBe('stale');
  expect((await write(5, 'equal')).job).toBe('unchanged');
  expect((await write(5, 'equal')).job).toBe('unchanged');
  expect((await job(jobId))['waiting_reason']).toBe('five');
  expect(await events(jobId)).toEqual([`${jobId}:equal`, `${jobId}:lower`]);
});

test('a write without a job part leaves the job alone; one for an unknown job says so', async () => {
  const { jobId } = await seedBatch(pool);
  expect((await apply(pool, { job_id: jobId, events: [event(`${jobId}:e`)] })).job).toBe('absent');
  expect((await job(jobId))['revision']).toBe('0');
  const unknown = '00000000-0000-4000-8000-00000000dead';
  const sub_steps = [
    { key: 'codeGeneration' as const, generation: 0, attempt: 0, status: 'pending' as const },
  ];
  expect(await apply(pool, { job_id: unknown, job: snapshot(), sub_steps })).toEqual({
    job: 'absent',
    sub_steps_ignored: ['codeGeneration'],
  });
});

test('a closed job is reopened by another run alone, and not beside another live job of its restaurant', async () => {
  const { jobId, organisationId } = await seedBatch(pool);
  const restaurantId = (await job(jobId))['restaurant_id'] as string;
  await apply(pool, { job_id: jobId, job: snapshot({ status: 'failed', closure: 'given_up' }) });
  const reopen = (run_id: string, revision: number): ReturnType<typeof apply> =>
    apply(pool, { job_id: jobId, job: snapshot({ revision, run_id }) });
  expect((await reopen('run-1', 2)).job).toBe('stale');
  expect((await job(jobId))['status']).toBe('failed');

  const other = await call<{ batch_id: string }>(
    pool,
    'create_registration_batch',
    batchInput(organisationId, [restaurantId], { start_requested: false }),
  );
  expect((await reopen('run-2', 3)).job).toBe('stale');
  await call(pool, 'request_cancel', {
    organisation_id: organisationId,
    batch_id: other.batch_id,
    actor: 'user-1',
  });
  expect((await reopen('run-2', 3)).job).toBe('applied');
  expect((await job(jobId))['status']).toBe('in_progress');
});

test('the batch follows its jobs in the same transaction, out of a terminal status too when a job is reopened', async () => {
  const { batchId, jobIds } = await seedBatch(pool, 2);
  const batch = (): Promise<Record<string, unknown>> => row(pool, 'registration_batch_jobs', batchId);
  const publish = async (index: number, part: Partial<JobSnapshot>): Promise<void> => {
    await apply(pool, { job_id: jobIds[index] ?? '', job: snapshot(part) });
  };
  await publish(0, { current_step: 2 });
  await publish(1, { current_step: 3, status: 'action_required' });
  expect(await batch()).toMatchObject({
    status: 'in_progress',
    current_step: 2,
    started_at: expect.any(Date) as Date,
  });
  await publish(0, { revision: 2, status: 'completed' });
  expect(await batch()).toMatchObject({
    status: 'action_required',
    current_step: 3,
    completed_restaurants: 1,
  });
  await publish(1, { revision: 2, status: 'completed' });
  expect(await batch()).toMatchObject({
    status: 'completed',
    current_step: 6,
    completed_at: expect.any(Date) as Date,
  });
  await publish(1, { revision: 3 });
  expect((await batch())['status']).toBe('completed');
  await publish(1, { revision: 4, run_id: 'run-2' });
  expect(await batch()).toMatchObject({
    status: 'in_progress',
    completed_restaurants: 1,
    completed_at: null,
  });
});

test('whatever the order in which snapshots arrive, the highest revision stands', async () => {
  const revisions = fc.shuffledSubarray([1, 2, 3, 4, 5, 6], { minLength: 3 });
  await fc.assert(
    fc.asyncProperty(revisions, async (order) => {
      const { jobId } = await seedBatch(pool);
      let highest = 0;
      for (const revision of order) {
        const answer = await apply(pool, {
          job_id: jobId,
          job: snapshot({ revision, waiting_reason: `r${revision}` }),
        });
        expect(answer.job).toBe(revision > highest ? 'applied' : 'stale');
        highest = Math.max(highest, revision);
        expect(await job(jobId)).toMatchObject({ revision: String(highest), waiting_reason: `r${highest}` });
      }
    }),
    { numRuns: 40 },
  );
});

test('jobs of one batch that publish all at once, with a cancel between, never deadlock and leave the right counts', async () => {
  const { batchId, jobIds, organisationId } = await seedBatch(pool, 16);
  const writes = jobIds.flatMap((jobId) =>
    [1, 2, 3].map((revision) =>
      apply(pool, {
        job_id: jobId,
        job: snapshot({
          revision,
          status: revision === 3 ? 'completed' : 'in_progress',
          current_step: revision,
        }),
        events: [event(`${jobId}:${revision}`)],
      }),
    ),
  );
  const cancel = { organisation_id: organisationId, batch_id: batchId, actor: 'user-1' };
  await Promise.all([...writes, call(pool, 'request_cancel', cancel)]);
  const batch = await row(pool, 'registration_batch_jobs', batchId);
  expect(batch['completed_restaurants']).toBe(16);
  expect(['completed', 'cancelled']).toContain(batch['status']);
});
