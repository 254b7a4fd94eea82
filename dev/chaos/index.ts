/**
 * The chaos run: a stack of its own, a batch, and everything but the world outside is killed and started again at random while that
 * world has troubles of its own. Then all is well again, the person goes on until nothing moves any more, and the three witnesses are compared.
 */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { Screen, type Output } from '../demo/screen';
import type { Stack } from '../stack';
import { planLines, planOf, type PlanOptions } from './plan';
import { reportLines, type ChaosReport } from './report';
import { ChaosRun, EVIDENCE } from './run';

export type { ChaosReport } from './report';

export interface ChaosOptions extends PlanOptions {
  /** Where the report is written to as JSON. */
  json?: string;
  /** Default: this process's standard output. */
  stdout?: Output;
  /** Aborting it ends everything that was started; the run then rejects. */
  signal?: AbortSignal;
  /** Gets the stack for a forced end. */
  onStack?: (stack: Stack) => void;
}

/**
 * Plays the plan of the seed and prints how it went. What was started is ended, however it goes; the data of a run that failed are kept.
 * Rejects when it is aborted, or when the stack cannot be started or does not come up again.
 */
export async function runChaos(options: ChaosOptions): Promise<ChaosReport> {
  const startedAt = Date.now();
  const elapsed = (): number => (Date.now() - startedAt) / 1_000;
  const screen = new Screen(options.stdout ?? process.stdout, process.env, elapsed);
  const plan = planOf(options);
  planLines(plan).forEach((line) => screen.say(line));
  const dir = mkdtempSync(path.join(tmpdir(), 'registration-chaos-'));
  chmodSync(dir, 0o711); // PostgreSQL's own user passes it when we are root
  const run = new ChaosRun(plan, dir, {
    ...options,
    say: (line) => screen.say(`${elapsed().toFixed(1).padStart(7)} s  ${line}`),
    elapsed,
  });
  let keep = true;
  try {
    const report = await run.play();
    reportLines(report, screen.width, screen.paint).forEach((line) => screen.say(line));
    if (options.json !== undefined) await writeFile(options.json, `${JSON.stringify(report, null, 2)}\n`);
    keep = !report.ok;
    return report;
  } finally {
    await run.end();
    if (keep && options.signal?.aborted !== true)
      screen.say(`What is known of it is kept in ${dir}: logs, ${EVIDENCE}`);
    else rmSync(dir, { recursive: true, force: true });
  }
}
