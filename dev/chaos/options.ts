import { randomInt } from 'node:crypto';
import { MOST_GENERATED } from '../demo/generator';
import { StackError } from '../stack/errors';
import { readFlags } from '../stack/flags';
import type { PlanOptions } from './plan';

export interface ChaosCommand extends PlanOptions {
  help: boolean;
  json?: string;
}

const FLAGS = {
  help: { type: 'boolean', short: 'h' },
  minutes: { type: 'string', default: '3' },
  restaurants: { type: 'string', default: '40' },
  seed: { type: 'string' },
  json: { type: 'string' },
} as const;

const MOST_SEED = 2 ** 31;

/** Reads the command line. Without a seed one is drawn. Throws a StackError that names the bad part. */
export function parseChaos(args: string[]): ChaosCommand {
  const { help, minutes, restaurants, seed, json } = readFlags({ args, options: FLAGS, strict: true }).values;
  return {
    help: help ?? false,
    minutes: number('minutes', minutes, { least: 0.1, most: 120 }),
    restaurants: number('restaurants', restaurants, { least: 1, most: MOST_GENERATED, whole: true }),
    seed:
      seed === undefined
        ? randomInt(1, MOST_SEED)
        : number('seed', seed, { least: 0, most: MOST_SEED, whole: true }),
    ...(json === undefined ? {} : { json }),
  };
}

function number(
  flag: string,
  text: string,
  { least, most, whole = false }: { least: number; most: number; whole?: boolean },
): number {
  const value = /^\d+(\.\d+)?$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most && (!whole || Number.isInteger(value))) return value;
  throw new StackError(
    `--${flag} is "${text}": give a ${whole ? 'whole ' : ''}number from ${least} to ${most}`,
  );
}

export function chaosHelp(): string {
  return `Usage: npm run chaos -- [flags]

Registers a batch while the worker, the API, PostgREST, PostgreSQL and the Temporal server are killed and started again at
random and the outside systems have troubles of their own; then says whether every promise held. Exit code 0 only if so.

  --minutes N        how long the chaos lasts (default ${FLAGS.minutes.default}); settling comes on top
  --restaurants N    in the batch (default ${FLAGS.restaurants.default})
  --seed N           the same seed gives the same plan (default: one is drawn, and printed)
  --json FILE        write plan, figures and verdict as JSON`;
}
