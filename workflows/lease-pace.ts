/** How far apart the turns of a lease really come, learned from the last ones: a turn lasts longer than the interval it must keep. */
import type { LeasePace } from './messages';

/** So many that one turn that stood still, or was given back at once, says nothing. */
const GAPS_KEPT = 15;

/**
 * A turn begins at `now`.
 * @param isWaitedFor somebody waits behind it: the time until the next turn will be the lease's own
 */
export function paceAfterTurn(pace: LeasePace | undefined, now: number, isWaitedFor: boolean): LeasePace {
  const { gapsMs, since } = pace ?? { gapsMs: [], since: null };
  return {
    gapsMs: since === null ? gapsMs : [...gapsMs, now - since].slice(-GAPS_KEPT),
    since: isWaitedFor ? now : null,
  };
}

/** From turn to turn, ms: the usual of the last ones, and never less than the interval. */
export function msPerTurn(pace: LeasePace | undefined, intervalMs: number): number {
  const sorted = [...(pace?.gapsMs ?? [])].sort((a, b) => a - b);
  return Math.max(intervalMs, sorted[Math.floor(sorted.length / 2)] ?? 0);
}
