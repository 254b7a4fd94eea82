/**
 * Grants turns, one at a time, in order of asking: a gate before the account vendor (spaced by `minIntervalMs`) and one
 * per owner of several restaurants (a plain queue). It survives restarts of everything, which a task queue's rate limit
 * does not (ARCHITECTURE.md, "The account gate").
 */
import {
  allHandlersFinished,
  condition,
  continueAsNew,
  getExternalWorkflowHandle,
  patched,
  setCurrentDetails,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { leases } from './activities';
import { isToHandOn } from './lease-hand-on';
import { PlaceNews } from './lease-news';
import { paceAfterTurn } from './lease-pace';
import {
  leaseGranted,
  leaseQueued,
  leaseReported,
  leaseRequested,
  leaseState,
  type LeaseInput,
  type LeaseQueued,
  type LeaseReport,
  type LeaseRequest,
  type LeaseState,
} from './messages';

/**
 * An idle gate closes after this long, but never before its spacing has passed; the next request starts it anew. A queue that keeps no interval
 * closes with its last turn.
 */
const IDLE_MS = 10_000;
/** Whether a holder still runs is looked at ever more rarely, while others wait behind it: it may wait for the gate for an hour itself. */
const LONGEST_LOOK_MS = 5 * 60_000;
/** The same while nobody waits: only so that the turn of a lost run does not stand for ever. */
const LOOK_UNASKED_MS = 24 * 60 * 60_000;
const SETTLED_KEPT = 200;

export async function leaseWorkflow(input: LeaseInput): Promise<void> {
  const lease = new Lease(input);
  setHandler(leaseRequested, (request) => lease.take(request));
  setHandler(leaseReported, (report) => lease.hear(report));
  setHandler(leaseState, () => lease.state);
  for (;;) {
    const { heard } = lease;
    if (!(await lease.advance())) return;
    const isCalm = lease.heard === heard;
    if (isToHandOn(workflowInfo(), isCalm, isOld) && allHandlersFinished()) {
      await continueAsNew<typeof leaseWorkflow>({ ...input, carried: lease.state });
    }
  }
}

const isInRounds = (): boolean => patched('lease-corrects-in-rounds');
const isOld = (): boolean => !patched('lease-hands-on-when-calm');

class Lease {
  readonly state: LeaseState;
  private readonly news: PlaceNews;
  /** Messages taken so far: each may change what is due. */
  heard = 0;

  constructor(private readonly input: LeaseInput) {
    this.state = input.carried ?? { queue: [], held: null, nextGrantAt: 0, settled: [] };
    this.news = new PlaceNews(input.minIntervalMs);
  }

  // ---- messages ----------------------------------------------------------------------------------------------------

  take(request: LeaseRequest): void {
    const { state } = this;
    const { requestId, holder } = request;
    this.heard += 1;
    if (state.held?.requestId === requestId || state.settled.includes(requestId)) return;
    // One holder, one place: a run that was reset asks under a new id, and keeps the place of the run before it.
    const place = state.queue.findIndex((queued) => queued.holder === holder);
    if (place >= 0) {
      // Asked again while it waits, it knows its place already.
      const told = state.queue[place]?.requestId === requestId ? state.queue[place].told : undefined;
      state.queue[place] = { ...request, told };
    } else if (state.held?.holder === holder && this.input.extendWhileRunning) {
      // A turn that lasts as long as its holder is the holder's own: the run that was reset takes it over.
      this.settle(state.held.requestId);
      state.held = null;
      state.queue.unshift(request);
    } else {
      state.queue.push(request);
    }
  }

  hear(report: LeaseReport): void {
    const { state, input } = this;
    this.heard += 1;
    if (report.holdMs !== undefined) this.space(Math.max(report.holdMs, input.minIntervalMs));
    if (state.held?.requestId === report.requestId) {
      this.release(report.outcome === 'started');
    } else if (report.outcome === 'released') {
      // A place given back before its turn came.
      this.leave(report.requestId);
    }
  }

  // ---- what is due -------------------------------------------------------------------------------------------------

  /** Does what is due, or waits until something is. False: nobody needs this lease any more. */
  async advance(): Promise<boolean> {
    const { state } = this;
    const now = Date.now();
    this.describe(now);
    if (this.isFree && this.input.minIntervalMs === 0 && this.heard > 0 && now >= state.nextGrantAt)
      return false;
    const [head] = state.queue;
    if (head && !state.held && now >= state.nextGrantAt) {
      state.queue.shift();
      await this.grant(head);
      return true;
    }
    const due = this.news.due(state, now, isInRounds);
    if (due.length > 0) {
      await Promise.all(due.map((message) => this.tell(message)));
      return true;
    }
    if (await this.somethingHeard(now)) return true;
    if (state.held && Date.now() >= state.held.expiresAt) await this.expire();
    else if (this.isFree && Date.now() >= state.nextGrantAt) return false;
    return true;
  }

  /** Nobody has it, and nobody waits for it. */
  private get isFree(): boolean {
    return this.state.held === null && this.state.queue.length === 0;
  }

  /** Waits until a message comes (true) or the next moment at which time alone changes something (false). */
  private somethingHeard(now: number): Promise<boolean> {
    const { heard } = this;
    return condition(() => this.heard !== heard, Math.max(1, this.nextChangeAt(now) - now));
  }

  private nextChangeAt(now: number): number {
    const { held, queue, nextGrantAt } = this.state;
    // Nobody waits: whether the holder still runs is of no interest yet.
    if (held && queue.length === 0 && this.input.extendWhileRunning) return now + LOOK_UNASKED_MS;
    if (held) return held.expiresAt;
    return queue.length > 0 ? nextGrantAt : Math.max(nextGrantAt, now + IDLE_MS);
  }

  /** Gives the turn to its holder; one that has closed in the meantime loses it, and the queue moves on. */
  private async grant(request: LeaseRequest): Promise<void> {
    const { requestId, holder, name } = request;
    const now = Date.now();
    const expiresAt = now + this.input.leaseMs;
    this.state.pace = paceAfterTurn(this.state.pace, now, this.state.queue.length > 0);
    this.state.held = { requestId, holder, name, expiresAt };
    try {
      await getExternalWorkflowHandle(holder).signal(leaseGranted, { requestId, expiresAt });
    } catch {
      // The engine refuses a signal only when the holder is closed or unknown: nobody will use this turn.
      if (this.state.held?.requestId === requestId) this.release(false);
    }
  }

  private async tell(message: LeaseQueued & { holder: string }): Promise<void> {
    const { holder, ...told } = message;
    try {
      await getExternalWorkflowHandle(holder).signal(leaseQueued, told);
    } catch {
      // Closed before its turn: it leaves the queue.
      this.leave(told.requestId);
    }
  }

  /** No report came: the call may have been made at the very end of the lease, so the interval counts from there. */
  private async expire(): Promise<void> {
    const { state, input } = this;
    const { held } = state;
    if (!held) return;
    if (input.extendWhileRunning) {
      const runs = (await leases.openRun({ workflowId: held.holder })) !== null;
      if (state.held !== held) return;
      if (runs) {
        const looks = (held.looks ?? 0) + 1;
        const pause = Math.max(input.leaseMs, Math.min(input.leaseMs * 2 ** (looks - 1), LONGEST_LOOK_MS));
        state.held = { ...held, looks, expiresAt: Date.now() + pause };
        return;
      }
    }
    this.release(true);
  }

  // ---- changes -----------------------------------------------------------------------------------------------------

  private release(used: boolean): void {
    const { held } = this.state;
    if (!held) return;
    this.state.held = null;
    this.settle(held.requestId);
    if (used) this.space(this.input.minIntervalMs);
  }

  private leave(requestId: string): void {
    this.state.queue = this.state.queue.filter((queued) => queued.requestId !== requestId);
    this.settle(requestId);
  }

  private settle(requestId: string): void {
    this.state.settled = [...this.state.settled, requestId].slice(-SETTLED_KEPT);
  }

  /** Nothing is granted for so long from now on. */
  private space(ms: number): void {
    this.state.nextGrantAt = Math.max(this.state.nextGrantAt, Date.now() + ms);
  }

  private describe(now: number): void {
    const { held, queue, nextGrantAt } = this.state;
    const holder = held ? `Held by \`${held.holder}\`` : 'Free';
    const next = nextGrantAt > now ? `, next turn from ${new Date(nextGrantAt).toISOString()}` : '';
    const waiting = queue.slice(0, 50).map((request, index) => `${index + 1}. \`${request.holder}\``);
    setCurrentDetails([`${holder}, ${queue.length} waiting${next}`, '', ...waiting].join('\n'));
  }
}
