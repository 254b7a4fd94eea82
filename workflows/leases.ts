/** Taking a turn at a lease workflow, from inside a registration. */
import { CancellationScope, condition, getExternalWorkflowHandle, workflowInfo } from '@temporalio/workflow';
import { leases } from './activities';
import { leaseReported, type LeaseGranted, type LeaseInput } from './messages';
import type { RegistrationRun } from './run';

export interface Turn {
  leaseWorkflowId: string;
  /** What the Web UI calls the lease workflow. */
  summary: string;
  options: LeaseInput;
  requestId: string;
  /** Whether using the turn starts the interval until the next one. */
  spaced: boolean;
}

/** A request is repeated this often: the lease workflow may have been terminated by hand. */
const ASK_AGAIN_MS = 30 * 60_000;

/**
 * Waits for the turn, uses it and gives it back, whatever happens. A place in the queue that was not used is given back too.
 */
export async function withTurn<T>(
  run: RegistrationRun,
  turn: Turn,
  use: (lease: LeaseGranted) => Promise<T>,
): Promise<T> {
  let used = false;
  try {
    const lease = await waitForTurn(run, turn);
    used = true;
    return await use(lease);
  } finally {
    await CancellationScope.nonCancellable(() =>
      giveBack(turn, used && turn.spaced ? 'started' : 'released'),
    );
  }
}

async function waitForTurn(run: RegistrationRun, turn: Turn): Promise<LeaseGranted> {
  const { leaseWorkflowId, summary, options, requestId } = turn;
  const request = { requestId, holder: workflowInfo().workflowId };
  for (;;) {
    await leases.requestLease({ leaseWorkflowId, summary, options, request });
    await condition(() => run.grant(requestId) !== undefined, ASK_AGAIN_MS);
    const lease = run.grant(requestId);
    if (lease) return lease;
  }
}

async function giveBack(turn: Turn, outcome: 'started' | 'released'): Promise<void> {
  const { requestId } = turn;
  try {
    await getExternalWorkflowHandle(turn.leaseWorkflowId).signal(leaseReported, { requestId, outcome });
  } catch {
    // The engine refuses a signal only to a closed or unknown workflow: there is nothing left to give back to.
    return;
  }
}
