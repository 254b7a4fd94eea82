/** The doctor on a whole stack: all is well; then one thing after the other is broken, and exactly that is told. */
import { randomBytes } from 'node:crypto';
import { Connection } from '@temporalio/client';
import { doctor, examine } from '../../../dev/doctor/command';
import { freePort } from '../../../dev/stack/ports';
import { withDatabase } from '../../../dev/stack/seed';
import { eventually, startTestStack, type TestStack } from '../../helpers/stack';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ apps: {}, speed: 200 });
}, 120_000);
afterAll(() => stack?.stopAll(), 60_000);

type Changes = Record<string, string>;

/** The checks that fail, with the settings of both changed so. */
async function wrong(changes: Changes = {}, ofApi: Changes = {}): Promise<string[]> {
  const worker = { ...stack.env, ...changes };
  const findings = await examine({ worker, api: { ...worker, ...ofApi } });
  return findings.filter(({ status }) => status === 'fail').map(({ check }) => check);
}

async function run(...args: string[]): Promise<{ code: number; text: string }> {
  const lines: string[] = [];
  const code = await doctor(args, { env: stack.env, print: (line) => void lines.push(line) });
  return { code, text: lines.join('\n') };
}

const sql = (text: string): Promise<unknown> =>
  withDatabase(String(stack.env['DATABASE_URL']), (client) => client.query(text));
const nowhere = async (): Promise<string> => `http://127.0.0.1:${await freePort()}`;

test('all is well, which takes no secret to say', async () => {
  const { code, text } = await run();
  expect({ code, wrong: text.match(/^✗.*$/gm) ?? [] }).toEqual({ code: 0, wrong: [] });
  // The development server forgets after a day.
  expect(text.match(/^! \S+/gm)).toEqual(['! retention']);
  expect(text.match(/^✓/gm)?.length).toBeGreaterThan(14);
  const secrets = Object.entries(stack.env).filter(([name]) => /KEY|SECRET|TOKEN|DATABASE_URL/.test(name));
  for (const [name, value] of secrets)
    expect({ name, told: text.includes(value) }).toEqual({ name, told: false });
  const { text: json } = await run('--json');
  expect(JSON.parse(json)).toContainEqual({ check: 'migrations', status: 'ok', sentence: 'all applied' });
});

test('a setting that is wrong is told alone', async () => {
  const ring = (): string => `local-1:${randomBytes(32).toString('base64')}`;
  const anon = stack.env['SUPABASE_ANON_KEY'] ?? '';
  expect(await wrong({ TEMPORAL_NAMESPACE: 'nowhere' })).toEqual(['Temporal']);
  expect(await wrong({}, { OWNER_KEY_SECRET: '' })).toEqual(['API settings']);
  expect(await wrong({}, { PAYLOAD_KEYS: ring() })).toEqual(['PAYLOAD_KEYS']);
  expect(await wrong({}, { SEAL_KEYS: ring() })).toEqual(['SEAL_KEYS']);
  expect(await wrong({}, { TEMPORAL_NAMESPACE: 'another' })).toEqual(['shared']);
  expect(await wrong({ NZBN_API_KEY: 'of-another-world' })).toEqual(['register']);
  expect(await wrong({ BACKEND_BASE_URL: await nowhere() })).toEqual(['backend']);
  expect(await wrong({ CLOUDWAITRESS_BASE_URL: await nowhere() })).toEqual(['CloudWaitress']);
  expect(await wrong({ SUPABASE_URL: await nowhere() })).toEqual(['namespace of the record', 'database']);
  expect(await wrong({ DATABASE_URL: `postgres://nobody:x@127.0.0.1:${await freePort()}/x` })).toEqual([
    'LISTEN',
  ]);
  expect(await wrong({ SUPABASE_JWT_SECRET: 'of-another-project-altogether' })).toEqual(['sign-in']);
  expect(await wrong({ SUPABASE_SERVICE_ROLE_KEY: anon })).toEqual(
    expect.arrayContaining(['console', 'service key', 'database']),
  );
}, 120_000);

test('so is what is wrong in the database', async () => {
  await sql('create table public.kept as select * from schema_migrations');
  await sql('delete from schema_migrations where version = (select max(version) from schema_migrations)');
  expect(await wrong()).toEqual(['migrations']);
  await sql('insert into schema_migrations select * from kept on conflict do nothing; drop table kept');

  await sql('grant select on sealed_secrets to anon');
  expect(await wrong()).toEqual(['row level security']);
  await sql('revoke select on sealed_secrets from anon');
  expect(await wrong()).toEqual([]);
}, 60_000);

test('another namespace than the record belongs to is told until it is accepted', async () => {
  await sql(`update registration.engine set namespace_id = 'of-a-server-that-is-gone'`);
  expect(await wrong()).toEqual(['namespace of the record']);
  expect((await run('--accept-namespace')).code).toBe(0);
  expect(await wrong()).toEqual([]);
}, 60_000);

test('a search attribute that is missing is told with its type', async () => {
  const connection = await Connection.connect({ address: stack.env['TEMPORAL_ADDRESS'] ?? '' });
  try {
    await connection.operatorService.removeSearchAttributes({
      namespace: stack.env['TEMPORAL_NAMESPACE'] ?? '',
      searchAttributes: ['RegistrationStep'],
    });
  } finally {
    await connection.close();
  }
  await eventually(async () => (await wrong()).length > 0, 60_000);
  expect(await wrong()).toEqual(['search attributes']);
  expect((await run()).text).toMatch(/^✗ search attributes .*RegistrationStep \(Int\)/m);
}, 90_000);
