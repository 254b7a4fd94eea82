import { randomUUID } from 'node:crypto';
import { setImmediate } from 'node:timers/promises';
import { type Pool } from 'pg';
import { SUB_STEP_KEYS } from '../../../domain/sub-steps';
import { migratedDatabase, startServer, type TestServer } from './database';
import { snapshot } from '../../helpers/snapshot';
import {
  apply,
  batchInput,
  call,
  row,
  seedBatch,
  seedOrganisation,
  seedRestaurants,
  type Created,
  type Json,
} from './record';

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

const create = (input: Json): Promise<Created & { error?: string; restaurant_ids?: string[] }> =>
  call(pool, 'create_registration_batch', input);

const count = async (table: string, column: string, ids: readonly string[]): Promise<number> => {
  const sql = `select count(*)::int as count from ${table} where ${column} = any ($1)`;
  return (await pool.query<{ count: number }>(sql, [ids])).rows[0]?.count ?? -1;
};
const batchesOf = (organisationId: string): Promise<number> =>
  count('registration_batch_jobs', 'organisation_id', [organisationId]);

test('a batch comes with its jobs in the given order, six steps and twelve ledger rows each', async () => {
  const organisationId = await seedOrganisation(pool);
  const restaurantIds = await seedRestaurants(pool, organisationId, 3);
  const created = await create(batchInput(organisationId, restaurantIds, { start_requested: false }));
  expect(created.jobs.map((job) => job.restaurant_id)).toEqual(restaurantIds);
  const jobIds = created.jobs.map((job) => job.id);
  expect(await count('registration_job_steps', 'job_id', jobIds)).toBe(18);
  expect(await count('registration_sub_steps', 'job_id', jobIds)).toBe(36);
  expect(await row(pool, 'registration_batch_jobs', created.batch_id)).toMatchObject({
    status: 'pending',
    total_restaurants: 3,
    start_requested_at: null,
  });
  const step6 = await pool.query<{ sub_step_progress: { total_sub_steps: number } }>(
    'select sub_step_progress from registration_job_steps where step_number = 6 and job_id = $1',
    [jobIds[0]],
  );
  expect(step6.rows[0]?.sub_step_progress.total_sub_steps).toBe(SUB_STEP_KEYS.length);
});

test('asked to start at once, it says so', async () => {
  const { batchId } = await seedBatch(pool, 1, { start_requested: true });
  const batch = await row(pool, 'registration_batch_jobs', batchId);
  expect(batch).toMatchObject({ status: 'in_progress', start_requested_at: expect.any(Date) as Date });
});

test('restaurants that are unknown or another organisation’s are named, and nothing is created', async () => {
  const organisationId = await seedOrganisation(pool);
  const own = await seedRestaurants(pool, organisationId, 1);
  const foreign = await seedRestaurants(pool, await seedOrganisation(pool), 1);
  const unknown = randomUUID();
  const answer = await create(batchInput(organisationId, [...own, ...foreign, unknown]));
  expect(answer.error).toBe('RESTAURANT_NOT_FOUND');
  expect(new Set(answer.restaurant_ids)).toEqual(new Set([...foreign, unknown]));
  expect(await batchesOf(organisationId)).toBe(0);
});

test('a restaurant in a live batch is refused, and free again when its job is closed', async () => {
  const organisationId = await seedOrganisation(pool);
  const [taken = '', free = ''] = await seedRestaurants(pool, organisationId, 2);
  const first = await create(batchInput(organisationId, [taken]));
  const refused = await create(batchInput(organisationId, [free, taken]));
  expect(refused).toEqual({ error: 'RESTAURANT_ALREADY_IN_BATCH', restaurant_ids: [taken] });
  expect(await batchesOf(organisationId)).toBe(1);
  await apply(pool, {
    job_id: first.jobs[0]?.id ?? '',
    job: snapshot({ status: 'failed', closure: 'given_up' }),
  });
  expect(await create(batchInput(organisationId, [free, taken]))).toMatchObject({ replayed: false });
});

/** Runs these side by side, held back until all of them are at the point of inserting jobs. */
async function released<T>(start: () => Promise<T>[]): Promise<T[]> {
  const gate = await pool.connect();
  try {
    await gate.query('begin');
    await gate.query('lock table registration_jobs in share mode');
    const running = start();
    const held = `select count(*)::int as held from pg_locks
      where relation = 'registration_jobs'::regclass and database = (select oid from pg_database where datname = current_database())
        and not granted`;
    while ((await gate.query<{ held: number }>(held)).rows[0]?.held !== running.length) await setImmediate();
    await gate.query('commit');
    return await Promise.all(running);
  } finally {
    gate.release();
  }
}

test('of many requests at once for the same restaurants, in any order, one wins and the others are told', async () => {
  const organisationId = await seedOrganisation(pool);
  const restaurantIds = await seedRestaurants(pool, organisationId, 200);
  const answers = await released(() =>
    Array.from({ length: 6 }, (_, n) =>
      create(batchInput(organisationId, n % 2 === 0 ? restaurantIds : restaurantIds.toReversed())),
    ),
  );
  expect(answers.filter((answer) => answer.error === undefined)).toHaveLength(1);
  expect(answers.filter((answer) => answer.error === 'RESTAURANT_ALREADY_IN_BATCH')).toHaveLength(5);
  expect(await batchesOf(organisationId)).toBe(1);
});

describe('with an idempotency key', () => {
  const keyed = (organisationId: string, restaurantIds: string[], bodyHash = 'hash-1'): Json =>
    batchInput(organisationId, restaurantIds, {
      idempotency: { caller: 'user-1', route: 'POST /', key: 'k-1', body_hash: bodyHash },
    });

  test('the same request, also many at once, creates one batch and answers it each time', async () => {
    const organisationId = await seedOrganisation(pool);
    const input = keyed(organisationId, await seedRestaurants(pool, organisationId, 2));
    const answers = await Promise.all(Array.from({ length: 6 }, () => create(input)));
    expect(new Set(answers.map((answer) => answer.batch_id)).size).toBe(1);
    expect(answers.filter((answer) => !answer.replayed)).toHaveLength(1);
    expect(answers.every((answer) => answer.jobs.length === 2)).toBe(true);
    expect(await batchesOf(organisationId)).toBe(1);
  });

  test('another body under the same key is refused', async () => {
    const organisationId = await seedOrganisation(pool);
    const [first = '', second = ''] = await seedRestaurants(pool, organisationId, 2);
    await create(keyed(organisationId, [first]));
    expect(await create(keyed(organisationId, [second], 'hash-2'))).toMatchObject({
      error: 'IDEMPOTENCY_KEY_REUSED',
    });
    expect(await batchesOf(organisationId)).toBe(1);
  });

  test('a refused request leaves its key free', async () => {
    const organisationId = await seedOrganisation(pool);
    const restaurantIds = await seedRestaurants(pool, organisationId, 1);
    expect(await create(keyed(organisationId, [randomUUID()]))).toMatchObject({
      error: 'RESTAURANT_NOT_FOUND',
    });
    expect(await create(keyed(organisationId, restaurantIds, 'hash-2'))).toMatchObject({ replayed: false });
  });

  test('another caller or organisation has keys of its own', async () => {
    for (let n = 0; n < 2; n += 1) {
      const organisationId = await seedOrganisation(pool);
      const input = keyed(organisationId, await seedRestaurants(pool, organisationId, 1));
      expect(await create(input)).toMatchObject({ replayed: false });
    }
  });
});
