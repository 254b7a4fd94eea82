import { StackError } from '../../dev/stack/errors';
import { readFlags, wholeNumber } from '../../dev/stack/flags';
import { CANDIDATES, type CandidateName } from './candidates';

export interface CompareOptions {
  help: boolean;
  restaurants: number;
  repeat: number;
  only: CandidateName[];
  json?: string;
  /** Prints the table of an earlier run's file, and runs nothing. */
  table?: string;
}

const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  restaurants: { type: 'string', default: '200' },
  repeat: { type: 'string', default: '3' },
  only: { type: 'string' },
  json: { type: 'string' },
  table: { type: 'string' },
} as const;

/** Reads the command line. Throws a StackError that names the bad part. */
export function parseCompare(args: string[]): CompareOptions {
  const { help, restaurants, repeat, only, json, table } = readFlags({
    args,
    options: FLAGS,
    strict: true,
  }).values;
  return {
    help: help ?? false,
    restaurants: wholeNumber('restaurants', restaurants, 5, 1_000),
    repeat: wholeNumber('repeat', repeat, 1, 20),
    only: only === undefined ? [...CANDIDATES] : names(only),
    ...(json === undefined ? {} : { json }),
    ...(table === undefined ? {} : { table }),
  };
}

/** In the order of the table, whatever the order given. */
function names(text: string): CandidateName[] {
  const given = text.split(',').map((name) => name.trim());
  const unknown = given.find((name) => !CANDIDATES.some((known) => known === name));
  if (unknown !== undefined)
    throw new StackError(`--only names "${unknown}": known are ${CANDIDATES.join(', ')}`);
  return CANDIDATES.filter((known) => given.includes(known));
}

export function compareHelp(): string {
  return `Usage: npm run bench:compare -- [flags]

The same registration on what one would use instead of Temporal, all on this machine, one after the other, with the same record and
the same outside world: how many a second, how soon an answer is acted upon, and what a crash of the worker costs.

  --restaurants N    of the throughput's batch (default ${FLAGS.restaurants.default})
  --repeat N         rounds of throughput and reaction; the table has medians (default ${FLAGS.repeat.default})
  --only A,B         of ${CANDIDATES.join(', ')} (default: all)
  --json FILE        write every figure as JSON
  --table FILE       print the table of such a file, and run nothing`;
}
