/** Turns in step 6 on a real server: the product's batch, its side of a registration, and registrations that do nothing else. */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import { DEFAULT_TASK_QUEUES, registrationWorkflowId } from '../../../domain/ids';
import {
  batchProgress,
  pauseBatch,
  resumeBatch,
  step6Requested,
  WORKFLOW_TYPES,
  type BatchProgress,
} from '../../../workflows/messages';
import { BatchRecord, reset, type TestBatch } from '../../helpers/batches';
import { order, stubState, type StubState } from '../../helpers/stub-registration';
import { registrationInput, untilAnswer, WorkflowWorld } from '../../helpers/workflows';

const recorded = new BatchRecord();
let world: WorkflowWorld;
beforeAll(async () => {
  const stub = require.resolve('../../helpers/stub-registration');
  world = await WorkflowWorld.start(recorded.activities, 'real-time', stub);
});
afterEach(() => {
  recorded.beforePage = recorded.beforePause = () => Promise.resolve();
});
afterAll(() => world.stop());

const command = { actor: 'person-1', reason: 'Stock-taking.' };
const until = (batch: TestBatch, reached: (progress: BatchProgress) => boolean): Promise<BatchProgress> =>
  untilAnswer(batch.handle, batchProgress, reached);
const untilStub = (handle: WorkflowHandle, reached: (state: StubState) => boolean): Promise<StubState> =>
  untilAnswer(handle, stubState, reached);
/** The one registration of those that have had no turn yet that has it now. */
async function newHolder(batch: TestBatch, had: ReadonlySet<number>): Promise<number> {
  for (;;) {
    const states = await Promise.all(batch.registrations.map((handle) => handle.query(stubState)));
    const granted = states.flatMap(({ turns }, n) => (turns > 0 && !had.has(n) ? [n] : []));
    expect(granted.length).toBeLessThanOrEqual(1);
    if (granted[0] !== undefined) return granted[0];
  }
}
const nth = (batch: TestBatch, n: number): WorkflowHandle => {
  const handle = batch.registrations[n];
  if (!handle) throw new Error(`No registration ${n}`);
  return handle;
};
const events = (batch: TestBatch) =>
  recorded.pauses.filter(({ batch_id }) => batch_id === batch.batchId).flatMap((write) => write.events);

test('without anything that withholds it every turn is granted at once, and ends with its job', async () => {
  const batch = await recorded.start(world, { size: 3 });
  await until(batch, ({ inStep6 }) => inStep6 === 3);
  await nth(batch, 0).signal(order, 'complete');
  expect(await until(batch, ({ completed }) => completed === 1)).toMatchObject({
    inStep6: 2,
    waitingForStep6: 0,
  });
  await nth(batch, 1).signal(order, 'fail');
  await nth(batch, 2).terminate('by hand');
  await expect(batch.handle.result()).resolves.toMatchObject({ completed: 1, failed: 2 });
  expect(events(batch)).toEqual([]);
});

test('a sequential batch has one restaurant in step 6 at a time; one that waits for a person lets the next one in', async () => {
  const batch = await recorded.start(world, { size: 3, mode: 'sequential' });
  await until(batch, ({ inStep6, waitingForStep6 }) => inStep6 === 1 && waitingForStep6 === 2);
  const had = new Set<number>();
  for (const left of [2, 1, 0]) {
    const holder = await newHolder(batch, had);
    had.add(holder);
    await nth(batch, holder).signal(order, 'rest');
    await until(batch, ({ waitingForStep6, inStep6 }) => inStep6 + waitingForStep6 === left);
  }
  await batch.handle.cancel();
  await expect(batch.handle.result()).rejects.toThrow();
});

test('a paused batch grants nothing; what runs goes on, and a resume grants what waits', async () => {
  const batch = await recorded.start(world, { size: 2 });
  await until(batch, ({ inStep6 }) => inStep6 === 2);
  await nth(batch, 0).signal(order, 'rest');
  await until(batch, ({ inStep6 }) => inStep6 === 1);
  expect(await batch.handle.executeUpdate(pauseBatch, { args: [command] })).toEqual({ paused: true });
  await expect(batch.handle.executeUpdate(pauseBatch, { args: [command] })).rejects.toMatchObject({
    cause: { type: 'CommandRefused', details: ['INVALID_STATUS', expect.any(String)] },
  });
  await nth(batch, 0).signal(order, 'retry');
  const waiting = await until(batch, ({ waitingForStep6 }) => waitingForStep6 === 1);
  expect(waiting.pause).toMatchObject({ reason: command.reason });
  await nth(batch, 1).signal(order, 'complete');
  await until(batch, ({ completed }) => completed === 1);
  // The wait is told with the request, this one and the first; the grant tells nothing of its own.
  const twice = [expect.any(String), expect.any(String)];
  const told = await untilStub(nth(batch, 0), ({ published }) => published.length === 2);
  expect(told).toMatchObject({ turns: 1, published: twice, note: expect.any(String) });

  await batch.handle.executeUpdate(resumeBatch, { args: [{ ...command, reason: null }] });
  const granted = await untilStub(nth(batch, 0), (state) => state.turns === 2);
  expect(granted).toMatchObject({ note: null, published: twice });
  await expect(batch.handle.executeUpdate(resumeBatch, { args: [command] })).rejects.toThrow();
  await nth(batch, 0).signal(order, 'complete');
  await batch.handle.result();
  expect(events(batch)).toMatchObject([
    { kind: 'batch.paused', actor: 'person-1', reason: command.reason },
    { kind: 'batch.resumed', actor: 'person-1', reason: null },
  ]);
  const last = recorded.pauses.filter(({ batch_id }) => batch_id === batch.batchId).at(-1);
  expect(last).toMatchObject({ paused_at: null, pause_reason: null });
});

