/** What `npm run measure:cluster` runs. Exit codes: 0 measured, 1 it did not work, 130 interrupted. */
import { chmodSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { listenForInterrupt } from '../commands/interrupt';
import { runCommand } from '../commands/process';
import { startStack, type Stack } from '../stack';
import { temporalCluster } from '../stack/cluster';
import { rateLimits } from '../stack/rate-limits';
import { takeSnapshot, type Snapshot } from './figures';
import { MEASURE_HELP, parseMeasure, type MeasureOptions } from './options';
import { Measure, quantile } from './run';

/** Nobody is held back by a limit on requests, by portal slots or by the account gate: what is measured is ours. */
const SETTINGS = {
  ...rateLimits(60_000),
  MAX_PORTAL_SESSIONS: '20',
  ACCOUNT_MIN_INTERVAL_MS: '0',
};

let stack: Stack | null = null;

async function main(): Promise<number> {
  const options = parseMeasure(process.argv.slice(2));
  if (options === null) {
    process.stdout.write(`${MEASURE_HELP}\n`);
    return 0;
  }
  const interrupt = listenForInterrupt(() => stack?.killAllNow());
  const dir = mkdtempSync(path.join(tmpdir(), 'registration-measure-'));
  chmodSync(dir, 0o711); // PostgreSQL's own user passes it when we are root
  try {
    await measure(options, dir, interrupt.signal);
    return 0;
  } catch (error) {
    if (interrupt.signal.aborted) return 130;
    throw error;
  } finally {
    await stack?.stopAll();
    rmSync(dir, { recursive: true, force: true });
  }
}

async function measure(options: MeasureOptions, dir: string, signal: AbortSignal): Promise<void> {
  const { restaurants, parked, answers, servers } = options;
  const say = (line: string): void => void process.stdout.write(`${line}\n`);
  stack = await startStack({
    dir,
    speed: 200,
    env: SETTINGS,
    signal,
    ...(servers === 0 ? {} : { engine: temporalCluster({ servers }) }),
  });
  const measures = new Measure(stack, signal, say);
  const report: Record<string, unknown> = { options };
  const keep = (what: string, figures: unknown): void => {
    report[what] = figures;
    say(`${what}: ${JSON.stringify(figures)}`);
    if (options.json !== undefined) writeFileSync(options.json, `${JSON.stringify(report, null, 2)}\n`);
  };
  const empty = await takeSnapshot(stack);
  keep('empty', empty);
  const batch = await measures.complete(restaurants);
  const completed = await takeSnapshot(stack);
  keep('completed', { ...batch, ...completed, each: perOne(empty, completed, restaurants) });
  if (parked === 0) return;
  const { seconds, jobIds } = await measures.park(parked);
  const waiting = await takeSnapshot(stack);
  keep('parked', { seconds, ...waiting, each: perOne(completed, waiting, parked) });
  const { ms, late } = await measures.answer(jobIds.slice(0, answers));
  keep('answers', { count: ms.length, late, medianMs: quantile(ms, 0.5), p95Ms: quantile(ms, 0.95) });
}

/** What was added between two snapshots, by each of so many registrations. */
function perOne(before: Snapshot, after: Snapshot, count: number): Record<string, Record<string, number>> {
  const bytes = Object.entries(after.bytes).map(([name, now]) => {
    return [name, Math.round((now - (before.bytes[name] ?? 0)) / count)] as const;
  });
  const cpuMs = Object.entries(after.programs).map(([name, { cpuSeconds }]) => {
    const earlier = before.programs[name]?.cpuSeconds ?? 0;
    return [name, Math.round(((cpuSeconds - earlier) * 1_000) / count)] as const;
  });
  return { bytes: Object.fromEntries(bytes), cpuMs: Object.fromEntries(cpuMs) };
}

runCommand(main, async () => stack?.stopAll());
