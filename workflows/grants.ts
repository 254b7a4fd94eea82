/**
 * Who may be in step 6: the bookkeeping of one batch's turns, without anything of Temporal. A registration asks for a turn, gets it
 * unless something withholds it, and holds it until it comes to rest or ends. Pause, circuit breaker and sequential mode do nothing
 * but withhold; a turn that was granted is never taken back.
 */
import { PAUSED } from '../domain/reasons';
import type { JobStatus } from '../domain/statuses';
import type { Step6Request } from './messages';

/** The breaker opens when more than half of those that settled in step 6 have failed, and at least this many. */
const BREAKER_LEAST_FAILED = 3;

export interface Pause {
  /** In plain words, for people. */
  reason: string;
  /** ISO 8601. */
  at: string;
}

export class Step6Grants {
  /** `sequential`: one turn at a time. Known once the batch was read; nothing is granted before. */
  mode: 'parallel' | 'sequential' | null = null;
  private pausedBy: Pause | null = null;
  private readonly queue: Step6Request[] = [];
  /** Request ids of the turns that are held, by job. */
  private readonly held = new Map<string, string>();
  /** How each job's latest turn ended, since the count began. */
  private readonly outcomes = new Map<string, 'completed' | 'failed'>();
  /** The last request of each job whose turn is over: told again, it asks for nothing. */
  private readonly over = new Map<string, string>();

  get pause(): Pause | null {
    return this.pausedBy;
  }

  /** Turns that are held. */
  get inStep6(): number {
    return this.held.size;
  }

  /** Requests that wait. */
  get waiting(): number {
    return this.queue.length;
  }

  /** Turns that are held, oldest first. */
  holders(): Step6Request[] {
    return [...this.held].map(([jobId, requestId]) => ({ jobId, requestId }));
  }

  /**
   * A job asks for its turn. True: it holds this turn already and must hear so again. A job that asks with another id than before has
   * begun anew (a retry, or a run that was reset): its former turn or place and its former outcome are over, and it is the last in line.
   */
  request({ jobId, requestId }: Step6Request): boolean {
    if (this.held.get(jobId) === requestId) return true;
    if (this.over.get(jobId) === requestId) return false;
    if (this.queue.some((queued) => queued.requestId === requestId)) return false;
    this.forget(jobId);
    this.outcomes.delete(jobId);
    this.queue.push({ jobId, requestId });
    return false;
  }

  /** The next request to be granted, which holds its turn from now on; null while there is none or something withholds it. */
  next(): Step6Request | null {
    if (this.mode === null || this.pausedBy) return null;
    if (this.mode === 'sequential' && this.held.size > 0) return null;
    const request = this.queue.shift();
    if (!request) return null;
    this.held.set(request.jobId, request.requestId);
    return request;
  }

  /**
   * The job waits for a person: its turn ends, and it counts as failed until it completes. A late or repeated report changes nothing.
   * Whoever reports had the turn, also if a reset of the batch has forgotten that it was granted.
   */
  settle({ jobId, requestId }: Step6Request): void {
    const isQueued = this.queue.some((queued) => queued.requestId === requestId);
    if (this.held.get(jobId) !== requestId && !isQueued) return;
    this.forget(jobId);
    this.outcomes.set(jobId, 'failed');
  }

  /** The job has ended. Who completed had a turn; one that failed without having one counts not. */
  ended(jobId: string, status: JobStatus): void {
    const hadTurn = this.held.has(jobId);
    this.forget(jobId);
    if (status === 'completed') this.outcomes.set(jobId, 'completed');
    else if (status === 'failed' && hadTurn) this.outcomes.set(jobId, 'failed');
  }

  /** The run that held this turn is gone without a word, e.g. reset: the turn is free and says nothing about step 6. */
  lost({ jobId, requestId }: Step6Request): void {
    if (this.held.get(jobId) === requestId) this.forget(jobId);
  }

  stop(reason: string, at: string): Pause {
    this.pausedBy = { reason, at };
    return this.pausedBy;
  }

  /** Goes on; the breaker counts anew. */
  resume(): void {
    this.pausedBy = null;
    this.outcomes.clear();
  }

  /** Why the circuit breaker must pause the batch now, in plain words; null when it need not. */
  breaker(): string | null {
    if (this.pausedBy) return null;
    const settled = this.outcomes.size;
    const failed = [...this.outcomes.values()].filter((outcome) => outcome === 'failed').length;
    if (failed < BREAKER_LEAST_FAILED || failed * 2 <= settled) return null;
    return PAUSED.byBreaker(failed, settled);
  }

  /** Neither holds a turn nor waits for one any more. */
  private forget(jobId: string): void {
    const queued = this.queue.findIndex((request) => request.jobId === jobId);
    const [waited] = queued < 0 ? [] : this.queue.splice(queued, 1);
    const requestId = this.held.get(jobId) ?? waited?.requestId;
    if (requestId === undefined) return;
    this.held.delete(jobId);
    this.over.set(jobId, requestId);
  }
}
