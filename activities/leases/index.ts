/**
 * Turns at a shared thing (the account vendor, an owner's account) are granted by a lease workflow. Workflows cannot
 * start one another by signal, so these activities do it for them through the client.
 */
import { Context } from '@temporalio/activity';
import { type Client, WorkflowNotFoundError } from '@temporalio/client';
import { DEFAULT_TASK_QUEUES } from '../../domain/ids';
import {
  leaseReported,
  leaseRequested,
  WORKFLOW_TYPES,
  type LeaseInput,
  type LeaseReport,
  type LeaseRequest,
  type RegistrationResult,
} from '../../workflows/messages';

const FOLLOW_HEARTBEAT_MS = 10_000;

export interface LeaseActivities {
  /** Queues a request, starting the lease workflow when it does not run. A repeated request is not queued twice. */
  requestLease(input: {
    leaseWorkflowId: string;
    summary: string;
    options: LeaseInput;
    request: LeaseRequest;
  }): Promise<void>;
  /** Whether a workflow run is open. */
  isWorkflowRunning(input: { workflowId: string }): Promise<boolean>;
  /** Waits for a registration that is not a child of the batch that asks. Heartbeats while it waits. */
  followRegistration(input: { workflowId: string }): Promise<RegistrationResult>;
}

export function createLeaseActivities(deps: { client: Client }): LeaseActivities {
  const { client } = deps;
  return {
    async requestLease({ leaseWorkflowId, summary, options, request }) {
      await client.workflow.signalWithStart(WORKFLOW_TYPES.lease, {
        workflowId: leaseWorkflowId,
        taskQueue: DEFAULT_TASK_QUEUES.registrations,
        args: [options],
        signal: leaseRequested,
        signalArgs: [request],
        staticSummary: summary,
      });
    },

    async isWorkflowRunning({ workflowId }) {
      try {
        const { status } = await client.workflow.getHandle(workflowId).describe();
        return status.name === 'RUNNING';
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    },

    async followRegistration({ workflowId }) {
      const context = Context.current();
      const beat = setInterval(() => context.heartbeat(), FOLLOW_HEARTBEAT_MS);
      try {
        const result = client.workflow.getHandle(workflowId).result() as Promise<RegistrationResult>;
        return await Promise.race([result, context.cancelled]);
      } finally {
        clearInterval(beat);
      }
    },
  };
}

/** Tells a lease workflow what became of a grant; a lease that is gone needs no report. Used by the account activity. */
export async function reportLease(
  client: Client,
  leaseWorkflowId: string,
  report: LeaseReport,
): Promise<void> {
  try {
    await client.workflow.getHandle(leaseWorkflowId).signal(leaseReported, report);
  } catch (error) {
    if (!(error instanceof WorkflowNotFoundError)) throw error;
  }
}
