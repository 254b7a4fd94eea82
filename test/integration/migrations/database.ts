/** Databases for these tests: one throw-away server per test file, as many databases on it as wanted. */
import { spawn, type ChildProcess } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { Client, Pool } from 'pg';
import { migrate } from '../../../dev/migrate/migrate';
import { freePort } from '../../../dev/stack/ports';

export interface TestServer {
  /** Creates an empty database; answers its URL. */
  createDatabase(): Promise<string>;
  stop(): Promise<void>;
}

/** With TEST_POSTGRES_URL (a superuser's) that server is used, so that the tests can be run on each supported version. */
export async function startServer(): Promise<TestServer> {
  const given = process.env['TEST_POSTGRES_URL'];
  if (given !== undefined)
    return { createDatabase: () => createDatabase(given), stop: () => Promise.resolve() };
  const child = spawn(process.execPath, [join(__dirname, 'postgres-server.mjs'), String(await freePort())], {
    stdio: ['pipe', 'pipe', 'pipe'],
  });
  const url = await firstUrl(child);
  return {
    createDatabase: () => createDatabase(url),
    stop: async () => {
      const closed = once(child, 'close');
      child.stdin.end();
      await closed;
    },
  };
}

async function firstUrl(child: ChildProcess): Promise<string> {
  const { stdout, stderr } = child;
  if (stdout === null || stderr === null) throw new Error('the server was started without pipes');
  let errors = '';
  stderr.on('data', (chunk: Buffer) => (errors += chunk.toString()));
  for await (const line of createInterface({ input: stdout }))
    return (JSON.parse(line) as { url: string }).url;
  throw new Error(`PostgreSQL did not start: ${errors}`);
}

async function createDatabase(serverUrl: string): Promise<string> {
  const name = `t_${randomUUID().replaceAll('-', '')}`;
  await withClient(serverUrl, (client) => client.query(`create database ${name}`));
  return Object.assign(new URL(serverUrl), { pathname: `/${name}` }).href;
}

export async function withClient<T>(url: string, use: (client: Client) => Promise<T>): Promise<T> {
  const client = new Client({ connectionString: url });
  await client.connect();
  try {
    return await use(client);
  } finally {
    await client.end();
  }
}

/** A migrated database and a pool on it. */
export async function migratedDatabase(server: TestServer): Promise<Pool> {
  const url = await server.createDatabase();
  await migrate(url);
  const pool = new Pool({ connectionString: url, max: 8 });
  // end() does not wait for the sockets: connections that the stopping server closes under it are no failure.
  pool.on('error', (error) => {
    if (!pool.ending) throw error;
  });
  return pool;
}
