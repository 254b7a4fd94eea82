/** Reading a command line, for every command of ours that takes flags. */
import { parseArgs, type ParseArgsConfig } from 'node:util';
import { describe, StackError } from './errors';

/** As Node reads it, strictly. Throws a StackError that names the bad part. */
export function readFlags<T extends ParseArgsConfig>(config: T): ReturnType<typeof parseArgs<T>> {
  try {
    return parseArgs(config);
  } catch (error) {
    throw new StackError(`${describe(error)}: see --help`);
  }
}

/** Throws a StackError that says what to give. */
export function wholeNumber(flag: string, text: string, least: number, most: number): number {
  const value = /^\d+$/.test(text) ? Number(text) : NaN;
  if (value >= least && value <= most) return value;
  throw new StackError(`--${flag} is "${text}": give a whole number from ${least} to ${most}`);
}
