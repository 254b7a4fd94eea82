/**
 * Pacing within one process, a second layer below the task queue's own rate: a burst of activities that this worker
 * runs at once still reaches the register at the agreed pace.
 */
import { setTimeout as sleep } from 'node:timers/promises';

export interface PacerSettings {
  ratePerSecond: number;
  /** Calls that may start at once after a quiet time. */
  burst: number;
  concurrency: number;
}

export interface Pacer {
  /** Runs `call` when its turn comes; those that wait go in order of arrival. Rejects if the signal aborts before the turn. */
  run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createPacer(settings: PacerSettings, clock: () => number = () => performance.now()): Pacer {
  const perMs = settings.ratePerSecond / 1000;
  const burst = Math.max(1, settings.burst);
  let tokens = burst;
  let refilledAt = clock();
  let running = 0;
  let turn: Promise<void> = Promise.resolve();
  const freed = new Set<() => void>();

  async function takeToken(signal: AbortSignal | undefined): Promise<void> {
    for (;;) {
      const now = clock();
      tokens = Math.min(burst, tokens + (now - refilledAt) * perMs);
      refilledAt = now;
      if (tokens >= 1) break;
      await sleep(Math.max(1, Math.ceil((1 - tokens) / perMs)), undefined, signal ? { signal } : {});
    }
    tokens -= 1;
  }

  async function takeSlot(signal: AbortSignal | undefined): Promise<void> {
    while (running >= settings.concurrency) {
      await new Promise<void>((resolve) => {
        const wake = (): void => {
          freed.delete(wake);
          signal?.removeEventListener('abort', wake);
          resolve();
        };
        freed.add(wake);
        signal?.addEventListener('abort', wake);
      });
      signal?.throwIfAborted();
    }
    running += 1;
  }

  function freeSlot(): void {
    running -= 1;
    const [next] = freed;
    next?.();
  }

  async function begin(signal: AbortSignal | undefined): Promise<void> {
    signal?.throwIfAborted();
    await takeSlot(signal);
    try {
      await takeToken(signal);
    } catch (error) {
      freeSlot();
      throw error;
    }
  }

  return {
    async run(call, signal) {
      // One waits for slot and token at a time, so nobody is overtaken; who gives up lets the next one try.
      const begun = turn.then(() => begin(signal));
      turn = begun.catch(() => undefined);
      await begun;
      try {
        return await call();
      } finally {
        freeSlot();
      }
    },
  };
}
