import { spawn, type ChildProcess } from 'node:child_process';
import { closeSync, openSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { StackError, describe, errorCode } from './errors';
import type { Guard } from './guard';
import { logTail, rotateLog } from './logs';

export interface ProcessSpec {
  name: string;
  command: string;
  args: readonly string[];
  /** The whole environment of the process. */
  env: NodeJS.ProcessEnv;
  cwd: string;
  logFile: string;
  /** Asked again and again until true: the process can do its work. Never throws. */
  isReady: () => Promise<boolean>;
  readyTimeoutMs: number;
  /** How the process is asked to end; after `graceMs` it is killed. */
  stopSignal: 'SIGTERM' | 'SIGINT';
  graceMs: number;
  /** User and group to run as, when not ours. */
  identity?: { uid: number; gid: number };
  /** What a person may try when it does not start. */
  adviceOnFailure?: string;
  /** A process that ends while starting with such a text in its log is started again, until `readyTimeoutMs`. */
  startAgainOn?: RegExp;
}

interface Running {
  child: ChildProcess;
  pid: number;
  exited: Promise<string>;
  /** How it ended ("exit code 1", "SIGKILL"), null while it runs. */
  end: string | null;
}

const POLL_MS = 50;
// The shell waits for one line before it becomes the program. So a program never runs unless the guard knows it:
// should we die in between, the shell reads the end of its input and starts nothing.
const WAIT_THEN_BECOME = 'read -r go && exec "$@" < /dev/null';

/** One supervised program: own process group, own log file, ended with us (see Guard). Calls must not overlap. */
export class ManagedProcess {
  private running: Running | null = null;
  private expectedEnd = false;

  constructor(
    private readonly spec: ProcessSpec,
    private readonly guard: Guard,
    private readonly onUnexpectedEnd: (process: ManagedProcess, how: string) => void,
  ) {}

  get name(): string {
    return this.spec.name;
  }

  get pid(): number | null {
    return this.running?.pid ?? null;
  }

  get logFile(): string {
    return this.spec.logFile;
  }

  /** Resolves when the program is ready. A StackError says how it failed, with the last lines of its log. */
  async start(): Promise<void> {
    if (this.running) return;
    const deadline = Date.now() + this.spec.readyTimeoutMs;
    for (;;) {
      const running = await this.launch();
      const problem = await this.waitUntilReady(running, deadline);
      if (!problem) return;
      const again = this.spec.startAgainOn?.test(logTail(this.logFile, 20).join('\n')) === true;
      await this.kill();
      if (again && Date.now() < deadline) await sleep(200);
      else throw this.startError(problem);
    }
  }

  /** Asks the program to end, and kills it after the grace. */
  async stop(): Promise<void> {
    const running = this.running;
    if (!running) return;
    this.expectedEnd = true;
    this.signal(this.spec.stopSignal);
    const timer = new AbortController();
    const late = sleep(this.spec.graceMs, true, { signal: timer.signal }).catch(() => false); // aborted: ended in time
    const ended = running.exited.then(() => false);
    if (await Promise.race([ended, late])) this.signal('SIGKILL');
    timer.abort();
    await running.exited;
  }

  /** SIGKILL, as by a crash. */
  async kill(): Promise<void> {
    const running = this.running;
    if (!running) return;
    this.expectedEnd = true;
    this.signal('SIGKILL');
    await running.exited;
  }

  /** Stops it if it runs, and starts it again with the same ports and data. */
  async restart(): Promise<void> {
    await this.stop();
    await this.start();
  }

  /** SIGKILL without waiting: for the last moments of this process. */
  killNow(): void {
    this.expectedEnd = true;
    this.signal('SIGKILL');
  }

  private async launch(): Promise<Running> {
    rotateLog(this.spec.logFile);
    const log = openSync(this.spec.logFile, 'a', 0o600);
    const child = spawn('/bin/sh', ['-c', WAIT_THEN_BECOME, 'sh', this.spec.command, ...this.spec.args], {
      cwd: this.spec.cwd,
      env: this.spec.env,
      detached: true,
      stdio: ['pipe', log, log],
      ...this.spec.identity,
    });
    const spawned = new Promise<void>((resolve, reject) => {
      child.once('spawn', resolve);
      child.once('error', reject);
    });
    const exited = new Promise<string>((resolve) => {
      child.once('exit', (code, signal) => resolve(signal ?? `exit code ${code}`));
    });
    try {
      await spawned;
    } catch (error) {
      throw new StackError(`${this.name} cannot be started: ${describe(error)}`);
    } finally {
      closeSync(log);
    }
    const running: Running = { child, pid: child.pid as number, exited, end: null };
    this.running = running;
    this.expectedEnd = false;
    running.exited = exited.then((how) => this.noteEnd(running, how));
    await this.guard.watch(running.pid, this.spec.stopSignal);
    child.stdin?.on('error', () => undefined); // it ended at once: `exited` tells
    child.stdin?.end('go\n');
    return running;
  }

  private async noteEnd(running: Running, how: string): Promise<string> {
    running.end = how;
    this.running = null;
    // A guard that is gone has nothing left to forget.
    await this.guard.release(running.pid).catch(() => undefined);
    if (!this.expectedEnd) this.onUnexpectedEnd(this, how);
    return how;
  }

  private async waitUntilReady(running: Running, deadline: number): Promise<string | null> {
    // While it starts, its end is an answer of start(), not an unexpected one.
    this.expectedEnd = true;
    for (;;) {
      const ready = await Promise.race([this.spec.isReady(), running.exited.then(() => false)]);
      if (running.end) return `ended with ${running.end}`;
      if (ready) break;
      if (Date.now() > deadline)
        return `was not ready after ${Math.round(this.spec.readyTimeoutMs / 1000)} s`;
      await sleep(POLL_MS);
    }
    this.expectedEnd = false;
    return null;
  }

  private startError(problem: string): StackError {
    const advice = this.spec.adviceOnFailure ? ` (${this.spec.adviceOnFailure})` : '';
    const lines = logTail(this.logFile, 8);
    const tail = lines.length > 0 ? `\n${lines.map((line) => `  | ${line}`).join('\n')}` : '';
    return new StackError(
      `${this.name} did not start, it ${problem}; its log: ${this.logFile}${advice}${tail}`,
    );
  }

  private signal(signal: NodeJS.Signals): void {
    if (!this.running) return;
    try {
      process.kill(-this.running.pid, signal);
    } catch (error) {
      if (errorCode(error) !== 'ESRCH') throw error; // it has just ended
    }
  }
}

/** True when the address answers with a 2xx status. */
export async function answers(url: string): Promise<boolean> {
  try {
    const response = await fetch(url, { signal: AbortSignal.timeout(2_000) });
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false; // not listening yet: asked again
  }
}
