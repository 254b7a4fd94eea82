/**
 * When a call to the register may begin: no more at a time in this process than agreed, and each in a turn of the pace that all
 * workers share. In-process limiters do not add up, so the rate is kept elsewhere (shared-turns.ts).
 */

export interface Turns {
  /** Resolves when a call may be made. Rejects if the signal aborts first, or the wait would be too long. */
  take(signal?: AbortSignal): Promise<void>;
  /** The service asked for a pause: nobody's turn comes before it is over. */
  hold(ms: number): Promise<void>;
}

export interface PacerSettings {
  /** Calls at a time in this process. */
  concurrency: number;
  turns: Turns;
}

export interface Pacer {
  /** Runs `call` when its turn comes; those that wait go in order of arrival. Rejects if the signal aborts before the turn. */
  run<T>(call: () => Promise<T>, signal?: AbortSignal): Promise<T>;
}

export function createPacer({ concurrency, turns }: PacerSettings): Pacer {
  let running = 0;
  let turn: Promise<void> = Promise.resolve();
  const freed = new Set<() => void>();

  async function takeSlot(signal: AbortSignal | undefined): Promise<void> {
    while (running >= concurrency) {
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
      await turns.take(signal);
    } catch (error) {
      freeSlot();
      throw error;
    }
  }

  return {
    async run(call, signal) {
      // One waits for slot and turn at a time, so nobody is overtaken; who gives up lets the next one try.
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
