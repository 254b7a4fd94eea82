/** Turns: in order of asking, spaced, given back, and never lost with their holder. */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { SubStepInput } from '../../../activities/account-setup/types';
import { createLeaseActivities } from '../../../activities/leases';
import { DEFAULT_TASK_QUEUES } from '../../../domain/ids';
import {
  companySelected,
  leaseReported,
  leaseRequested,
  leaseState,
  WORKFLOW_TYPES,
  yoloConfigured,
  type LeaseInput,
  type LeaseState,
} from '../../../workflows/messages';
import {
  configurationSnapshot,
  decision,
  fakeWorld,
  registrationInput,
  SELECTION,
  SETTINGS,
  subStepResult,
  taskSeconds,
  until,
  untilAnswer,
  WorkflowWorld,
} from '../../helpers/workflows';
import { eventually } from '../../helpers/stack';

const started: { jobId: string; at: number }[] = [];
/** What happens while an account is created. */
let during: (input: SubStepInput) => Promise<void> = () => Promise.resolve();
const { seen, activities } = fakeWorld({
  async cloudwaitressAccount(input) {
    started.push({ jobId: input.jobId, at: Date.now() });
    await during(input);
    return subStepResult();
  },
});

let world: WorkflowWorld;
beforeAll(async () => {
  world = await WorkflowWorld.start(activities);
});
afterAll(() => world.stop());

const PLAIN: LeaseInput = { minIntervalMs: 0, leaseMs: 60_000, extendWhileRunning: false };

async function ask(leaseId: string, options: LeaseInput, holder: WorkflowHandle): Promise<string> {
  const requestId = randomUUID();
  await world.environment.client.workflow.signalWithStart(WORKFLOW_TYPES.lease, {
    workflowId: leaseId,
    taskQueue: DEFAULT_TASK_QUEUES.registrations,
    args: [options],
    signal: leaseRequested,
    signalArgs: [{ requestId, holder: holder.workflowId }],
  });
  return requestId;
}

function untilLease(leaseId: string, reached: (state: LeaseState) => boolean): Promise<LeaseState> {
  return untilAnswer(world.environment.client.workflow.getHandle(leaseId), leaseState, reached);
}

/** A registration that waits at step 3: a holder that is alive. */
async function holder(): Promise<WorkflowHandle> {
  const handle = await world.register(registrationInput());
  await until(handle, (state) => state.awaiting === 'company_selection');
  return handle;
}

test('one holds, the others queue in order; a report passes the turn on', async () => {
  const leaseId = `lease/${randomUUID()}`;
  const [a, b] = [await holder(), await holder()];
  const first = await ask(leaseId, PLAIN, a);
  const second = await ask(leaseId, PLAIN, b);
  const state = await untilLease(leaseId, ({ held, queue }) => held !== null && queue.length === 1);
  expect([state.held?.requestId, state.queue[0]?.requestId]).toEqual([first, second]);
  const lease = world.environment.client.workflow.getHandle(leaseId);
  await lease.signal(leaseReported, { requestId: first, outcome: 'released' });
  await untilLease(leaseId, ({ held }) => held?.requestId === second);
});

test('a place is given back, and a holder that was terminated loses its place', async () => {
  const leaseId = `lease/${randomUUID()}`;
  const [a, b, c, d] = await Promise.all([holder(), holder(), holder(), holder()]);
  const first = await ask(leaseId, PLAIN, a);
  const withdrawn = await ask(leaseId, PLAIN, b);
  await ask(leaseId, PLAIN, c);
  const last = await ask(leaseId, PLAIN, d);
  await untilLease(leaseId, ({ queue }) => queue.length === 3);
  const lease = world.environment.client.workflow.getHandle(leaseId);
  await lease.signal(leaseReported, { requestId: withdrawn, outcome: 'released' });
  await c.terminate();
  await lease.signal(leaseReported, { requestId: first, outcome: 'released' });
  await untilLease(leaseId, ({ held }) => held?.requestId === last);
});

test('a turn that nobody reports on ends with its lease; one of a live holder is extended where that is asked for', async () => {
  const [expiring, extended] = [`lease/${randomUUID()}`, `lease/${randomUUID()}`];
  const [a, b] = [await holder(), await holder()];
  const short: LeaseInput = { ...PLAIN, leaseMs: 300 };
  await ask(expiring, short, a);
  const next = await ask(expiring, short, b);
  await untilLease(expiring, ({ held }) => held?.requestId === next);

  const held = await ask(extended, { ...short, extendWhileRunning: true }, a);
  const waiting = await ask(extended, { ...short, extendWhileRunning: true }, b);
  const before = await untilLease(extended, (state) => state.held?.requestId === held);
  await untilLease(extended, (state) => (state.held?.expiresAt ?? 0) > (before.held?.expiresAt ?? Infinity));
  await a.terminate();
  await untilLease(extended, (state) => state.held?.requestId === waiting);
});