test('the circuit breaker pauses by itself, says so, and waits for a person', async () => {
  const batch = await recorded.start(world, { size: 5 });
  await until(batch, ({ inStep6 }) => inStep6 === 5);
  await nth(batch, 0).signal(order, 'complete');
  await until(batch, ({ completed }) => completed === 1);
  for (const n of [1, 2]) await nth(batch, n).signal(order, 'rest');
  expect((await until(batch, ({ inStep6 }) => inStep6 === 2)).pause).toBeNull();
  await nth(batch, 3).signal(order, 'fail');
  const { pause } = await until(batch, (progress) => progress.pause !== null);
  expect(pause?.reason).toMatch(/3 of 4/);
  await nth(batch, 1).signal(order, 'retry');
  await until(batch, ({ waitingForStep6 }) => waitingForStep6 === 1);
  await batch.handle.executeUpdate(resumeBatch, { args: [command] });
  await untilStub(nth(batch, 1), (state) => state.turns === 2);
  // The count begins anew: one more failure is none of three.
  await nth(batch, 1).signal(order, 'rest');
  expect((await until(batch, ({ inStep6 }) => inStep6 === 1)).pause).toBeNull();
  await until(batch, () => events(batch).length === 2);
  expect(events(batch)[0]).toMatchObject({ kind: 'batch.paused', actor: null, reason: pause?.reason });
  await batch.handle.cancel();
  await expect(batch.handle.result()).rejects.toThrow();
});

test('a paused batch starts no further registrations', async () => {
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  recorded.beforePage = ({ offset }) => (offset === 0 ? Promise.resolve() : held);
  const batch = await recorded.start(world, { size: 53 });
  await until(batch, ({ started }) => started === 50);
  await batch.handle.executeUpdate(pauseBatch, { args: [command] });
  release();
  await untilTrue(async () => (await pagesTaken(batch)) === 2);
  // A round through the workflow after it has the page.
  await expect(batch.handle.executeUpdate(pauseBatch, { args: [command] })).rejects.toThrow();
  expect((await batch.handle.query(batchProgress)).started).toBe(50);
  const { pendingChildren } = (await batch.handle.describe()).raw;
  expect(pendingChildren).toHaveLength(50);
  await batch.handle.executeUpdate(resumeBatch, { args: [command] });
  await until(batch, ({ started }) => started === 53);
  await batch.handle.cancel();
  await expect(batch.handle.result()).rejects.toThrow();
}, 60_000);

test('a pause is answered while the record cannot be reached; the batch does not close before the record has it', async () => {
  const batch = await recorded.start(world, { size: 1 });
  await until(batch, ({ inStep6 }) => inStep6 === 1);
  let release = (): void => undefined;
  const held = new Promise<void>((resolve) => (release = resolve));
  recorded.beforePause = () => held;
  await batch.handle.executeUpdate(pauseBatch, { args: [command] });
  await batch.handle.executeUpdate(resumeBatch, { args: [command] });
  await batch.handle.executeUpdate(pauseBatch, { args: [command] });
  await nth(batch, 0).signal(order, 'complete');
  await until(batch, ({ completed }) => completed === 1);
  expect(recorded.closedBatches.filter(({ batchId }) => batchId === batch.batchId)).toEqual([]);
  release();
  await batch.handle.result();
  // Two writes for three commands: what changed while one was under way went into the next.
  const writes = recorded.pauses.filter(({ batch_id }) => batch_id === batch.batchId);
  expect(writes.map((write) => write.events.length)).toEqual([1, 2]);
  expect(new Set(events(batch).map(({ id }) => id)).size).toBe(3);
});

test('asking again for a turn that is held repeats the grant', async () => {
  const batch = await recorded.start(world, { size: 1, mode: 'sequential' });
  await until(batch, ({ inStep6 }) => inStep6 === 1);
  const { runId } = await nth(batch, 0).describe();
  const jobId = batch.jobs[0]?.jobId ?? '';
  await batch.handle.signal(step6Requested, { jobId, requestId: `${runId}:1` });
  const grants = async (): Promise<number> =>
    (await nth(batch, 0).fetchHistory()).events?.filter(
      (event) => event.workflowExecutionSignaledEventAttributes?.signalName === 'step6Granted',
    ).length ?? 0;
  await expect(untilTrue(async () => (await grants()) === 2)).resolves.toBe(true);
  await nth(batch, 0).signal(order, 'complete');
  await batch.handle.result();
});

