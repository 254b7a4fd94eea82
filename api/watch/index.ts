/** Watching batches: one hub for each batch that somebody watches, started by the first and ended by the last. */
import type { Writable } from 'node:stream';
import type { Logger } from 'pino';
import { ApiError } from '../errors';
import type { WatchReads } from '../record/watch';
import { BatchHub } from './hub';
import type { ChangeSignals } from './signals';
import { EventStream } from './stream';

export interface WatchDeps {
  reads: WatchReads;
  signals: ChangeSignals;
  log: Logger;
  heartbeatMs: number;
  /** Open streams of one caller. */
  maxStreams: number;
}

export interface WatchRequest {
  /** Its scope was checked. */
  batchId: string;
  callerId: string;
  /** After which change to go on; null: from the whole state. */
  position: number | null;
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface BatchWatch {
  /** @throws ApiError RATE_LIMITED when the caller has as many streams open as it may. To be asked before `watch`. */
  admit(callerId: string): void;
  /** Writes events until either side ends it; ends `out` itself. */
  watch(out: Writable, request: WatchRequest): void;
  /** How many streams are open, and whether changes are told as they happen (see ChangeSignals). */
  state(): { streams: number; listening: boolean | null };
  /** Ends every stream and takes no new one. */
  close(): Promise<void>;
}

const STALL_MS = 30_000;

interface Hub {
  hub: BatchHub;
  stopSignals: () => void;
}

export function createBatchWatch(deps: WatchDeps): BatchWatch {
  const { reads, signals, log, heartbeatMs, maxStreams } = deps;
  const hubs = new Map<string, Hub>();
  const openOf = new Map<string, number>();
  let isClosing = false;

  const hubOf = (batchId: string): Hub => {
    const known = hubs.get(batchId);
    if (known) return known;
    const onFault = (error: unknown): void => log.error({ err: error, batchId }, 'watching a batch failed');
    const hub = new BatchHub(batchId, { reads, onFault });
    const made = { hub, stopSignals: signals.watch(batchId, () => hub.wake()) };
    hubs.set(batchId, made);
    return made;
  };
  const count = (callerId: string, change: 1 | -1): void => {
    const open = (openOf.get(callerId) ?? 0) + change;
    if (open > 0) openOf.set(callerId, open);
    else openOf.delete(callerId);
  };
  const leave = (
    { batchId, callerId }: WatchRequest,
    stream: EventStream,
    { hub, stopSignals }: Hub,
  ): void => {
    count(callerId, -1);
    hub.remove(stream);
    if (hub.size > 0) return;
    stopSignals();
    hubs.delete(batchId);
  };

  return {
    admit: (callerId) => {
      if ((openOf.get(callerId) ?? 0) < maxStreams) return;
      throw new ApiError('RATE_LIMITED', `At most ${maxStreams} streams at a time. Close one that is open.`);
    },
    watch: (out, request) => {
      // It may have gone while its batch was looked up.
      if (isClosing || out.destroyed) {
        out.end();
        return;
      }
      const entry = hubOf(request.batchId);
      count(request.callerId, 1);
      const { position, expiresAt } = request;
      const stream: EventStream = new EventStream(out, {
        position,
        expiresAt,
        heartbeatMs,
        stallMs: STALL_MS,
        onDrain: () => entry.hub.wake(),
        onClose: () => leave(request, stream, entry),
      });
      entry.hub.add(stream);
    },
    state: () => ({
      streams: [...openOf.values()].reduce((sum, open) => sum + open, 0),
      listening: signals.isListening(),
    }),
    close: async () => {
      isClosing = true;
      for (const { hub } of [...hubs.values()]) hub.end();
      await signals.close();
    },
  };
}
