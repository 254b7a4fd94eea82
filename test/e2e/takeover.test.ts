/**
 * Fifty registrations (twenty in every test run) wait at their two questions when a release changes the workflows. With patched() the workers of the new version take
 * over and all finish; without it the replay gate stops the release before it reaches them.
 */
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Client, WorkflowHandle } from '@temporalio/client';
import { Worker } from '@temporalio/worker';
import { releaseCommand } from '../../dev/release/command';
import { replayCommand } from '../../dev/replay/command';
import { replayOpenRuns, type ReplayReport } from '../../dev/replay/open-runs';
import { accountGateWorkflowId, DEFAULT_TASK_QUEUES, ownerWorkflowId, RECONCILER_ID } from '../../domain/ids';
import { ensureReconcilerSchedule } from '../../worker/schedule';
import { tellWhetherCurrent } from '../../worker/versioning';
import { leaseRequested, leaseState, WORKFLOW_TYPES } from '../../workflows/messages';
import { TEST_DATA_CONVERTER, TEST_PAYLOAD_KEYS } from '../helpers/payloads';
import { sized } from '../helpers/size';
import { eventually } from '../helpers/stack';
import { workflowBundle } from '../helpers/workflow-bundle';
import { WorkflowWorld } from '../helpers/workflows';
import { keptHistories } from '../replay/histories';
import { Stage } from '../replay/scenarios';
import type { NewActivities } from './takeover/change';

/** Batches one after the other: what is shown is the takeover, not how much a machine does at once. */
const BATCHES = sized(2, 5);
/** Of each batch so many wait for a company, and so many for their configuration. */
const EACH = sized(2, 5);
const DEPLOYMENT = 'takeover';
const GATE = accountGateWorkflowId('takeover');
/** The gate goes on as a new run from here on: its way of doing so is watched below. */
const LONG_HISTORY = 40;

const stage = new Stage();
interface Parked {
  batch: WorkflowHandle;
  company: WorkflowHandle[];
  configuration: WorkflowHandle[];
}
const parked: Parked[] = [];
const registrations = (): WorkflowHandle[] => parked.flatMap((one) => [...one.company, ...one.configuration]);
const atCompany = (): WorkflowHandle[] => parked.flatMap(({ company }) => company);
let firstRunOfGate: string;
/** Begun by the new code, and waiting at step 5. */
let youngest: WorkflowHandle;

/** The change's activities, as "<what> <workflow id>". */
const noted: string[] = [];
const note = (what: string) => async (): Promise<void> => {
  noted.push(`${what} ${Context.current().info.workflowExecution?.workflowId}`);
};
const newActivities: NewActivities = {
  noteBeforeCompany: note('company'),
  noteBeforeConfiguration: note('configuration'),
};

let patched: { codePath: string };
let unpatched: { codePath: string };

const env = () => ({
  TEMPORAL_ADDRESS: stage.world.environment.address,
  TEMPORAL_NAMESPACE: stage.world.environment.namespace,
  PAYLOAD_KEYS: TEST_PAYLOAD_KEYS,
  WORKER_DEPLOYMENT_NAME: DEPLOYMENT,
});

/** `npm run release` for a build. */
async function release(buildId: string, timeout = '120'): Promise<{ code: number; said: string[] }> {
  const said: string[] = [];
  const args = ['--build-id', buildId, '--timeout', timeout];
  const code = await releaseCommand(args, { env: env(), print: (line) => said.push(line) });
  return { code, said };
}
const released = (buildId: string) => ({
  code: 0,
  said: expect.arrayContaining([`Deployment ${DEPLOYMENT}: current is ${buildId}`]),
});

/** Waits until so many registrations wait for that input; one question for all of them, since each query costs a workflow task. */
async function untilWaiting(awaiting: 'company_selection' | 'configuration', count: number): Promise<void> {
  const query = `ExecutionStatus="Running" AND WorkflowType="${WORKFLOW_TYPES.registration}" AND AwaitingInput="${awaiting}"`;
  const { workflow } = stage.world.environment.client;
  await eventually(async () => (await workflow.count(query)).count === count, 300_000);
}

/** `npm run replay` over the open runs, with the code of a bundle. */
async function replayOpen(
  codePath: string,
  more: string[] = [],
): Promise<{ code: number; report: ReplayReport }> {
  const lines: string[] = [];
  const args = ['--open', '--json', '--bundle', codePath, ...more];
  const code = await replayCommand(args, {
    env: env(),
    print: (line) => lines.push(line),
    note: () => undefined,
  });
  return { code, report: JSON.parse(lines.join('\n')) as ReplayReport };
}

/** The build whose worker did the last task of a run. */
async function buildOf(handle: WorkflowHandle): Promise<string | undefined> {
  const { raw } = await handle.describe();
  return raw.workflowExecutionInfo?.versioningInfo?.deploymentVersion?.buildId ?? undefined;
}