test('without its batch a registration begins no step 6 and says so', async () => {
  const input = registrationInput({ batchId: randomUUID() });
  const handle = await world.environment.client.workflow.start(WORKFLOW_TYPES.registration, {
    workflowId: registrationWorkflowId(input.jobId),
    taskQueue: DEFAULT_TASK_QUEUES.registrations,
    args: [input],
  });
  const state = await untilStub(handle, ({ refused }) => refused !== null);
  expect(state).toMatchObject({ refused: 'BatchGone', turns: 0, note: null });
  await handle.terminate();
});

describe('after a reset of the batch', () => {
  test('its pause stays, what runs goes on, and what waits gets its turn on the resume', async () => {
    const batch = await recorded.start(world, { size: 3 });
    await until(batch, ({ inStep6 }) => inStep6 === 3);
    await nth(batch, 0).signal(order, 'rest');
    await until(batch, ({ inStep6 }) => inStep6 === 2);
    await batch.handle.executeUpdate(pauseBatch, { args: [command] });
    await nth(batch, 0).signal(order, 'retry');
    await until(batch, ({ waitingForStep6 }) => waitingForStep6 === 1);

    recorded.begun.add(batch.batchId);
    await reset(world, batch.handle.workflowId, 4);
    const after = await until(batch, ({ started }) => started === 3);
    expect(after).toMatchObject({ pause: { reason: command.reason } });
    await nth(batch, 1).signal(order, 'complete');
    await until(batch, ({ completed }) => completed === 1);
    expect(await nth(batch, 0).query(stubState)).toMatchObject({ turns: 1 });
    await batch.handle.executeUpdate(resumeBatch, { args: [command] });
    await untilStub(nth(batch, 0), (state) => state.turns === 2);
    for (const n of [0, 2]) await nth(batch, n).signal(order, 'complete');
    await expect(batch.handle.result()).resolves.toMatchObject({ completed: 3, failed: 0 });
    // The same command, recorded by both runs, is one event.
    const ids = events(batch)
      .filter(({ kind }) => kind === 'batch.paused')
      .map(({ id }) => id);
    expect(new Set(ids).size).toBe(1);
  });

  test('a sequential batch still has one restaurant in step 6', async () => {
    const batch = await recorded.start(world, { size: 3, mode: 'sequential' });
    await until(batch, ({ inStep6, waitingForStep6 }) => inStep6 === 1 && waitingForStep6 === 2);
    const had = new Set<number>();
    const first = await newHolder(batch, had);
    had.add(first);
    await nth(batch, first).signal(order, 'rest');
    const second = await newHolder(batch, had);
    had.add(second);
    await nth(batch, first).signal(order, 'retry');
    await until(batch, ({ waitingForStep6 }) => waitingForStep6 === 2);

    recorded.begun.add(batch.batchId);
    await reset(world, batch.handle.workflowId, 4);
    await until(
      batch,
      ({ started, inStep6, waitingForStep6 }) => started === 3 && inStep6 === 1 && waitingForStep6 === 2,
    );
    expect(await nth(batch, first).query(stubState)).toMatchObject({ turns: 1 });
    await nth(batch, second).signal(order, 'complete');
    const third = await newHolder(batch, had);
    expect(await nth(batch, first).query(stubState)).toMatchObject({ turns: 1 });
    await nth(batch, third).signal(order, 'complete');
    await untilStub(nth(batch, first), (state) => state.turns === 2);
    await nth(batch, first).signal(order, 'complete');
    await expect(batch.handle.result()).resolves.toMatchObject({ completed: 3, failed: 0 });
  });
});

test('a registration that is reset goes on: the batch takes the end of its newest run', async () => {
  const batch = await recorded.start(world, { size: 2, mode: 'parallel' });
  await until(batch, ({ inStep6 }) => inStep6 === 2);
  await reset(world, nth(batch, 0).workflowId, 4);
  await untilStub(nth(batch, 0), (state) => state.turns === 1);
  await nth(batch, 1).signal(order, 'complete');
  const progress = await until(batch, ({ completed }) => completed === 1);
  expect(progress).toMatchObject({ failed: 0, inStep6: 1 });
  await nth(batch, 0).signal(order, 'complete');
  await expect(batch.handle.result()).resolves.toMatchObject({ completed: 2, failed: 0 });
  expect(recorded.closedJobs.map(({ jobId }) => jobId)).not.toContain(batch.jobs[0]?.jobId);
});

/** Pages of jobs that the workflow was given. */
async function pagesTaken({ handle }: TestBatch): Promise<number> {
  const { events = [] } = await handle.fetchHistory();
  const asked = (events ?? []).filter(
    (event) => event.activityTaskScheduledEventAttributes?.activityType?.name === 'loadJobs',
  );
  const ids = asked.map(({ eventId }) => String(eventId));
  return (events ?? []).filter((event) =>
    ids.includes(String(event.activityTaskCompletedEventAttributes?.scheduledEventId)),
  ).length;
}

async function untilTrue(ask: () => Promise<boolean>): Promise<boolean> {
  for (;;) {
    if (await ask()) return true;
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}
