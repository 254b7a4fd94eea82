/** A record with change numbers, and watchers that remember what they were told, for the tests of the hub. */
import { type BatchHub, type Watcher } from '../../../api/watch/hub';
import type { WatchEvent } from '../../../api/watch/events';
import type { BatchChanges, BatchState, WatchReads } from '../../../api/record/watch';

type JobRow = BatchChanges['jobs'][number]['row'];
const rowOf = (job: number, version: number): JobRow =>
  ({ id: String(job), position: version }) as unknown as JobRow;

/** What the hub hands out of a row: which job, in which of its versions. */
const versionOf = (row: unknown): [string, number] => {
  const { id, position } = row as { id: string; position: number };
  return [id, position];
};

export class MemoryRecord implements WatchReads {
  readonly versions: number[];
  readonly calls: ('state' | 'changes')[] = [];
  open = 0;
  mostOpen = 0;
  /** Thrown by the reads while it is set. */
  trouble: Error | null = null;
  isThere = true;
  private readonly changes = new Map<number, number>();
  private newest = 0;
  private gate: Promise<void> = Promise.resolve();

  constructor(jobs: number) {
    this.versions = Array.from({ length: jobs }, () => 0);
  }

  change(job: number): void {
    this.versions[job] = (this.versions[job] ?? 0) + 1;
    this.changes.set(job, ++this.newest);
  }

  /** Reads wait until the answer is called. */
  hold(): () => void {
    let release = (): void => undefined;
    this.gate = new Promise((resolve) => (release = resolve));
    return release;
  }

  batchState(): Promise<BatchState | null> {
    return this.read('state', () => ({
      position: this.newest,
      batch: {} as BatchState['batch'],
      jobs: this.versions.map((version, job) => rowOf(job, version)),
    }));
  }

  batchChanges(_id: string, after: number, limit: number): Promise<BatchChanges | null> {
    return this.read('changes', () => {
      const all = [...this.changes].filter(([, change]) => change > after).sort((a, b) => a[1] - b[1]);
      const jobs = all
        .slice(0, limit)
        .map(([job, change]) => ({ change, row: rowOf(job, this.versions[job] ?? 0) }));
      const position = jobs.length < limit ? this.newest : (jobs.at(-1)?.change ?? this.newest);
      return { position, newest: this.newest, batch: null, jobs };
    });
  }

  /** Like a database: what is answered is what was so at the beginning of the statement. */
  private async read<T>(call: 'state' | 'changes', answer: () => T): Promise<T | null> {
    this.calls.push(call);
    this.mostOpen = Math.max(this.mostOpen, ++this.open);
    const found = answer();
    try {
      await this.gate;
      if (this.trouble) throw this.trouble;
      return this.isThere ? found : null;
    } finally {
      this.open -= 1;
    }
  }
}

export class Client implements Watcher {
  position: number | null;
  isPaused = false;
  hasEnded = false;
  readonly types: string[] = [];
  readonly ids: number[] = [];
  readonly seen = new Map<string, number>();

  constructor(
    private readonly hub: BatchHub,
    position: number | null = null,
  ) {
    this.position = position;
  }

  isReady(): boolean {
    return !this.isPaused;
  }

  take(events: readonly WatchEvent[]): void {
    for (const { id, type, data } of events) {
      this.types.push(type);
      this.ids.push(id);
      const { registration_jobs = [], registration_job } = data as Record<string, unknown[]>;
      const rows = type === 'ready' ? registration_jobs : [registration_job];
      for (const row of rows) this.seen.set(...versionOf(row));
    }
  }

  end(): void {
    this.hasEnded = true;
    this.hub.remove(this);
  }

  resume(): void {
    this.isPaused = false;
    this.hub.wake();
  }
}

/** Lets everything happen that waits for nothing but its turn. */
export async function settle(): Promise<void> {
  for (let turn = 0; turn < 20; turn += 1) await new Promise((resolve) => setImmediate(resolve));
}
