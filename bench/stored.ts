/** Batches that a record has gathered over the years, written as rows: copies of one that is there. */

import type { Client, Pool } from 'pg';

export type Sql = Client | Pool;

export interface Stored {
  /** Whose rows are copied; with at least as many jobs as are wanted. */
  templateId: string;
  /** Numbers of the first and the last of them. */
  from: number;
  to: number;
  /** Jobs of each. */
  jobs: number;
}

/** One in so many is not over: its jobs wait for a person in step 6. */
const LIVE_EACH = 50;

/** Ids follow from the number, so that each table is filled by a statement of its own. */
const id = (what: string, at: string): string => `md5('${what} ' || $1 || '/' || ${at})::uuid`;
const BATCH = id('batch', 'n');
const JOB = id('job', `n || '/' || j.position`);
const RESTAURANT = id('restaurant', `n || '/' || j.position`);
const IS_LIVE = `n % ${LIVE_EACH} = 0`;
const COPIES = `generate_series($2::int, $3::int) n`;
const JOBS = `${COPIES} join registration_jobs j on j.batch_job_id = $1::uuid and j.position <= $4::int`;

const STATEMENTS: readonly string[] = [
  `insert into registration_batch_jobs (id, name, organisation_id, status, total_restaurants, completed_restaurants, current_step,
      created_by, metadata, created_at, updated_at, started_at, completed_at)
    select ${BATCH}, 'Stored ' || n, b.organisation_id, case when ${IS_LIVE} then 'action_required' else 'completed' end, $4::int,
      case when ${IS_LIVE} then 0 else $4::int end, 6, b.created_by, b.metadata, at, at, at, case when not ${IS_LIVE} then at end
    from ${COPIES}, lateral (select now() - n * interval '1 hour' as at) t, registration_batch_jobs b where b.id = $1::uuid`,
  `insert into restaurants (id, organisation_id, name, address, city, cuisine)
    select ${RESTAURANT}, r.organisation_id, r.name, r.address, r.city, r.cuisine
    from ${JOBS} join restaurants r on r.id = j.restaurant_id`,
  `insert into registration_jobs (id, batch_job_id, restaurant_id, organisation_id, position, status, current_step, execution_config,
      execution_results, search_no, revision, created_at, updated_at, started_at, completed_at)
    select ${JOB}, ${BATCH}, ${RESTAURANT}, j.organisation_id, j.position,
      case when ${IS_LIVE} then 'action_required' else 'completed' end, 6, j.execution_config, j.execution_results, j.search_no,
      j.revision, at, at, at, case when not ${IS_LIVE} then at end
    from ${JOBS}, lateral (select now() - n * interval '1 hour' as at) t`,
  `insert into registration_job_steps (job_id, organisation_id, step_number, step_name, step_description, step_type, status,
      sub_step_progress, started_at, completed_at, duration_ms, result_data)
    select ${JOB}, s.organisation_id, s.step_number, s.step_name, s.step_description, s.step_type,
      case when s.step_number < 6 or not ${IS_LIVE} then 'completed' else 'action_required' end,
      s.sub_step_progress, s.started_at, s.completed_at, s.duration_ms, s.result_data
    from ${JOBS} join registration_job_steps s on s.job_id = j.id`,
  `insert into registration_sub_steps (job_id, key, organisation_id, phase, position, attempt, max_attempts, status, output, started_at,
      completed_at)
    select ${JOB}, s.key, s.organisation_id, s.phase, s.position, s.attempt, s.max_attempts,
      case when s.key <> 'menuImport' or not ${IS_LIVE} then 'completed' else 'failed' end, s.output, s.started_at, s.completed_at
    from ${JOBS} join registration_sub_steps s on s.job_id = j.id`,
];

/** @param sql Of a user who may write the tables. Leaves them as autovacuum would: with statistics, and known to be visible. */
export async function storeBatches(sql: Sql, { templateId, from, to, jobs }: Stored): Promise<void> {
  for (const statement of STATEMENTS) await sql.query(statement, [templateId, from, to, jobs]);
  await sql.query('vacuum analyze');
}
