/** What a stack holds at a moment: bytes of its databases, connections, memory and CPU of its programs. */
import { execFile } from 'node:child_process';
import { statSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import type { Stack } from '../stack';
import { TEMPORAL_DATABASES } from '../stack/cluster-config';
import { withDatabase } from '../stack/seed';

const run = promisify(execFile);

export interface Snapshot {
  /** Bytes by database: `record` is the product's. Tables with their indexes, dead rows included. */
  bytes: Record<string, number>;
  /** Sessions at PostgreSQL, by database and login. */
  connections: Record<string, number>;
  programs: Record<string, { residentMb: number; cpuSeconds: number }>;
}

export async function takeSnapshot(stack: Stack): Promise<Snapshot> {
  return { ...(await askDatabase(stack)), programs: await askPrograms(stack) };
}

async function askDatabase(stack: Stack): Promise<Pick<Snapshot, 'bytes' | 'connections'>> {
  return withDatabase(stack.env['DATABASE_URL'] ?? '', async (client) => {
    const own = await client.query<{ bytes: string }>(
      `select sum(pg_total_relation_size(c.oid)) as bytes from pg_class c join pg_namespace n on n.oid = c.relnamespace
       where c.relkind in ('r', 'p') and n.nspname in ('public', 'registration')`,
    );
    const names = Object.values(TEMPORAL_DATABASES).map(({ name }) => name);
    const others = await client.query<{ name: string; bytes: string }>(
      'select datname as name, pg_database_size(datname) as bytes from pg_database where datname = any($1)',
      [names],
    );
    const sessions = await client.query<{ who: string; count: string }>(
      `select coalesce(datname, 'none') || ' ' || coalesce(usename, 'none') as who, count(*) as count from pg_stat_activity
       where backend_type = 'client backend' and pid <> pg_backend_pid() group by 1`,
    );
    const bytes: Record<string, number> = { record: Number(own.rows[0]?.bytes) };
    for (const row of others.rows) bytes[row.name] = Number(row.bytes);
    if (others.rows.length === 0) bytes['temporal.db'] = fileBytes(stack);
    return {
      bytes,
      connections: Object.fromEntries(sessions.rows.map((row) => [row.who, Number(row.count)])),
    };
  });
}

/** Of the development server, with what is in its write-ahead log. */
function fileBytes({ dir }: Stack): number {
  const files = ['temporal.db', 'temporal.db-wal'].map((name) => path.join(dir, name));
  return files.reduce((sum, file) => sum + (statSync(file, { throwIfNoEntry: false })?.size ?? 0), 0);
}

/** PostgreSQL is left out: its processes share most of their memory. */
async function askPrograms({ services }: Stack): Promise<Snapshot['programs']> {
  const measured = [...services].filter(([name, { pid }]) => name !== 'postgres' && pid !== null);
  const found = measured.map(async ([name, { pid }]) => {
    const { stdout } = await run('ps', ['-o', 'rss=,time=', '-p', String(pid)]);
    const [kilobytes = '', time = ''] = stdout.trim().split(/\s+/);
    const figures = { residentMb: Math.round(Number(kilobytes) / 1_024), cpuSeconds: secondsOf(time) };
    return [name, figures] as const;
  });
  return Object.fromEntries(await Promise.all(found));
}

/** `[[dd-]hh:]mm:ss`, as every `ps` prints it. */
export function secondsOf(time: string): number {
  const [clock = '', days = '0'] = time.split('-').reverse();
  const seconds = clock.split(':').reduce((sum, part) => sum * 60 + Number(part), 0);
  return Number(days) * 86_400 + seconds;
}
