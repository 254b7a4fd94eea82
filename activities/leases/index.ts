/**
 * Turns at a shared thing (the account vendor, an owner's account) are granted by a lease workflow. Workflows cannot
 * start one another by signal, so these activities do it for them through the client.
 */
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { DEFAULT_TASK_QUEUES } from '../../domain/ids';
import {
  leaseReported,
  leaseRequested,
  step6Granted,
  step6Requested,
  WORKFLOW_TYPES,
  type LeaseInput,
  type LeaseReport,
  type LeaseRequest,
  type Step6Request,
} from '../../workflows/messages';
import { followRegistrations, openRun, type EndedRegistration } from './follow';

export type { EndedRegistration } from './follow';

export interface LeaseActivities {
  /** Queues a request, starting the lease workflow when it does not run. A repeated request is not queued twice. */
  requestLease(input: {
    leaseWorkflowId: string;
    summary: string;
    options: LeaseInput;
    request: LeaseRequest;
  }): Promise<void>;
  /** Asks a batch for a registration's turn in step 6. False: the batch is closed or unknown. A repeated request asks for nothing more. */
  requestStep6(input: { workflowId: string; request: Step6Request }): Promise<boolean>;
  /** Tells a registration that it has its turn in step 6. False: it is closed or unknown. */
  grantStep6(input: { workflowId: string; requestId: string }): Promise<boolean>;
  /** The run id of a workflow's open run, null when it is closed or unknown. */
  openRun(input: { workflowId: string }): Promise<string | null>;
  /**
   * Waits for registrations that are not the asking batch's children, until at least one has ended, and answers those that have.
   * A run that was reset has not ended: its newest one counts. Heartbeats while it waits.
   */
  followRegistrations(input: { workflowIds: string[] }): Promise<EndedRegistration[]>;
}

/** A busy worker replays a lease's run within it, not surely within the usual ten seconds: it hands on at 1,000 events, later while it is busy itself. */
const LEASE_TASK_TIMEOUT = '30 seconds';

export function createLeaseActivities(deps: { client: Client }): LeaseActivities {
  const { client } = deps;
  return {
    async requestLease({ leaseWorkflowId, summary, options, request }) {
      await client.workflow.signalWithStart(WORKFLOW_TYPES.lease, {
        workflowId: leaseWorkflowId,
        taskQueue: DEFAULT_TASK_QUEUES.registrations,
        workflowTaskTimeout: LEASE_TASK_TIMEOUT,
        args: [await afterForcedEnd(client, leaseWorkflowId, options)],
        signal: leaseRequested,
        signalArgs: [request],
        staticSummary: summary,
      });
    },

    requestStep6: ({ workflowId, request }) =>
      isTaken(client.workflow.getHandle(workflowId).signal(step6Requested, request)),

    grantStep6: ({ workflowId, requestId }) =>
      isTaken(client.workflow.getHandle(workflowId).signal(step6Granted, { requestId })),

    openRun: ({ workflowId }) => openRun(client, workflowId),

    followRegistrations: ({ workflowIds }) => followRegistrations(client, workflowIds),
  };
}

/** Whether a message found its workflow. */
async function isTaken(message: Promise<void>): Promise<boolean> {
  try {
    await message;
    return true;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return false;
    throw error;
  }
}

/** Ends after which a lease workflow had nothing to hand on, or handed it on itself. */
const ORDERLY_ENDS: readonly string[] = ['RUNNING', 'COMPLETED', 'CONTINUED_AS_NEW'];

/**
 * The options of the next run. One that was ended from outside took its memory with it: its last turn may be in use until it would have
 * run out, so a spaced lease grants none before an interval after that.
 */
async function afterForcedEnd(
  client: Client,
  leaseWorkflowId: string,
  options: LeaseInput,
): Promise<LeaseInput> {
  if (options.minIntervalMs === 0) return options;
  try {
    const { status, closeTime } = await client.workflow.getHandle(leaseWorkflowId).describe();
    if (closeTime === undefined || ORDERLY_ENDS.includes(status.name)) return options;
    const nextGrantAt = closeTime.getTime() + options.leaseMs + options.minIntervalMs;
    return { ...options, carried: { queue: [], held: null, nextGrantAt, settled: [] } };
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return options;
    throw error;
  }
}

/** Tells a lease workflow what became of a grant; a lease that is gone needs no report. Used by the account activity. */
export async function reportLease(
  client: Client,
  leaseWorkflowId: string,
  report: LeaseReport,
): Promise<void> {
  await isTaken(client.workflow.getHandle(leaseWorkflowId).signal(leaseReported, report));
}
