/** What a measure is, and what it is given. */
import { loadavg } from 'node:os';
import type { MeasureResult, Row } from './figures';
import type { BenchOptions } from './options';

/** How much a measure does. */
export interface Effort {
  /** Of each batch. */
  restaurants: number;
  repeats: number;
}

export interface MeasureOptions extends Effort, Pick<BenchOptions, 'parked' | 'sizes' | 'speed' | 'profile'> {
  say: (line: string) => void;
}

export interface Measure {
  name: string;
  /** Unless told otherwise: when it is the only one, and among others, which together have twenty minutes. */
  usual: Record<'alone' | 'among', Effort>;
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
