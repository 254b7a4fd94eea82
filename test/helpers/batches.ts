/** Batches of invented restaurants for tests of the batch workflow: what the record would say of them, and handles to their runs. */
import { randomUUID } from 'node:crypto';
import Long from 'long';
import type { WorkflowHandle } from '@temporalio/client';
import { batchWorkflowId, DEFAULT_TASK_QUEUES, registrationWorkflowId } from '../../domain/ids';
import type { BatchPauseWrite, LoadedBatch, LoadedJob } from '../../activities/record/types';
import type { Activities } from '../../worker/activities';
import { WORKFLOW_TYPES } from '../../workflows/messages';
import { fakeWorld, SETTINGS, type WorkflowWorld } from './workflows';

export interface TestBatch {
  batchId: string;
  jobs: LoadedJob[];
  handle: WorkflowHandle;
  /** Its registrations' runs, in the order of `jobs`. */
  registrations: WorkflowHandle[];
}

export interface BatchOptions {
  size: number;
  mode?: LoadedBatch['executionMode'];
  name?: string;
  /** Names of the first restaurants. */
  restaurants?: readonly string[];
}

/** The record's side of any number of batches. */
export class BatchRecord {
  readonly pages: { batchId: string; offset: number }[] = [];
  readonly closedJobs: { jobId: string; status: string }[] = [];
  readonly closedBatches: { batchId: string; cancelled: boolean }[] = [];
  /** Batches whose registrations have written to the record. */
  readonly begun = new Set<string>();
  readonly pauses: BatchPauseWrite[] = [];
  /** Awaited before a page or a pause is answered; tests replace them. */
  beforePage: (page: { batchId: string; offset: number }) => Promise<void> = () => Promise.resolve();
  beforePause: (write: BatchPauseWrite) => Promise<void> = () => Promise.resolve();
  private readonly batches = new Map<string, BatchOptions & { jobs: LoadedJob[] }>();

  readonly activities;

  /** @param change what else of the world a test replaces */
  constructor(change: Parameters<typeof fakeWorld>[0] = {}) {
    this.activities = fakeWorld({ ...this.recordSide(), ...change }).activities;
  }

  private recordSide(): Pick<
    Activities,
    'openBatch' | 'loadJobs' | 'closeJob' | 'closeBatch' | 'setBatchPause'
  > {
    return {
      openBatch: async ({ batchId }) => ({
        organisationId: 'org',
        name: this.batch(batchId).name ?? 'Batch',
        total: this.batch(batchId).size,
        failurePolicy: 'wait',
        executionMode: this.batch(batchId).mode ?? 'parallel',
        settings: SETTINGS,
      }),
      loadJobs: async ({ batchId, offset, limit }) => {
        await this.beforePage({ batchId, offset });
        this.pages.push({ batchId, offset });
        const begun = this.begun.has(batchId);
        const jobs = this.jobs(batchId).map((job) => ({ ...job, begun }));
        return { jobs: jobs.slice(offset, offset + limit), more: jobs.length > offset + limit };
      },
      closeJob: async (close) => void this.closedJobs.push(close),
      closeBatch: async (close) => {
        this.closedBatches.push(close);
        const status = close.cancelled ? 'cancelled' : 'completed';
        return { status, completed: 0, failed: 0, errorMessage: null };
      },
      setBatchPause: async (write) => {
        await this.beforePause(write);
        this.pauses.push(write);
      },
    };
  }

  async start({ environment: { client } }: WorkflowWorld, options: BatchOptions): Promise<TestBatch> {
    const batchId = randomUUID();
    const jobs = Array.from({ length: options.size }, (_, index) => ({
      jobId: randomUUID(),
      restaurantId: randomUUID(),
      restaurantName: options.restaurants?.[index] ?? `Restaurant ${index + 1}`,
      position: index + 1,
      begun: false,
    }));
    this.batches.set(batchId, { ...options, jobs });
    const handle = await client.workflow.start(WORKFLOW_TYPES.batch, {
      workflowId: batchWorkflowId(batchId),
      taskQueue: DEFAULT_TASK_QUEUES.registrations,
      args: [{ batchId }],
    });
    const registrations = jobs.map(({ jobId }) => client.workflow.getHandle(registrationWorkflowId(jobId)));
    return { batchId, jobs, handle: client.workflow.getHandle(handle.workflowId), registrations };
  }

  job(jobId: string): LoadedJob | undefined {
    return [...this.batches.values()].flatMap(({ jobs }) => jobs).find((job) => job.jobId === jobId);
  }

  jobs(batchId: string): readonly LoadedJob[] {
    return this.batch(batchId).jobs;
  }

  private batch(batchId: string): BatchOptions & { jobs: LoadedJob[] } {
    const batch = this.batches.get(batchId);
    if (!batch) throw new Error(`No batch ${batchId}`);
    return batch;
  }
}

/** Resets a workflow as the Web UI does: to the end of the given workflow task. */
export async function reset(
  { environment }: WorkflowWorld,
  workflowId: string,
  workflowTaskFinishEventId: number,
): Promise<void> {
  await environment.client.workflowService.resetWorkflowExecution({
    namespace: environment.namespace ?? 'default',
    workflowExecution: { workflowId },
    workflowTaskFinishEventId: Long.fromNumber(workflowTaskFinishEventId),
    requestId: randomUUID(),
    reason: 'Reset by a test',
  });
}
