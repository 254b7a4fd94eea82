/**
 * All who watch one batch. Whatever wakes it and however many watch, one query is open at a time: it reads from where the
 * hindmost watcher stands, and each takes what is new to it.
 */
import { ApiError } from '../errors';
import type { BatchChanges, WatchReads } from '../record/watch';
import { changeEvents, readyEvent, type WatchEvent } from './events';

export interface Watcher {
  /** The number up to which it knows everything; null: it wants the whole state. The hub moves it. */
  position: number | null;
  /** False: it can take nothing at the moment. It is passed over, and the hub is woken when it can again. */
  isReady(): boolean;
  take(events: readonly WatchEvent[]): void;
  /** Nothing more will come. */
  end(): void;
}

export interface HubDeps {
  reads: WatchReads;
  /** Something unexpected ended the watching. */
  onFault: (error: unknown) => void;
}

/** Jobs per read; bounds what is buffered for a slow client. */
const PAGE = 50;
const RETRY_MS = { first: 250, longest: 5_000 };

export class BatchHub {
  private readonly watchers = new Set<Watcher>();
  private isAsked = false;
  private isReading = false;
  private failures = 0;
  private retry: NodeJS.Timeout | undefined;

  constructor(
    private readonly batchId: string,
    private readonly deps: HubDeps,
  ) {}

  get size(): number {
    return this.watchers.size;
  }

  add(watcher: Watcher): void {
    this.watchers.add(watcher);
    this.wake();
  }

  remove(watcher: Watcher): void {
    this.watchers.delete(watcher);
    if (this.watchers.size === 0) clearTimeout(this.retry);
  }

  /** Something may have changed. Cheap: any number of calls during a read is one more read. */
  wake(): void {
    this.isAsked = true;
    if (!this.isReading) void this.readAll();
  }

  end(): void {
    for (const watcher of [...this.watchers]) watcher.end();
  }

  private async readAll(): Promise<void> {
    this.isReading = true;
    clearTimeout(this.retry);
    try {
      while (this.isAsked && this.watchers.size > 0) {
        this.isAsked = false;
        await this.readOnce();
        this.failures = 0;
      }
    } catch (error) {
      this.recover(error);
    } finally {
      this.isReading = false;
    }
  }

  /** A record that is out of reach is asked again: the watchers keep their place. */
  private recover(error: unknown): void {
    if (!(error instanceof ApiError)) {
      this.deps.onFault(error);
      this.end();
      return;
    }
    this.failures += 1;
    const delay = Math.min(RETRY_MS.longest, RETRY_MS.first * 2 ** (this.failures - 1));
    if (this.watchers.size > 0) this.retry = setTimeout(() => this.wake(), delay).unref();
  }

  private async readOnce(): Promise<void> {
    const ready = [...this.watchers].filter((watcher) => watcher.isReady());
    if (ready.some(({ position }) => position === null)) return this.readState();
    const positions = ready.flatMap(({ position }) => (position === null ? [] : [position]));
    if (positions.length > 0) await this.readChanges(Math.min(...positions));
  }

  private async readState(): Promise<void> {
    const state = await this.deps.reads.batchState(this.batchId);
    if (!state) return this.end();
    for (const watcher of this.watchers) {
      if (watcher.position === null && watcher.isReady())
        this.give(watcher, [readyEvent(state)], state.position);
    }
    // What woke us may have happened since, and the others have not been served.
    this.isAsked = true;
  }

  private async readChanges(after: number): Promise<void> {
    const changes = await this.deps.reads.batchChanges(this.batchId, after, PAGE);
    if (!changes) return this.end();
    const events = changeEvents(changes);
    // Who came or went on meanwhile from further back has asked for another read.
    for (const watcher of this.watchers) {
      if (watcher.isReady()) this.pass(watcher, after, changes, events);
    }
    if (changes.position < changes.newest) this.isAsked = true;
  }

  private pass(watcher: Watcher, after: number, changes: BatchChanges, events: readonly WatchEvent[]): void {
    const { position } = watcher;
    if (position === null || position < after) return;
    if (position > changes.newest) {
      // A number that this batch never had: of another record, or of one that was restored.
      watcher.position = null;
      this.isAsked = true;
      return;
    }
    const news = events.filter(({ id }) => id > position);
    this.give(watcher, news, Math.max(position, changes.position));
  }

  /** Moved first: a watcher that `take` ends or fills up stands where it was served to. */
  private give(watcher: Watcher, events: readonly WatchEvent[], position: number): void {
    watcher.position = position;
    if (events.length > 0) watcher.take(events);
  }
}
