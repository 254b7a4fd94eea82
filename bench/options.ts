/** What the command line asks for. */
import path from 'node:path';
import { StackError } from '../dev/stack/errors';
import { readFlags, wholeNumber } from '../dev/stack/flags';

export interface BenchOptions {
  /** Of each batch; null: what each measure takes. */
  restaurants: number | null;
  /** Null: as often as each measure is taken. */
  repeats: number | null;
  /** Registrations that wait for people, of `capacity`; null: what fits. */
  parked: number | null;
  /** Restaurants of each batch of `growth`, of rising size; null: what fits. */
  sizes: number[] | null;
  /** How many times faster than real the world outside of `makespan` is; null: as fast as leaves time for the others. */
  speed: number | null;
  /** Where `throughput` leaves profiles of the worker's CPU; null: it takes none. */
  profile: string | null;
  /** Names of measures. */
  suite: string[];
  json: string | null;
}

const HIGHEST = 1_000;
const MOST_PARKED = 20_000;
const FASTEST = 1_000;

export function usage(measures: readonly string[]): string {
  return [
    'npm run bench -- [--suite throughput,reaction | --suite all] [--restaurants 300] [--repeats 3] [--parked 5000] [--sizes 200,2000] [--speed 60] [--profile DIR] [--json FILE]',
    `measures: ${measures.join(', ')}`,
    'Without --restaurants and --repeats each measure takes what it needs, and less when there are several.',
    'With --json a measure that was run before is replaced in FILE, and the others stay.',
  ].join('\n');
}

/** @throws StackError with what a person can put right */
export function readOptions(args: readonly string[], measures: readonly string[]): BenchOptions {
  const { values } = readFlags({
    args: [...args],
    options: {
      suite: { type: 'string', default: 'throughput' },
      restaurants: { type: 'string' },
      repeats: { type: 'string' },
      parked: { type: 'string' },
      sizes: { type: 'string' },
      speed: { type: 'string' },
      profile: { type: 'string' },
      json: { type: 'string' },
    },
  });
  const suite = values.suite === 'all' ? [...measures] : values.suite.split(',');
  const unknown = suite.filter((name) => !measures.includes(name));
  if (unknown.length > 0)
    throw new StackError(`There is no measure ${unknown.join(', ')}: it is one of ${measures.join(', ')}`);
  const optional = (name: 'restaurants' | 'repeats' | 'parked' | 'speed', highest: number): number | null =>
    values[name] === undefined ? null : wholeNumber(name, values[name], 1, highest);
  return {
    restaurants: optional('restaurants', HIGHEST),
    repeats: optional('repeats', 20),
    parked: optional('parked', MOST_PARKED),
    sizes: values.sizes?.split(',').map((size) => wholeNumber('sizes', size, 1, MOST_PARKED)) ?? null,
    speed: optional('speed', FASTEST),
    profile: values.profile === undefined ? null : path.resolve(values.profile),
    suite,
    json: values.json ?? null,
  };
}
