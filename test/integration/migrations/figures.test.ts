/** What the metrics are told of the record: who waits for what and since when, which batches stand still, how many there are. */
import { type Pool } from 'pg';
import { PAUSED } from '../../../domain/reasons';
import { migratedDatabase, startServer, type TestServer } from './database';
import { call, one, seedBatch, type Json } from './record';

interface Waiting {
  asked: string;
  oldest_seconds: number;
  ages: { longer_than: string; count: number }[];
}
interface Figures {
  live: Json[];
  ended: Json[];
  paused: { by: string; count: number }[];
  waiting: Waiting[];
}

let server: TestServer;
let pool: Pool;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());
// The figures are of the whole database.
beforeEach(async () => {
  pool = await migratedDatabase(server);
});
afterEach(() => pool.end());

const figures = async (): Promise<Figures> =>
  one((await pool.query<{ f: Figures }>('select registration_figures() as f')).rows).f;

const HOUR = 3_600;
const ago = (seconds: number): Date => new Date(Date.now() - seconds * 1_000);

/** The job stands at this step since so many seconds, and asks. */
async function waits(jobId: string | undefined, step: number, seconds: number): Promise<void> {
  await pool.query(
    `update registration_jobs set status = 'action_required', current_step = $2 where id = $1`,
    [jobId, step],
  );
  await pool.query(
    `update registration_job_steps set started_at = $3 where job_id = $1 and step_number = $2`,
    [jobId, step, ago(seconds)],
  );
}

/** Of one kind of waiting: the age to the minute, since time goes on, and how many have waited for longer than … */
async function waitingFor(asked: string): Promise<{ minutes: number; ages: Record<string, number> }> {
  const found = one((await figures()).waiting.filter((waiting) => waiting.asked === asked));
  return {
    minutes: Math.floor(found.oldest_seconds / 60),
    ages: Object.fromEntries(found.ages.map(({ longer_than, count }) => [longer_than, count])),
  };
}

test('an empty record has nobody who waits', async () => {
  expect(await figures()).toEqual({
    live: [],
    ended: [
      { status: 'completed', count: 0 },
      { status: 'failed', count: 0 },
      { status: 'cancelled', count: 0 },
    ],
    paused: [],
    waiting: [],
  });
});

test('who waits is counted by what is asked, with the oldest age and how many are older than each limit', async () => {
  const first = await seedBatch(pool, 4);
  const second = await seedBatch(pool, 3);
  await waits(first.jobIds[0], 5, 2 * HOUR + 90);
  await waits(first.jobIds[1], 5, 20 * 60);
  await waits(second.jobIds[0], 5, 5);
  await waits(first.jobIds[2], 3, 30 * HOUR);
  await waits(second.jobIds[1], 1, 8 * 24 * HOUR);
  // Ended, and under way: neither waits.
  await waits(second.jobIds[2], 5, 50 * HOUR);
  await pool.query(`update registration_jobs set status = 'cancelled' where id = $1`, [second.jobIds[2]]);

  expect((await figures()).waiting.map(({ asked }) => asked).sort()).toEqual([
    'company_selection',
    'configuration',
    'extraction',
  ]);
  expect(await waitingFor('configuration')).toEqual({
    minutes: 121,
    ages: { '0s': 3, '15m': 2, '1h': 1, '4h': 0, '24h': 0, '7d': 0 },
  });
  expect(await waitingFor('company_selection')).toEqual({
    minutes: 30 * 60,
    ages: { '0s': 1, '15m': 1, '1h': 1, '4h': 1, '24h': 1, '7d': 0 },
  });
  expect((await waitingFor('extraction')).ages).toMatchObject({ '24h': 1, '7d': 1 });
});

test('where sub-steps failed, the wait counts from the last of the failures, not from the beginning of step 6', async () => {
  const { jobId } = await seedBatch(pool);
  await waits(jobId, 6, 40 * HOUR);
  expect((await waitingFor('sub_steps')).minutes).toBe(40 * 60);
  const ended = (key: string, status: string, seconds: number): Promise<unknown> =>
    pool.query(
      'update registration_sub_steps set status = $3, completed_at = $4 where job_id = $1 and key = $2',
      [jobId, key, status, ago(seconds)],
    );
  await ended('websiteConfig', 'failed', 3 * HOUR);
  await ended('menuImport', 'failed', 2 * HOUR);
  await ended('uploadImages', 'completed', 10);
  expect(await waitingFor('sub_steps')).toEqual({
    minutes: 120,
    ages: { '0s': 1, '15m': 1, '1h': 1, '4h': 0, '24h': 0, '7d': 0 },
  });
});

test('registrations are counted by step and status while they live, by their end after it', async () => {
  const { batchId, jobIds } = await seedBatch(pool, 6);
  const set = (index: number, status: string, step: number): Promise<unknown> =>
    pool.query('update registration_jobs set status = $2, current_step = $3 where id = $1', [
      jobIds[index],
      status,
      step,
    ]);
  await set(0, 'in_progress', 6);
  await set(1, 'in_progress', 6);
  await set(2, 'completed', 6);
  await set(3, 'failed', 2);
  await set(4, 'cancelled', 1);
  await pool.query('select record_batch_summary($1)', [batchId]);
  const { live, ended } = await figures();
  expect(live).toHaveLength(2);
  expect(live).toEqual(
    expect.arrayContaining([
      { step: 6, status: 'in_progress', count: 2 },
      { step: 1, status: 'pending', count: 1 },
    ]),
  );
  expect(ended).toEqual([
    { status: 'completed', count: 1 },
    { status: 'failed', count: 1 },
    { status: 'cancelled', count: 1 },
  ]);
});

test("paused batches are the breaker's by the sentence that the breaker writes, and a person's by any other", async () => {
  const pause = async (pause_reason: string): Promise<string> => {
    const { batchId } = await seedBatch(pool);
    const write = {
      batch_id: batchId,
      revision: 1,
      paused_at: ago(60).toISOString(),
      pause_reason,
      events: [],
    };
    expect(await call(pool, 'set_batch_pause', write)).toEqual({ applied: true });
    return batchId;
  };
  const told = async (): Promise<Record<string, number>> =>
    Object.fromEntries((await figures()).paused.map(({ by, count }) => [by, count]));
  await seedBatch(pool);
  expect(await told()).toEqual({});
  // The function knows the breaker by how its sentence begins: whoever changes that must write the function anew.
  await pause(PAUSED.byBreaker(3, 4));
  const second = await pause(PAUSED.byBreaker(50, 99));
  expect(await told()).toEqual({ breaker: 2 });
  await pause(PAUSED.byPerson);
  await pause('The circuit breaker of the kitchen is gone.');
  await pause('Stock-taking.');
  expect(await told()).toEqual({ breaker: 2, person: 3 });
  const resumed = { batch_id: second, revision: 2, paused_at: null, pause_reason: null, events: [] };
  await call(pool, 'set_batch_pause', resumed);
  expect(await told()).toEqual({ breaker: 1, person: 3 });
});

test('only the service may ask: the figures are of all organisations', async () => {
  const { rows } = await pool.query<{ member: boolean; service: boolean }>(
    `select has_function_privilege('authenticated', 'public.registration_figures()', 'execute') as member,
      has_function_privilege('service_role', 'public.registration_figures()', 'execute') as service`,
  );
  expect(rows).toEqual([{ member: false, service: true }]);
});
