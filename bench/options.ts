/** What the command line asks for. */
import path from 'node:path';
import { parseArgs } from 'node:util';

export interface BenchOptions {
  restaurants: number;
  repeats: number;
  /** Registrations that wait for people, of `capacity`; null: what fits. */
  parked: number | null;
  /** Restaurants of each batch of `growth`, of rising size; null: what fits. */
  sizes: number[] | null;
  /** Where `throughput` leaves profiles of the worker's CPU; null: it takes none. */
  profile: string | null;
  /** Names of measures. */
  suite: string[];
  json: string | null;
}

export class BenchUsage extends Error {}

const HIGHEST = 1_000;
const MOST_PARKED = 20_000;

function count(name: string, text: string, highest: number): number {
  const value = Number(text);
  if (!Number.isInteger(value) || value < 1 || value > highest)
    throw new BenchUsage(`--${name} is a number from 1 to ${highest}`);
  return value;
}

export function usage(measures: readonly string[]): string {
  return [
    'npm run bench -- [--suite throughput,reaction | --suite all] [--restaurants 300] [--repeats 3] [--parked 5000] [--sizes 200,2000] [--profile DIR] [--json FILE]',
    `measures: ${measures.join(', ')}`,
    'With --json a measure that was run before is replaced in FILE, and the others stay.',
  ].join('\n');
}

/** @throws BenchUsage with what a person can put right */
export function readOptions(args: readonly string[], measures: readonly string[]): BenchOptions {
  const { values } = (() => {
    try {
      return parseArgs({
        args: [...args],
        options: {
          suite: { type: 'string', default: 'throughput' },
          restaurants: { type: 'string', default: '300' },
          repeats: { type: 'string', default: '3' },
          parked: { type: 'string' },
          sizes: { type: 'string' },
          profile: { type: 'string' },
          json: { type: 'string' },
        },
      });
    } catch (error) {
      throw new BenchUsage(error instanceof Error ? error.message : String(error));
    }
  })();
  const suite = values.suite === 'all' ? [...measures] : values.suite.split(',');
  const unknown = suite.filter((name) => !measures.includes(name));
  if (unknown.length > 0)
    throw new BenchUsage(`There is no measure ${unknown.join(', ')}: it is one of ${measures.join(', ')}`);
  return {
    restaurants: count('restaurants', values.restaurants, HIGHEST),
    repeats: count('repeats', values.repeats, 20),
    parked: values.parked === undefined ? null : count('parked', values.parked, MOST_PARKED),
    sizes: values.sizes?.split(',').map((size) => count('sizes', size, MOST_PARKED)) ?? null,
    profile: values.profile === undefined ? null : path.resolve(values.profile),
    suite,
    json: values.json ?? null,
  };
}
