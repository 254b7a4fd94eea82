/** One watcher's answer: events as they come, signs of life, and an end when it must have one. */
import type { Writable } from 'node:stream';
import { formatEvent, formatRetry, HEARTBEAT, type WatchEvent } from './events';
import type { Watcher } from './hub';

export interface StreamOptions {
  /** From where to go on; null: from the whole state. */
  position: number | null;
  heartbeatMs: number;
  /** A client that takes nothing for so long is let go; it comes back and goes on from its last event. */
  stallMs: number;
  /** When the caller's token is no longer good, milliseconds since the epoch. */
  expiresAt: number;
  /** It can take events again. */
  onDrain: () => void;
  onClose: () => void;
}

const RECONNECT_MS = 2_000;
/** What a timer can hold, about 24 days. */
const LONGEST_TIMER_MS = 2 ** 31 - 1;

/**
 * Nothing is queued for a client that is slower than the changes: it is passed over until it has taken what it was sent, and
 * then reads on from its position. So at most one read's worth of events is buffered.
 */
export class EventStream implements Watcher {
  position: number | null;
  private isOpen = true;
  private stalled: NodeJS.Timeout | undefined;
  private readonly heartbeat: NodeJS.Timeout;
  private readonly expiry: NodeJS.Timeout;

  constructor(
    private readonly out: Writable,
    private readonly options: StreamOptions,
  ) {
    this.position = options.position;
    this.heartbeat = setInterval(() => this.isReady() && this.write(HEARTBEAT), options.heartbeatMs);
    const left = Math.min(LONGEST_TIMER_MS, Math.max(0, options.expiresAt - Date.now()));
    this.expiry = setTimeout(() => this.end(), left);
    out.on('drain', () => this.drained());
    // The client went away: `close` follows, and there is nobody to tell.
    out.on('error', () => this.closed());
    out.once('close', () => this.closed());
    this.write(formatRetry(RECONNECT_MS));
  }

  isReady(): boolean {
    return this.isOpen && this.stalled === undefined;
  }

  take(events: readonly WatchEvent[]): void {
    for (const event of events) this.write(formatEvent(event));
  }

  end(): void {
    if (!this.isOpen) return;
    const isStalled = this.stalled !== undefined;
    this.closed();
    // An end would wait behind what a stalled client does not take.
    if (isStalled) this.out.destroy();
    else this.out.end();
  }

  private write(text: string): void {
    if (!this.isOpen || this.out.destroyed || this.out.writableEnded) return;
    if (this.out.write(text)) return;
    this.stalled ??= setTimeout(() => this.out.destroy(), this.options.stallMs);
  }

  private drained(): void {
    clearTimeout(this.stalled);
    this.stalled = undefined;
    if (this.isOpen) this.options.onDrain();
  }

  private closed(): void {
    if (!this.isOpen) return;
    this.isOpen = false;
    clearInterval(this.heartbeat);
    clearTimeout(this.expiry);
    clearTimeout(this.stalled);
    this.options.onClose();
  }
}
