/** Brings a database to the newest schema: the SQL files of `migrations/`, by dbmate. */
import { spawn } from 'node:child_process';
import { dirname } from 'node:path';
import { migrationsDir } from '../../domain/migrations';

export interface MigrateOptions {
  /** Gets each line that dbmate prints. */
  log?: (line: string) => void;
  /** `up` applies all that is missing; `down` takes back the newest one. */
  direction?: 'up' | 'down';
}

/** dbmate's binary for this machine. Its own resolver is an ES module, which tests cannot load. */
function dbmateBinary(): string {
  const name = process.platform === 'win32' ? 'dbmate.exe' : 'dbmate';
  const id = `@dbmate/${process.platform}-${process.arch}/bin/${name}`;
  try {
    return require.resolve(id, { paths: [dirname(require.resolve('dbmate/package.json'))] });
  } catch (cause) {
    throw new Error(`dbmate has no binary for this machine (${id}). Run npm ci.`, { cause });
  }
}

/** A server on this machine seldom speaks TLS, and dbmate insists on it unless told otherwise. */
function withSslMode(databaseUrl: string): URL {
  const url = new URL(databaseUrl);
  const loopback = ['localhost', '127.0.0.1', '[::1]'].includes(url.hostname);
  if (loopback && !url.searchParams.has('sslmode')) url.searchParams.set('sslmode', 'disable');
  return url;
}

/**
 * Applies what is missing; on an up-to-date database it does nothing.
 * @param databaseUrl `postgres://user:password@host:port/database`, of a role that may create tables there.
 * @throws Error with the end of dbmate's output, without the password.
 */
export async function migrate(databaseUrl: string, options: MigrateOptions = {}): Promise<void> {
  const url = withSslMode(databaseUrl);
  const secrets = [url.password, decodeURIComponent(url.password)].filter((secret) => secret !== '');
  const withoutSecrets = (text: string): string =>
    secrets.reduce((clean, secret) => clean.replaceAll(secret, '***'), text);

  const child = spawn(dbmateBinary(), [options.direction === 'down' ? 'rollback' : 'migrate'], {
    stdio: ['ignore', 'pipe', 'pipe'],
    // By environment, not by argument: arguments are for all users of the machine to read.
    env: {
      ...process.env,
      DATABASE_URL: url.href,
      DBMATE_MIGRATIONS_DIR: migrationsDir(),
      DBMATE_NO_DUMP_SCHEMA: 'true',
    },
  });
  const output: string[] = [];
  const take = (chunk: string): void => {
    for (const line of withoutSecrets(chunk).split('\n').filter(Boolean)) {
      output.push(line);
      options.log?.(line);
    }
  };
  child.stdout.setEncoding('utf8').on('data', take);
  child.stderr.setEncoding('utf8').on('data', take);
  const code = await new Promise<number | null>((resolve, reject) => {
    child.once('error', reject);
    child.once('close', resolve);
  });
  if (code !== 0) throw new Error(`The migrations failed: ${output.slice(-5).join(' | ')}`);
}
