import { randomUUID } from 'node:crypto';
import { type Pool, type PoolClient } from 'pg';
import { migratedDatabase, startServer, type TestServer } from './database';
import { snapshot } from '../../helpers/snapshot';
import { apply, seedBatch, type Batch } from './record';

let server: TestServer;
let pool: Pool;
let own: Batch;
let foreign: Batch;
beforeAll(async () => {
  server = await startServer();
  pool = await migratedDatabase(server);
  own = await seedBatch(pool, 2);
  foreign = await seedBatch(pool, 3);
  for (const batch of [own, foreign]) await fill(batch);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

/** A row in each table that a batch alone does not fill. */
async function fill({ organisationId, jobId }: Batch): Promise<void> {
  const output = { email: 'owner@kowhaigrill.example', pumpd_restaurant_id: 'RES-1' };
  const done = { generation: 0, attempt: 1, status: 'completed', output } as const;
  const sub_steps = (['cloudwaitressAccount', 'restaurantRegistration'] as const).map((key) => ({
    key,
    ...done,
  }));
  await apply(pool, { job_id: jobId, job: snapshot(), sub_steps });
  await pool.query(
    `insert into companies_office_search_candidates (organisation_id, restaurant_id, registration_job_id)
      select organisation_id, restaurant_id, id from registration_jobs where id = $1`,
    [jobId],
  );
  await pool.query(
    `insert into sealed_secrets (id, organisation_id, key_id, ciphertext) values ($1, $2, 'k1', 'c')`,
    [randomUUID(), organisationId],
  );
  await pool.query(
    `insert into idempotency_keys (organisation_id, caller, route, key, body_hash) values ($1, 'u', 'r', 'k', 'h')`,
    [organisationId],
  );
  await seedUser(organisationId, 'user');
  await pool.query(`insert into extraction_jobs (organisation_id) values ($1)`, [organisationId]);
  await pool.query(`insert into menus (organisation_id) values ($1)`, [organisationId]);
  await pool.query(`insert into menu_items (organisation_id) values ($1)`, [organisationId]);
}

async function seedUser(organisationId: string, role: string): Promise<string> {
  const id = randomUUID();
  await pool.query('insert into profiles (id, organisation_id, role) values ($1, $2, $3)', [
    id,
    organisationId,
    role,
  ]);
  return id;
}

/** Runs as PostgREST would for this user's token: role and claims for one transaction, which is then rolled back. */
async function as<T>(
  role: string,
  userId: string | null,
  use: (client: PoolClient) => Promise<T>,
): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('begin');
    const claims = userId === null ? '' : JSON.stringify({ sub: userId, role });
    await client.query(`select set_config('request.jwt.claims', $1, true)`, [claims]);
    await client.query(`set local role ${role}`);
    return await use(client);
  } finally {
    await client.query('rollback');
    client.release();
  }
}

const READABLE = [
  'registration_batch_jobs',
  'registration_jobs',
  'registration_job_steps',
  'registration_sub_steps',
  'companies_office_search_candidates',
  'registration_events',
  'profiles',
  'restaurants',
  'extraction_jobs',
  'menus',
  'menu_items',
  'pumpd_accounts',
  'pumpd_restaurants',
];
const SERVICE_ONLY = ['sealed_secrets', 'idempotency_keys'];

const organisationsSeen = (client: PoolClient, table: string): Promise<string[]> =>
  client
    .query<{ id: string }>(`select distinct organisation_id as id from ${table} order by 1`)
    .then((result) => result.rows.map((found) => found.id));

test.each(READABLE)(
  'a member reads the own organisation’s rows of %s, a stranger none, a super admin all',
  async (table) => {
    const member = await seedUser(own.organisationId, 'user');
    const superAdmin = await seedUser(own.organisationId, 'super_admin');
    // Somebody who is signed in, yet has no profile.
    const stranger = randomUUID();
    const seenBy = (userId: string): Promise<string[]> =>
      as('authenticated', userId, (client) => organisationsSeen(client, table));
    expect(await seenBy(member)).toEqual([own.organisationId]);
    expect(await seenBy(stranger)).toEqual([]);
    expect(await seenBy(superAdmin)).toEqual(
      expect.arrayContaining([own.organisationId, foreign.organisationId]),
    );
  },
);

test('a member reads the own organisation alone', async () => {
  const member = await seedUser(own.organisationId, 'admin');
  const seen = await as('authenticated', member, (client) => client.query('select id from organisations'));
  expect(seen.rows).toEqual([{ id: own.organisationId }]);
});

const DENIED = { code: '42501' };

test.each(SERVICE_ONLY)('nobody but the service reads %s', async (table) => {
  const superAdmin = await seedUser(own.organisationId, 'super_admin');
  await expect(
    as('authenticated', superAdmin, (client) => organisationsSeen(client, table)),
  ).rejects.toMatchObject(DENIED);
  expect(await as('service_role', null, (client) => organisationsSeen(client, table))).toHaveLength(2);
});

test.each([...READABLE, ...SERVICE_ONLY, 'organisations'])(
  'nobody but the service writes %s, anon not even reads it',
  async (table) => {
    const superAdmin = await seedUser(own.organisationId, 'super_admin');
    const statements = [
      `insert into ${table} default values`,
      `update ${table} set ${table === 'organisations' ? 'id = id' : 'organisation_id = organisation_id'}`,
      `delete from ${table}`,
      `truncate ${table} cascade`,
    ];
    for (const statement of statements) {
      await expect(
        as('authenticated', superAdmin, (client) => client.query(statement)),
      ).rejects.toMatchObject(DENIED);
      await expect(as('anon', null, (client) => client.query(statement))).rejects.toMatchObject(DENIED);
    }
    await expect(as('anon', null, (client) => client.query(`select from ${table}`))).rejects.toMatchObject(
      DENIED,
    );
  },
);

const FUNCTIONS = [
  'create_registration_batch',
  'apply_registration_snapshot',
  'begin_sub_step_attempt',
  'close_unstarted_jobs',
  'close_job',
  'request_cancel',
  'request_start',
];

test.each(FUNCTIONS)('%s is the service’s alone', async (name) => {
  const superAdmin = await seedUser(own.organisationId, 'super_admin');
  const attempt = (role: string): Promise<unknown> =>
    as(role, superAdmin, (client) => client.query(`select ${name}('{}')`));
  await expect(attempt('authenticated')).rejects.toMatchObject(DENIED);
  await expect(attempt('anon')).rejects.toMatchObject(DENIED);
});

test('the service calls the functions, and cannot change the audit trail', async () => {
  const write = JSON.stringify({ job_id: own.jobId, job: snapshot({ revision: 2 }) });
  const answer = await as('service_role', null, (client) =>
    client.query(`select apply_registration_snapshot($1) as a`, [write]),
  );
  expect(answer.rows).toEqual([{ a: { job: 'applied', sub_steps_ignored: [] } }]);
  for (const statement of ['delete from registration_events', `update registration_events set actor = 'x'`]) {
    await expect(as('service_role', null, (client) => client.query(statement))).rejects.toMatchObject(DENIED);
  }
});
