/** A run that was reset in the Web UI goes on, and a record that was lost is made anew. */
import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { type JobSnapshot, type RestoreWrite, type SubStepRow } from '../../../domain/record';
import { SEEDS } from '../../../domain/seeds';
import { SUB_STEP_KEYS, type SubStepKey } from '../../../domain/sub-steps';
import { migratedDatabase, startServer, type TestServer } from './database';
import { snapshot } from '../../helpers/snapshot';
import { apply, batchInput, begin, call, ledgerRow, one, row, seedBatch, type Json } from './record';

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

const job = (jobId: string): Promise<Json> => row(pool, 'registration_jobs', jobId);
const status = async (jobId: string, key: SubStepKey): Promise<unknown> =>
  (await ledgerRow(pool, jobId, key))['status'];
const line = (key: SubStepKey, part: Partial<SubStepRow>): SubStepRow => ({
  key,
  generation: 0,
  attempt: 0,
  status: 'pending',
  ...part,
});

describe('a job whose run was reset', () => {
  const ROWS: SubStepRow[] = [
    line('cloudwaitressAccount', {
      status: 'completed',
      attempt: 1,
      output: { email: 'o@kowhaigrill.example' },
    }),
    line('codeGeneration', { status: 'failed', attempt: 4, error_type: 'ReportedFailure' }),
    line('uploadImages', { status: 'skipped' }),
    line('restaurantRegistration', {
      status: 'cancelled',
      reason: 'The job was cancelled before this began.',
    }),
  ];

  /** A cancelled job with a sub-step of each kind; createOnboardingUser ran when it was cancelled. */
  async function cancelledJob() {
    const batch = await seedBatch(pool);
    const { jobId, organisationId } = batch;
    await apply(pool, {
      job_id: jobId,
      job: snapshot({ note: 'Waits for its turn in step 6.' }),
      sub_steps: ROWS,
    });
    await begin(pool, jobId, 'createOnboardingUser');
    await call(pool, 'request_cancel', { organisation_id: organisationId, job_id: jobId, actor: 'u' });
    const closed: Partial<JobSnapshot> = { revision: 2, status: 'cancelled', closure: 'cancelled' };
    await apply(pool, { job_id: jobId, job: snapshot(closed) });
    return batch;
  }
  const KEPT = ['completed', 'failed', 'skipped', 'in_progress'];
  const statuses = (jobId: string): Promise<unknown[]> =>
    Promise.all(
      (['cloudwaitressAccount', 'codeGeneration', 'uploadImages', 'createOnboardingUser'] as const).map(
        (key) => status(jobId, key),
      ),
    );

  test('may begin what was cancelled, and keeps what ran, failed or was done', async () => {
    const { jobId } = await cancelledJob();
    expect((await job(jobId))['note']).toBeNull();
    expect((await apply(pool, { job_id: jobId, job: snapshot({ revision: 3, run_id: 'run-2' }) })).job).toBe(
      'applied',
    );
    expect(await ledgerRow(pool, jobId, 'restaurantRegistration')).toMatchObject({
      status: 'pending',
      generation: 0,
      reason: null,
      completed_at: null,
    });
    expect(await statuses(jobId)).toEqual(KEPT);
    expect(await begin(pool, jobId, 'restaurantRegistration')).toMatchObject({ begun: true, attempt: 1 });
  });

  test('is opened for a call that comes before the first publication of its run', async () => {
    const { jobId, batchId } = await cancelledJob();
    const reopen = (run_id: string): Promise<Json> =>
      call(pool, 'reopen_registration_job', { job_id: jobId, run_id });
    expect(await reopen('run-1')).toEqual({ reopened: false });
    expect(await begin(pool, jobId, 'restaurantRegistration')).toMatchObject({ refused: 'cancelled' });
    expect(await reopen('run-2')).toEqual({ reopened: true });
    expect(await reopen('run-2')).toEqual({ reopened: false });
    expect(await job(jobId)).toMatchObject({
      status: 'in_progress',
      closure: null,
      workflow_run_id: 'run-2',
      cancel_requested_at: null,
      cancelled_at: null,
    });
    expect(await statuses(jobId)).toEqual(KEPT);
    expect((await row(pool, 'registration_batch_jobs', batchId))['status']).toBe('in_progress');
    expect(await begin(pool, jobId, 'restaurantRegistration')).toMatchObject({ begun: true });
    // The former run is too late for good.
    const late = { revision: 3, status: 'cancelled', closure: 'cancelled' } as const;
    await apply(pool, { job_id: jobId, job: snapshot({ ...late, revision: 1 }) });
    expect((await job(jobId))['status']).toBe('in_progress');
  });

  test('stays closed beside another live job of its restaurant, and when its run never wrote', async () => {
    const { jobId, organisationId } = await cancelledJob();
    const restaurantId = (await job(jobId))['restaurant_id'] as string;
    await call(pool, 'create_registration_batch', batchInput(organisationId, [restaurantId]));
    expect(await call(pool, 'reopen_registration_job', { job_id: jobId, run_id: 'run-2' })).toEqual({
      reopened: false,
    });
    const unstarted = await seedBatch(pool);
    await call(pool, 'close_job', { job_id: unstarted.jobId, status: 'cancelled', reason: 'No.' });
    const p = { job_id: unstarted.jobId, run_id: 'run-2' };
    expect(await call(pool, 'reopen_registration_job', p)).toEqual({ reopened: false });
  });
});

