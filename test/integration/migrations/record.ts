/** What the tests of the record share: invented rows to start from, and the SQL functions with their types. */
import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { type BeginAttemptResult, type SnapshotResult, type SnapshotWrite } from '../../../domain/record';
import { MAX_ATTEMPTS, SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';

export type Json = Record<string, unknown>;

/** Calls a function that takes and gives JSON. */
export async function call<T = Json>(pool: Pool, name: string, argument: unknown): Promise<T> {
  const { rows } = await pool.query<{ answer: T }>(`select ${name}($1::jsonb) as answer`, [
    JSON.stringify(argument),
  ]);
  return one(rows).answer;
}

export const apply = (pool: Pool, write: SnapshotWrite): Promise<SnapshotResult> =>
  call(pool, 'apply_registration_snapshot', write);

export const begin = (
  pool: Pool,
  jobId: string,
  key: SubStepKey,
  expectedAttempt = 0,
  generation = 0,
): Promise<BeginAttemptResult> =>
  call(pool, 'begin_sub_step_attempt', {
    job_id: jobId,
    key,
    generation,
    expected_attempt: expectedAttempt,
    state_before: { dishes: expectedAttempt },
  });

export function one<T>(rows: readonly T[]): T {
  const [first] = rows;
  if (first === undefined || rows.length > 1) throw new Error(`one row was expected, not ${rows.length}`);
  return first;
}

/** The one row of a table that has this id (of `column`). */
export async function row(pool: Pool, table: string, id: string, column = 'id'): Promise<Json> {
  return one((await pool.query<Json>(`select * from ${table} where ${column} = $1`, [id])).rows);
}

export async function ledgerRow(pool: Pool, jobId: string, key: SubStepKey): Promise<Json> {
  const sql = 'select * from registration_sub_steps where job_id = $1 and key = $2';
  return one((await pool.query<Json>(sql, [jobId, key])).rows);
}

export async function seedOrganisation(pool: Pool): Promise<string> {
  const id = randomUUID();
  await pool.query('insert into organisations (id, name) values ($1, $2)', [id, 'Pōhutukawa Hospitality']);
  return id;
}

export async function seedRestaurants(pool: Pool, organisationId: string, count: number): Promise<string[]> {
  const ids = Array.from({ length: count }, () => randomUUID());
  await pool.query('insert into restaurants (id, organisation_id, name) select unnest($1::uuid[]), $2, $3', [
    ids,
    organisationId,
    'Kōwhai Grill',
  ]);
  return ids;
}

/** The argument of `create_registration_batch`, as the API builds it. */
export function batchInput(organisationId: string, restaurantIds: readonly string[], more: Json = {}): Json {
  return {
    organisation_id: organisationId,
    name: 'Spring intake',
    created_by: randomUUID(),
    restaurant_ids: restaurantIds,
    execution_mode: 'parallel',
    failure_policy: 'wait',
    metadata: { execution_config: {} },
    start_requested: true,
    steps: [1, 2, 3, 4, 5, 6].map((number) => ({
      step_number: number,
      step_name: `Step ${number}`,
      step_description: null,
      step_type: number === 3 || number === 5 ? 'action_required' : 'automatic',
    })),
    sub_steps: SUB_STEP_KEYS.map((key, index) => ({
      key,
      phase: SUB_STEPS[key].phase,
      position: index + 1,
      max_attempts: MAX_ATTEMPTS,
    })),
    ...more,
  };
}

export interface Created {
  batch_id: string;
  replayed: boolean;
  jobs: { id: string; restaurant_id: string }[];
}

export interface Batch {
  organisationId: string;
  batchId: string;
  jobIds: string[];
  /** The first job. */
  jobId: string;
}

/** A batch of an organisation of its own. */
export async function seedBatch(pool: Pool, restaurants = 1, more: Json = {}): Promise<Batch> {
  const organisationId = await seedOrganisation(pool);
  const restaurantIds = await seedRestaurants(pool, organisationId, restaurants);
  const created = await call<Created>(
    pool,
    'create_registration_batch',
    batchInput(organisationId, restaurantIds, more),
  );
  const jobIds = created.jobs.map((job) => job.id);
  return { organisationId, batchId: created.batch_id, jobIds, jobId: one(jobIds.slice(0, 1)) };
}
