/** A program of ours as a process of the test's own: from dist, with an environment of its own, its words and its end known. */
import { spawn } from 'node:child_process';
import path from 'node:path';
import { eventually } from './stack';

const DIST = path.join(__dirname, '..', '..', 'dist');

export interface Program {
  /** Both of its outputs. */
  output(): string;
  says(what: string | RegExp, withinMs?: number): Promise<void>;
  signal(name: 'SIGTERM' | 'SIGINT' | 'SIGKILL'): void;
  /** Its exit code, or the signal that killed it. */
  ended: Promise<number | string>;
}

const running = new Set<Program>();

/** @param entry of dist, e.g. `worker/main.js` */
export function startProgram(entry: string, env: NodeJS.ProcessEnv, args: readonly string[] = []): Program {
  const child = spawn(process.execPath, [path.join(DIST, entry), ...args], {
    env: { PATH: process.env['PATH'], ...env },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let text = '';
  for (const stream of [child.stdout, child.stderr]) {
    stream.setEncoding('utf8').on('data', (chunk: string) => void (text += chunk));
  }
  const program: Program = {
    output: () => text,
    says: (what, withinMs = 60_000) =>
      eventually(() => (typeof what === 'string' ? text.includes(what) : what.test(text)), withinMs).catch(
        () => {
          throw new Error(`It does not say ${String(what)} but:\n${text}`);
        },
      ),
    signal: (name) => void child.kill(name),
    ended: new Promise((resolve, reject) => {
      child.once('error', reject);
      // Not `exit`: its last words may come after that.
      child.once('close', (code, signal) => {
        running.delete(program);
        resolve(code ?? signal ?? 'unknown');
      });
    }),
  };
  running.add(program);
  return program;
}

/** For `afterEach`: what a failed test left behind. */
export async function killPrograms(): Promise<void> {
  await Promise.all(
    [...running].map((program) => {
      program.signal('SIGKILL');
      return program.ended;
    }),
  );
}
