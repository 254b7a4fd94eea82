/** A batch and its children: no barrier, and each ends in its own way. */
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { activityFailure } from '../../../activities/failure';
import {
  batchProgress,
  companySelected,
  yoloConfigured,
  type BatchProgress,
} from '../../../workflows/messages';
import { BatchRecord, reset, type TestBatch } from '../../helpers/batches';
import {
  configurationSnapshot,
  decision,
  SELECTION,
  until,
  untilAnswer,
  WorkflowWorld,
} from '../../helpers/workflows';

/** The search of a restaurant of this name never gets an answer. */
const STUCK = 'Stuck at step 2';
const recorded: BatchRecord = new BatchRecord({
  async searchCompaniesByName({ jobId }) {
    if (recorded.job(jobId)?.restaurantName === STUCK) throw activityFailure('RegisterUnavailable');
    return { found: 1, nzbnsToCheck: [] };
  },
});

let world: WorkflowWorld;
beforeAll(async () => {
  world = await WorkflowWorld.start(recorded.activities);
});
afterAll(() => world.stop());

const untilBatch = (
  { handle }: TestBatch,
  field: 'started' | 'completed' | 'failed',
  count: number,
): Promise<BatchProgress> => untilAnswer(handle, batchProgress, (progress) => progress[field] === count);

async function answer(handle: WorkflowHandle): Promise<void> {
  await until(handle, (state) => state.awaiting === 'company_selection');
  await handle.signal(companySelected, { ...decision(), ...SELECTION });
  await until(handle, (state) => state.awaiting === 'configuration');
  await handle.signal(yoloConfigured, { ...decision(), configuration: configurationSnapshot() });
}

test('a restaurant that is stuck at step 2 holds nobody up', async () => {
  const batch = await recorded.start(world, { size: 4, restaurants: [STUCK] });
  await untilBatch(batch, 'started', 4);
  const [first, ...others] = batch.registrations;
  await Promise.all(others.map(answer));
  await untilBatch(batch, 'completed', 3);
  if (!first) throw new Error('unreachable');
  expect((await until(first, () => true)).currentStep).toBe(2);
  await batch.handle.cancel();
  await expect(batch.handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
});

test('more jobs than one slice are all started, once each', async () => {
  const batch = await recorded.start(world, { size: 103 });
  await untilBatch(batch, 'started', 103);
  const last = await Promise.all(batch.registrations.slice(100).map((handle) => handle.describe()));
  expect(last.map(({ status }) => status.name)).toEqual(Array(3).fill('RUNNING'));
  await batch.handle.cancel();
  await expect(batch.handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
}, 60_000);

test('cancelling a batch cancels its registrations and records it', async () => {
  const batch = await recorded.start(world, { size: 3 });
  await untilBatch(batch, 'started', 3);
  await batch.handle.cancel();
  await expect(batch.handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  for (const handle of batch.registrations) expect((await handle.describe()).status.name).toBe('CANCELLED');
  expect(recorded.closedBatches).toContainEqual({ batchId: batch.batchId, cancelled: true });
});

test('a child that is terminated in the Web UI is its own failure alone', async () => {
  const batch = await recorded.start(world, { size: 2 });
  const [ended, healthy] = batch.registrations;
  if (!ended || !healthy) throw new Error('unreachable');
  await untilBatch(batch, 'started', 2);
  await ended.terminate('by hand');
  await answer(healthy);
  expect(await batch.handle.result()).toMatchObject({ completed: 1, failed: 1 });
  const close = { jobId: batch.jobs[0]?.jobId, status: 'failed' };
  expect(recorded.closedJobs).toContainEqual(expect.objectContaining(close));
});

test('a batch that is reset follows the registrations that run already, and cancels them with itself', async () => {
  const batch = await recorded.start(world, { size: 2 });
  const [job, other] = batch.registrations;
  if (!job || !other) throw new Error('unreachable');
  await untilBatch(batch, 'started', 2);
  const { runId } = await job.describe();
  await reset(world, batch.handle.workflowId, 4);
  await untilBatch(batch, 'started', 2);
  expect((await job.describe()).runId).toBe(runId);
  await answer(job);
  await untilBatch(batch, 'completed', 1);
  await batch.handle.cancel();
  await expect(batch.handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  expect((await other.describe()).status.name).toBe('CANCELLED');
});
