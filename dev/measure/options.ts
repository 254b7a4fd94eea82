import { readFlags, wholeNumber } from '../stack/flags';

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
  const { help, json, ...counts } = readFlags({ args, options: FLAGS, strict: true }).values;
  if (help) return null;
  return {
    restaurants: wholeNumber('restaurants', counts.restaurants, 1, 1_000),
    parked: wholeNumber('parked', counts.parked, 0, 20_000),
    answers: wholeNumber('answers', counts.answers, 0, 1_000),
    servers: wholeNumber('servers', counts.servers, 0, 4),
    ...(json === undefined ? {} : { json }),
  };
}

export const MEASURE_HELP = `Usage: npm run measure:cluster -- [flags]

Measures, on a stack of its own with Temporal's own servers on PostgreSQL, what one registration costs and what many that wait for a
person cost (docs/scaling.md).

  --restaurants N    carried to their end (default ${FLAGS.restaurants.default})
  --parked N         left waiting at step 3, in batches of at most 1,000 (default ${FLAGS.parked.default})
  --answers N        of those, answered one after the other (default ${FLAGS.answers.default})
  --servers N        Temporal server processes (default ${FLAGS.servers.default}); 0: the development server
  --json FILE        write the figures as JSON`;
