import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { SQL_PLUGIN, TEMPORAL_DATABASES } from './cluster-config';
import { StackError, describe } from './errors';
import { withDatabase } from './seed';
import { requireTool } from './tools';

const run = promisify(execFile);

/** Makes Temporal's databases where they are missing, and brings their schema up to this version of the tool. Throws a StackError. */
export async function createClusterSchema(databaseUrl: string): Promise<void> {
  const tool = requireTool('temporal-sql-tool');
  const env = { ...process.env, ...toolEnvironment(databaseUrl) };
  for (const { name, schema } of Object.values(TEMPORAL_DATABASES)) {
    const sql = async (...args: string[]): Promise<void> => {
      try {
        await run(tool, ['--db', name, ...args], { env });
      } catch (error) {
        throw new StackError(`The database ${name} cannot be made (${args.join(' ')}): ${describe(error)}`);
      }
    };
    if (!(await exists(databaseUrl, 'select 1 from pg_database where datname = $1', name)))
      await sql('create');
    // Its table of versions is the first thing that the tool makes.
    const own = new URL(databaseUrl);
    own.pathname = `/${name}`;
    const hasVersions = await exists(
      own.href,
      'select 1 where to_regclass($1) is not null',
      'schema_version',
    );
    if (!hasVersions) await sql('setup-schema', '-v', '0.0');
    await sql('update-schema', '-s', schema);
  }
}

/** Where the tool reads its login from: no password stands in a command line. */
function toolEnvironment(databaseUrl: string): Record<string, string> {
  const { hostname, port, username, password } = new URL(databaseUrl);
  return {
    SQL_PLUGIN,
    SQL_HOST: hostname,
    SQL_PORT: port,
    SQL_USER: decodeURIComponent(username),
    SQL_PASSWORD: decodeURIComponent(password),
  };
}

function exists(databaseUrl: string, query: string, value: string): Promise<boolean> {
  return withDatabase(
    databaseUrl,
    async (client) => ((await client.query(query, [value])).rowCount ?? 0) > 0,
  );
}
