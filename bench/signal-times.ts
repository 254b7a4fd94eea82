/** When the engine had the signals of a run: the same clock and the same point for the floor's and for ours. */
import type { WorkflowHandle } from '@temporalio/client';
import { temporal } from '@temporalio/proto';

const { EVENT_TYPE_WORKFLOW_EXECUTION_SIGNALED: SIGNALED } = temporal.api.enums.v1.EventType;

/** Milliseconds since the epoch, in the order of the history. */
export async function signalTimes(handle: Pick<WorkflowHandle, 'fetchHistory'>): Promise<number[]> {
  const { events } = await handle.fetchHistory();
  return (events ?? [])
    .filter(({ eventType }) => eventType === SIGNALED)
    .map(({ eventTime }) => Number(eventTime?.seconds ?? NaN) * 1_000 + (eventTime?.nanos ?? 0) / 1e6);
}
