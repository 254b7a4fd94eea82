/** What a run found, and the table made from it. */
import { cpus } from 'node:os';
import { median, percentile } from '../statistics';
import type { CandidateName } from './candidates';
import type { Reaction, Recovery, Throughput } from './measures';

export interface CandidateReport {
  name: CandidateName;
  label: string;
  /** Why it did not run here. */
  unavailable?: string;
  /** Why its measures are not complete. */
  trouble?: string;
  throughput: Throughput[];
  reaction: Reaction[];
  recovery?: Recovery;
}

export interface CompareReport {
  at: string;
  machine: { processor: string; cores: number; node: string };
  minutes: number;
  options: { restaurants: number; repeat: number };
  candidates: CandidateReport[];
}

export function machine(): CompareReport['machine'] {
  return { processor: cpus()[0]?.model ?? 'unknown', cores: cpus().length, node: process.versions.node };
}

/** As `percentile`; null without samples. */
export function quantile(samples: readonly number[], p: number): number | null {
  return samples.length === 0 ? null : percentile(samples, p);
}

/** Null unless all are known. */
export function medianOfKnown(samples: readonly (number | null)[]): number | null {
  const known = samples.filter((sample) => sample !== null);
  return known.length < samples.length || known.length === 0 ? null : median(known);
}

const COLUMNS = [
  'candidate',
  'registrations/s (spread)',
  'reaction p50 / p95, ms',
  'CPU ms per registration: worker / server / database',
  'memory MiB: worker / server',
  'record requests per registration',
  'after SIGKILL: first call / done, s (undisturbed, s)',
  'calls lost / doubled by the crash',
] as const;

export function markdown(report: CompareReport): string {
  const { machine: at, options } = report;
  const rows = [COLUMNS.join(' | '), COLUMNS.map(() => '---').join(' | '), ...report.candidates.map(row)];
  const loads = report.candidates.flatMap(({ throughput }) => throughput.map(({ load }) => load));
  return [
    ...rows.map((cells) => `| ${cells} |`),
    '',
    `${report.at.slice(0, 10)}, ${at.cores} cores (${at.processor}), Node.js ${at.node}; ${options.restaurants} restaurants, ` +
      `${options.repeat} rounds, ${report.minutes.toFixed(1)} minutes; load at the start of the rounds ` +
      `${loads.map((load) => load.toFixed(1)).join(', ')}.`,
  ].join('\n');
}

function row(found: CandidateReport): string {
  if (found.unavailable !== undefined) return [found.label, `not run: ${found.unavailable}`].join(' | ');
  const { throughput, reaction, recovery } = found;
  const rates = throughput.map(({ perSecond }) => perSecond);
  const samples = reaction.flatMap((round) => round.samples);
  const of = (pick: (one: Throughput) => number | null): number | null => medianOfKnown(throughput.map(pick));
  const ms = (pick: (one: Throughput) => number | null): string => text(of(pick), 0, 1_000);
  return [
    found.label + (found.trouble === undefined ? '' : ` (${found.trouble.split('\n')[0]})`),
    rates.length === 0
      ? '–'
      : `${text(medianOfKnown(rates), 1)} (${text(Math.min(...rates), 1)} to ${text(Math.max(...rates), 1)})`,
    `${text(quantile(samples, 0.5), 0)} / ${text(quantile(samples, 0.95), 0)}`,
    `${ms(({ cpu }) => cpu.worker)} / ${ms(({ cpu }) => cpu.server)} / ${ms(({ cpu }) => cpu.database)}`,
    `${text(
      of(({ memory }) => memory.worker),
      0,
    )} / ${text(
      of(({ memory }) => memory.server),
      0,
    )}`,
    text(
      of(({ recordRequests }) => recordRequests),
      0,
    ),
    recovery ? recovered(recovery) : '–',
    recovery ? `${recovery.outside.lost} / ${recovery.outside.doubled}` : '–',
  ].join(' | ');
}

function recovered(recovery: Recovery): string {
  const { firstCallSeconds, doneSeconds, undisturbedSeconds, unfinished, restaurants } = recovery;
  const done = doneSeconds === null ? `never (${unfinished} of ${restaurants} left)` : text(doneSeconds, 1);
  const first = firstCallSeconds === null ? 'never' : text(firstCallSeconds, 1);
  return `${first} / ${done} (${text(undisturbedSeconds, 1)})`;
}

function text(value: number | null, digits: number, times = 1): string {
  return value === null ? '–' : (value * times).toFixed(digits);
}