test('while nobody waits behind it, a holder is not looked at; a queue without an interval ends with its last turn', async () => {
  const leaseId = `lease/${randomUUID()}`;
  const requestId = await ask(leaseId, { ...PLAIN, leaseMs: 1, extendWhileRunning: true }, await holder());
  await untilLease(leaseId, ({ held }) => held !== null);
  const lease = world.environment.client.workflow.getHandle(leaseId);
  await lease.signal(leaseReported, { requestId, outcome: 'released' });
  await lease.result();
  const { events = [] } = await lease.fetchHistory();
  const waits = (events ?? []).flatMap(({ timerStartedEventAttributes: timer }) =>
    timer ? [Number(timer.startToFireTimeout?.seconds ?? 0)] : [],
  );
  expect(Math.min(...waits, Infinity)).toBeGreaterThanOrEqual(3_600);
  expect((events ?? []).some(({ timerFiredEventAttributes }) => timerFiredEventAttributes)).toBe(false);
});

test('a run that was reset asks under a new id: it keeps its place, and takes over the turn that lasts as long as it runs', async () => {
  const leaseId = `lease/${randomUUID()}`;
  const options: LeaseInput = { ...PLAIN, extendWhileRunning: true };
  const [a, b, c] = await Promise.all([holder(), holder(), holder()]);
  await ask(leaseId, options, a);
  await ask(leaseId, options, b);
  const last = await ask(leaseId, options, c);
  const placeKept = await ask(leaseId, options, b);
  const { queue } = await untilLease(leaseId, (state) => state.queue[0]?.requestId === placeKept);
  expect(queue.map(({ requestId }) => requestId)).toEqual([placeKept, last]);
  const takenOver = await ask(leaseId, options, a);
  const state = await untilLease(leaseId, ({ held }) => held?.requestId === takenOver);
  expect(state.queue.map(({ requestId }) => requestId)).toEqual([placeKept, last]);
});

test('a spaced turn is not taken over: what the former run began in it may still act until it ends', async () => {
  const leaseId = `lease/${randomUUID()}`;
  const options: LeaseInput = { minIntervalMs: 200, leaseMs: 1_000, extendWhileRunning: false };
  const a = await holder();
  const first = await ask(leaseId, options, a);
  const before = await untilLease(leaseId, ({ held }) => held?.requestId === first);
  const second = await ask(leaseId, options, a);
  const waiting = await untilLease(leaseId, ({ queue }) => queue[0]?.requestId === second);
  expect(waiting.held?.requestId).toBe(first);
  const after = await untilLease(leaseId, ({ held }) => held?.requestId === second);
  expect(after.nextGrantAt).toBeGreaterThanOrEqual((before.held?.expiresAt ?? Infinity) + 200);
});

test('a gate that was ended from outside comes back only when its last turn must be over', async () => {
  const leaseWorkflowId = `account-gate/${randomUUID()}`;
  const options: LeaseInput = { minIntervalMs: 60_000, leaseMs: 30_000, extendWhileRunning: false };
  const { client } = world.environment;
  const { requestLease } = createLeaseActivities({ client });
  const [a, b] = [await holder(), await holder()];
  const request = (of: WorkflowHandle) => ({ requestId: randomUUID(), holder: of.workflowId });
  await requestLease({ leaseWorkflowId, summary: 'Gate', options, request: request(a) });
  expect(await taskSeconds(client.workflow.getHandle(leaseWorkflowId))).toBe(30);
  const { held } = await untilLease(leaseWorkflowId, (state) => state.held !== null);
  await client.workflow.getHandle(leaseWorkflowId).terminate();
  const next = request(b);
  await requestLease({ leaseWorkflowId, summary: 'Gate', options, request: next });
  const state = await untilLease(leaseWorkflowId, ({ queue }) => queue[0]?.requestId === next.requestId);
  expect(state.held).toBeNull();
  expect(state.nextGrantAt).toBeGreaterThanOrEqual((held?.expiresAt ?? Infinity) + 60_000);
});

