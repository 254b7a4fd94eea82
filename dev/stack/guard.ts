import { spawn, type ChildProcess } from 'node:child_process';
import path from 'node:path';
import type { Writable } from 'node:stream';
import { PROJECT_ROOT } from './paths';

/**
 * A small shell process that outlives this one by moments: it ends every registered process group once our end of its
 * pipe is closed, which the operating system does for us on any exit, SIGKILL included (see guard.sh).
 */
export class Guard {
  private constructor(
    private readonly child: ChildProcess,
    private readonly input: Writable,
  ) {}

  static async start(): Promise<Guard> {
    const script = path.join(PROJECT_ROOT, 'dev', 'stack', 'guard.sh');
    // Detached: a Ctrl-C in the terminal reaches the whole foreground group and must not end the guard.
    const child = spawn('/bin/sh', [script], { detached: true, stdio: ['pipe', 'ignore', 'ignore'] });
    await new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    if (!child.stdin) throw new Error('The guard process has no standard input');
    // A guard that is gone shows by its closed pipe; the write that notices reports it to its caller.
    child.stdin.on('error', () => undefined);
    child.unref();
    return new Guard(child, child.stdin);
  }

  get pid(): number | undefined {
    return this.child.pid;
  }

  /** Resolves once the guard is sure to get the line, whatever happens to this process then. */
  watch(pid: number, signal: NodeJS.Signals): Promise<void> {
    return this.write(`+ ${pid} ${signal.replace(/^SIG/, '')}\n`);
  }

  release(pid: number): Promise<void> {
    return this.write(`- ${pid}\n`);
  }

  /** Ends the guard; it ends whatever it still watches. */
  async close(): Promise<void> {
    if (this.child.exitCode !== null || this.child.signalCode !== null) return;
    const ended = new Promise<void>((resolve) => this.child.once('exit', () => resolve()));
    this.child.ref();
    this.input.end();
    await ended;
  }

  private write(line: string): Promise<void> {
    return new Promise((resolve, reject) => {
      this.input.write(line, (error) => (error ? reject(error) : resolve()));
    });
  }
}
