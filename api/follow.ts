/** The record follows the workflows by a moment; an answer that shows it waits that moment, and no longer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './errors';

/** Before the first looks: it is never there at once, and mostly after some 50 ms. */
const PAUSES_MS = [30, 20, 30, 50, 70] as const;
const LONGEST_PAUSE_MS = 100;

export interface FollowOptions {
  waitMs: number;
  /** Replaced in tests. */
  clock?: { now: () => number; sleep: (ms: number) => Promise<unknown> };
}

/**
 * Reads until the record is as described, for the first time after a moment.
 * @returns what was read, or null if it is not so in time or cannot be read: what was commanded is done all the same
 */
export async function followRecord<T>(
  read: () => Promise<T>,
  reached: (row: T) => boolean,
  { waitMs, clock = { now: Date.now, sleep } }: FollowOptions,
): Promise<T | null> {
  const deadline = clock.now() + waitMs;
  for (let look = 0; ; look += 1) {
    const pauseMs = PAUSES_MS[look] ?? LONGEST_PAUSE_MS;
    await clock.sleep(Math.max(0, Math.min(pauseMs, deadline - clock.now())));
    try {
      const row = await read();
      if (reached(row)) return row;
    } catch (error) {
      if (error instanceof ApiError && error.retryable) return null;
      throw error;
    }
    if (clock.now() >= deadline) return null;
  }
}
