/** Who in a lease's queue is to be told of its place, now: each once, and again only when what it was told no longer helps. */
import { msPerTurn } from './lease-pace';
import type { LeaseQueued, LeaseState, QueuedLease } from './messages';

/** Told at a time; the others in the next round, so that a turn that is due does not wait for all of them. */
const AT_A_TIME = 20;
/**
 * An estimate is corrected when it is off by an interval, by what people can see, and by this part of the time that is left. So a pause that
 * the vendor asks for is told to those that it delays noticeably, and a place that somebody gives up is told a few times to each behind it,
 * never to all each time: messages grow with the queue's length, not with its square.
 */
const WORTH_TELLING = 0.2;
/** People read the time to the minute. With turns that last longer than a short interval every estimate is off by a little, every turn. */
const READ_TO_MS = 30_000;
/**
 * One round of corrections in so long: with a thousand that wait, a pace that changes puts all estimates wrong, and to tell one costs a task and a
 * write of the record. On a machine without time to spare that took four fifths of it, slowed the turns down, and so put the estimates wrong again.
 */
const ROUND_MS = 30_000;
/** Where no time can be told, this many learn for whom they wait now. */
const NEAR = 3;

export class PlaceNews {
  /** @param intervalMs between two turns; 0: how long a turn takes is not known */
  constructor(private readonly intervalMs: number) {}

  /**
   * What is to be told now, marked as told.
   * @param isInRounds false: the run began before corrections came in rounds; asked only when it matters
   */
  due(state: LeaseState, now: number, isInRounds: () => boolean): (LeaseQueued & { holder: string })[] {
    const due: (LeaseQueued & { holder: string })[] = [];
    const isTooSoon = now - (state.correctedAt ?? 0) < ROUND_MS && isInRounds();
    const perTurn = this.intervalMs === 0 ? null : msPerTurn(state.pace, this.intervalMs);
    state.queue.forEach((queued, index) => {
      if (due.length === AT_A_TIME) return;
      const told = { expectedAt: expectedAt(state, index, perTurn, now), behind: state.held?.name };
      if (queued.told) {
        const isCorrection = told.expectedAt !== null;
        if (isCorrection && isTooSoon) return;
        if (!this.isWorthTelling(queued.told, told, index, now)) return;
        if (isCorrection) state.correctedAt = now;
      }
      queued.told = told;
      due.push({ requestId: queued.requestId, holder: queued.holder, place: index + 1, ...told });
    });
    return due;
  }

  private isWorthTelling(
    before: NonNullable<QueuedLease['told']>,
    after: NonNullable<QueuedLease['told']>,
    index: number,
    now: number,
  ): boolean {
    if (before.expectedAt === null || after.expectedAt === null) {
      return index < NEAR && before.behind !== after.behind && after.behind !== undefined;
    }
    const off = Math.abs(after.expectedAt - before.expectedAt);
    return off > Math.max(this.intervalMs, READ_TO_MS, WORTH_TELLING * (after.expectedAt - now));
  }
}

/** @param perTurn null: how long a turn takes is not known */
function expectedAt(
  { held, nextGrantAt }: LeaseState,
  index: number,
  perTurn: number | null,
  now: number,
): number | null {
  if (perTurn === null) return null;
  const ahead = index + (held ? 1 : 0);
  return Math.max(nextGrantAt, now) + ahead * perTurn;
}
