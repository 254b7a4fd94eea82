/** What `npm run replay` does and says when it is pointed at a server. */
import path from 'node:path';
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { createDataConverter, parsePayloadKeys } from '../../domain/payload-codec';
import {
  readSettings,
  readTemporalTarget,
  readTogether,
  settingTypes,
  type Environment,
} from '../../domain/settings';
import type { ToolIo } from '../tool/run-tool';
import { z } from 'zod';
import { OPEN_RUNS_QUERY, replayOpenRuns, type ReplayReport } from './open-runs';

export const HELP = `npm run replay                          replay the committed histories (test/replay)
npm run replay -- --open [options]      replay a server's open runs against the code in dist

The server is the one that the worker's settings name (TEMPORAL_ADDRESS, TEMPORAL_NAMESPACE, TEMPORAL_PROFILE, TEMPORAL_API_KEY,
TEMPORAL_TLS_…); histories are read with its PAYLOAD_KEYS. Nothing is changed there, and nothing is kept here.

  --open              the open runs of the server; any option below means it too
  --address HOST:PORT instead of TEMPORAL_ADDRESS
  --namespace NAME    instead of TEMPORAL_NAMESPACE
  --profile NAME      instead of TEMPORAL_PROFILE
  --query FILTER      other runs than all open ones of this product (Temporal's list filter)
  --limit N           at most N runs
  --concurrency N     histories read ahead, 4 unless said
  --bundle FILE       the workflow bundle of another build than dist/worker/workflow-bundle.js
  --allow-none        no run is right, too
  --json              the report as JSON

Exit code: 0 every run could go on, 1 one could not, nothing was checked, or something went wrong.`;

const OPTIONS = {
  open: { type: 'boolean' },
  address: { type: 'string' },
  namespace: { type: 'string' },
  profile: { type: 'string' },
  query: { type: 'string', default: OPEN_RUNS_QUERY },
  limit: { type: 'string' },
  concurrency: { type: 'string', default: '4' },
  bundle: { type: 'string', default: path.join(__dirname, '..', '..', 'worker', 'workflow-bundle.js') },
  'allow-none': { type: 'boolean', default: false },
  json: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const numbers = z.object({ limit: settingTypes.count.nullable(), concurrency: settingTypes.count });
const NOTE_EVERY = 100;

/** @returns the exit code. @throws SettingsError; TypeError for an option that there is not; ZodError for a number that is none */
export async function replayCommand(args: string[], { env, print, note }: ToolIo): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) {
    print(HELP);
    return 0;
  }
  const { limit, concurrency } = numbers.parse({ ...values, limit: values.limit ?? null });
  const { target, keys } = readTogether({
    target: () => readTemporalTarget(withOptions(env, values)),
    keys: () => readSettings(z.object({ PAYLOAD_KEYS: settingTypes.secret }), env).PAYLOAD_KEYS,
  });
  const dataConverter = createDataConverter(parsePayloadKeys(keys));
  const connection = await Connection.connect(target.connection);
  try {
    const report = await replayOpenRuns({
      client: new Client({ connection, namespace: target.namespace, dataConverter }),
      code: { workflowBundle: { codePath: values.bundle }, dataConverter },
      query: values.query,
      limit,
      concurrency,
      progress: (checked) => checked % NOTE_EVERY === 0 && note(`${checked} runs replayed`),
    });
    if (values.json) print(JSON.stringify(report, null, 2));
    else told(report, values['allow-none']).forEach(print);
    return report.failed.length === 0 && (report.checked > 0 || values['allow-none']) ? 0 : 1;
  } finally {
    await connection.close();
  }
}

function withOptions(
  env: Environment,
  { address, namespace, profile }: { address?: string; namespace?: string; profile?: string },
): Environment {
  return {
    ...env,
    ...(address && { TEMPORAL_ADDRESS: address }),
    ...(namespace && { TEMPORAL_NAMESPACE: namespace }),
    ...(profile && { TEMPORAL_PROFILE: profile }),
  };
}

function told({ checked, failed, gone, limited, query }: ReplayReport, allowNone: boolean): string[] {
  const counts = [
    `${checked} open runs replayed`,
    `${failed.length} could not go on with this code`,
    ...(gone > 0 ? [`${gone} ended meanwhile`] : []),
    ...(limited ? ['there are more: --limit'] : []),
  ];
  const nothing = checked === 0 && !allowNone ? [`Nothing was checked: no run matches ${query}`] : [];
  return [counts.join(', '), ...nothing, ...table(failed)];
}

function table(failed: ReplayReport['failed']): string[] {
  if (failed.length === 0) return [];
  const rows = failed.map(({ workflowId, type, event, sentence }) => [
    workflowId,
    type,
    event ? `${event.id} ${event.type}` : '?',
    sentence,
  ]);
  const all = [['workflow', 'type', 'event', 'what it means'], ...rows];
  const widths = [0, 1, 2].map((column) => Math.max(...all.map((row) => row[column]?.length ?? 0)));
  return all.map((row) => row.map((cell, column) => cell.padEnd(widths[column] ?? 0)).join('  '));
}
