import path from 'node:path';
import { Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES } from '../../domain/ids';
import type { Engine, EngineHost } from './engine';
import type { ProcessSpec } from './process';
import { requireTemporal } from './tools';

export const NAMESPACE = 'default';

/** The command line's spelling of the SDK's search attribute types. */
const ATTRIBUTE_TYPES = { KEYWORD: 'Keyword', INT: 'Int' } as const satisfies Record<
  (typeof SEARCH_ATTRIBUTES)[keyof typeof SEARCH_ATTRIBUTES],
  string
>;

/** Organisations that wait for the same workers are served in turn (domain/priorities.ts); a server does so only if it is told to. */
export const FAIRNESS = ['matching.useNewMatcher=true', 'matching.enableFairness=true'] as const;

/**
 * The development server keeps all runs in one shard, and by default looks for what to do next 20 times a second in each: whatever follows
 * from an event waits for the next 50 ms. And it gives out timers up to a second ahead, so one of less than a second takes a second: that is
 * for clocks of several machines, and this is one process. A cluster has hundreds of shards, and keeps the defaults.
 */
const ONE_SHARD = [
  'history.transferProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxPollRPS=1000',
  'history.timerProcessorMaxTimeShift="10ms"',
] as const;

/** `file`: survives restarts, as long as the machine stands. `memory`: gone with the process; to measure against. */
type Storage = 'file' | 'memory';

/** With its Web UI. Throws a StackError when there is no program. */
const developmentServerOn = (storage: Storage): Engine => ({
  databaseConnections: 0,
  start: async (host) => {
    const spec = await prepareTemporal(host, storage);
    await host.launch('temporal', spec, `http://127.0.0.1:${host.ports.temporalUi}`);
  },
});

export const developmentServer = developmentServerOn('file');
export const inMemoryServer = developmentServerOn('memory');

async function prepareTemporal(
  { dir, ports, codecEndpoint, logFile, log }: EngineHost,
  storage: Storage,
): Promise<ProcessSpec> {
  const command = await requireTemporal(log);
  const address = `127.0.0.1:${ports.temporal}`;
  return {
    name: 'Temporal server',
    command,
    args: [
      ...['server', 'start-dev', '--headless=false', '--log-level', 'error', '--ip', '127.0.0.1'],
      ...['--port', String(ports.temporal), '--ui-port', String(ports.temporalUi)],
      ...['--ui-codec-endpoint', codecEndpoint],
      ...(storage === 'file' ? databaseFile(path.join(dir, 'temporal.db')) : []),
      ...developmentServerArguments(),
    ],
    env: process.env,
    cwd: dir,
    logFile: logFile('temporal'),
    isReady: () => isServing(address),
    readyTimeoutMs: 60_000,
    stopSignal: 'SIGTERM',
    graceMs: 10_000,
    adviceOnFailure: 'should its data be damaged, --fresh starts anew',
  };
}

/**
 * What every development server is started with, a test's too: the search attributes and the dynamic configuration.
 * @param settings more of it, `key=JSON`
 */
export function developmentServerArguments(settings: readonly string[] = []): string[] {
  return [
    ...Object.entries(SEARCH_ATTRIBUTES).flatMap(([name, type]) => [
      '--search-attribute',
      `${name}=${ATTRIBUTE_TYPES[type]}`,
    ]),
    ...[...FAIRNESS, ...ONE_SHARD, ...settings].flatMap((setting) => ['--dynamic-config-value', setting]),
  ];
}

/**
 * What was acknowledged is in the log of the file, so it survives the end of the process; the log is synced now and then alone, which
 * a power cut makes felt (docs/performance.md). Syncing each write is five to ten times slower.
 */
function databaseFile(file: string): string[] {
  const pragmas = ['journal_mode=WAL', 'synchronous=NORMAL'];
  return ['--db-filename', file, ...pragmas.flatMap((pragma) => ['--sqlite-pragma', pragma])];
}

/** True once the namespace knows every search attribute: the server answers some seconds before that. */
export async function isServing(address: string): Promise<boolean> {
  // Lazy, and with a deadline for the calls: whatever holds that port may take a connection and never answer.
  const connection = Connection.lazy({ address, connectTimeout: 2_000 });
  try {
    const { customAttributes } = await connection.withDeadline(Date.now() + 5_000, async () => {
      await connection.workflowService.describeNamespace({ namespace: NAMESPACE });
      return connection.operatorService.listSearchAttributes({ namespace: NAMESPACE });
    });
    return Object.keys(SEARCH_ATTRIBUTES).every((name) => name in customAttributes);
  } catch {
    return false; // not up yet: asked again
  } finally {
    await connection.close();
  }
}
