import { Client } from 'pg';

/** The organisation that the demo works for. Invented, and the same in every clone, so that examples can name it. */
export const DEMO_ORGANISATION = {
  id: '0d5e1a00-0000-4000-8000-000000000001',
  name: 'Kererū Ordering (demo)',
} as const;

export const DEMO_USERS = {
  admin: { id: '0d5e1a00-0000-4000-8000-0000000000a1', email: 'admin@kereru.example' },
  user: { id: '0d5e1a00-0000-4000-8000-0000000000a2', email: 'user@kereru.example' },
  super_admin: { id: '0d5e1a00-0000-4000-8000-0000000000a3', email: 'support@kereru.example' },
} as const;

export type DemoRole = keyof typeof DEMO_USERS;
export const DEMO_ROLES = Object.keys(DEMO_USERS) as DemoRole[];

/** PostgREST's login: no rights of its own, it becomes the role that the caller's token names. */
export const AUTHENTICATOR = 'authenticator';

/** Runs `work` with a connection and closes it. */
export async function withDatabase<T>(databaseUrl: string, work: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: databaseUrl, connectionTimeoutMillis: 5_000 });
  // A server that goes away while we are connected fails the query at hand; the event alone must not end us.
  client.on('error', () => undefined);
  await client.connect();
  try {
    return await work(client);
  } finally {
    await client.end();
  }
}

/** Gives PostgREST its login. The migrations make the roles that it may become. */
export async function prepareAuthenticator(databaseUrl: string, password: string): Promise<void> {
  await withDatabase(databaseUrl, async (client) => {
    const { rowCount } = await client.query('select 1 from pg_roles where rolname = $1', [AUTHENTICATOR]);
    if (rowCount === 0) await client.query(`create role ${AUTHENTICATOR}`);
    const login = `alter role ${AUTHENTICATOR} with login noinherit password ${client.escapeLiteral(password)}`;
    await client.query(login);
    await client.query(`grant anon, authenticated, service_role to ${AUTHENTICATOR}`);
  });
}

/** The demo organisation with its three people; does nothing where they are. */
export async function seedDemo(databaseUrl: string): Promise<void> {
  await withDatabase(databaseUrl, async (client) => {
    await client.query('insert into organisations (id, name) values ($1, $2) on conflict (id) do nothing', [
      DEMO_ORGANISATION.id,
      DEMO_ORGANISATION.name,
    ]);
    for (const role of DEMO_ROLES) {
      const { id, email } = DEMO_USERS[role];
      await client.query(
        `insert into profiles (id, organisation_id, email, role) values ($1, $2, $3, $4) on conflict (id) do nothing`,
        [id, DEMO_ORGANISATION.id, email, role],
      );
    }
  });
}
