/** What a measure is, and what it is given. */
import { loadavg } from 'node:os';
import type { MeasureResult, Row } from './figures';
import type { BenchOptions } from './options';

export interface MeasureOptions extends Pick<
  BenchOptions,
  'restaurants' | 'repeats' | 'parked' | 'sizes' | 'profile'
> {
  say: (line: string) => void;
}

export interface Measure {
  name: string;
  run(options: MeasureOptions): Promise<{ how: string; rows: Row[]; notes?: string[] }>;
}

export async function take(measure: Measure, options: MeasureOptions): Promise<MeasureResult> {
  const load = (): number => loadavg()[0] ?? NaN;
  const at = new Date().toISOString();
  const from = performance.now();
  const before = load();
  const { how, rows, notes = [] } = await measure.run(options);
  const seconds = (performance.now() - from) / 1_000;
  return { measure: measure.name, how, at, seconds, load: { before, after: load() }, rows, notes };
}