/** The engine's queues learn of a release a moment after it is told: waits until what begins now begins with that build. */
async function untilBegunBy(buildId: string): Promise<void> {
  const { client } = stage.world.environment;
  await eventually(async () => {
    const probe = await client.workflow.start(WORKFLOW_TYPES.lease, {
      workflowId: ownerWorkflowId(randomUUID()),
      taskQueue: DEFAULT_TASK_QUEUES.registrations,
      args: [{ minIntervalMs: 0, leaseMs: 1_000, extendWhileRunning: false }],
    });
    await probe.query(leaseState);
    return (await buildOf(probe)) === buildId;
  }, 120_000);
}

/** Asks the gate for turns. The first to ask has its turn for an hour, and as long the gate stays open. */
async function askGate(holders: string[]): Promise<WorkflowHandle> {
  const { client } = stage.world.environment;
  for (const holder of holders) {
    await client.workflow.signalWithStart(WORKFLOW_TYPES.lease, {
      workflowId: GATE,
      taskQueue: DEFAULT_TASK_QUEUES.registrations,
      args: [{ minIntervalMs: 60_000, leaseMs: 3_600_000, extendWhileRunning: false }],
      signal: leaseRequested,
      signalArgs: [{ requestId: `request of ${holder}`, holder }],
    });
  }
  return client.workflow.getHandle(GATE);
}

beforeAll(async () => {
  [patched, unpatched] = [
    await workflowBundle(require.resolve('./takeover/patched')),
    await workflowBundle(require.resolve('./takeover/unpatched')),
  ];
  stage.world = await WorkflowWorld.start(stage.activities, 'real-time', undefined, {
    version: { deploymentName: DEPLOYMENT, buildId: 'one' },
    dynamicConfig: [`limit.historyCount.suggestContinueAsNew=${LONG_HISTORY}`],
  });
}, 120_000);

afterAll(() => stage.world.stop(), 60_000);

test('the first release: its workers say that they get no work, until they are made current', async () => {
  const said: string[] = [];
  const log = (level: string) => (message: string) => void said.push(`${level}: ${message}`);
  const stopped = new AbortController();
  const telling = tellWhetherCurrent(
    stage.world.environment.client,
    { deploymentName: DEPLOYMENT, buildId: 'one' },
    { signal: stopped.signal, logger: { info: log('info'), warn: log('warn') }, lookEveryMs: 100 },
  );
  try {
    await eventually(() => said.some((line) => line.startsWith('warn: This version gets no work')));
    expect(await release('one')).toEqual(released('one'));
    await eventually(() => said.at(-1) === 'info: This version is current');
  } finally {
    stopped.abort();
    await telling;
  }
}, 120_000);

test('a version without workers is not released', async () => {
  const { code, said } = await release('nowhere', '1');
  expect(code).toBe(1);
  expect(said.at(-1)).toMatch(/no worker of version nowhere .* workflow registrations.* activity portal/);
});

test('registrations come to wait at step 3 and at step 5', async () => {
  for (let count = 1; count <= BATCHES; count += 1) {
    const { handle, jobs } = await stage.batch(2 * EACH);
    const one = { batch: handle, company: jobs.slice(0, EACH), configuration: jobs.slice(EACH) };
    parked.push(one);
    await untilWaiting('company_selection', (count + 1) * EACH);
    await Promise.all(one.configuration.map((job) => stage.answerCompany(job)));
    await untilWaiting('configuration', count * EACH);
  }
  const gate = await askGate([atCompany()[0]?.workflowId ?? '']);
  firstRunOfGate = (await gate.describe()).runId;
  await ensureReconcilerSchedule(stage.world.environment.client, { intervalMs: 3_600_000, untouchedMs: 1 });
  expect(new Set(await Promise.all(registrations().map(buildOf)))).toEqual(new Set(['one']));
}, 400_000);

test('without patched() the release is stopped: by the committed histories, and by the runs that wait', async () => {
  const code = (workflowBundle: { codePath: string }) => ({
    workflowBundle,
    dataConverter: TEST_DATA_CONVERTER,
  });
  const failing = async (workflowBundle: { codePath: string }): Promise<string[]> => {
    const histories = keptHistories();
    const failed: string[] = [];
    for await (const { error, workflowId } of Worker.runReplayHistories(code(workflowBundle), histories)) {
      if (error)
        failed.push(...histories.filter((one) => one.workflowId === workflowId).map(({ name }) => name));
    }
    return failed;
  };
  expect(await failing(unpatched)).toEqual(
    expect.arrayContaining(['registration-waits-for-company', 'registration-waits-for-configuration']),
  );
  expect(await failing(patched)).toEqual([]);

  const stopped = await replayOpen(unpatched.codePath);
  expect(stopped.code).toBe(1);
  expect(stopped.report.failed.map(({ workflowId }) => workflowId).sort()).toEqual(
    registrations()
      .map(({ workflowId }) => workflowId)
      .sort(),
  );
  expect(stopped.report.failed[0]).toMatchObject({
    type: WORKFLOW_TYPES.registration,
    event: { id: expect.any(Number), type: expect.stringMatching(/^EVENT_TYPE_/) },
  });
  const passed = await replayOpen(patched.codePath);
  expect(passed).toMatchObject({ code: 0, report: { failed: [], gone: 0, limited: false } });
  // The batches and the gate too.
  expect(passed.report.checked).toBe(registrations().length + BATCHES + 1);
}, 400_000);

