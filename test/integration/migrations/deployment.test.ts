/** What a process asks the database before it works. */
import { type Pool } from 'pg';
import { migrationVersions } from '../../../domain/migrations';
import { migratedDatabase, startServer, type TestServer } from './database';
import { call } from './record';

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

const missing = (...versions: string[]) => call(pool, 'missing_migrations', { versions });

test('tells which migrations were not applied, by dbmate or by the Supabase CLI', async () => {
  const all = migrationVersions();
  expect(all.length).toBeGreaterThan(10);
  expect(await missing(...all)).toEqual([]);
  expect(await missing('29991231000000', ...all)).toEqual(['29991231000000']);

  const newest = all.at(-1) ?? '';
  await pool.query('delete from schema_migrations where version = $1', [newest]);
  expect(await missing(...all)).toEqual([newest]);
  await pool.query(`create schema supabase_migrations;
    create table supabase_migrations.schema_migrations (version text primary key, name text);
    insert into supabase_migrations.schema_migrations values ('${newest}', 'by the CLI')`);
  expect(await missing(...all)).toEqual([]);
});

test('the first namespace is noted, another one only when it is accepted', async () => {
  const ask = async (id: string, accept?: boolean) =>
    (await call(pool, 'engine_of_record', { namespace_id: id, namespace: `name of ${id}`, accept }))[
      'namespace_id'
    ];
  expect(await ask('first')).toBe('first');
  expect(await ask('second')).toBe('first');
  expect(await ask('second', true)).toBe('second');
  expect(await ask('first')).toBe('second');
});
