/**
 * From moments to places. People are waited for over days where work takes minutes: times in which nothing but such waits happened may be
 * drawn short, with a mark where the picture leaves something out. Pure functions; milliseconds since the epoch, places from 0 to 1.
 */
import { merged, type Lane } from './model';

export interface Gap {
  from: number;
  to: number;
}

export interface Scale {
  from: number;
  to: number;
  /** What is drawn short. */
  gaps: readonly Gap[];
  at: (moment: number) => number;
}

/** A gap is as wide as this share of the time that is drawn in full. */
const GAP_SHARE = 0.06;
/** Shorter waits are drawn as long as they were. */
const SHORTEST_GAP_MS = 20_000;

/** @param now What goes on ends here. @param isShortened Whether long waits for people are drawn short. */
export function scaleOf(lanes: readonly Lane[], now: number, isShortened: boolean): Scale | null {
  const spans = lanes.flatMap((lane) => lane.spans);
  if (spans.length === 0) return null;
  const from = Math.min(...spans.map((span) => span.from));
  const to = Math.max(from + 1, ...spans.map((span) => span.to ?? now));
  const gaps = isShortened ? idleTimes(lanes, from, to, now) : [];
  const idle = gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const full = Math.max(1, to - from - idle);
  const width = GAP_SHARE * full;
  const total = full + gaps.length * width;
  const at = (moment: number): number => {
    let place = Math.min(Math.max(moment, from), to) - from;
    for (const gap of gaps) {
      const inside = Math.min(Math.max(0, moment - gap.from), gap.to - gap.from);
      place += (inside / (gap.to - gap.from)) * width - inside;
    }
    return place / total;
  };
  return { from, to, gaps, at };
}

/** Times in which nothing ran and nothing waited for a turn, where that is most of the picture. */
function idleTimes(lanes: readonly Lane[], from: number, to: number, now: number): Gap[] {
  const busy = merged(lanes.flatMap(({ spans }) => spans.filter(({ kind }) => kind !== 'person'))).map(
    (span) => ({ from: span.from, to: span.to ?? now }),
  );
  const gaps: Gap[] = [];
  let end = from;
  for (const span of [...busy, { from: to, to }]) {
    if (span.from > end) gaps.push({ from: end, to: span.from });
    end = Math.max(end, span.to);
  }
  const busyMs = to - from - gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const shortest = Math.max(SHORTEST_GAP_MS, 0.25 * busyMs);
  return gaps.filter((gap) => gap.to - gap.from > shortest);
}

const STEPS_MS = [1, 2, 5, 10, 15, 30]
  .flatMap((n) => [n * 1_000, n * 60_000])
  .concat([1, 2, 3, 6, 12, 24, 48, 168, 336].map((hours) => hours * 3_600_000));

export interface Tick {
  place: number;
  /** Since the beginning. */
  ms: number;
}

/** Round times since the beginning, none inside a gap, not closer than `least` to each other. */
export function ticksOf(scale: Scale, least = 0.11): Tick[] {
  const span = scale.to - scale.from;
  const drawn = span - scale.gaps.reduce((sum, gap) => sum + gap.to - gap.from, 0);
  const step = STEPS_MS.toSorted((a, b) => a - b).find((ms) => ms >= drawn * least) ?? span;
  const ticks: Tick[] = [{ place: 0, ms: 0 }];
  // Behind a gap of days there are many round times; the first that is far enough from the last one is taken.
  const moments = roundMoments(scale, step);
  for (const ms of moments) {
    const place = scale.at(scale.from + ms);
    if (place - (ticks.at(-1)?.place ?? 0) >= least && place < 0.97) ticks.push({ place, ms });
  }
  return ticks;
}

function roundMoments({ from, to, gaps }: Scale, step: number): number[] {
  const parts: Gap[] = [];
  let end = from;
  for (const gap of gaps) {
    parts.push({ from: end, to: gap.from });
    end = gap.to;
  }
  parts.push({ from: end, to });
  return parts.flatMap((part) => {
    const first = Math.ceil((part.from - from) / step);
    const count = Math.min(200, Math.max(0, Math.floor((part.to - from) / step) - first + 1));
    return Array.from({ length: count }, (_, i) => (first + i) * step);
  });
}
