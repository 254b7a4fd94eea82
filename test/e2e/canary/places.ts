/** Reads all that a stack leaves behind: its folder, its database, what the engine stores of its runs. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { Client, Connection } from '@temporalio/client';
import type { Payload } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { Client as Postgres } from 'pg';
import { createPayloadCodec, parsePayloadKeys } from '../../../domain/payload-codec';
import { payloadsOf } from '../../integration/codec/engine-data';
import type { Place } from './needles';

const { DescribeWorkflowExecutionResponse } = temporal.api.workflowservice.v1;
const { History } = temporal.api.history.v1;
const { Payload: PayloadMessage } = temporal.api.common.v1;

/** Every file: the engine's database with its write-ahead log, PostgreSQL's own files, logs, what the simulator keeps. */
export function filesOf(dir: string): Place[] {
  return readdirSync(dir, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .flatMap((entry): Place[] => {
      const file = path.join(entry.parentPath, entry.name);
      const bytes = readIfThere(file);
      return bytes === null ? [] : [{ name: `file ${path.relative(dir, file)}`, bytes }];
    });
}

/** PostgreSQL removes files of its own at any time. */
function readIfThere(file: string): Buffer | null {
  try {
    return readFileSync(file);
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return null;
    throw error;
  }
}

/** Every row of every table, as JSON. */
export async function tablesOf(databaseUrl: string): Promise<Place[]> {
  const database = new Postgres({ connectionString: databaseUrl });
  await database.connect();
  try {
    const { rows: tables } = await database.query<{ name: string }>(
      `select format('%I.%I', schemaname, tablename) as name from pg_tables
        where schemaname not in ('pg_catalog', 'information_schema') order by 1`,
    );
    const places: Place[] = [];
    for (const { name } of tables) {
      const { rows } = await database.query<{ line: string }>(
        `select to_jsonb(t)::text as line from ${name} t`,
      );
      places.push({ name: `table ${name}`, bytes: Buffer.from(rows.map(({ line }) => line).join('\n')) });
    }
    return places;
  } finally {
    await database.end();
  }
}

/** Without a codec: what the server answers is seen as it is stored. */
export async function withEngine<T>(
  env: Record<string, string>,
  work: (client: Client) => Promise<T>,
): Promise<T> {
  const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' });
  try {
    return await work(new Client({ connection, namespace: env['TEMPORAL_NAMESPACE'] ?? '' }));
  } finally {
    await connection.close();
  }
}

/** History and description of every run there is: as stored, and with every payload decrypted. */
export function historiesOf(env: Record<string, string>): Promise<Place[]> {
  return withEngine(env, async (client) => {
    const places: Place[] = [];
    for await (const { workflowId, runId } of client.workflow.list()) {
      const handle = client.workflow.getHandle(workflowId, runId);
      const history = await handle.fetchHistory();
      const description = (await handle.describe()).raw;
      const raw = [
        History.encode(history).finish(),
        DescribeWorkflowExecutionResponse.encode(description).finish(),
      ];
      const name = `${workflowId} (${runId})`;
      places.push(
        { name: `history of ${name}`, bytes: Buffer.concat(raw) },
        { name: `decrypted history of ${name}`, bytes: await decrypted(env, [history, description]) },
      );
    }
    return places;
  });
}

async function decrypted(env: Record<string, string>, messages: readonly object[]): Promise<Buffer> {
  const codec = createPayloadCodec(parsePayloadKeys(env['PAYLOAD_KEYS']));
  const payloads = messages.flatMap(payloadsOf).map(({ payload }): Payload => ({
    metadata: Object.fromEntries(
      Object.entries(payload.metadata).map(([name, base64]) => [name, Buffer.from(base64, 'base64')]),
    ),
    data: Buffer.from(payload.data ?? '', 'base64'),
  }));
  const plain = await codec.decode(payloads);
  return Buffer.concat(plain.map((payload) => PayloadMessage.encode(payload).finish()));
}
