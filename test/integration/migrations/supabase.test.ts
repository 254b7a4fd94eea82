/**
 * `supabase db push` on a hosted project: the same contract without the CLI, which is too large for every run of the tests
 * (`npm run check:deploy` runs it). It applies the files in order, each in one transaction, as the project's owner.
 */
import path from 'node:path';
import { migrate } from '../../../dev/migrate/migrate';
import { migrationsDir } from '../../../domain/migrations';
import { outdated, supabaseMigrations, upPart } from '../../../dev/migrate/supabase';
import { catalogue } from './catalogue';
import { startServer, withClient, type TestServer } from './database';
import { hostedProject } from './hosted-project';

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
}, 60_000);
afterAll(() => server.stop());

const FOLDER = path.join(path.dirname(migrationsDir()), 'supabase', 'migrations');

test('supabase/migrations is what migrations says', () => {
  expect(outdated(FOLDER, supabaseMigrations())).toEqual([]);
});

test('only what applies a migration is taken, and a file that cannot be split is refused', () => {
  const made = upPart('1_a.sql', '-- migrate:up\ncreate table a ();\n\n-- migrate:down\ndrop table a;\n');
  expect(made).toContain('create table a ();');
  expect(made).not.toContain('drop');
  expect(() => upPart('1_a.sql', 'create table a ();')).toThrow('1_a.sql');
  expect(() => upPart('1_a.sql', '-- migrate:up\ncreate table a ();')).toThrow('migrate:down');
  expect(() => upPart('1_a.sql', '-- migrate:up transaction:false\n\n-- migrate:down\n')).toThrow('options');
});

test('a hosted project takes them, from an owner who is no superuser, and gets what dbmate would make', async () => {
  const [pushed, migrated] = [await hostedProject(server), await hostedProject(server)];
  await withClient(pushed, async (client) => {
    const { rows } = await client.query('select rolsuper from pg_roles where rolname = current_user');
    expect(rows).toEqual([{ rolsuper: false }]);
    for (const sql of supabaseMigrations().values()) {
      await client.query('begin');
      await client.query(sql);
      await client.query('commit');
    }
  });
  await migrate(migrated);
  const made = await catalogue(pushed);
  expect(made.length).toBeGreaterThan(200);
  expect(made).toEqual(await catalogue(migrated));
}, 60_000);

test('Realtime tells of changes in the four job tables, where there is Realtime, and of none of the others', async () => {
  const url = await hostedProject(server);
  await migrate(url);
  const published = await withClient(url, (client) =>
    client.query<{ tablename: string }>(
      `select tablename from pg_publication_tables where pubname = 'supabase_realtime' order by 1`,
    ),
  );
  expect(published.rows.map(({ tablename }) => tablename)).toEqual([
    'registration_batch_jobs',
    'registration_job_steps',
    'registration_jobs',
    'registration_sub_steps',
  ]);
}, 60_000);
