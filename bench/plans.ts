/** What PostgreSQL did to answer: the plans of all statements, those within functions too, as auto_explain writes them to its log. */
import { readFileSync } from 'node:fs';
import { z } from 'zod';
import { AUTHENTICATOR } from '../dev/stack/seed';
import type { Stack } from '../dev/stack';
import type { Sql } from './stored';

/** One access to a table. */
export interface TableRead {
  /** `Seq Scan`, `Index Scan`, `Index Only Scan`, `Bitmap Heap Scan` ... */
  node: string;
  table: string;
  /** Null where none was used. */
  index: string | null;
}

interface PlanNode {
  'Node Type': string;
  'Relation Name'?: string | undefined;
  'Index Name'?: string | undefined;
  Plans?: PlanNode[] | undefined;
}
const planNode: z.ZodType<PlanNode> = z.lazy(() =>
  z.object({
    'Node Type': z.string(),
    'Relation Name': z.string().optional(),
    'Index Name': z.string().optional(),
    Plans: planNode.array().optional(),
  }),
);
const logged = z.object({ Plan: planNode });

/** An entry's first line, and those that go on with a tab. */
const ENTRY = /LOG: {2}duration: .* plan:\n((?:\t.*\n)+)/g;

function readsOf(plan: PlanNode): TableRead[] {
  const { 'Node Type': node, 'Relation Name': table, 'Index Name': index = null, Plans: below = [] } = plan;
  // Of a bitmap, the index is named by the node below.
  const bitmap = node === 'Bitmap Heap Scan' ? (below[0]?.['Index Name'] ?? null) : null;
  const own = table === undefined ? [] : [{ node, table, index: index ?? bitmap }];
  return [...own, ...below.flatMap(readsOf)];
}

export function plansIn(log: string): TableRead[] {
  return [...log.matchAll(ENTRY)].flatMap(([, text = '']) =>
    readsOf(logged.parse(JSON.parse(text.replaceAll(/^\t/gm, ''))).Plan),
  );
}

const SETTINGS = {
  session_preload_libraries: "'auto_explain'",
  'auto_explain.log_min_duration': '0',
  'auto_explain.log_nested_statements': 'on',
  'auto_explain.log_format': "'json'",
} as const;

/** Tells how tables are read for what is asked through PostgREST; each way of reading one once. */
export class PlanLog {
  private constructor(
    private readonly stack: Stack,
    private readonly sql: Sql,
  ) {}

  /** @param sql Of a superuser. */
  static async start(stack: Stack, sql: Sql): Promise<PlanLog> {
    for (const [name, value] of Object.entries(SETTINGS))
      await sql.query(`alter role ${AUTHENTICATOR} set ${name} = ${value}`);
    // Settings of a role are those of new connections.
    await stack.service('postgrest').restart();
    return new PlanLog(stack, sql);
  }

  async end(): Promise<void> {
    for (const name of Object.keys(SETTINGS))
      await this.sql.query(`alter role ${AUTHENTICATOR} reset ${name}`);
    await this.stack.service('postgrest').restart();
  }

  async of(ask: () => Promise<unknown>): Promise<TableRead[]> {
    const before = this.log().length;
    await ask();
    // A PostgREST that has just been started also reads the catalogue, for itself.
    const reads = plansIn(this.log().slice(before)).filter(({ table }) => !table.startsWith('pg_'));
    return [...new Map(reads.map((read) => [JSON.stringify(read), read])).values()];
  }

  private log(): string {
    return readFileSync(this.stack.service('postgres').logFile, 'utf8');
  }
}

/** Of a smaller table a scan is the cheapest reading. */
const BIG = 1_000;

/** Big tables that were read from end to end. */
export async function scansOf(sql: Sql, reads: readonly TableRead[]): Promise<TableRead[]> {
  const { rows } = await sql.query<{ relname: string }>(
    `select c.relname from pg_stat_user_tables t join pg_class c on c.oid = t.relid where c.reltuples >= $1`,
    [BIG],
  );
  const big = new Set(rows.map(({ relname }) => relname));
  return reads.filter(({ node, table }) => node === 'Seq Scan' && big.has(table));
}
