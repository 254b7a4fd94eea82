/** Waits that end after some time, for runs that wait often: a timer that is taken back and started anew costs events each time. */
import { CancellationScope, condition, sleep } from '@temporalio/workflow';

interface Deadline {
  /** Milliseconds since the epoch, of the workflow's clock. */
  readonly at: number;
}

/**
 * Timers that were started are kept, and serve whoever waits when they fire. For long waits alone: a kept timer that fires for nobody
 * costs a workflow task, which is more than to take it back.
 */
export class Alarm {
  private readonly deadlines = new Set<Deadline>();
  /** Moments for which a timer runs. */
  private readonly timers = new Set<number>();

  /** Waits until it is done, at most so long. @returns whether it is done */
  async until(done: () => boolean, ms: number): Promise<boolean> {
    if (done()) return true;
    const deadline: Deadline = { at: Date.now() + ms };
    this.deadlines.add(deadline);
    try {
      this.arm();
      await condition(() => done() || Date.now() >= deadline.at);
      return done();
    } finally {
      this.deadlines.delete(deadline);
    }
  }

  /** Sees to it that a timer fires no later than the next deadline. */
  private arm(): void {
    const now = Date.now();
    const next = Math.min(...[...this.deadlines].map(({ at }) => at).filter((at) => at > now));
    if (next === Infinity || [...this.timers].some((at) => at <= next)) return;
    this.timers.add(next);
    void CancellationScope.nonCancellable(async () => {
      await sleep(next - now);
      this.timers.delete(next);
      this.arm();
    });
  }
}
