/**
 * What PostgREST gives to people's own tokens, for every table and every function that the catalogue names: a new one is asked about before
 * anybody has thought of it.
 */
import { randomUUID } from 'node:crypto';
import { DEMO_ORGANISATION } from '../../../dev/stack/seed';
import { createBatch, seedRestaurant, sign, startHarness, type Harness } from '../api/harness';

interface Table {
  name: string;
  columns: string[];
}

/** Nobody but the service sees these at all; those of `public` that members may read are all others. */
const SERVICE_ONLY = [
  'sealed_secrets',
  'idempotency_keys',
  'schema_migrations',
  // Numbers of changes, for those who watch through the API.
  'registration_batch_changes',
  'registration_job_changes',
];
/** Asked by the policies themselves; tells a caller about the caller alone. */
const FOR_POLICIES = ['has_org_access'];

let harness: Harness;
let tables: Table[];
let functions: { name: string; arguments: string[] }[];
/** By who it is: tokens of people, and of nobody. */
let tokens: Record<'member' | 'stranger' | 'noProfile' | 'anon', string>;

beforeAll(async () => {
  harness = await startHarness();
  await fillBoth();
  tables = await tablesOfPublic();
  functions = await functionsOfPublic();
  const { stack, tokens: people } = harness;
  tokens = {
    member: people.admin,
    stranger: people.stranger,
    noProfile: await sign(stack.secrets.jwtSecret, { sub: randomUUID(), aud: 'authenticated' }),
    anon: stack.env['SUPABASE_ANON_KEY'] ?? '',
  };
}, 120_000);
afterAll(() => harness?.stop(), 30_000);

async function tablesOfPublic(): Promise<Table[]> {
  const { rows } = await harness.sql.query<Table>(
    `select c.relname as name, array_agg(a.attname::text order by a.attnum) as columns
     from pg_class c join pg_attribute a on a.attrelid = c.oid and a.attnum > 0 and not a.attisdropped
     where c.relnamespace = 'public'::regnamespace and c.relkind in ('r', 'p', 'v', 'm', 'f')
     group by c.relname order by 1`,
  );
  return rows;
}

async function functionsOfPublic(): Promise<typeof functions> {
  const { rows } = await harness.sql.query<(typeof functions)[number]>(
    `select p.proname as name, coalesce(p.proargnames, '{}') as arguments from pg_proc p
     where p.pronamespace = 'public'::regnamespace and p.prorettype <> 'trigger'::regtype order by 1`,
  );
  return rows;
}

/** A row in every table for each organisation; the test of it says which one a new table lacks. */
async function fillBoth(): Promise<void> {
  const { sql, otherOrganisation } = harness;
  const strangersCall: Harness['call'] = (method, path, options) =>
    harness.call(method, path, { token: harness.tokens.stranger, ...options });
  for (const [organisationId, call] of [
    [DEMO_ORGANISATION.id, harness.call],
    [otherOrganisation, strangersCall],
  ] as const) {
    const restaurant = await seedRestaurant(harness, { organisationId });
    const { id, jobIds } = await createBatch({ ...harness, call }, [restaurant.id]);
    const [jobId] = jobIds;
    await sql.query(
      `insert into companies_office_search_candidates (organisation_id, restaurant_id, registration_job_id)
       values ($1, $2, $3)`,
      [organisationId, restaurant.id, jobId],
    );
    await sql.query(
      `insert into registration_events (id, organisation_id, batch_job_id, job_id, kind, at)
       values ($1, $2, $3, $4, 'test', now())`,
      [randomUUID(), organisationId, id, jobId],
    );
    await sql.query(
      `insert into sealed_secrets (id, organisation_id, key_id, ciphertext) values ($1, $2, 'k1', 'c')`,
      [randomUUID(), organisationId],
    );
    await sql.query(
      `insert into idempotency_keys (organisation_id, caller, route, key, body_hash) values ($1, 'u', 'r', 'k', 'h')`,
      [organisationId],
    );
    for (const table of ['extraction_jobs', 'pumpd_accounts', 'pumpd_restaurants'])
      await sql.query(`insert into ${table} (organisation_id, restaurant_id) values ($1, $2)`, [
        organisationId,
        restaurant.id,
      ]);
    await sql.query(`update registration_jobs set status = 'in_progress' where id = $1`, [jobId]);
  }
}

interface Answer {
  status: number;
  rows: Record<string, unknown>[];
  code: string | undefined;
}

