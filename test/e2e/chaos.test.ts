/**
 * A short chaos run: everything but the world outside is killed once and started again while that world has troubles of its own; every
 * promise must hold all the same. Runs from dist: build first.
 */
import { spawn } from 'node:child_process';
import { mkdtempSync, chmodSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { runChaos } from '../../dev/chaos';
import { CHAOS_SERVICES, planOf } from '../../dev/chaos/plan';
import type { Stack } from '../../dev/stack';
import { builtFile } from '../../dev/stack/paths';
import { isAlive, processesWith } from '../helpers/processes';
import { eventually } from '../helpers/stack';

const OPTIONS = { minutes: 0.4, restaurants: 6, seed: 5 };

let dir: string;
beforeEach(() => {
  dir = mkdtempSync(path.join(tmpdir(), 'chaos-test-'));
  chmodSync(dir, 0o711);
});
afterEach(() => rmSync(dir, { recursive: true, force: true }));

test('all promises hold while everything is killed and started again, and nothing is left running', async () => {
  const json = path.join(dir, 'report.json');
  const output: string[] = [];
  const started: number[] = [];
  const noting = (stack: Stack): void => {
    for (const { pid } of stack.services.values()) if (pid !== null) started.push(pid);
  };
  const report = await runChaos({
    ...OPTIONS,
    json,
    stdout: { write: (text) => output.push(text) },
    onStack: noting,
  });
  // The whole report, should anything be wrong: such a run cannot be played again.
  const problems = report.checks.flatMap((check) => check.problems);
  expect({ problems, output: problems.length > 0 ? output.join('') : '' }).toEqual({
    problems: [],
    output: '',
  });
  expect(report.ok).toBe(true);
  for (const name of CHAOS_SERVICES) expect(report.services[name]).toMatchObject({ kills: 1 });
  expect(report.plan).toEqual(planOf(OPTIONS));
  expect(JSON.parse(readFileSync(json, 'utf8'))).toEqual(report);
  expect(output.join('')).toContain(`seed ${OPTIONS.seed}`);
  expect(started.filter(isAlive)).toEqual([]);
}, 300_000);

test('Ctrl-C ends everything that was started', async () => {
  const child = spawn(process.execPath, [builtFile('dev/chaos/main.js'), '--restaurants', '2'], {
    // Its data lie in a folder of ours, by which its processes are known.
    env: { ...process.env, TMPDIR: dir },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  child.stdout.on('data', (chunk: Buffer) => (output += chunk.toString()));
  const ended = new Promise<number | null>((resolve) => child.once('close', resolve));
  try {
    await eventually(() => output.includes('the chaos begins'), 90_000);
    expect(processesWith(dir)).not.toEqual([]);
    child.kill('SIGINT');
    expect(await ended).toBe(130);
    expect(processesWith(dir)).toEqual([]);
  } finally {
    child.kill('SIGKILL');
    await ended;
  }
}, 180_000);
