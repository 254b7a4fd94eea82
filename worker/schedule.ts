/** The schedule that starts the reconciler: one, however many workers there are, made or brought up to date by each as it starts. */
import {
  ScheduleAlreadyRunning,
  ScheduleNotFoundError,
  ScheduleOverlapPolicy,
  type Client,
  type ScheduleDescription,
} from '@temporalio/client';
import { DEFAULT_TASK_QUEUES, RECONCILER_ID } from '../domain/ids';
import { waitOrAbort } from '../domain/wait';
import { WORKFLOW_TYPES, type ReconcilerInput } from '../workflows/messages';

export interface ReconcilerSchedule {
  /** 0: no schedule; one that is there is deleted. Milliseconds. */
  intervalMs: number;
  untouchedMs: number;
}

/** What an outage made late is not made up for: the next run sees the same rows. */
const CATCH_UP_MS = 10_000;
/** A run that waits out an outage gives way to a new one. */
const RUN_TIMEOUT_MS = 15 * 60_000;
const FIRST_PAUSE_MS = 1_000;
const LONGEST_PAUSE_MS = 60_000;

/** Makes the schedule as the settings have it. One that an operator paused stays paused. */
export async function ensureReconcilerSchedule(client: Client, settings: ReconcilerSchedule): Promise<void> {
  const handle = client.schedule.getHandle(RECONCILER_ID);
  if (settings.intervalMs === 0) {
    try {
      await handle.delete();
    } catch (error) {
      if (!(error instanceof ScheduleNotFoundError)) throw error;
    }
    return;
  }
  const wanted = wantedSchedule(settings);
  try {
    await client.schedule.create({ scheduleId: RECONCILER_ID, ...wanted });
  } catch (error) {
    if (!(error instanceof ScheduleAlreadyRunning)) throw error;
    // Not touched when it is as it should be: an update would undo a pause of the same moment.
    if (facts(await handle.describe()) === facts(wanted)) return;
    await handle.update(({ state }) => ({ ...wanted, state }));
  }
}

/** The same, again and again until it is done or the worker stops: an engine that is away for a moment is no reason not to work. */
export async function keepReconcilerSchedule(
  client: Client,
  settings: ReconcilerSchedule,
  options: { signal: AbortSignal; warn: (message: string, details: { error: string }) => void },
): Promise<void> {
  for (let pause = FIRST_PAUSE_MS; !options.signal.aborted; pause = Math.min(pause * 2, LONGEST_PAUSE_MS)) {
    try {
      return await ensureReconcilerSchedule(client, settings);
    } catch (error) {
      options.warn('The schedule of the reconciler could not be set', { error: String(error) });
    }
    await waitOrAbort(pause, options.signal);
  }
}

function wantedSchedule({ intervalMs, untouchedMs }: ReconcilerSchedule) {
  const input: ReconcilerInput = { untouchedMs };
  return {
    spec: { intervals: [{ every: intervalMs }] },
    action: {
      type: 'startWorkflow' as const,
      workflowType: WORKFLOW_TYPES.reconciler,
      workflowId: RECONCILER_ID,
      taskQueue: DEFAULT_TASK_QUEUES.registrations,
      args: [input],
      workflowRunTimeout: RUN_TIMEOUT_MS,
      staticSummary: 'Compares the record with the workflows',
    },
    policies: { overlap: ScheduleOverlapPolicy.SKIP, catchupWindow: CATCH_UP_MS },
  };
}

type Facts = Pick<ScheduleDescription, 'spec' | 'action' | 'policies'> | ReturnType<typeof wantedSchedule>;

const facts = ({ spec, action, policies }: Facts): string =>
  JSON.stringify([
    spec.intervals?.map(({ every }) => every),
    [action.workflowType, action.taskQueue, action.args, action.workflowRunTimeout],
    [policies.overlap, policies.catchupWindow],
  ]);
