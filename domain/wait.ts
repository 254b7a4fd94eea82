import { setTimeout as sleep } from 'node:timers/promises';

/**
 * Waits, or returns early when the signal aborts; callers look at the signal. Not for workflow code.
 * @param ref false: the wait alone keeps no process alive
 */
export async function waitOrAbort(ms: number, signal: AbortSignal, ref = true): Promise<void> {
  try {
    await sleep(ms, undefined, { signal, ref });
  } catch (error) {
    if (!signal.aborted) throw error;
  }
}
