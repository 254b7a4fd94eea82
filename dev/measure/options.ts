import { parseArgs } from 'node:util';
import { describe, StackError } from '../stack/errors';

export interface MeasureOptions {
  /** Carried to their end. */
  restaurants: number;
  /** Left waiting for a person at step 3. */
  parked: number;
  /** Of the parked ones, answered one after the other. */
  answers: number;
  /** Temporal server processes on PostgreSQL; 0: the development server. */
  servers: number;
  json?: string;
}

const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  restaurants: { type: 'string', default: '40' },
  parked: { type: 'string', default: '2000' },
  answers: { type: 'string', default: '20' },
  servers: { type: 'string', default: '1' },
  json: { type: 'string' },
} as const;

/** Reads the command line; null: help was asked for. Throws a StackError that names the bad part. */
export function parseMeasure(args: string[]): MeasureOptions | null {
  const { help, json, ...counts } = parse(args);
  if (help) return null;
  return {
    restaurants: count('restaurants', counts.restaurants, { least: 1, most: 1_000 }),
    parked: count('parked', counts.parked, { least: 0, most: 20_000 }),
    answers: count('answers', counts.answers, { least: 0, most: 1_000 }),
    servers: count('servers', counts.servers, { least: 0, most: 4 }),
    ...(json === undefined ? {} : { json }),
  };
}

function parse(args: string[]) {
  try {
    return parseArgs({ args, options: FLAGS, strict: true }).values;
  } catch (error) {
    throw new StackError(`${describe(error)}: see --help`);
  }
}

function count(flag: string, text: string, { least, most }: { least: number; most: number }): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new StackError(`--${flag} is "${text}": give a whole number from ${least} to ${most}`);
}

export const MEASURE_HELP = `Usage: npm run measure:cluster -- [flags]

Measures, on a stack of its own with Temporal's own servers on PostgreSQL, what one registration costs and what many that wait for a
person cost (docs/scaling.md).

  --restaurants N    carried to their end (default ${FLAGS.restaurants.default})
  --parked N         left waiting at step 3, in batches of at most 1,000 (default ${FLAGS.parked.default})
  --answers N        of those, answered one after the other (default ${FLAGS.answers.default})
  --servers N        Temporal server processes (default ${FLAGS.servers.default}); 0: the development server
  --json FILE        write the figures as JSON`;
