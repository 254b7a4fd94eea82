/** Figures from samples. */

/** The value at or below which this part of the samples lies (nearest rank). Throws without samples. */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  if (value === undefined) throw new Error('There are no samples');
  return value;
}

/** The middle one, of an even number the mean of the two in the middle. Throws without samples. */
export function median(samples: readonly number[]): number {
  if (samples.length === 0) throw new Error('There are no samples');
  const sorted = [...samples].sort((a, b) => a - b);
  const middle = (sorted.length - 1) / 2;
  return ((sorted[Math.floor(middle)] ?? NaN) + (sorted[Math.ceil(middle)] ?? NaN)) / 2;
}

/** One figure, measured several times. `spread`: half the distance from least to most, as a part of the median. */
export interface Figure {
  unit: string;
  runs: number[];
  median: number;
  spread: number;
}

export function figure(unit: string, runs: readonly number[]): Figure {
  const middle = median(runs);
  const distance = Math.max(...runs) - Math.min(...runs);
  return { unit, runs: [...runs], median: middle, spread: middle === 0 ? 0 : distance / 2 / middle };
}

/** The same of one value of each run. */
export const figureOf = <T>(unit: string, runs: readonly T[], pick: (run: T) => number): Figure =>
  figure(unit, runs.map(pick));

/** How much y rises for each x, by the line that is nearest to the points (least squares). */
export function slope(points: readonly (readonly [x: number, y: number])[]): number {
  const mean = (values: number[]): number => values.reduce((sum, value) => sum + value, 0) / values.length;
  const [middleX, middleY] = [mean(points.map(([x]) => x)), mean(points.map(([, y]) => y))];
  const sum = (of: (x: number, y: number) => number): number =>
    points.reduce((total, [x, y]) => total + of(x - middleX, y - middleY), 0);
  return sum((x, y) => x * y) / sum((x) => x * x);
}

/** In an order that follows from the seed (Fisher and Yates, with Park and Miller's numbers). */
export function shuffled<T>(items: readonly T[], seed: number): T[] {
  const order = [...items];
  let state = seed;
  for (let last = order.length - 1; last > 0; last -= 1) {
    state = (state * 48_271) % 2_147_483_647;
    const at = state % (last + 1);
    [order[at], order[last]] = [order[last] as T, order[at] as T];
  }
  return order;
}
