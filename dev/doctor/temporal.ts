/** Temporal: whether it answers, has what we need, and somebody works there. */
import { Client, Connection } from '@temporalio/client';
import { SEARCH_ATTRIBUTES, DEFAULT_TASK_QUEUES } from '../../domain/ids';
import {
  engineOfRecord,
  notedEngine,
  OTHER_ENGINE,
  problemOf,
  readNamespace,
  recordClient,
  searchAttributesOf,
} from '../../domain/lifecycle';
import type { ApiSettings, WorkerSettings } from '../../domain/settings';
import { readRouting } from '../../worker/deployment';
import { fail, found, ok, warn, type Finding } from './finding';

const CALL_MS = 10_000;
const SHORTEST_RETENTION_DAYS = 7;
/** The server's enumeration of types, by the SDK's names of them. */
const TYPE_NUMBERS: Readonly<Record<(typeof SEARCH_ATTRIBUTES)[keyof typeof SEARCH_ATTRIBUTES], number>> = {
  KEYWORD: 2,
  INT: 3,
};

type Settings = ApiSettings | WorkerSettings;

/** @param accept notes the namespace as the record's, in the place of the one before */
export async function examineTemporal(settings: Settings, accept: boolean): Promise<Finding[]> {
  const { connection: target, namespace } = settings.temporal;
  const connection = Connection.lazy(target);
  const within = <T>(call: () => Promise<T>): Promise<T> =>
    connection.withDeadline(Date.now() + CALL_MS, call);
  try {
    let description;
    try {
      description = await within(() => connection.workflowService.describeNamespace({ namespace }));
    } catch (error) {
      return [fail('Temporal', `Temporal at ${target.address} ${problemOf(error, namespace)}`)];
    }
    const retention = description.config?.workflowExecutionRetentionTtl?.seconds;
    const client = new Client({ connection, namespace });
    return [
      ok('Temporal', `answers at ${target.address}, namespace "${namespace}"`),
      ...(await found('search attributes', () => within(() => searchAttributes(connection, namespace)))),
      ofRetention(Number(retention ?? 0)),
      ...(await found('task queues', () => within(() => taskQueues(connection, namespace)))),
      ...(await found('deployment', () => within(() => deployment(client, settings)))),
      ...(await found('namespace of the record', () => within(() => engine(client, settings, accept)))),
    ];
  } finally {
    await connection.close();
  }
}

async function searchAttributes(connection: Connection, namespace: string): Promise<Finding[]> {
  const known = await searchAttributesOf(connection, namespace);
  if (known === null)
    return [warn('search attributes', 'the server does not tell them: look in its console')];
  const wrong = Object.entries(SEARCH_ATTRIBUTES).filter(
    ([name, type]) => known[name] !== TYPE_NUMBERS[type],
  );
  if (wrong.length === 0) return [ok('search attributes', 'all there')];
  const told = wrong.map(([name, type]) => `${name} (${type === 'INT' ? 'Int' : 'Keyword'})`).join(', ');
  return [
    fail(
      'search attributes',
      `missing, or of another type: ${told}; create them (temporal operator search-attribute create)`,
    ),
  ];
}

function ofRetention(seconds: number): Finding {
  const days = Math.floor(seconds / 86_400);
  return days >= SHORTEST_RETENTION_DAYS
    ? ok('retention', `closed runs are kept for ${days} days`)
    : warn(
        'retention',
        `closed runs are kept for ${days} days: keep them for ${SHORTEST_RETENTION_DAYS} at least, to look into what ended and to publish it anew`,
      );
}

async function taskQueues(connection: Connection, namespace: string): Promise<Finding[]> {
  const ACTIVITY = 2;
  const idle: string[] = [];
  for (const name of Object.values(DEFAULT_TASK_QUEUES)) {
    const { pollers } = await connection.workflowService.describeTaskQueue({
      namespace,
      taskQueue: { name },
      taskQueueType: ACTIVITY,
    });
    if (!pollers?.length) idle.push(name);
  }
  return [
    idle.length === 0
      ? ok('task queues', 'workers poll all of them')
      : warn('task queues', `no worker polls ${idle.join(', ')}: start one`),
  ];
}

async function deployment(client: Client, settings: Settings): Promise<Finding[]> {
  if (!('WORKER_VERSIONING' in settings) || settings.WORKER_VERSIONING === 'off') return [];
  const routing = await readRouting(client, settings.WORKER_DEPLOYMENT_NAME);
  return [
    routing?.currentBuildId
      ? ok('deployment', `current version: ${routing.currentBuildId}`)
      : fail(
          'deployment',
          'no version is current, so no worker gets work: `npm run release` (docs/changing-workflows.md)',
        ),
  ];
}

async function engine(client: Client, settings: Settings, accept: boolean): Promise<Finding[]> {
  const check = 'namespace of the record';
  const supabase = recordClient(settings);
  const here = await readNamespace(client, client.options.namespace);
  const ours = accept ? await engineOfRecord(supabase, here, true) : await notedEngine(supabase);
  if (ours === null) return [ok(check, 'none noted yet: the first worker that starts notes its own')];
  return [
    ours.id === here.id ? ok(check, `this one${accept ? ', accepted now' : ''}`) : fail(check, OTHER_ENGINE),
  ];
}
