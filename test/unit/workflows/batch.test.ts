/** A batch and its children: no barrier, and each ends in its own way. */
import { randomUUID } from 'node:crypto';
import Long from 'long';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { activityFailure } from '../../../activities/failure';
import { batchWorkflowId, DEFAULT_TASK_QUEUES, registrationWorkflowId } from '../../../domain/ids';
import { batchProgress, companySelected, WORKFLOW_TYPES, yoloConfigured } from '../../../workflows/messages';
import {
  configurationSnapshot,
  decision,
  fakeWorld,
  SELECTION,
  SETTINGS,
  until,
  untilAnswer,
  WorkflowWorld,
} from '../../helpers/workflows';

interface Job {
  jobId: string;
  restaurantId: string;
  restaurantName: string;
  position: number;
}
const batches = new Map<string, Job[]>();
const closed: { jobId: string; status: string }[] = [];
const closedBatches: { batchId: string; cancelled: boolean }[] = [];
const stuck = new Set<string>();

const { activities } = fakeWorld({
  async openBatch({ batchId }) {
    const total = batches.get(batchId)?.length ?? 0;
    return {
      organisationId: 'org',
      name: 'Batch',
      total,
      failurePolicy: 'wait',
      executionMode: 'parallel',
      settings: SETTINGS,
    };
  },
  async loadJobs({ batchId, offset, limit }) {
    const jobs = batches.get(batchId) ?? [];
    return { jobs: jobs.slice(offset, offset + limit), more: jobs.length > offset + limit };
  },
  async closeJob(close) {
    closed.push(close);
  },
  async closeBatch(close) {
    closedBatches.push(close);
    return {
      status: close.cancelled ? 'cancelled' : 'completed',
      completed: 0,
      failed: 0,
      errorMessage: null,
    };
  },
  async searchCompaniesByName({ restaurantId }) {
    if (stuck.has(restaurantId)) throw activityFailure('RegisterUnavailable');
    return { found: 1, nzbnsToCheck: [] };
  },
});

let world: WorkflowWorld;
beforeAll(async () => {
  world = await WorkflowWorld.start(activities);
});
afterAll(() => world.stop());

async function startBatch(size: number): Promise<{ batchId: string; jobs: Job[]; handle: WorkflowHandle }> {
  const batchId = randomUUID();
  const jobs = Array.from({ length: size }, (_, index) => ({
    jobId: randomUUID(),
    restaurantId: randomUUID(),
    restaurantName: `Restaurant ${index + 1}`,
    position: index + 1,
  }));
  batches.set(batchId, jobs);
  const handle = await world.environment.client.workflow.start(WORKFLOW_TYPES.batch, {
    workflowId: batchWorkflowId(batchId),
    taskQueue: DEFAULT_TASK_QUEUES.registrations,
    args: [{ batchId }],
  });
  return { batchId, jobs, handle };
}

const registration = ({ jobId }: Job): WorkflowHandle =>
  world.environment.client.workflow.getHandle(registrationWorkflowId(jobId));

async function untilBatch(
  handle: WorkflowHandle,
  field: 'started' | 'completed' | 'failed',
  count: number,
): Promise<void> {
  await untilAnswer(handle, batchProgress, (progress) => progress[field] === count);
}

async function answer(job: Job): Promise<void> {
  const handle = registration(job);
  await until(handle, (state) => state.awaiting === 'company_selection');
  await handle.signal(companySelected, { ...decision(), ...SELECTION });
  await until(handle, (state) => state.awaiting === 'configuration');
  await handle.signal(yoloConfigured, { ...decision(), configuration: configurationSnapshot() });
}

test('a restaurant that is stuck at step 2 holds nobody up', async () => {
  const batchId = randomUUID();
  const jobs = [1, 2, 3, 4].map((n) => ({
    jobId: randomUUID(),
    restaurantId: randomUUID(),
    restaurantName: `R${n}`,
    position: n,
  }));
  const [first, ...others] = jobs;
  if (!first) throw new Error('unreachable');
  stuck.add(first.restaurantId);
  batches.set(batchId, jobs);
  const handle = await world.environment.client.workflow.start(WORKFLOW_TYPES.batch, {
    workflowId: batchWorkflowId(batchId),
    taskQueue: DEFAULT_TASK_QUEUES.registrations,
    args: [{ batchId }],
  });
  await untilBatch(handle, 'started', 4);
  await Promise.all(others.map(answer));
  await untilBatch(handle, 'completed', 3);
  expect((await until(registration(first), () => true)).currentStep).toBe(2);
  await handle.cancel();
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
});

test('more jobs than one slice are all started, once each', async () => {
  const { handle, jobs } = await startBatch(103);
  await untilBatch(handle, 'started', 103);
  const statuses = await Promise.all(jobs.slice(100).map((job) => registration(job).describe()));
  expect(statuses.map(({ status }) => status.name)).toEqual(Array(3).fill('RUNNING'));
  await handle.cancel();
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
}, 60_000);

test('cancelling a batch cancels its registrations and records it', async () => {
  const { batchId, jobs, handle } = await startBatch(3);
  await untilBatch(handle, 'started', 3);
  await handle.cancel();
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  for (const job of jobs) expect((await registration(job).describe()).status.name).toBe('CANCELLED');
  expect(closedBatches).toContainEqual({ batchId, cancelled: true });
});

test('a child that is terminated in the Web UI is its own failure alone', async () => {
  const { jobs, handle } = await startBatch(2);
  const [ended, healthy] = jobs;
  if (!ended || !healthy) throw new Error('unreachable');
  await untilBatch(handle, 'started', 2);
  await registration(ended).terminate('by hand');
  await answer(healthy);
  const result = await handle.result();
  expect(result).toMatchObject({ completed: 1, failed: 1 });
  expect(closed).toContainEqual(expect.objectContaining({ jobId: ended.jobId, status: 'failed' }));
});

test('a batch that is reset follows the registrations that run already', async () => {
  const { batchId, jobs, handle } = await startBatch(1);
  const [job] = jobs;
  if (!job) throw new Error('unreachable');
  await untilBatch(handle, 'started', 1);
  const { execution } = await registration(job)
    .describe()
    .then((d) => ({ execution: d.raw.workflowExecutionInfo?.execution }));
  await world.environment.client.workflowService.resetWorkflowExecution({
    namespace: world.environment.namespace ?? 'default',
    workflowExecution: { workflowId: batchWorkflowId(batchId) },
    workflowTaskFinishEventId: Long.fromNumber(4),
    requestId: randomUUID(),
  });
  const again = world.environment.client.workflow.getHandle(batchWorkflowId(batchId));
  await untilBatch(again, 'started', 1);
  const same = (await registration(job).describe()).raw.workflowExecutionInfo?.execution;
  expect(same?.runId).toBe(execution?.runId);
  await answer(job);
  await expect(again.result()).resolves.toMatchObject({ completed: 1 });
});