test('a replay of nothing is no success, and says what it left out', async () => {
  const none = ['--query', 'ExecutionStatus="Running" AND WorkflowType="nothing"'];
  expect(await replayOpen(patched.codePath, none)).toMatchObject({ code: 1, report: { checked: 0 } });
  expect(await replayOpen(patched.codePath, [...none, '--allow-none'])).toMatchObject({ code: 0 });
  const some = await replayOpen(patched.codePath, ['--limit', '3']);
  expect(some).toMatchObject({ code: 0, report: { checked: 3, limited: true } });

  const listed = { workflowId: 'ended', runId: randomUUID(), type: WORKFLOW_TYPES.registration };
  const { workflow } = stage.world.environment.client;
  const client = { workflow: { list: () => listOf(listed), getHandle: workflow.getHandle.bind(workflow) } };
  const code = { workflowBundle: patched, dataConverter: TEST_DATA_CONVERTER };
  const options = { client: client as unknown as Client, code, query: 'q', limit: null, concurrency: 1 };
  expect(await replayOpenRuns(options)).toMatchObject({ checked: 0, gone: 1 });
}, 120_000);

/** As the server's list gives them. */
async function* listOf<T>(...items: T[]): AsyncGenerator<T> {
  yield* items;
}

test('with patched() the new version takes over, beside the old one, and all finish', async () => {
  await stage.world.addWorkers(
    { ...stage.activities, ...newActivities },
    { workflowBundle: patched },
    {
      deploymentName: DEPLOYMENT,
      buildId: 'two',
    },
  );
  expect(await release('two')).toEqual(released('two'));
  await untilBegunBy('two');

  for (const [index, { batch, company, configuration }] of parked.entries()) {
    await Promise.all(company.map((job) => stage.answerCompany(job)));
    await untilWaiting('configuration', (BATCHES - index + 1) * EACH);
    await Promise.all([...company, ...configuration].map((job) => stage.answerConfiguration(job)));
    await batch.result();
    expect(await buildOf(batch)).toBe('two');
  }

  const results = await Promise.all(registrations().map(async (job) => (await job.result()) as unknown));
  expect(results).toEqual(registrations().map(() => ({ status: 'completed' })));
  expect(new Set(await Promise.all(registrations().map(buildOf)))).toEqual(new Set(['two']));
  // Each does the new thing where it had not come to that place yet, and nowhere else.
  expect(new Set(noted)).toEqual(new Set(atCompany().map((job) => `configuration ${job.workflowId}`)));
}, 400_000);

test('what begins after the release begins with the new code: children, the schedule, a run that goes on as a new one', async () => {
  const { client } = stage.world.environment;
  const [child] = (await stage.batch(1)).jobs;
  if (!child) throw new Error('unreachable');
  await untilWaiting('company_selection', 1);
  await stage.answerCompany(child);
  await untilWaiting('configuration', 1);
  youngest = child;
  // The record shows the question a moment before the run comes to the new thing.
  const done = [`company ${child.workflowId}`, `configuration ${child.workflowId}`];
  await eventually(() => done.every((what) => noted.includes(what)), 60_000);

  await client.schedule.getHandle(RECONCILER_ID).trigger();
  const runs = async (): Promise<string[]> => {
    const { info } = await client.schedule.getHandle(RECONCILER_ID).describe();
    return info.recentActions.flatMap(({ action }) => action.workflow.workflowId);
  };
  await eventually(async () => (await runs()).length > 0, 60_000);
  const [reconciler] = await runs();
  if (!reconciler) throw new Error('unreachable');
  const run = client.workflow.getHandle(reconciler);
  await run.result();
  expect(await buildOf(run)).toBe('two');

  const gate = await askGate(Array.from({ length: LONG_HISTORY }, (_, n) => `registration/nobody-${n}`));
  await eventually(async () => (await gate.describe()).runId !== firstRunOfGate, 60_000);
  await eventually(async () => (await buildOf(gate)) === 'two', 60_000);
}, 400_000);

test('a release is taken back and made again: runs begin with the former code meanwhile, those that did the new thing stand still', async () => {
  expect(await release('one')).toEqual(released('one'));
  await untilBegunBy('one');

  await stage.answerConfiguration(youngest);
  await eventually(async () => (await taskFailures(youngest)) > 0, 300_000);
  expect(await release('two')).toEqual(released('two'));
  expect(await youngest.result()).toEqual({ status: 'completed' });
}, 400_000);

/** How often a worker could not go on with the run's next task. */
async function taskFailures(handle: WorkflowHandle): Promise<number> {
  const { events } = await handle.fetchHistory();
  return events?.filter((event) => event.workflowTaskFailedEventAttributes).length ?? 0;
}
