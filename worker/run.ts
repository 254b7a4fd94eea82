/** The workers of a process live and end together. */
import type { Worker } from '@temporalio/worker';

/**
 * Resolves when all have drained after the signal.
 * @throws the first one's failure, once all have ended: a queue that nobody serves is to be noticed, not made up for by the others
 */
export async function runUntilStopped(workers: readonly Worker[], stop: AbortSignal): Promise<void> {
  const shutDown = (): void => {
    for (const worker of workers) if (worker.getState() === 'RUNNING') worker.shutdown();
  };
  const runs = workers.map((worker) => worker.run());
  for (const run of runs) run.catch(shutDown);
  stop.addEventListener('abort', shutDown, { once: true });
  if (stop.aborted) shutDown();
  const failed = (await Promise.allSettled(runs)).find((run) => run.status === 'rejected');
  if (failed) throw failed.reason;
}
