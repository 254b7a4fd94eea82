import { Pool } from 'pg';
import { migrate } from '../../../dev/migrate/migrate';
import { startServer, withClient, type TestServer } from './database';
import { hostedProject } from './hosted-project';
import { batchInput, call, seedOrganisation, seedRestaurants } from './record';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server.stop());

const OUR_TABLES = [
  'registration_batch_jobs',
  'registration_jobs',
  'registration_job_steps',
  'registration_sub_steps',
  'companies_office_search_candidates',
  'registration_events',
  'sealed_secrets',
  'idempotency_keys',
];

const existingTables = (url: string): Promise<string[]> =>
  withClient(url, async (client) => {
    const sql = `select table_name from information_schema.tables where table_schema = 'public'`;
    return (await client.query<{ table_name: string }>(sql)).rows.map((found) => found.table_name);
  });

async function canCreateBatch(url: string): Promise<void> {
  const pool = new Pool({ connectionString: url });
  try {
    const organisationId = await seedOrganisation(pool);
    const input = batchInput(organisationId, await seedRestaurants(pool, organisationId, 2));
    expect(await call(pool, 'create_registration_batch', input)).toMatchObject({ replayed: false });
  } finally {
    await pool.end();
  }
}

test('an empty database gets everything, and a second run changes nothing', async () => {
  const url = await server.createDatabase();
  await migrate(url);
  const lines: string[] = [];
  await migrate(url, { log: (line) => lines.push(line) });
  expect(lines.filter((line) => line.startsWith('Applied'))).toEqual([]);
  expect(await existingTables(url)).toEqual(
    expect.arrayContaining([...OUR_TABLES, 'restaurants', 'pumpd_accounts']),
  );
  await canCreateBatch(url);
});

test('each migration can be taken back, which leaves the platform its tables, and applied again', async () => {
  const url = await server.createDatabase();
  await migrate(url);
  const applied = await withClient(
    url,
    async (client) => (await client.query('table schema_migrations')).rowCount,
  );
  for (let n = 0; n < (applied ?? 0); n += 1) await migrate(url, { direction: 'down' });
  const left = await existingTables(url);
  expect(left.filter((table) => OUR_TABLES.includes(table))).toEqual([]);
  expect(left).toContain('restaurants');
  await migrate(url);
  await canCreateBatch(url);
});

/** With tables, rows and a policy of its own. */
const projectInUse = (): Promise<string> =>
  hostedProject(
    server,
    `create table organisations (id uuid primary key default gen_random_uuid(), name text not null, plan text);
     create table profiles (id uuid primary key, organisation_id uuid references organisations, role text);
     create table restaurants (id uuid primary key default gen_random_uuid(), organisation_id uuid, name text,
       cuisine text, rating numeric);
     insert into restaurants (name, rating) values ('Old Kererū Café', 4.5);
     create policy own on restaurants for all to authenticated using (true);`,
  );

test('a Supabase project keeps its tables, rows, columns, policies and auth.uid; what is missing is added', async () => {
  const url = await projectInUse();
  await migrate(url);
  await withClient(url, async (client) => {
    const restaurant = await client.query(
      'select name, rating, opening_hours, code_injection_id from restaurants',
    );
    expect(restaurant.rows).toEqual([
      { name: 'Old Kererū Café', rating: '4.5', opening_hours: null, code_injection_id: null },
    ]);
    const policies = await client.query(`select policyname from pg_policies where tablename = 'restaurants'`);
    expect(policies.rows).toEqual([{ policyname: 'own' }]);
    const source = await client.query(`select prosrc from pg_proc where oid = 'auth.uid()'::regprocedure`);
    expect(source.rows[0]).toMatchObject({
      prosrc: expect.stringContaining('request.jwt.claim.sub') as string,
    });
  });
  await canCreateBatch(url);
});

test('what a Supabase project grants to everybody is taken back from our tables and functions', async () => {
  const url = await projectInUse();
  await migrate(url);
  await withClient(url, async (client) => {
    const tables = await client.query(
      `select grantee, table_name, privilege_type from information_schema.role_table_grants
        where grantee in ('anon', 'authenticated', 'PUBLIC') and table_name = any ($1) and privilege_type <> 'SELECT'`,
      [[...OUR_TABLES, 'menus', 'pumpd_accounts']],
    );
    expect(tables.rows).toEqual([]);
    const functions = await client.query(
      `select p.oid::regprocedure::text as name from pg_proc p
        where p.pronamespace = 'public'::regnamespace and p.proname <> 'has_org_access'
          and (has_function_privilege('anon', p.oid, 'execute') or has_function_privilege('authenticated', p.oid, 'execute'))`,
    );
    expect(functions.rows).toEqual([]);
    const open = await client.query(
      `select relname from pg_class where relnamespace = 'public'::regnamespace and relname = any ($1) and not relrowsecurity`,
      [[...OUR_TABLES, 'schema_migrations', 'menus']],
    );
    expect(open.rows).toEqual([]);
  });
});

test('a failure names what failed, without the password', async () => {
  const url = new URL(await server.createDatabase());
  url.username = 'nobody';
  url.password = 'not-the-password';
  const failure = await migrate(url.href).then(
    () => 'none',
    (error: Error) => error.message,
  );
  expect(failure).toContain('The migrations failed');
  expect(failure).toContain('nobody');
  expect(failure).not.toContain('not-the-password');
});
