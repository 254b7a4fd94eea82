/** Who is served first where work queues for workers, on a real server that is told to be fair. Seen in the order of starts. */
import { randomUUID } from 'node:crypto';
import { Context } from '@temporalio/activity';
import type { Priority } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { temporal } from '@temporalio/proto';
import type { WorkflowHandle } from '@temporalio/client';
import type { Worker } from '@temporalio/worker';
import { createLeaseActivities } from '../../../activities/leases';
import { developmentServerArguments } from '../../../dev/stack/temporal';
import { testServerExecutable } from '../../../dev/stack/tools';
import { DEFAULT_TASK_QUEUES, registrationWorkflowId } from '../../../domain/ids';
import { PRIORITIES } from '../../../domain/priorities';
import { batchStartOptions } from '../../../domain/start-batch';
import { createWorkers } from '../../../worker/workers';
import { searchAgain, WORKFLOW_TYPES } from '../../../workflows/messages';
import { TEST_DATA_CONVERTER } from '../../helpers/payloads';
import { decision, fakeWorld, SETTINGS, testEngine, until } from '../../helpers/workflows';
import { eventually } from '../../helpers/stack';

interface Batch {
  id: string;
  organisationId: string;
  jobIds: string[];
}

const batches = new Map<string, Batch>();

/** The register: each search waits at the gate while it is shut. */
let starts: string[] = [];
const seen = new Map<string, Priority | undefined>();
let opened: Promise<void> = Promise.resolve();
let open: () => void = () => undefined;
function shut(): void {
  starts = [];
  opened = new Promise((resolve) => (open = resolve));
}

const { activities } = fakeWorld({
  async openBatch({ batchId }) {
    const { organisationId, jobIds } = batches.get(batchId) ?? { organisationId: '', jobIds: [] };
    const total = jobIds.length;
    return {
      organisationId,
      name: 'Batch',
      total,
      failurePolicy: 'wait',
      executionMode: 'parallel',
      settings: SETTINGS,
    };
  },
  async loadJobs({ batchId, offset }) {
    const jobs = (batches.get(batchId)?.jobIds ?? []).slice(offset).map((jobId, index) => ({
      jobId,
      restaurantId: randomUUID(),
      restaurantName: 'Restaurant',
      position: index + 1,
      begun: false,
    }));
    return { jobs, more: false };
  },
  async searchCompaniesByName({ jobId }) {
    starts.push(jobId);
    seen.set(jobId, Context.current().info.priority);
    await opened;
    return { found: 0, nzbnsToCheck: [] };
  },
});

let environment: TestWorkflowEnvironment;
let workers: Worker[];
let running: Promise<unknown>;
beforeAll(async () => {
  // With one partition the order is that of one queue; each of several is fair in itself.
  const onePartition = ['matching.numTaskqueueReadPartitions=1', 'matching.numTaskqueueWritePartitions=1'];
  environment = await TestWorkflowEnvironment.createLocal({
    client: { dataConverter: TEST_DATA_CONVERTER },
    server: {
      executable: testServerExecutable('temporal'),
      extraArgs: developmentServerArguments(onePartition),
    },
  });
  workers = await createWorkers(
    testEngine(environment),
    { ...activities, ...createLeaseActivities({ client: environment.client }) },
    { registerRatePerSecond: 1_000, registerConcurrency: 1, portalSessions: 5, shutdownGraceMs: 1_000 },
  );
  running = Promise.all(workers.map((worker) => worker.run()));
}, 60_000);
afterAll(async () => {
  open();
  workers.forEach((worker) => worker.shutdown());
  await running;
  await environment.teardown();
}, 60_000);

/** Starts a batch as the API does. */
async function start(organisationId: string, restaurants: number): Promise<Batch> {
  const jobIds = Array.from({ length: restaurants }, () => randomUUID());
  const batch: Batch = { id: randomUUID(), organisationId, jobIds };
  batches.set(batch.id, batch);
  const options = batchStartOptions({ ...batch, name: 'Batch', totalRestaurants: restaurants });
  await environment.client.workflow.start(WORKFLOW_TYPES.batch, options);
  return batch;
}

const registration = (jobId: string | undefined): WorkflowHandle =>
  environment.client.workflow.getHandle(registrationWorkflowId(jobId ?? ''));

/** Waits until so many searches queue behind the one that runs. */
async function queued(count: number): Promise<void> {
  await eventually(async () => {
    const { stats } = await environment.connection.workflowService.describeTaskQueue({
      namespace: 'default',
      taskQueue: { name: DEFAULT_TASK_QUEUES.companiesOffice },
      taskQueueType: temporal.api.enums.v1.TaskQueueType.TASK_QUEUE_TYPE_ACTIVITY,
      reportStats: true,
    });
    return starts.length === 1 && Number(stats?.approximateBacklogCount) === count;
  }, 30_000);
}

test('a batch of many does not starve a batch of three of another organisation', async () => {
  shut();
  const large = await start(randomUUID(), 12);
  await queued(11);
  const small = await start(randomUUID(), 3);
  await queued(14);
  open();
  await eventually(() => starts.length === 15);
  const served = starts.map((jobId) => (small.jobIds.includes(jobId) ? 'small' : 'large'));
  expect(served.filter((of) => of === 'small')).toHaveLength(3);
  // Alternating they are among the first seven; first come, first served they would be the last three.
  expect(served.lastIndexOf('small')).toBeLessThanOrEqual(7);
  expect(large.jobIds).toContain(starts.at(-1));
}, 60_000);

test('what a person asked for overtakes what a batch does by itself', async () => {
  const before = await start(randomUUID(), 1);
  const waiting = registration(before.jobIds[0]);
  await eventually(() => starts.includes(before.jobIds[0] ?? ''));
  await until(waiting, (state) => state.awaiting === 'company_selection');
  shut();
  await start(randomUUID(), 6);
  await queued(5);
  await waiting.signal(searchAgain, { ...decision(), words: { restaurant_name: 'Other words' } });
  await queued(6);
  open();
  await eventually(() => starts.length === 7);
  expect(starts[1]).toBe(before.jobIds[0]);
}, 60_000);

test('registrations and their activities inherit the fairness key of their batch, and keep their own priority', async () => {
  shut();
  const organisationId = randomUUID();
  const { jobIds } = await start(organisationId, 2);
  open();
  await eventually(() => starts.length === 2);
  for (const jobId of jobIds) {
    const { raw } = await registration(jobId).describe();
    expect(raw.workflowExecutionInfo?.priority).toMatchObject({ fairnessKey: organisationId });
    expect(seen.get(jobId)).toMatchObject({ fairnessKey: organisationId, ...PRIORITIES.bulk });
  }
}, 60_000);
