/** Notes what is there only for a moment: the processes of a run, and the answers of an API. */
import { execFile } from 'node:child_process';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import type { Place } from './needles';

const run = promisify(execFile);
const BETWEEN_SAMPLES_MS = 300;

/** Arguments and environment of every process below this one, sampled again and again until it is stopped. */
export class ProcessWatch {
  private readonly seen = new Set<string>();
  private readonly over = new AbortController();
  private readonly watching: Promise<void>;
  samples = 0;

  constructor() {
    this.watching = this.watch();
    // Awaited by `stop`; until then its failure is no unhandled one.
    this.watching.catch(() => undefined);
  }

  place(): Place {
    return { name: 'processes: arguments and environment', bytes: Buffer.from([...this.seen].join('\n')) };
  }

  async stop(): Promise<void> {
    this.over.abort();
    await this.watching;
  }

  private async watch(): Promise<void> {
    while (!this.over.signal.aborted) {
      for (const line of await descendants(process.pid)) this.seen.add(line);
      this.samples += 1;
      await sleep(BETWEEN_SAMPLES_MS, undefined, { signal: this.over.signal }).catch(() => undefined); // stopped
    }
  }
}

/** The command lines, each followed by its environment. */
async function descendants(root: number): Promise<string[]> {
  const { stdout } = await run('ps', ['axeww', '-o', 'pid=,ppid=,command='], {
    maxBuffer: 256 * 1024 * 1024,
  });
  const processes = stdout.split('\n').flatMap((line) => {
    const [, pid, parent, command = ''] = /^\s*(\d+)\s+(\d+)\s+(.*)$/.exec(line) ?? [];
    return pid === undefined ? [] : [{ pid: Number(pid), parent: Number(parent), command }];
  });
  const ours = new Set([root]);
  for (let known = 0; known !== ours.size;) {
    known = ours.size;
    for (const { pid, parent } of processes) if (ours.has(parent)) ours.add(pid);
  }
  return processes.filter(({ pid }) => pid !== root && ours.has(pid)).map(({ command }) => command);
}

/** Keeps every answer that `fetch` brings from the API, headers included. */
export class AnswerRecorder {
  private readonly original = globalThis.fetch;
  private readonly answers: string[] = [];
  private readonly bodies: Promise<void>[] = [];

  constructor(baseUrl: string) {
    globalThis.fetch = async (...request) => {
      const response = await this.original(...request);
      if (response.url.startsWith(baseUrl)) this.bodies.push(this.note(response.clone()));
      return response;
    };
  }

  get count(): number {
    return this.bodies.length;
  }

  async place(): Promise<Place> {
    await Promise.all(this.bodies);
    return { name: 'answers of the API', bytes: Buffer.from(this.answers.join('\n')) };
  }

  /** Past the recorder: for the one answer that is to hold a password. */
  readonly unrecorded: typeof fetch = (...request) => this.original(...request);

  stop(): void {
    globalThis.fetch = this.original;
  }

  private async note(response: Response): Promise<void> {
    const headers = [...response.headers].map(([name, value]) => `${name}: ${value}`).join('\n');
    this.answers.push(`${response.status} ${response.url}\n${headers}\n${await response.text()}`);
  }
}
