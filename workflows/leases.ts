/** Taking a turn at a lease workflow, from inside a registration. */
import {
  ActivityFailure,
  CancellationScope,
  getExternalWorkflowHandle,
  TimeoutFailure,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import type { SubStepResult } from '../activities/account-setup/types';
import { leases } from './activities';
import { leaseReported, type LeaseGranted, type LeaseInput } from './messages';
import type { RegistrationRun } from './run';

export interface Turn {
  leaseWorkflowId: string;
  /** What the Web UI calls the lease workflow. */
  summary: string;
  options: LeaseInput;
  /** What the turn is for; the request's id is made of it. */
  purpose: string;
  /** Whether using the turn starts the interval until the next one. */
  spaced: boolean;
  /** How those who wait behind it know this one; only where all are of one organisation. */
  name?: string | undefined;
}

/** A request is repeated this often: the lease workflow may have been terminated by hand. */
const ASK_AGAIN_MS = 30 * 60_000;

/**
 * Waits for the turn, uses it and gives it back, whatever happens. A place in the queue that was not used is given back too.
 * The result of its use names the turns that were given back already. Only a spaced turn whose use ended without an answer is kept until it
 * runs out: a worker that was stopped may still use it until then, and would do so in somebody else's turn.
 */
export async function withTurn<T extends Pick<SubStepResult, 'givenBack'>>(
  run: RegistrationRun,
  turn: Turn,
  use: (lease: LeaseGranted) => Promise<T>,
): Promise<T> {
  // Another one after a reset of the run, whose former turn may have been settled since.
  const requestId = `${run.input.jobId}:${turn.purpose}:${uuid4()}`;
  let outcome: 'started' | 'released' | 'unknown' = 'released';
  let isGivenBack = false;
  try {
    const lease = await waitForTurn(run, turn, requestId);
    outcome = turn.spaced ? 'started' : 'released';
    const result = await use(lease);
    isGivenBack = result.givenBack?.includes(requestId) ?? false;
    return result;
  } catch (error) {
    if (outcome === 'started' && endedUnanswered(error)) outcome = 'unknown';
    throw error;
  } finally {
    const answered = outcome;
    if (answered !== 'unknown' && !isGivenBack) {
      await CancellationScope.nonCancellable(() => giveBack(turn.leaseWorkflowId, requestId, answered));
    }
  }
}

const endedUnanswered = (error: unknown): boolean =>
  error instanceof ActivityFailure && error.cause instanceof TimeoutFailure;

async function waitForTurn(run: RegistrationRun, turn: Turn, requestId: string): Promise<LeaseGranted> {
  const { leaseWorkflowId, summary, options, name } = turn;
  const request = { requestId, holder: workflowInfo().workflowId, name };
  for (;;) {
    await run.record.carriedBy((write) =>
      leases.requestLease({ leaseWorkflowId, summary, options, request, write }),
    );
    await run.alarm.until(() => run.grant(requestId) !== undefined, ASK_AGAIN_MS);
    const lease = run.grant(requestId);
    if (lease) return lease;
  }
}

async function giveBack(
  leaseWorkflowId: string,
  requestId: string,
  outcome: 'started' | 'released',
): Promise<void> {
  try {
    await getExternalWorkflowHandle(leaseWorkflowId).signal(leaseReported, { requestId, outcome });
  } catch {
    // The engine refuses a signal only to a closed or unknown workflow: there is nothing left to give back to.
    return;
  }
}