async function rest(
  who: keyof typeof tokens | null,
  method: string,
  path: string,
  body?: unknown,
): Promise<Answer> {
  const response = await fetch(`${harness.stack.env['SUPABASE_URL']}/rest/v1/${path}`, {
    method,
    headers: {
      apikey: tokens.anon,
      ...(who === null ? {} : { authorization: `Bearer ${tokens[who]}` }),
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
  });
  const text = await response.text();
  const json: unknown = text === '' ? [] : JSON.parse(text);
  const code = Array.isArray(json) ? undefined : (json as { code?: string }).code;
  return { status: response.status, rows: Array.isArray(json) ? json : [], code };
}

const DENIED = '42501';
const PEOPLE = ['member', 'stranger', 'noProfile'] as const;
const EVERYBODY = [...PEOPLE, 'anon', null] as const;
const organisationOf = ({ name }: Table): string => (name === 'organisations' ? 'id' : 'organisation_id');
const isReadable = ({ name }: Table): boolean => !SERVICE_ONLY.includes(name);

/** Collects what is not as it should be, by table or function, so that one look shows all. */
async function findings<T extends { name: string }>(
  of: readonly T[],
  look: (item: T) => Promise<unknown[]>,
): Promise<Record<string, unknown[]>> {
  expect(of.length).toBeGreaterThan(0);
  const found: Record<string, unknown[]> = {};
  for (const item of of) {
    const wrong = await look(item);
    if (wrong.length > 0) found[item.name] = wrong;
  }
  return found;
}

const idsOf = async ({ name, columns }: Table, where: string): Promise<string[]> => {
  const key = columns.includes('id') ? 'id' : columns[0];
  const { rows } = await harness.sql.query<{ id: string }>(
    `select ${key}::text as id from public.${name} where ${where} order by 1`,
  );
  return rows.map(({ id }) => id);
};

test('each table that members read says whose its rows are, and both organisations have some', async () => {
  const wrong = await findings(tables.filter(isReadable), async (table) => {
    if (!table.columns.includes(organisationOf(table))) return ['names no organisation'];
    const missing = [];
    for (const id of [DEMO_ORGANISATION.id, harness.otherOrganisation])
      if ((await idsOf(table, `${organisationOf(table)} = '${id}'`)).length === 0)
        missing.push(`no row of ${id}`);
    return missing;
  });
  expect(wrong).toEqual({});
});

test('members read all rows of their organisation and none of another; without a profile there is none', async () => {
  const wrong = await findings(tables.filter(isReadable), async (table) => {
    const key = table.columns.includes('id') ? 'id' : (table.columns[0] ?? '');
    const organisations = {
      member: DEMO_ORGANISATION.id,
      stranger: harness.otherOrganisation,
      noProfile: randomUUID(),
    };
    const differences: unknown[] = [];
    for (const who of PEOPLE) {
      const { status, rows } = await rest(who, 'GET', `${table.name}?select=*`);
      const seen = rows.map((row) => String(row[key])).toSorted();
      const own = (await idsOf(table, `${organisationOf(table)} = '${organisations[who]}'`)).toSorted();
      if (status !== 200 || JSON.stringify(seen) !== JSON.stringify(own))
        differences.push({ who, status, seen, own });
    }
    return differences;
  });
  expect(wrong).toEqual({});
});

test('what is the service’s alone is read by nobody else, and anonymous callers read nothing', async () => {
  const wrong = await findings(tables, async (table) => {
    const refused = isReadable(table) ? (['anon', null] as const) : EVERYBODY;
    const seen: unknown[] = [];
    for (const who of refused) {
      const { status, code, rows } = await rest(who, 'GET', `${table.name}?select=*`);
      if (code !== DENIED || rows.length > 0) seen.push({ who, status, code });
    }
    return seen;
  });
  expect(wrong).toEqual({});
});

test('nobody but the service inserts, changes or deletes a row of any table', async () => {
  const print = async ({ name }: Table): Promise<string> =>
    (
      await harness.sql.query<{ print: string }>(
        `select md5(string_agg(t::text, '|' order by t::text)) as print from public.${name} t`,
      )
    ).rows[0]?.print ?? '';
  const wrong = await findings(tables, async (table) => {
    const [column = ''] = table.columns;
    const [known] = await idsOf(table, 'true');
    const filter = `${column}=not.is.null`;
    const before = await print(table);
    const done: unknown[] = [];
    for (const who of EVERYBODY) {
      for (const [method, path, body] of [
        ['POST', table.name, { [column]: known }],
        ['PATCH', `${table.name}?${filter}`, { [column]: known }],
        ['DELETE', `${table.name}?${filter}`, undefined],
      ] as const) {
        const { status, code } = await rest(who, method, path, body);
        if (code !== DENIED) done.push({ who, method, status, code });
      }
    }
    if ((await print(table)) !== before) done.push('its rows are others now');
    return done;
  });
  expect(wrong).toEqual({});
});

test('nobody but the service calls a function', async () => {
  const ours = functions.filter(({ name }) => !FOR_POLICIES.includes(name));
  const wrong = await findings(ours, async ({ name, arguments: names }) => {
    const body = Object.fromEntries(names.map((argument) => [argument, argument === 'p' ? {} : null]));
    const called: unknown[] = [];
    for (const who of EVERYBODY) {
      const { status, code } = await rest(who, 'POST', `rpc/${name}`, body);
      if (code !== DENIED) called.push({ who, status, code });
    }
    return called;
  });
  expect(wrong).toEqual({});
});

test('the policies’ own function tells members of theirs alone', async () => {
  const asks = async (who: keyof typeof tokens | null, organisation_id: string): Promise<unknown> => {
    const response = await fetch(
      `${harness.stack.env['SUPABASE_URL']}/rest/v1/rpc/has_org_access?organisation_id=${organisation_id}`,
      { headers: { apikey: tokens.anon, ...(who ? { authorization: `Bearer ${tokens[who]}` } : {}) } },
    );
    return response.json();
  };
  expect(await asks('member', DEMO_ORGANISATION.id)).toBe(true);
  expect(await asks('member', harness.otherOrganisation)).toBe(false);
  expect(await asks('member', randomUUID())).toBe(false);
  expect(await asks('noProfile', DEMO_ORGANISATION.id)).toBe(false);
  expect(await asks(null, DEMO_ORGANISATION.id)).toMatchObject({ code: DENIED });
});

test('no schema but public is served', async () => {
  for (const schema of ['registration', 'auth', 'pg_catalog', 'information_schema']) {
    const response = await fetch(`${harness.stack.env['SUPABASE_URL']}/rest/v1/paces`, {
      headers: { apikey: tokens.anon, authorization: `Bearer ${tokens.member}`, 'accept-profile': schema },
    });
    expect({ schema, status: response.status }).toEqual({ schema, status: 406 });
  }
});
