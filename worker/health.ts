/** Whether this worker can do its work at this moment. */
import type { Worker } from '@temporalio/worker';
import type { Need } from '../domain/lifecycle';

export interface Readiness {
  success: boolean;
  /** All of its task queues are polled. */
  workers: boolean;
  temporal: boolean;
  database: boolean;
  /** It was asked to end and takes no new task. */
  draining: boolean;
}

/** Whoever asks in between is told what was seen last: probes of several kinds must not add up to load. */
const BELIEVED_MS = 1_000;

export class Health {
  private workers: readonly Worker[] = [];
  private seen: { at: number; outside: Promise<boolean[]> } | undefined;

  constructor(
    private readonly needs: { temporal: Need; database: Need },
    private readonly stop: AbortSignal,
  ) {}

  watch(workers: readonly Worker[]): void {
    this.workers = workers;
  }

  async readiness(): Promise<Readiness> {
    const [temporal = false, database = false] = await this.look();
    // Those for activities alone say that their other poller is shut down.
    const isPolling = ({
      runState,
      workflowPollerState,
      activityPollerState,
    }: ReturnType<Worker['getStatus']>) =>
      runState === 'RUNNING' && activityPollerState === 'POLLING' && workflowPollerState !== 'FAILED';
    const workers = this.workers.length > 0 && this.workers.every((worker) => isPolling(worker.getStatus()));
    const draining = this.stop.aborted;
    return { success: workers && temporal && database && !draining, workers, temporal, database, draining };
  }

  private look(): Promise<boolean[]> {
    if (this.seen && Date.now() - this.seen.at < BELIEVED_MS) return this.seen.outside;
    const { temporal, database } = this.needs;
    const outside = Promise.all([temporal, database].map(async (need) => (await need.missing()) === null));
    this.seen = { at: Date.now(), outside };
    return outside;
  }
}
