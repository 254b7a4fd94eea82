/** Two organisations on one API: something to ask of the first for each route, and everybody who may not. */
import { randomUUID } from 'node:crypto';
import { DEMO_ORGANISATION, DEMO_USERS } from '../../../dev/stack/seed';
import { configurationSnapshot } from '../../helpers/configuration';
import {
  makeWait,
  offerCompanies,
  seedRestaurant,
  sign,
  startRegistration,
  type CreatedBatch,
} from '../api/harness';
import { knownRecord, makeFail, newBatch, startStubWorld, type StubWorld } from '../api/stub-world';

/** What the demo organisation has; each route is asked about one of these. */
export interface Targets {
  restaurant: string;
  /** Its jobs are the ones below. */
  batch: string;
  waitsForCompany: string;
  waitsForConfiguration: string;
  /** In step 6, with a workflow that takes commands. */
  failed: string;
  toGiveUp: string;
  toCancel: string;
  notStarted: string;
  toCancelWhole: string;
  finished: string;
}

/** Of both organisations; a name says what is special. */
export interface Tokens {
  ownAdmin: string;
  ownUser: string;
  ownSuperAdmin: string;
  otherAdmin: string;
  otherUser: string;
  otherSuperAdmin: string;
}

/** Whom no route may let in, by the code that all of them answer. */
export interface Outsiders {
  UNAUTHENTICATED: Record<string, Record<string, string>>;
  FORBIDDEN: Record<string, Record<string, string>>;
}

export interface TenancyWorld extends StubWorld {
  targets: Targets;
  tokens: Tokens;
  outsiders: Outsiders;
}

export async function startTenancyWorld(): Promise<TenancyWorld> {
  const world = await startStubWorld({ COMMAND_DEADLINE_MS: '5000', CALL_TIMEOUT_MS: '10000' });
  try {
    const tokens = await makeTokens(world);
    const outsiders = await makeOutsiders(world, tokens.ownAdmin);
    return { ...world, tokens, outsiders, targets: await makeTargets(world) };
  } catch (error) {
    // Nobody else could stop it.
    await world.stop();
    throw error;
  }
}

async function newProfile(
  { harness }: StubWorld,
  organisationId: string | null,
  role: string,
): Promise<string> {
  const id = randomUUID();
  await harness.sql.query('insert into profiles (id, organisation_id, role) values ($1, $2, $3)', [
    id,
    organisationId,
    role,
  ]);
  return id;
}

async function makeTokens(world: StubWorld): Promise<Tokens> {
  const { stack, otherOrganisation } = world.harness;
  const ofOther = async (role: string): Promise<string> =>
    sign(stack.secrets.jwtSecret, {
      sub: await newProfile(world, otherOrganisation, role),
      aud: 'authenticated',
    });
  return {
    ownAdmin: await stack.token('admin'),
    ownUser: await stack.token('user'),
    ownSuperAdmin: await stack.token('super_admin'),
    otherAdmin: await ofOther('admin'),
    otherUser: await ofOther('user'),
    otherSuperAdmin: await ofOther('super_admin'),
  };
}

const encoded = (part: object): string => Buffer.from(JSON.stringify(part)).toString('base64url');

async function makeOutsiders(world: StubWorld, good: string): Promise<Outsiders> {
  const { jwtSecret } = world.harness.stack.secrets;
  const sub = DEMO_USERS.admin.id;
  const aud = 'authenticated';
  const [header = '', payload = '', signature = ''] = good.split('.');
  const exp = Math.floor(Date.now() / 1000) + 3600;
  const bearer = (token: string) => ({ authorization: `Bearer ${token}` });
  const noOrganisation = await newProfile(world, null, 'admin');
  return {
    UNAUTHENTICATED: {
      'no token': {},
      'an empty token': { authorization: 'Bearer ' },
      'another scheme': { authorization: `Basic ${Buffer.from('admin:admin').toString('base64')}` },
      'a malformed token': bearer('this.is.none'),
      'two parts of a token': bearer(`${header}.${payload}`),
      'an expired token': bearer(await sign(jwtSecret, { sub, aud }, { expiresIn: '-1h' })),
      'a token for another audience': bearer(await sign(jwtSecret, { sub, aud: 'anon' })),
      'a token without an audience': bearer(await sign(jwtSecret, { sub })),
      'a token without a user': bearer(await sign(jwtSecret, { aud })),
      'a token of a user that is no id': bearer(await sign(jwtSecret, { sub: 'admin', aud })),
      'a token signed by another key': bearer(await sign('x'.repeat(48), { sub, aud })),
      'a signature of another token': bearer(`${header}.${encoded({ sub, aud, exp })}.${signature}`),
      'an unsigned token': bearer(`${encoded({ alg: 'none', typ: 'JWT' })}.${encoded({ sub, aud, exp })}.`),
      'the key of the project': bearer(world.harness.stack.env['SUPABASE_SERVICE_ROLE_KEY'] ?? ''),
    },
    FORBIDDEN: {
      'a user without a profile': bearer(await sign(jwtSecret, { sub: randomUUID(), aud })),
      'a user of no organisation': bearer(await sign(jwtSecret, { sub: noOrganisation, aud })),
    },
  };
}

