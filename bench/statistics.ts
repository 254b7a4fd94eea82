/** Figures from samples. */

/** The value at or below which this part of the samples lies (nearest rank). Throws without samples. */
export function percentile(samples: readonly number[], part: number): number {
  const sorted = [...samples].sort((a, b) => a - b);
  const value = sorted[Math.max(0, Math.ceil(part * sorted.length) - 1)];
  if (value === undefined) throw new Error('There are no samples');
  return value;
}

export const median = (samples: readonly number[]): number => percentile(samples, 0.5);

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
