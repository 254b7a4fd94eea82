/** What a measure gives: figures by name, what is asked of them, and the table made of both. */
import type { Figure } from './statistics';

/** At least, or at most, so much. */
export type Goal = { atLeast: number } | { atMost: number };

export interface Row {
  /** What it is, for the reader of the table. */
  name: string;
  figure: Figure;
  goal?: Goal | undefined;
}

export interface MeasureResult {
  measure: string;
  /** What was run, in a sentence. */
  how: string;
  /** ISO 8601. */
  at: string;
  seconds: number;
  /** Load of the machine over the last minute, when the measure began and when it ended. */
  load: { before: number; after: number };
  rows: Row[];
  notes: string[];
}

export interface Report {
  commit: string;
  machine: { cpus: number; model: string; memoryGb: number; node: string };
  results: MeasureResult[];
}

export function meets({ figure, goal }: Row): boolean | null {
  if (!goal) return null;
  return 'atLeast' in goal ? figure.median >= goal.atLeast : figure.median <= goal.atMost;
}

const number = (value: number): string =>
  value >= 100 ? value.toFixed(0) : value >= 10 ? value.toFixed(1) : value.toFixed(2);

const goalText = (goal: Goal | undefined): string =>
  !goal ? '' : 'atLeast' in goal ? `≥ ${goal.atLeast}` : `≤ ${goal.atMost}`;

const VERDICT = new Map<boolean | null, string>([
  [true, 'yes'],
  [false, '**no**'],
  [null, ''],
]);

function rowText(row: Row): string {
  const { name, figure, goal } = row;
  const spread = figure.runs.length > 1 ? ` ± ${(figure.spread * 100).toFixed(0)} %` : '';
  return `| ${name} | ${number(figure.median)} ${figure.unit}${spread} | ${goalText(goal)} | ${VERDICT.get(meets(row)) ?? ''} |`;
}

function resultText(result: MeasureResult): string {
  const { measure, how, rows, notes, load, at, seconds } = result;
  return [
    `### ${measure}`,
    '',
    `${how} (${at.slice(0, 10)}, ${seconds.toFixed(0)} s, load ${load.before.toFixed(1)} before and ${load.after.toFixed(1)} after)`,
    '',
    '| figure | median | goal | met |',
    '| --- | --- | --- | --- |',
    ...rows.map(rowText),
    ...notes.flatMap((note) => ['', note]),
  ].join('\n');
}

/** Markdown for docs/performance.md. */
export function tables({ commit, machine, results }: Report): string {
  const { cpus, model, memoryGb, node } = machine;
  return [
    `Commit \`${commit}\`, ${cpus} × ${model}, ${memoryGb.toFixed(0)} GB, Node.js ${node}.`,
    ...results.map(resultText),
  ].join('\n\n');
}