test('a lease that has heard much hands on to a new run, with who holds and who waits', async () => {
  const leaseId = `lease/${randomUUID()}`;
  const lease = world.environment.client.workflow.getHandle(leaseId);
  const [a, b, c] = await Promise.all([holder(), holder(), holder()]);
  const first = await ask(leaseId, PLAIN, a);
  const second = await ask(leaseId, PLAIN, b);
  const third = await ask(leaseId, PLAIN, c);
  const { runId } = await lease.describe();
  for (let sent = 0; sent < 1_100; sent += 20) {
    const aboutNobody = (): Promise<void> =>
      lease.signal(leaseReported, { requestId: randomUUID(), outcome: 'started' });
    await Promise.all(Array.from({ length: 20 }, aboutNobody));
  }
  await lease.signal(leaseReported, { requestId: first, outcome: 'released' });
  await eventually(async () => (await lease.describe()).runId !== runId, 30_000);
  const state = await untilLease(leaseId, ({ held }) => held?.requestId === second);
  expect(state.queue.map(({ requestId }) => requestId)).toEqual([third]);
  await lease.signal(leaseReported, { requestId: second, outcome: 'released' });
  await untilLease(leaseId, ({ held }) => held?.requestId === third);
}, 60_000);

test('each credential set has a gate of its own', async () => {
  const ids = [`account-gate/${randomUUID()}`, `account-gate/${randomUUID()}`] as const;
  const spaced: LeaseInput = { minIntervalMs: 60_000, leaseMs: 60_000, extendWhileRunning: false };
  const [a, b] = [await holder(), await holder()];
  const held = [await ask(ids[0], spaced, a), await ask(ids[1], spaced, b)];
  for (const [index, id] of ids.entries()) {
    const state = await untilLease(id, (lease) => lease.held !== null);
    expect(state.held?.requestId).toBe(held[index]);
  }
});

test('account creations of several jobs start no closer than the interval, and each waits visibly', async () => {
  const accountMinIntervalMs = 700;
  const inputs = [1, 2, 3].map(() =>
    registrationInput({
      settings: { ...SETTINGS, accountMinIntervalMs, integratorKey: randomUUID().slice(0, 8) },
    }),
  );
  const shared = inputs.map((input) => ({ ...input, settings: inputs[0]?.settings ?? SETTINGS }));
  const handles = await Promise.all(shared.map((input) => world.register(input)));
  for (const handle of handles) {
    await until(handle, (state) => state.awaiting === 'company_selection');
    await handle.signal(companySelected, { ...decision(), ...SELECTION });
    await until(handle, (state) => state.awaiting === 'configuration');
    await handle.signal(yoloConfigured, { ...decision(), configuration: configurationSnapshot() });
  }
  await Promise.all(handles.map((handle) => handle.result()));
  const ids = new Set(shared.map((input) => input.jobId));
  const times = started
    .filter(({ jobId }) => ids.has(jobId))
    .map(({ at }) => at)
    .sort((x, y) => x - y);
  const gaps = times.slice(1).map((at, index) => at - (times[index] ?? 0));
  expect(times).toHaveLength(3);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(accountMinIntervalMs);
  const notes = seen.snapshots.filter((w) => ids.has(w.job_id)).flatMap((w) => w.sub_steps ?? []);
  expect(notes.some((row) => row.key === 'cloudwaitressAccount' && /place 1/.test(row.note ?? ''))).toBe(
    true,
  );
});

test('restaurants of one owner create their account one after the other', async () => {
  const ownerKey = randomUUID();
  const base = configurationSnapshot();
  const configuration = { ...base, account: { ...base.account, ownerKey } };
  const created: string[] = [];
  during = async ({ jobId, configuration: { account } }) => {
    if (account.ownerKey !== ownerKey) return;
    // The first is not through before the other one stands behind it.
    if (created.length === 0) await untilLease(`owner/${ownerKey}`, ({ queue }) => queue.length === 1);
    created.push(jobId);
  };
  const inputs = [registrationInput(), registrationInput()];
  const handles = await Promise.all(inputs.map((input) => world.register(input)));
  for (const handle of handles) {
    await until(handle, (state) => state.awaiting === 'company_selection');
    await handle.signal(companySelected, { ...decision(), ...SELECTION });
    await until(handle, (state) => state.awaiting === 'configuration');
    await handle.signal(yoloConfigured, { ...decision(), configuration });
  }
  await Promise.all(handles.map((handle) => handle.result()));
  expect(created.sort()).toEqual(inputs.map(({ jobId }) => jobId).sort());
  await untilLease(`owner/${ownerKey}`, ({ held, queue }) => held === null && queue.length === 0);
});
