/**
 * Grants turns, one at a time, in order of asking: a gate before the account vendor (spaced by `minIntervalMs`) and one
 * per owner of several restaurants (a plain queue). It survives restarts of everything, which a task queue's rate limit
 * does not (ARCHITECTURE.md, "The account gate").
 */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  proxyActivities,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import type { LeaseActivities } from '../activities/leases';
import {
  leaseGranted,
  leaseQueued,
  leaseReported,
  leaseRequested,
  leaseState,
  type LeaseInput,
  type LeaseReport,
  type LeaseRequest,
  type LeaseState,
} from './messages';

const { isWorkflowRunning } = proxyActivities<LeaseActivities>({
  startToCloseTimeout: '10 seconds',
  retry: { initialInterval: '1 second', maximumInterval: '30 seconds' },
  cancellationType: 'TRY_CANCEL',
});

/** An idle lease workflow closes after this long, but never before its spacing has passed; the next request starts it anew. */
const IDLE_MS = 10_000;
const SETTLED_KEPT = 200;

export async function leaseWorkflow(input: LeaseInput): Promise<void> {
  const state: LeaseState = input.carried ?? { queue: [], held: null, nextGrantAt: 0, settled: [] };
  const unannounced: LeaseRequest[] = [];

  const known = (requestId: string): boolean =>
    state.held?.requestId === requestId ||
    state.settled.includes(requestId) ||
    state.queue.some((queued) => queued.requestId === requestId);

  const settle = (requestId: string): void => {
    state.settled = [...state.settled, requestId].slice(-SETTLED_KEPT);
  };

  setHandler(leaseRequested, (request) => {
    if (known(request.requestId)) return;
    state.queue.push(request);
    unannounced.push(request);
  });
  setHandler(leaseReported, (report) => takeReport(state, input, report, settle));
  setHandler(leaseState, () => state);

  for (;;) {
    describe(state);
    const now = Date.now();
    const head = state.queue[0];
    if (head && !state.held && now >= state.nextGrantAt) {
      state.queue.shift();
      await grant(state, head, input, settle);
      continue;
    }
    const newcomer = unannounced.shift();
    if (newcomer) {
      await announcePlace(state, newcomer, input);
      continue;
    }
    if (workflowInfo().continueAsNewSuggested && allHandlersFinished()) {
      await continueAsNew<typeof leaseWorkflow>({ ...input, carried: state });
    }
    const woken = await waitForChange(state, unannounced, now);
    if (woken) continue;
    if (state.held && Date.now() >= state.held.expiresAt) await expire(state, input, settle);
    else if (isIdle(state, unannounced)) return;
  }
}

function isIdle(state: LeaseState, unannounced: readonly LeaseRequest[]): boolean {
  return (
    !state.held && state.queue.length === 0 && unannounced.length === 0 && Date.now() >= state.nextGrantAt
  );
}

/** Waits until a message changes something (true) or the next moment at which time alone does (false). */
async function waitForChange(
  state: LeaseState,
  unannounced: readonly LeaseRequest[],
  now: number,
): Promise<boolean> {
  const { held, queue, nextGrantAt } = state;
  const length = queue.length;
  const changed = (): boolean =>
    state.held !== held ||
    queue !== state.queue ||
    state.queue.length !== length ||
    state.nextGrantAt !== nextGrantAt ||
    unannounced.length > 0;
  const next = held ? held.expiresAt : length > 0 ? nextGrantAt : Math.max(nextGrantAt, now + IDLE_MS);
  return condition(changed, Math.max(1, next - now));
}

/** Gives the turn to its holder; one that has closed in the meantime loses it, and the queue moves on. */
async function grant(
  state: LeaseState,
  request: LeaseRequest,
  input: LeaseInput,
  settle: (requestId: string) => void,
): Promise<void> {
  const expiresAt = Date.now() + input.leaseMs;
  state.held = { ...request, expiresAt };
  try {
    await getExternalWorkflowHandle(request.holder).signal(leaseGranted, {
      requestId: request.requestId,
      expiresAt,
    });
  } catch {
    // The engine refuses a signal only when the holder is closed or unknown: nobody will use this turn.
    if (state.held?.requestId === request.requestId) state.held = null;
    settle(request.requestId);
  }
}

async function announcePlace(state: LeaseState, request: LeaseRequest, input: LeaseInput): Promise<void> {
  const index = state.queue.findIndex((queued) => queued.requestId === request.requestId);
  if (index < 0) return;
  const ahead = index + (state.held ? 1 : 0);
  const expectedAt =
    input.minIntervalMs > 0 ? Math.max(state.nextGrantAt, Date.now()) + ahead * input.minIntervalMs : null;
  try {
    await getExternalWorkflowHandle(request.holder).signal(leaseQueued, {
      requestId: request.requestId,
      place: index + 1,
      expectedAt,
    });
  } catch {
    // Closed before its turn: it leaves the queue.
    state.queue = state.queue.filter((queued) => queued.requestId !== request.requestId);
  }
}

function takeReport(
  state: LeaseState,
  input: LeaseInput,
  report: LeaseReport,
  settle: (requestId: string) => void,
): void {
  if (report.holdMs !== undefined) {
    state.nextGrantAt = Math.max(
      state.nextGrantAt,
      Date.now() + Math.max(report.holdMs, input.minIntervalMs),
    );
  }
  if (state.held?.requestId !== report.requestId) {
    if (report.outcome === 'released') {
      // A place given back before its turn came.
      state.queue = state.queue.filter((queued) => queued.requestId !== report.requestId);
      settle(report.requestId);
    }
    return;
  }
  state.held = null;
  settle(report.requestId);
  if (report.outcome === 'started') {
    state.nextGrantAt = Math.max(state.nextGrantAt, Date.now() + input.minIntervalMs);
  }
}

/** No report came: the call may have been made at the very end of the lease, so the interval counts from there. */
async function expire(
  state: LeaseState,
  input: LeaseInput,
  settle: (requestId: string) => void,
): Promise<void> {
  const { held } = state;
  if (!held) return;
  if (input.extendWhileRunning && (await isWorkflowRunning({ workflowId: held.holder }))) {
    if (state.held === held) state.held = { ...held, expiresAt: Date.now() + input.leaseMs };
    return;
  }
  if (state.held !== held) return;
  state.held = null;
  settle(held.requestId);
  state.nextGrantAt = Math.max(state.nextGrantAt, Date.now() + input.minIntervalMs);
}

function describe(state: LeaseState): void {
  const holder = state.held ? `Held by \`${state.held.holder}\`` : 'Free';
  const queue = state.queue.map((request, index) => `${index + 1}. \`${request.holder}\``);
  setCurrentDetails([`${holder}, ${state.queue.length} waiting`, '', ...queue.slice(0, 50)].join('\n'));
}