describe('restore_registration_job', () => {
  const seeds = SEEDS;
  const restore = (write: RestoreWrite): Promise<{ restored: boolean; revision: number }> =>
    call(pool, 'restore_registration_job', { ...write, seeds });
  const AT = '2026-03-02T01:00:00.000Z';

  /** A job in step 6, and everything that its workflow knows of it. */
  async function knownJob(part: Partial<JobSnapshot> = {}) {
    const batch = await seedBatch(pool);
    const { jobId, batchId, organisationId } = batch;
    const restaurantId = (await job(jobId))['restaurant_id'] as string;
    const write: RestoreWrite = {
      job_id: jobId,
      identity: {
        batch_job_id: batchId,
        restaurant_id: restaurantId,
        organisation_id: organisationId,
        position: 1,
        batch_name: 'A batch',
        failure_policy: 'wait',
      },
      job: snapshot({
        revision: 10,
        note: 'Waits.',
        execution_config: { menu: { selectedMenuId: null } },
        steps: [1, 2, 3, 4, 5, 6].map((number) => ({
          step_number: number as 1,
          status: number === 6 ? 'in_progress' : 'completed',
          started_at: AT,
          completed_at: number === 6 ? null : AT,
          error_message: null,
          error_details: null,
          retry_count: 0,
          result_data: { of: number },
        })),
        ...part,
      }),
      sub_steps: [
        line('cloudwaitressAccount', {
          generation: 2,
          attempt: 1,
          status: 'completed',
          output: { email: 'o@kowhaigrill.example', pumpd_user_id: 'U-1' },
          proof: 'none',
          started_at: AT,
          completed_at: AT,
        }),
        line('restaurantRegistration', {
          generation: 1,
          attempt: 2,
          status: 'completed',
          output: { pumpd_restaurant_id: 'RES-1' },
          proof: 'read_back',
          started_at: AT,
          completed_at: AT,
        }),
        line('codeGeneration', {
          generation: 1,
          attempt: 4,
          status: 'failed',
          error_type: 'ReportedFailure',
          error: 'It failed.',
          started_at: AT,
          completed_at: AT,
        }),
        line('websiteConfig', { generation: 1, status: 'blocked', reason: 'Waits for: the code.' }),
        line('menuImport', { generation: 1, status: 'pending', note: 'Place 2.' }),
      ],
      events: [
        { id: `${jobId}:run-1:1`, kind: 'step.retried', actor: 'u', reason: null, data: { step: 6 }, at: AT },
      ],
    };
    await apply(pool, write);
    return { ...batch, write };
  }

  const IGNORED = ['id', 'created_at', 'updated_at'];
  /** The record of a job, without the columns that name rows and writes. */
  async function recordOf(jobId: string): Promise<Json> {
    const read = async (table: string, column: string, order: string): Promise<Json[]> => {
      const sql = `select * from ${table} where ${column} = $1 order by ${order}`;
      const { rows } = await pool.query<Json>(sql, [jobId]);
      return rows.map((found) =>
        Object.fromEntries(Object.entries(found).filter(([name]) => !IGNORED.includes(name))),
      );
    };
    return {
      job: await read('registration_jobs', 'id', 'id'),
      steps: await read('registration_job_steps', 'job_id', 'step_number'),
      subSteps: await read('registration_sub_steps', 'job_id', 'position'),
      events: await read('registration_events', 'job_id', 'id'),
    };
  }
  const seeded = async (jobId: string): Promise<void> => {
    // The names of the test's own seeds are not the product's.
    for (const { step_number, step_name, step_description, step_type } of SEEDS.steps) {
      await pool.query(
        'update registration_job_steps set step_name = $3, step_description = $4, step_type = $5 where job_id = $1 and step_number = $2',
        [jobId, step_number, step_name, step_description, step_type],
      );
    }
  };

  test('makes an emptied record equal to what it was, again and again', async () => {
    const { jobId, batchId, write } = await knownJob();
    await seeded(jobId);
    const before = await recordOf(jobId);
    await pool.query('delete from registration_jobs where id = $1', [jobId]);
    expect(await restore(write)).toEqual({ restored: true, revision: 10 });
    expect(await recordOf(jobId)).toEqual(before);
    expect(await restore(write)).toEqual({ restored: true, revision: 10 });
    expect(await recordOf(jobId)).toEqual(before);
    expect(await row(pool, 'registration_batch_jobs', batchId)).toMatchObject({
      status: 'in_progress',
      current_step: 6,
      total_restaurants: 1,
    });
  });

  test('makes a batch that is gone too, and counts the jobs that come back', async () => {
    const { batchId, write, jobId } = await knownJob({ status: 'completed' });
    await pool.query('delete from registration_batch_jobs where id = $1', [batchId]);
    expect(await restore(write)).toMatchObject({ restored: true });
    expect((await job(jobId))['status']).toBe('completed');
    expect(await row(pool, 'registration_batch_jobs', batchId)).toMatchObject({
      status: 'completed',
      completed_restaurants: 1,
      total_restaurants: 1,
    });
  });

  test('corrects what somebody changed by hand', async () => {
    const { jobId, write } = await knownJob();
    await pool.query(`update registration_jobs set status = 'action_required', note = null where id = $1`, [
      jobId,
    ]);
    await pool.query(
      `update registration_sub_steps set error = 'changed', output = '{"x":1}', proof = 'reported'
        where job_id = $1 and key in ('codeGeneration', 'cloudwaitressAccount')`,
      [jobId],
    );
    await pool.query('delete from registration_job_steps where job_id = $1 and step_number = 2', [jobId]);
    await restore(write);
    expect(await job(jobId)).toMatchObject({ status: 'in_progress', note: 'Waits.' });
    expect(await ledgerRow(pool, jobId, 'codeGeneration')).toMatchObject({ error: 'It failed.' });
    expect(await ledgerRow(pool, jobId, 'cloudwaitressAccount')).toMatchObject({
      output: { email: 'o@kowhaigrill.example', pumpd_user_id: 'U-1' },
      proof: 'none',
    });
    expect((await pool.query('select from registration_job_steps where job_id = $1', [jobId])).rowCount).toBe(
      6,
    );
  });

  test('leaves the platform’s tables as they are', async () => {
    const { write, jobId, organisationId } = await knownJob();
    await pool.query(
      `update pumpd_accounts set email = 'newer@kowhaigrill.example' where organisation_id = $1`,
      [organisationId],
    );
    await pool.query('delete from registration_jobs where id = $1', [jobId]);
    await restore(write);
    const account = one(
      (
        await pool.query<Json>('select email from pumpd_accounts where organisation_id = $1', [
          organisationId,
        ])
      ).rows,
    );
    expect(account['email']).toBe('newer@kowhaigrill.example');
    expect(await job(jobId)).toMatchObject({ pumpd_user_id: 'U-1', pumpd_restaurant_id: 'RES-1' });
  });

  test('a newer revision stays', async () => {
    const { jobId, write } = await knownJob();
    await apply(pool, { job_id: jobId, job: snapshot({ revision: 11, waiting_reason: 'newer' }) });
    expect(await restore(write)).toEqual({ restored: false, revision: 11 });
    expect((await job(jobId))['waiting_reason']).toBe('newer');
  });

  test('a closed job is not opened by the run that it was closed for, and not beside another live job', async () => {
    const { jobId, write, organisationId } = await knownJob();
    await call(pool, 'close_job', { job_id: jobId, status: 'failed', reason: 'Its run was terminated.' });
    expect(await restore(write)).toEqual({ restored: false, revision: 10 });
    expect((await job(jobId))['status']).toBe('failed');
    await pool.query('delete from registration_jobs where id = $1', [jobId]);
    const other = batchInput(organisationId, [write.identity.restaurant_id]);
    await call(pool, 'create_registration_batch', other);
    expect(await restore(write)).toEqual({ restored: false, revision: 0 });
    expect(await restore({ ...write, job: { ...write.job, status: 'completed' } })).toMatchObject({
      restored: true,
    });
  });

  test('a call that was under way when the ledger was lost is one to be looked for, not one to be made again', async () => {
    const { jobId, write } = await knownJob();
    await pool.query('delete from registration_jobs where id = $1', [jobId]);
    const runs = line('menuImport', { generation: 1, attempt: null, status: 'in_progress' });
    await restore({ ...write, sub_steps: [runs] });
    expect(await ledgerRow(pool, jobId, 'menuImport')).toMatchObject({
      status: 'in_progress',
      attempt: 1,
      attempt_started_at: expect.any(Date) as Date,
    });
    expect(await begin(pool, jobId, 'menuImport', 0, 1)).toMatchObject({ refused: 'conflict' });
    const late = await apply(pool, {
      job_id: jobId,
      sub_steps: [
        line('menuImport', { generation: 1, attempt: 2, status: 'completed', output: { dishes: 20 } }),
      ],
    });
    expect(late.sub_steps_ignored).toEqual([]);
  });

  test.each(['in_progress', 'pending', 'failed', 'blocked'] as const)(
    'what an activity has written since is not undone by a workflow that says %s',
    async (says) => {
      const { jobId, write } = await knownJob();
      await begin(pool, jobId, 'menuImport', 0, 1);
      const wrote = { generation: 1, attempt: 1, status: 'completed', output: { dishes: 20 } } as const;
      await apply(pool, { job_id: jobId, sub_steps: [line('menuImport', wrote)] });
      await restore({
        ...write,
        sub_steps: [line('menuImport', { generation: 1, attempt: null, status: says })],
      });
      expect(await ledgerRow(pool, jobId, 'menuImport')).toMatchObject(wrote);
    },
  );

  test('makes a row for each step and sub-step, those included that the workflow says nothing of', async () => {
    const { jobId, write } = await knownJob();
    await pool.query('delete from registration_jobs where id = $1', [jobId]);
    await restore({ ...write, sub_steps: [], job_id: jobId });
    const { rows } = await pool.query<{ key: string }>(
      'select key from registration_sub_steps where job_id = $1 order by position',
      [jobId],
    );
    expect(rows.map(({ key }) => key)).toEqual([...SUB_STEP_KEYS]);
    const unknown = {
      ...write,
      identity: { ...write.identity, restaurant_id: randomUUID() },
      job_id: randomUUID(),
    };
    await expect(restore(unknown)).rejects.toMatchObject({ code: '23503' });
  });
});
