/**
 * Creating the ordering account: one creation per owner at a time, so that restaurants of one owner share an account, and one
 * start per interval at the vendor, across all batches, workers, restarts and retries.
 */
import { CancellationScope, sleep } from '@temporalio/workflow';
import type { SubStepInput, SubStepResult } from '../activities/account-setup/types';
import { accountGateWorkflowId, ownerWorkflowId } from '../domain/ids';
import { OWNER_NOTE, VENDOR_NOTE } from '../domain/turn-note';
import { failureOf, rethrowCancellation } from './failures';
import { withTurn } from './leases';
import type { LeaseGranted } from './messages';
import type { RegistrationRun } from './run';
import type { SubStepBoard } from './sub-step-board';
import { accountActivity } from './sub-step-activities';

/**
 * The lease outlives the call, so that a call never runs in somebody else's turn; the activity begins none with less than 45 s of it left.
 * It is also how long the gate stands still when a worker is lost in its turn.
 */
const LEASE_MS = 75_000;
const SCHEDULE_TO_CLOSE_MS = 70_000;
/** How often it is looked whether the one that all others of an owner wait for still runs. */
const OWNER_LEASE_MS = 30_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Resolves once the account exists, made by this job or by another restaurant of the same owner. */
export async function createAccount(
  run: RegistrationRun,
  board: SubStepBoard,
  input: SubStepInput,
): Promise<SubStepResult> {
  board.note('cloudwaitressAccount', OWNER_NOTE);
  const leaseWorkflowId = ownerWorkflowId(input.configuration.account.ownerKey);
  return withTurn(
    run,
    {
      leaseWorkflowId,
      summary: 'Restaurants of one owner share an account',
      options: { minIntervalMs: 0, leaseMs: OWNER_LEASE_MS, extendWhileRunning: true },
      purpose: 'owner',
      spaced: false,
      name: run.input.restaurantName,
    },
    async ({ requestId }) => {
      const ownerTurn = { workflowId: leaseWorkflowId, requestId };
      const result = await createThroughGate(run, board, { ...input, ownerTurn });
      // The next restaurant of this owner looks the account up in the record.
      const { attempt, output, proof } = result;
      if (!result.recorded)
        board.set('cloudwaitressAccount', { status: 'completed', attempt, output, proof });
      // A cancel does not undo what was made.
      await CancellationScope.nonCancellable(() => run.record.flush());
      return result;
    },
  );
}

async function createThroughGate(
  run: RegistrationRun,
  board: SubStepBoard,
  input: SubStepInput,
): Promise<SubStepResult> {
  let pause = FIRST_PAUSE_MS;
  for (;;) {
    try {
      return await inTurn(run, board, input);
    } catch (error) {
      rethrowCancellation(error);
      // An unclear end (lost worker) is cleared up by the next try, which finds out before it acts.
      if (!failureOf(error).retryable) throw error;
      await sleep(pause);
      pause = Math.min(pause * 2, LONGEST_PAUSE_MS);
    }
  }
}

async function inTurn(
  run: RegistrationRun,
  board: SubStepBoard,
  input: SubStepInput,
): Promise<SubStepResult> {
  const { integratorKey, accountMinIntervalMs } = run.input.settings;
  const call = (lease?: SubStepInput['lease']): Promise<SubStepResult> => {
    board.running('cloudwaitressAccount');
    return accountActivity(run.input.restaurantName, SCHEDULE_TO_CLOSE_MS)({ ...input, lease });
  };
  if (accountMinIntervalMs === 0) return call();
  board.set('cloudwaitressAccount', { status: 'pending' }, true);
  board.note('cloudwaitressAccount', VENDOR_NOTE);
  const leaseWorkflowId = accountGateWorkflowId(integratorKey);
  return withTurn(
    run,
    {
      leaseWorkflowId,
      summary: 'Spaces account creation at the vendor',
      options: { minIntervalMs: accountMinIntervalMs, leaseMs: LEASE_MS, extendWhileRunning: false },
      purpose: 'account',
      spaced: true,
    },
    ({ requestId, expiresAt }: LeaseGranted) => call({ workflowId: leaseWorkflowId, requestId, expiresAt }),
  );
}
