/** The record follows the workflows by a moment; an answer that shows it waits that moment, and no longer. */
import { setTimeout as sleep } from 'node:timers/promises';
import { ApiError } from './errors';

const POLL_MS = 100;

export interface FollowOptions {
  waitMs: number;
  /** Replaced in tests. */
  clock?: { now: () => number; sleep: (ms: number) => Promise<unknown> };
}

/**
 * Reads until the record is as described.
 * @returns what was read, or null if it is not so in time or cannot be read: what was commanded is done all the same
 */
export async function followRecord<T>(
  read: () => Promise<T>,
  reached: (row: T) => boolean,
  { waitMs, clock = { now: Date.now, sleep } }: FollowOptions,
): Promise<T | null> {
  const deadline = clock.now() + waitMs;
  for (;;) {
    try {
      const row = await read();
      if (reached(row)) return row;
    } catch (error) {
      if (error instanceof ApiError && error.retryable) return null;
      throw error;
    }
    if (clock.now() >= deadline) return null;
    await clock.sleep(POLL_MS);
  }
}
