/**
 * One batch: starts a registration per restaurant and waits until each has ended in its own way. There is no barrier between
 * them, and none can take the others down.
 */
import {
  CancellationScope,
  CancelledFailure,
  isCancellation,
  ParentClosePolicy,
  setCurrentDetails,
  setHandler,
  startChild,
  ChildWorkflowCancellationType,
  WorkflowIdReusePolicy,
} from '@temporalio/workflow';
import { WorkflowExecutionAlreadyStartedError } from '@temporalio/common';
import type { LoadedBatch, LoadedJob } from '../activities/record/types';
import { registrationWorkflowId } from '../domain/ids';
import { isTerminalJob, type JobStatus } from '../domain/statuses';
import { outside, record } from './activities';
import {
  batchProgress,
  type BatchInput,
  type BatchProgress,
  type BatchResult,
  type RegistrationResult,
} from './messages';
import { registrationWorkflow } from './registration';
import {
  AWAITING_INPUT,
  BATCH_ID,
  ORGANISATION_ID,
  REGISTRATION_STEP,
  RESTAURANT_ID,
} from './search-attributes';

/** Jobs per page and starts under way at a time; an engine accepts no more than 2,000 pending. */
const SLICE = 50;

export async function batchWorkflow({ batchId }: BatchInput): Promise<BatchResult> {
  const progress: BatchProgress = {
    status: 'in_progress',
    total: 0,
    started: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
  };
  setHandler(batchProgress, () => progress);
  try {
    const batch = await record.openBatch({ batchId });
    progress.total = batch.total;
    await runAll(batchId, batch, progress);
    if (CancellationScope.current().consideredCancelled)
      throw new CancelledFailure('The batch was cancelled.');
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => close(batchId, progress, true));
    throw error;
  }
  await close(batchId, progress, false);
  const { status, completed, failed, cancelled } = progress;
  return { status, completed, failed, cancelled };
}

async function close(batchId: string, progress: BatchProgress, cancelled: boolean): Promise<void> {
  const summary = await record.closeBatch({ batchId, cancelled });
  progress.status = summary.status;
  show(progress);
}

async function runAll(batchId: string, batch: LoadedBatch, progress: BatchProgress): Promise<void> {
  const running: Promise<void>[] = [];
  try {
    for (let offset = 0; ; offset += SLICE) {
      const { jobs, more } = await record.loadJobs({ batchId, offset, limit: SLICE });
      const results = await Promise.all(jobs.map((job) => startRegistration(batchId, batch, job)));
      progress.started += results.length;
      running.push(...results.map(({ job, result }) => follow(job, result, progress)));
      show(progress);
      if (!more) break;
    }
  } finally {
    // Cancelled or not, every child that was started comes to its own end before the batch does.
    await CancellationScope.nonCancellable(() => Promise.all(running));
  }
}

interface Started {
  job: LoadedJob;
  /** Settles with the child; wrapped, since a bare promise would be awaited where it is returned. */
  result: () => Promise<RegistrationResult>;
}

async function startRegistration(batchId: string, batch: LoadedBatch, job: LoadedJob): Promise<Started> {
  const { organisationId, name, failurePolicy, settings } = batch;
  const { jobId, restaurantId, restaurantName, position } = job;
  const workflowId = registrationWorkflowId(jobId);
  try {
    const child = await startChild(registrationWorkflow, {
      workflowId,
      args: [
        {
          jobId,
          batchId,
          organisationId,
          restaurantId,
          restaurantName,
          batchName: name,
          position,
          failurePolicy,
          settings,
        },
      ],
      workflowIdReusePolicy: WorkflowIdReusePolicy.REJECT_DUPLICATE,
      parentClosePolicy: ParentClosePolicy.REQUEST_CANCEL,
      cancellationType: ChildWorkflowCancellationType.WAIT_CANCELLATION_COMPLETED,
      typedSearchAttributes: [
        { key: BATCH_ID, value: batchId },
        { key: ORGANISATION_ID, value: organisationId },
        { key: RESTAURANT_ID, value: restaurantId },
        { key: REGISTRATION_STEP, value: 1 },
        { key: AWAITING_INPUT, value: 'none' },
      ],
      staticSummary: `${restaurantName} (${name})`,
    });
    return { job, result: () => child.result() };
  } catch (error) {
    // After a reset of the batch its children are there already: it follows them.
    if (error instanceof WorkflowExecutionAlreadyStartedError) {
      return { job, result: () => outside.followRegistration({ workflowId }) };
    }
    if (!isCancellation(error)) throw error;
    return { job, result: () => Promise.reject(error) };
  }
}

/** Waits for one child. One that ends without a result of its own (terminated in the Web UI) is that child's failure alone. */
async function follow(job: LoadedJob, result: Started['result'], progress: BatchProgress): Promise<void> {
  let status: JobStatus;
  try {
    ({ status } = await result());
  } catch (error) {
    status = isCancellation(error) ? 'cancelled' : 'failed';
    const close = { jobId: job.jobId, status, reason: 'Its run was ended from outside.' } as const;
    if (status === 'failed')
      await CancellationScope.nonCancellable(() => record.closeJob({ ...close, status: 'failed' }));
  }
  if (isTerminalJob(status)) progress[status] += 1;
  show(progress);
}

function show({ status, total, started, completed, failed, cancelled }: BatchProgress): void {
  setCurrentDetails(
    [
      `**${status.replaceAll('_', ' ')}**: ${total} restaurants, ${started} started`,
      '',
      '| running | completed | failed | cancelled |',
      '| --- | --- | --- | --- |',
      `| ${started - completed - failed - cancelled} | ${completed} | ${failed} | ${cancelled} |`,
    ].join('\n'),
  );
}
