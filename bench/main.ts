/** `npm run bench`: measures on stacks of its own, and ends whatever it started. */
import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { cpus, totalmem } from 'node:os';
import { tables, type Report } from './figures';
import { take, type Measure } from './measure';
import { capacity } from './measures/capacity';
import { consolePage } from './measures/console';
import { engine } from './measures/engine';
import { growth } from './measures/growth';
import { makespan } from './measures/makespan';
import { reaction } from './measures/reaction';
import { recovery } from './measures/recovery';
import { throughput } from './measures/throughput';
import { StackError } from '../dev/stack/errors';
import { readOptions, usage } from './options';

const MEASURES: readonly Measure[] = [
  throughput,
  reaction,
  makespan,
  engine,
  capacity,
  growth,
  recovery,
  consolePage,
];
const NAMES = MEASURES.map(({ name }) => name);

const say = (line: string): void => void process.stderr.write(`bench: ${line}\n`);

function emptyReport(): Report {
  const commit = execFileSync('git', ['rev-parse', '--short', 'HEAD'], { encoding: 'utf8' }).trim();
  const machine = {
    cpus: cpus().length,
    model: cpus()[0]?.model.trim() ?? 'unknown',
    memoryGb: totalmem() / 1024 ** 3,
    node: process.version,
  };
  return { commit, machine, results: [] };
}

/** Those of other measures stay, so that a run may be made in parts. */
function startReport(file: string | null): Report {
  const report = emptyReport();
  if (file === null || !existsSync(file)) return report;
  return { ...report, results: (JSON.parse(readFileSync(file, 'utf8')) as Report).results };
}

async function main(): Promise<void> {
  const options = readOptions(process.argv.slice(2), NAMES);
  const report = startReport(options.json);
  for (const measure of MEASURES.filter(({ name }) => options.suite.includes(name))) {
    say(`${measure.name} ...`);
    const usual = measure.usual[options.suite.length > 1 ? 'among' : 'alone'];
    const { restaurants, repeats } = options;
    const result = await take(measure, {
      ...options,
      restaurants: restaurants ?? usual.restaurants,
      repeats: repeats ?? usual.repeats,
      say,
    });
    const others = report.results.filter((other) => other.measure !== measure.name);
    report.results = [...others, result].sort((a, b) => NAMES.indexOf(a.measure) - NAMES.indexOf(b.measure));
    if (options.json !== null) writeFileSync(options.json, `${JSON.stringify(report, null, 1)}\n`);
    process.stdout.write(`${tables({ ...report, results: [result] })}\n\n`);
  }
}

main().catch((error: unknown) => {
  if (error instanceof StackError) say(`${error.message}\n${usage(NAMES)}`);
  else say(error instanceof Error ? (error.stack ?? error.message) : String(error));
  process.exitCode = 1;
});
