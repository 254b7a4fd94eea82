/** The activities of step 6, each with the limits that its row of the table gives it. */
import { proxyActivities } from '@temporalio/workflow';
import type { SubStepActivities, SubStepInput, SubStepResult } from '../activities/account-setup/types';
import { DEFAULT_TASK_QUEUES } from '../domain/ids';
import { PRIORITIES } from '../domain/priorities';
import { SUB_STEPS, type SubStepKey } from '../domain/sub-steps';

/**
 * The ledger counts outside calls and ends the tries; the engine retries without limit, since its own count would
 * include lost workers and times without a database. Cancelled calls are waited for: their end belongs in the record.
 */
export function subStepActivity(
  key: SubStepKey,
  restaurantName: string,
): (input: SubStepInput) => Promise<SubStepResult> {
  const { label, taskQueue, startToCloseSeconds, heartbeatSeconds } = SUB_STEPS[key];
  return proxyActivities<SubStepActivities>({
    taskQueue: DEFAULT_TASK_QUEUES[taskQueue],
    startToCloseTimeout: startToCloseSeconds * 1000,
    heartbeatTimeout: heartbeatSeconds * 1000,
    retry: { initialInterval: '1 second', backoffCoefficient: 2, maximumInterval: '1 minute' },
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    priority: PRIORITIES.answered,
    summary: `${label}: ${restaurantName}`,
  })[key];
}

/** Account creation has one try per turn: the next one asks the gate anew. Shorter than the lease of its turn. */
export function accountActivity(
  restaurantName: string,
  scheduleToCloseMs: number,
): SubStepActivities['cloudwaitressAccount'] {
  const { label, taskQueue, startToCloseSeconds, heartbeatSeconds } = SUB_STEPS.cloudwaitressAccount;
  return proxyActivities<SubStepActivities>({
    taskQueue: DEFAULT_TASK_QUEUES[taskQueue],
    startToCloseTimeout: startToCloseSeconds * 1000,
    scheduleToCloseTimeout: scheduleToCloseMs,
    heartbeatTimeout: heartbeatSeconds * 1000,
    retry: { maximumAttempts: 1 },
    cancellationType: 'WAIT_CANCELLATION_COMPLETED',
    priority: PRIORITIES.answered,
    summary: `${label}: ${restaurantName}`,
  }).cloudwaitressAccount;
}