async function makeTargets(world: StubWorld): Promise<Targets> {
  const { harness } = world;
  const main = await newBatch(harness, 5);
  const [waitsForCompany, waitsForConfiguration, failed, toGiveUp, toCancel] = five(main);
  await world.startBatchStub(main.id);
  await makeWait(harness, waitsForCompany, 3);
  await offerCompanies(harness, waitsForCompany);
  await startRegistration(harness, waitsForCompany);
  await makeWait(harness, waitsForConfiguration, 5);
  await startRegistration(harness, waitsForConfiguration);
  for (const id of [failed, toGiveUp, toCancel]) {
    await makeFail(harness, id, 6, ['menuImport']);
    const record = await knownRecord(harness, id, { execution_config: await configurationOf(world, id) });
    await world.register({ id, batchId: main.id }, { record });
  }
  const finished = await newBatch(harness, 1);
  await harness.sql.query(`update registration_batch_jobs set status = 'completed' where id = $1`, [
    finished.id,
  ]);
  const { rows } = await harness.sql.query<{ restaurant_id: string }>(
    'select restaurant_id from registration_jobs where id = $1',
    [failed],
  );
  return {
    restaurant: rows[0]?.restaurant_id ?? '',
    batch: main.id,
    waitsForCompany,
    waitsForConfiguration,
    failed,
    toGiveUp,
    toCancel,
    notStarted: (await newBatch(harness, 1)).id,
    toCancelWhole: (await newBatch(harness, 1)).id,
    finished: finished.id,
  };
}

/** As it was confirmed, with a menu of the job's own restaurant. */
async function configurationOf({ harness }: StubWorld, jobId: string): Promise<Record<string, unknown>> {
  const { rows } = await harness.sql.query<{ id: string }>(
    'select m.id from menus m join registration_jobs j using (restaurant_id) where j.id = $1',
    [jobId],
  );
  const made = configurationSnapshot();
  return { ...made, menu: { ...made.menu, selectedMenuId: rows[0]?.id } };
}

function five({ jobIds }: CreatedBatch): [string, string, string, string, string] {
  const [a, b, c, d, e] = jobIds;
  if (!a || !b || !c || !d || !e) throw new Error('a batch of five was asked for');
  return [a, b, c, d, e];
}

/** A restaurant that is in no batch. */
export async function freeRestaurant({ harness }: StubWorld, organisationId = DEMO_ORGANISATION.id) {
  return (await seedRestaurant(harness, { organisationId })).id;
}

/**
 * A fingerprint of every row of every table, by table: what was refused has changed none.
 * The engine's side is told by the stubs (`carried`), whose histories hold each signal.
 */
export async function fingerprints({ harness: { sql } }: StubWorld): Promise<Record<string, string>> {
  const tables = await sql.query<{ name: string }>(
    `select format('%I.%I', table_schema, table_name) as name from information_schema.tables
     where table_schema in ('public', 'registration') and table_type = 'BASE TABLE' order by 1`,
  );
  const prints: Record<string, string> = {};
  for (const { name } of tables.rows) {
    const { rows } = await sql.query<{ print: string }>(
      `select md5(coalesce(string_agg(t::text, '|' order by t::text), '')) as print from ${name} t`,
    );
    prints[name] = rows[0]?.print ?? '';
  }
  return prints;
}

/** How many events each run of the engine has; a signal or an update would be one more. */
export async function historyLengths({ harness: { temporal } }: StubWorld): Promise<Record<string, number>> {
  const lengths: Record<string, number> = {};
  for await (const { workflowId } of temporal.workflow.list()) {
    const { events } = await temporal.workflow.getHandle(workflowId).fetchHistory();
    lengths[workflowId] = events?.length ?? 0;
  }
  return lengths;
}
