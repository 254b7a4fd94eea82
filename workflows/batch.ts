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
import type { EndedRegistration } from '../activities/leases';
import type { LoadedBatch, LoadedJob } from '../activities/record/types';
import { registrationWorkflowId } from '../domain/ids';
import { CLOSED } from '../domain/reasons';
import { isTerminalJob } from '../domain/statuses';
import { record } from './activities';
import {
  batchProgress,
  type BatchInput,
  type BatchProgress,
  type BatchResult,
  type RegistrationResult,
} from './messages';
import { followToEnd } from './followed';
import { registrationWorkflow } from './registration';
import {
  AWAITING_INPUT,
  BATCH_ID,
  ORGANISATION_ID,
  REGISTRATION_STEP,
  RESTAURANT_ID,
} from './search-attributes';
import { Step6Desk } from './step6-desk';

/** Jobs per page and starts under way at a time; an engine accepts no more than 2,000 pending. */
const SLICE = 50;

type Counts = Omit<BatchProgress, 'pause' | 'inStep6' | 'waitingForStep6'>;

export async function batchWorkflow({ batchId }: BatchInput): Promise<BatchResult> {
  const counts: Counts = {
    status: 'in_progress',
    total: 0,
    started: 0,
    completed: 0,
    failed: 0,
    cancelled: 0,
  };
  const desk = new Step6Desk(batchId);
  const progress = (): BatchProgress => ({ ...counts, ...desk.state });
  // Handlers are set before the first await.
  desk.listen(() => show(progress()));
  setHandler(batchProgress, progress);
  try {
    const batch = await record.openBatch({ batchId });
    counts.total = batch.total;
    desk.open(batch.executionMode);
    await runAll(batchId, batch, counts, desk);
    if (CancellationScope.current().consideredCancelled)
      throw new CancelledFailure('The batch was cancelled.');
  } catch (error) {
    if (!isCancellation(error)) throw error;
    await CancellationScope.nonCancellable(() => close(true));
    throw error;
  }
  await close(false);
  const { status, completed, failed, cancelled } = counts;
  return { status, completed, failed, cancelled };

  async function close(cancelled: boolean): Promise<void> {
    desk.close();
    await desk.flush();
    counts.status = (await record.closeBatch({ batchId, cancelled })).status;
    show(progress());
  }
}

async function runAll(batchId: string, batch: LoadedBatch, counts: Counts, desk: Step6Desk): Promise<void> {
  const running: Promise<void>[] = [];
  try {
    for (let offset = 0; ; offset += SLICE) {
      const { jobs, more } = await record.loadJobs({ batchId, offset, limit: SLICE });
      const begin = async (some: readonly LoadedJob[]): Promise<void> => {
        const started = await Promise.all(some.map((job) => startRegistration(batchId, batch, job)));
        counts.started += started.length;
        running.push(...untilTheirEnds(started, counts, desk));
        desk.changed();
      };
      // After a reset of the batch: what runs already is followed whatever withholds the rest.
      await begin(jobs.filter(({ begun }) => begun));
      const others = jobs.filter(({ begun }) => !begun);
      if (others.length > 0) await desk.mayStart();
      await begin(others);
      if (!more) break;
    }
  } finally {
    // Cancelled or not, every child that was started comes to its own end before the batch does.
    await CancellationScope.nonCancellable(() => Promise.all(running));
  }
}

interface Started {
  job: LoadedJob;
  workflowId: string;
  /** Settles with the child; wrapped, since a bare promise would be awaited where it is returned. Null: it runs already, as nobody's child. */
  result: (() => Promise<RegistrationResult>) | null;
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
    return { job, workflowId, result: () => child.result() };
  } catch (error) {
    // After a reset of the batch its children are there already: it follows them.
    if (error instanceof WorkflowExecutionAlreadyStartedError) return { job, workflowId, result: null };
    if (!isCancellation(error)) throw error;
    return { job, workflowId, result: () => Promise.reject(error) };
  }
}

function untilTheirEnds(started: readonly Started[], counts: Counts, desk: Step6Desk): Promise<void>[] {
  const there = started.filter(({ result }) => result === null).map(({ workflowId }) => workflowId);
  const followed = followToEnd(there);
  return started.map(async ({ job: { jobId }, workflowId, result }) => {
    const { status, own } = await (result ? childsEnd(workflowId, result) : followed(workflowId));
    // One that ended without a word of its own (terminated in the Web UI) is that registration's failure alone.
    if (!own) {
      const close = { jobId, status: 'failed', reason: CLOSED.terminated } as const;
      await CancellationScope.nonCancellable(() => record.closeJob(close));
    }
    if (isTerminalJob(status)) counts[status] += 1;
    desk.ended(jobId, status);
  });
}

async function childsEnd(
  workflowId: string,
  result: NonNullable<Started['result']>,
): Promise<EndedRegistration> {
  try {
    const { status } = await result();
    return { workflowId, status, own: true };
  } catch (error) {
    if (isCancellation(error)) return { workflowId, status: 'cancelled', own: true };
    // Terminated; or reset, and then it goes on in another run.
    return followToEnd([workflowId])(workflowId);
  }
}

function show(progress: BatchProgress): void {
  const { status, total, started, completed, failed, cancelled, pause, inStep6, waitingForStep6 } = progress;
  setCurrentDetails(
    [
      `**${status.replaceAll('_', ' ')}**: ${total} restaurants, ${started} started`,
      ...(pause ? ['', `**Paused** since ${pause.at}: ${pause.reason}`] : []),
      '',
      '| running | in step 6 | wait for step 6 | completed | failed | cancelled |',
      '| --- | --- | --- | --- | --- | --- |',
      `| ${started - completed - failed - cancelled} | ${inStep6} | ${waitingForStep6} | ${completed} | ${failed} | ${cancelled} |`,
    ].join('\n'),
  );
}
