/** The outside world's own account of the calls that reached it: the witness for what was lost or came twice. */
import { CALLS, type Call } from './flow';

export interface Arrival {
  jobId: string;
  call: Call;
  /** Milliseconds of `performance.now()`. */
  at: number;
}

export interface Verdict {
  /** Calls that reached the outside. */
  calls: number;
  /** Calls that the outside never got. */
  lost: number;
  /** Calls beyond the first of a job and a kind. */
  doubled: number;
}

export class CallLedger {
  private readonly arrivals: Arrival[] = [];
  private readonly effects = new Set<string>();
  private readonly watchers = new Set<(arrival: Arrival) => void>();

  arrived(arrival: Arrival): void {
    this.arrivals.push(arrival);
    for (const watch of this.watchers) watch(arrival);
  }

  /** The effect comes whether or not the caller still listens, as a script outlives the connection that began it. */
  tookEffect(jobId: string, call: Call): void {
    this.effects.add(`${jobId}/${call}`);
  }

  hasEffect(jobId: string, call: Call): boolean {
    return this.effects.has(`${jobId}/${call}`);
  }

  /** Resolves with the next arrival that fits; arrivals before this call do not count. */
  next(fits: (arrival: Arrival) => boolean): Promise<Arrival> {
    return new Promise((resolve) => {
      const watch = (arrival: Arrival): void => {
        if (!fits(arrival)) return;
        this.watchers.delete(watch);
        resolve(arrival);
      };
      this.watchers.add(watch);
    });
  }

  /** How many arrivals there were of these jobs. */
  count(jobIds: ReadonlySet<string>): number {
    return this.of(jobIds).length;
  }

  judge(jobIds: ReadonlySet<string>): Verdict {
    const calls = this.of(jobIds);
    const distinct = new Set(calls.map(({ jobId, call }) => `${jobId}/${call}`)).size;
    return {
      calls: calls.length,
      lost: jobIds.size * CALLS.length - distinct,
      doubled: calls.length - distinct,
    };
  }

  private of(jobIds: ReadonlySet<string>): Arrival[] {
    return this.arrivals.filter(({ jobId }) => jobIds.has(jobId));
  }
}
