/** The engine as the reconciler sees it. */
import {
  QueryNotRegisteredError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionDescription,
} from '@temporalio/client';
import { registrationWorkflowId } from '../../domain/ids';
import { readNamespace, type EngineNamespace } from '../../domain/lifecycle';
import type { RestoreWrite } from '../../domain/record';
import { batchStartOptions, type BatchToStart } from '../../domain/start-batch';
import type { JobStatus } from '../../domain/statuses';
import { registrationRecord, WORKFLOW_TYPES, type RegistrationResult } from '../../workflows/messages';

export type RunEnd = 'terminated' | 'failed' | 'timed_out' | 'cancelled' | 'completed';

export type Run =
  | { state: 'open'; runId: string; cancelRequested: boolean }
  | { state: 'closed'; runId: string; end: RunEnd; closedAt: string | null }
  /** Never started, or forgotten after the engine's retention. */
  | { state: 'unknown' };

export interface Runs {
  /** Where these runs are. */
  namespace(): Promise<EngineNamespace>;
  /** The newest run under this workflow id: after a reset in the Web UI that is the new one. */
  look(workflowId: string): Promise<Run>;
  /** Asks for cancellation; a run that has ended meanwhile needs none. */
  cancel(workflowId: string, runId: string): Promise<void>;
  /** No-op if it runs or ran. */
  startBatch(batch: BatchToStart): Promise<void>;
  /** What a closed run knew last; null if it cannot say. */
  lastRecord(jobId: string, runId: string): Promise<RestoreWrite | null>;
  /** What a completed run gave back. */
  result(jobId: string, runId: string): Promise<JobStatus>;
}

const CALL_MS = 10_000;

const ENDS: Partial<Record<WorkflowExecutionDescription['status']['name'], RunEnd>> = {
  COMPLETED: 'completed',
  FAILED: 'failed',
  CANCELLED: 'cancelled',
  TERMINATED: 'terminated',
  TIMED_OUT: 'timed_out',
};

export function createRuns(client: Client): Runs {
  const within = <T>(call: () => Promise<T>): Promise<T> => client.withDeadline(Date.now() + CALL_MS, call);
  const handle = (workflowId: string, runId?: string) => client.workflow.getHandle(workflowId, runId);

  return {
    namespace: () => within(() => readNamespace(client, client.options.namespace)),

    look: (workflowId) =>
      within(async () => {
        try {
          return asRun(await handle(workflowId).describe());
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return { state: 'unknown' };
          throw error;
        }
      }),

    cancel: (workflowId, runId) =>
      within(async () => {
        try {
          await handle(workflowId, runId).cancel();
        } catch (error) {
          if (!(error instanceof WorkflowNotFoundError)) throw error;
        }
      }),

    startBatch: (batch) =>
      within(async () => {
        try {
          await client.workflow.start(WORKFLOW_TYPES.batch, batchStartOptions(batch));
        } catch (error) {
          if (!(error instanceof WorkflowExecutionAlreadyStartedError)) throw error;
        }
      }),

    lastRecord: (jobId, runId) =>
      within(async () => {
        try {
          return await handle(registrationWorkflowId(jobId), runId).query(registrationRecord);
        } catch (error) {
          // Every answer of a worker that is no state: a run of older code, or one that cannot be replayed.
          if (error instanceof QueryNotRegisteredError) return null;
          throw error;
        }
      }),

    result: (jobId, runId) =>
      within(async () => {
        const result = (await handle(registrationWorkflowId(jobId), runId).result()) as RegistrationResult;
        return result.status;
      }),
  };
}

function asRun({ runId, status, closeTime, raw }: WorkflowExecutionDescription): Run {
  const end = ENDS[status.name];
  // Anything that is not certainly an end (continued as new, paused) leaves the row to its run.
  if (end === undefined) {
    return { state: 'open', runId, cancelRequested: raw.workflowExtendedInfo?.cancelRequested ?? false };
  }
  return { state: 'closed', runId, end, closedAt: closeTime?.toISOString() ?? null };
}
