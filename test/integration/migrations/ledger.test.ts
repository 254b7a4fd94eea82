import fc from 'fast-check';
import { type Pool } from 'pg';
import { type SubStepRow } from '../../../domain/record';
import { SUB_STEP_STATUSES } from '../../../domain/statuses';
import { PHASES, SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import { migratedDatabase, startServer, type TestServer } from './database';
import { snapshot } from '../../helpers/snapshot';
import { apply, begin, call, ledgerRow, one, row, seedBatch, type Json } from './record';

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

const KEY: SubStepKey = 'codeGeneration';
const line = (part: Partial<SubStepRow>): SubStepRow => ({
  key: KEY,
  generation: 0,
  attempt: 0,
  status: 'pending',
  ...part,
});
const write = async (jobId: string, part: Partial<SubStepRow>): Promise<'taken' | 'ignored'> => {
  const answer = await apply(pool, { job_id: jobId, sub_steps: [line(part)] });
  return answer.sub_steps_ignored.length === 0 ? 'taken' : 'ignored';
};

interface Progress {
  current_phase: number;
  total_sub_steps: number;
  phases: Record<string, { status: string; description: string; sub_steps: Record<string, Json> }>;
}
const progress = async (jobId: string): Promise<Progress> => {
  const sql =
    'select sub_step_progress as p from registration_job_steps where job_id = $1 and step_number = 6';
  return one((await pool.query<{ p: Progress }>(sql, [jobId])).rows).p;
};

describe('a ledger row', () => {
  const FINAL = ['completed', 'skipped', 'cancelled'] as const;
  test.each(FINAL)('that is %s is final in its generation; a repeat of it is harmless', async (status) => {
    const { jobId } = await seedBatch(pool);
    const final: Partial<SubStepRow> = { status, attempt: 1, output: { code: 'C1' } };
    expect(await write(jobId, final)).toBe('taken');
    const stored = await ledgerRow(pool, jobId, KEY);
    for (const other of SUB_STEP_STATUSES.filter((candidate) => candidate !== status)) {
      expect(await write(jobId, { status: other, attempt: 9 })).toBe('ignored');
    }
    expect(await write(jobId, { ...final, output: { code: 'C2' } })).toBe('ignored');
    expect(await write(jobId, final)).toBe('taken');
    expect(await ledgerRow(pool, jobId, KEY)).toEqual(stored);
  });

  test('ignores a lower attempt, and a late pending or blocked of the attempt that runs', async () => {
    const { jobId } = await seedBatch(pool);
    await write(jobId, { status: 'retrying', attempt: 2, error: 'The service did not answer.' });
    expect(await write(jobId, { status: 'failed', attempt: 1 })).toBe('ignored');
    expect(await write(jobId, { status: 'pending', attempt: 2 })).toBe('ignored');
    expect(await write(jobId, { status: 'blocked', attempt: 2 })).toBe('ignored');
    expect(await write(jobId, { status: 'failed', attempt: 2, error: 'Gone.' })).toBe('taken');
    expect(await write(jobId, { status: 'pending', attempt: 2 })).toBe('taken');
    expect(await ledgerRow(pool, jobId, KEY)).toMatchObject({
      status: 'pending',
      error: null,
      completed_at: null,
    });
  });

  test('is not touched by a writer that makes no calls while one runs or is to be repeated, but for what it waits for', async () => {
    const { jobId } = await seedBatch(pool);
    const blind = { attempt: null, error: null, error_type: null, reason: null } as const;
    await begin(pool, jobId, KEY);
    const running = await ledgerRow(pool, jobId, KEY);
    for (const status of ['pending', 'blocked', 'in_progress', 'retrying'] as const) {
      expect(await write(jobId, { ...blind, status, note: 'Waits.' })).toBe('ignored');
    }
    expect(await ledgerRow(pool, jobId, KEY)).toEqual(running);
    const retrying = {
      status: 'retrying',
      attempt: 1,
      error_type: 'RateLimited',
      error: 'Slow down.',
    } as const;
    await write(jobId, retrying);
    expect(await write(jobId, { ...blind, status: 'pending' })).toBe('ignored');
    expect(await write(jobId, { ...blind, status: 'pending', note: 'Place 2.' })).toBe('taken');
    expect(await ledgerRow(pool, jobId, KEY)).toMatchObject({ ...retrying, note: 'Place 2.' });
    expect((await progress(jobId)).phases['phase1']?.sub_steps[KEY]).toMatchObject({ note: 'Place 2.' });
    expect(await write(jobId, { ...blind, status: 'pending', note: null })).toBe('taken');
    expect(await ledgerRow(pool, jobId, KEY)).toMatchObject({ ...retrying, note: null });
  });

  test('never reads as running because a writer that makes no calls says so', async () => {
    const { jobId } = await seedBatch(pool);
    expect(await write(jobId, { attempt: null, status: 'in_progress', generation: 1 })).toBe('ignored');
    expect(await ledgerRow(pool, jobId, KEY)).toMatchObject({ status: 'pending', generation: 0 });
  });

  test.each(['completed', 'failed', 'skipped', 'cancelled'] as const)(
    'says what it waits for until it begins or is %s',
    async (status) => {
      const { jobId } = await seedBatch(pool);
      const note = async (): Promise<unknown> => (await ledgerRow(pool, jobId, KEY))['note'];
      await write(jobId, { attempt: null, note: 'Place 3.' });
      expect(await note()).toBe('Place 3.');
      await write(jobId, { attempt: null, reason: 'still' });
      expect(await note()).toBe('Place 3.');
      await begin(pool, jobId, KEY);
      expect(await note()).toBeNull();
      await write(jobId, { attempt: 1, status: 'retrying', note: 'Place 1.' });
      expect(await note()).toBe('Place 1.');
      await write(jobId, { attempt: 1, status, note: 'Place 1.' });
      expect(await note()).toBeNull();
    },
  );

  test('is marked as done by a person in its generation, and out of skipped in the next one', async () => {
    const { jobId } = await seedBatch(pool);
    const done = { attempt: null, status: 'completed', output: { code: 'C9' }, proof: 'none' } as const;
    await begin(pool, jobId, KEY);
    await write(jobId, { status: 'failed', attempt: 1, error_type: 'OutcomeUnclear' });
    expect(await write(jobId, done)).toBe('taken');
    expect(await write(jobId, done)).toBe('taken');
    expect(await ledgerRow(pool, jobId, KEY)).toMatchObject({
      status: 'completed',
      attempt: 1,
      output: { code: 'C9' },
      proof: 'none',
      error_type: null,
    });
    const other = await seedBatch(pool);
    await write(other.jobId, { status: 'skipped', attempt: 0 });
    expect(await write(other.jobId, { ...done, attempt: 0 })).toBe('ignored');
    expect(await write(other.jobId, { ...done, attempt: 0, generation: 1 })).toBe('taken');
  });

  test('of a higher generation is taken over anything and starts clean; a lower one never is', async () => {
    const { jobId } = await seedBatch(pool);
    await begin(pool, jobId, KEY);
    await write(jobId, { status: 'completed', attempt: 1, output: { code: 'C1' }, proof: 'read_back' });
    expect(await write(jobId, { status: 'pending', generation: 1 })).toBe('taken');
    expect(await ledgerRow(pool, jobId, KEY)).toMatchObject({
      generation: 1,
      attempt: 0,
      status: 'pending',
      output: null,
      proof: null,
      error: null,
      state_before: null,
      started_at: null,
      attempt_started_at: null,
      completed_at: null,
    });
    expect(await write(jobId, { status: 'completed', attempt: 5, generation: 0 })).toBe('ignored');
  });

  test('keeps what a writer leaves out', async () => {
    const { jobId } = await seedBatch(pool);
    await write(jobId, {
      status: 'in_progress',
      attempt: 1,
      started_at: '2026-03-02T01:00:00.000Z',
      max_attempts: 2,
    });
    await write(jobId, { status: 'completed', attempt: 1, completed_at: '2026-03-02T01:00:47.000Z' });
    expect(await ledgerRow(pool, jobId, KEY)).toMatchObject({
      max_attempts: 2,
      started_at: new Date('2026-03-02T01:00:00.000Z'),
      completed_at: new Date('2026-03-02T01:00:47.000Z'),
    });
  });
});

const anyRow = fc.record({
  generation: fc.integer({ min: 0, max: 2 }),
  attempt: fc.integer({ min: 0, max: 3 }),
  status: fc.constantFrom(...SUB_STEP_STATUSES),
});

test('random writes in random order never go back: not in generation, not in attempt, not out of a final status', async () => {
  const final = new Set(['completed', 'skipped', 'cancelled']);
  await fc.assert(
    fc.asyncProperty(fc.array(anyRow, { minLength: 4, maxLength: 14 }), async (writes) => {
      const { jobId } = await seedBatch(pool);
      let before = await ledgerRow(pool, jobId, KEY);
      for (const part of writes) {
        const answer = await write(jobId, part);
        const after = await ledgerRow(pool, jobId, KEY);
        const [g0, a0, g1, a1] = [
          before['generation'],
          before['attempt'],
          after['generation'],
          after['attempt'],
        ] as number[];
        expect(g1).toBeGreaterThanOrEqual(g0 ?? 0);
        if (g1 === g0) {
          expect(a1).toBeGreaterThanOrEqual(a0 ?? 0);
          if (final.has(before['status'] as string)) expect(after).toEqual(before);
        }
        if (answer === 'ignored') expect(after).toEqual(before);
        else expect(after).toMatchObject(part);
        before = after;
      }
    }),
    { numRuns: 60 },
  );
});

describe('begin_sub_step_attempt', () => {
  test('counts attempts, stamps each and keeps the first start', async () => {
    const { jobId } = await seedBatch(pool);
    const first = await begin(pool, jobId, KEY);
    expect(first).toMatchObject({ begun: true, attempt: 1 });
    await write(jobId, { status: 'retrying', attempt: 1, error: 'The service did not answer.' });
    const second = await begin(pool, jobId, KEY, 1);
    if (!first.begun || !second.begun) throw new Error('both attempts begin');
    expect(second.attempt).toBe(2);
    expect(await ledgerRow(pool, jobId, KEY)).toMatchObject({
      status: 'in_progress',
      attempt: 2,
      error: null,
      state_before: { dishes: 1 },
      started_at: new Date(first.started_at),
      attempt_started_at: new Date(second.started_at),
    });
    expect((await progress(jobId)).phases['phase1']?.sub_steps[KEY]).toMatchObject({
      status: 'in_progress',
      attempt: 2,
    });
  });

  test('without a generation or an expected attempt claims nothing', async () => {
    const { jobId } = await seedBatch(pool);
    const claim = { job_id: jobId, key: KEY, generation: 0, expected_attempt: 0 };
    for (const missing of ['generation', 'expected_attempt']) {
      const claimed = call(pool, 'begin_sub_step_attempt', { ...claim, [missing]: null });
      await expect(claimed).rejects.toMatchObject({ code: '22023' });
    }
    expect((await ledgerRow(pool, jobId, KEY))['attempt']).toBe(0);
  });

  test('of many at once for one sub-step, one begins', async () => {
    const { jobId } = await seedBatch(pool);
    const answers = await Promise.all(Array.from({ length: 8 }, () => begin(pool, jobId, KEY)));
    expect(answers.filter((answer) => answer.begun)).toHaveLength(1);
    expect(answers.filter((answer) => !answer.begun && answer.refused === 'conflict')).toHaveLength(7);
  });

  test('of all twelve at once, each begins and the progress shows each', async () => {
    const { jobId } = await seedBatch(pool);
    const answers = await Promise.all(SUB_STEP_KEYS.map((key) => begin(pool, jobId, key)));
    expect(answers.every((answer) => answer.begun)).toBe(true);
    const shown = Object.values((await progress(jobId)).phases).flatMap((phase) =>
      Object.values(phase.sub_steps),
    );
    expect(shown.map((subStep) => subStep['status'])).toEqual(SUB_STEP_KEYS.map(() => 'in_progress'));
  });

  const refused = (why: string): Json => ({ begun: false, refused: why });

  test('is refused once a job or its batch is being cancelled, and for a closed or unknown job', async () => {
    const one = await seedBatch(pool);
    await call(pool, 'request_cancel', {
      organisation_id: one.organisationId,
      job_id: one.jobId,
      actor: 'u',
    });
    expect(await begin(pool, one.jobId, KEY)).toEqual(refused('cancelled'));
    await apply(pool, { job_id: one.jobId, job: snapshot({ status: 'cancelled', closure: 'cancelled' }) });
    expect(await begin(pool, one.jobId, KEY)).toEqual(refused('cancelled'));
    // Reset on purpose: the cancel was the last run's.
    await apply(pool, { job_id: one.jobId, job: snapshot({ revision: 2, run_id: 'run-2' }) });
    expect(await begin(pool, one.jobId, KEY)).toMatchObject({ begun: true });
    const two = await seedBatch(pool);
    await call(pool, 'request_cancel', {
      organisation_id: two.organisationId,
      batch_id: two.batchId,
      actor: 'u',
    });
    expect(await begin(pool, two.jobId, KEY)).toEqual(refused('cancelled'));
    const three = await seedBatch(pool);
    await apply(pool, { job_id: three.jobId, job: snapshot({ status: 'failed', closure: 'given_up' }) });
    expect(await begin(pool, three.jobId, KEY)).toEqual(refused('closed'));
    expect((await ledgerRow(pool, three.jobId, KEY))['attempt']).toBe(0);
    expect(await begin(pool, '00000000-0000-4000-8000-00000000dead', KEY)).toEqual(refused('closed'));
  });

  test('is refused when superseded, done, or not at the expected attempt; a higher generation begins anew', async () => {
    const { jobId } = await seedBatch(pool);
    expect(await begin(pool, jobId, KEY, 1)).toEqual(refused('conflict'));
    await write(jobId, { status: 'completed', attempt: 0, output: { code: 'C1' } });
    expect(await begin(pool, jobId, KEY)).toEqual(refused('completed'));
    expect(await begin(pool, jobId, KEY, 3, 2)).toEqual(refused('conflict'));
    expect((await ledgerRow(pool, jobId, KEY))['output']).toEqual({ code: 'C1' });
    expect(await begin(pool, jobId, KEY, 0, 2)).toMatchObject({ begun: true, attempt: 1 });
    expect(await ledgerRow(pool, jobId, KEY)).toMatchObject({ generation: 2, output: null });
    expect(await begin(pool, jobId, KEY, 1, 1)).toEqual(refused('superseded'));
  });
});

describe('what is derived from the ledger', () => {
  test('progress has the agreed shape, with phases, descriptions and ISO times', async () => {
    const { jobId } = await seedBatch(pool);
    await write(jobId, {
      status: 'completed',
      attempt: 1,
      started_at: '2026-03-02T01:00:00Z',
      completed_at: '2026-03-02T01:00:47.5Z',
      output: { codeInjectionId: 'ci-1' },
    });
    const shown = await progress(jobId);
    expect(shown).toMatchObject({ current_phase: 1, total_sub_steps: 12 });
    for (const { phase, description } of PHASES) {
      const part = shown.phases[`phase${phase}`];
      expect(part?.description).toBe(description);
      const keys = SUB_STEP_KEYS.filter((key) => SUB_STEPS[key].phase === phase);
      expect(new Set(Object.keys(part?.sub_steps ?? {}))).toEqual(new Set(keys));
    }
    expect(shown.phases['phase1']?.sub_steps[KEY]).toEqual({
      status: 'completed',
      started_at: '2026-03-02T01:00:00.000Z',
      completed_at: '2026-03-02T01:00:47.500Z',
      duration_ms: 47500,
      generation: 0,
      attempt: 1,
      max_attempts: 4,
      error: null,
      reason: null,
      note: null,
      output: { codeInjectionId: 'ci-1' },
      proof: null,
    });
    expect((await row(pool, 'registration_jobs', jobId))['execution_results']).toEqual({
      [KEY]: { codeInjectionId: 'ci-1' },
    });
  });

  const phaseOne = SUB_STEP_KEYS.filter((key) => SUB_STEPS[key].phase === 1);
  test.each([
    [['pending', 'pending', 'pending', 'pending'], 'pending'],
    [['completed', 'pending', 'pending', 'pending'], 'in_progress'],
    [['failed', 'in_progress', 'pending', 'pending'], 'in_progress'],
    [['failed', 'completed', 'completed', 'skipped'], 'failed'],
    [['completed', 'skipped', 'completed', 'completed'], 'completed'],
    [['skipped', 'skipped', 'skipped', 'skipped'], 'skipped'],
    [['completed', 'cancelled', 'cancelled', 'skipped'], 'cancelled'],
  ] as const)('a phase of %j is %s', async (statuses, expected) => {
    const { jobId } = await seedBatch(pool);
    const sub_steps = phaseOne.map((key, index) => line({ key, status: statuses[index] ?? 'pending' }));
    await apply(pool, { job_id: jobId, sub_steps });
    const shown = await progress(jobId);
    expect(shown.phases['phase1']?.status).toBe(expected);
    expect(shown.current_phase).toBe(expected === 'completed' || expected === 'skipped' ? 2 : 1);
  });

  test('a completed account and restaurant reach the platform’s tables and the job, once', async () => {
    const { jobId, organisationId } = await seedBatch(pool);
    const secret = '00000000-0000-4000-8000-0000000000c1';
    const account = { email: 'owner@kowhaigrill.example', pumpd_user_id: 'U-77', secret_id: secret };
    const restaurant = {
      pumpd_restaurant_id: 'RES-1',
      pumpd_subdomain: 'kwhaigrill',
      dashboard_url: 'https://portal.example/RES-1',
    };
    const sub_steps = [
      line({ key: 'cloudwaitressAccount', status: 'completed', attempt: 1, output: account }),
      line({ key: 'restaurantRegistration', status: 'completed', attempt: 1, output: restaurant }),
    ];
    await apply(pool, { job_id: jobId, sub_steps });
    await apply(pool, { job_id: jobId, sub_steps });
    const accountRow = await row(pool, 'pumpd_accounts', organisationId, 'organisation_id');
    expect(accountRow).toMatchObject({ ...account, registration_status: 'completed', created_by_job: jobId });
    expect(await row(pool, 'pumpd_restaurants', organisationId, 'organisation_id')).toMatchObject({
      ...restaurant,
      registration_status: 'completed',
      pumpd_account_id: accountRow['id'],
    });
    expect(await row(pool, 'registration_jobs', jobId)).toMatchObject({
      pumpd_user_id: 'U-77',
      pumpd_restaurant_id: 'RES-1',
    });
  });

  test('an account and a restaurant that a person marks as done reach the platform’s tables too', async () => {
    const { jobId, organisationId } = await seedBatch(pool);
    const secret = '00000000-0000-4000-8000-0000000000c2';
    const account = { email: 'owner@kowhaigrill.example', phone: '+6495550100', passwordRef: secret };
    await apply(pool, { job_id: jobId, job: snapshot({ execution_config: { account } }) });
    const done = { attempt: null, status: 'completed', proof: 'none', generation: 2 } as const;
    await apply(pool, {
      job_id: jobId,
      sub_steps: [
        line({ ...done, key: 'cloudwaitressAccount', output: {} }),
        line({ ...done, key: 'restaurantRegistration', output: { pumpd_restaurant_id: 'RES-7' } }),
      ],
    });
    expect(await row(pool, 'pumpd_accounts', organisationId, 'organisation_id')).toMatchObject({
      email: account.email,
      phone: account.phone,
      secret_id: secret,
      registration_status: 'completed',
    });
    expect(await row(pool, 'pumpd_restaurants', organisationId, 'organisation_id')).toMatchObject({
      pumpd_restaurant_id: 'RES-7',
      registration_status: 'completed',
    });
    expect((await row(pool, 'registration_jobs', jobId))['pumpd_restaurant_id']).toBe('RES-7');
  });

  test('an account row that is there is completed, and what the result lacks is kept', async () => {
    const { jobId, organisationId } = await seedBatch(pool);
    const restaurantId = (await row(pool, 'registration_jobs', jobId))['restaurant_id'];
    await pool.query(
      `insert into pumpd_accounts (organisation_id, restaurant_id, email, pumpd_user_id, registration_status)
        values ($1, $2, 'Owner@kowhaigrill.example', 'U-1', 'pending')`,
      [organisationId, restaurantId],
    );
    const output = { email: 'owner@kowhaigrill.example', secret_id: 'not-a-uuid' };
    await write(jobId, { key: 'cloudwaitressAccount', status: 'completed', attempt: 1, output });
    expect(await row(pool, 'pumpd_accounts', organisationId, 'organisation_id')).toMatchObject({
      email: 'owner@kowhaigrill.example',
      pumpd_user_id: 'U-1',
      secret_id: null,
      registration_status: 'completed',
    });
  });
});
