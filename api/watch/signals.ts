/** What says that a batch may have changed: PostgreSQL's notifications, or the clock. */

export interface ChangeSignals {
  /**
   * Calls `wake` when the batch may have changed; too often is harmless.
   * @returns ends it.
   */
  watch(batchId: string, wake: () => void): () => void;
  /** Whether changes are told as they happen; null while nobody watches, or where it is the clock that tells. */
  isListening(): boolean | null;
  /** Ends what it holds open. */
  close(): Promise<void>;
}

/** Who is to be woken for which batch. */
export class Wakers {
  private readonly byBatch = new Map<string, Set<() => void>>();

  get isEmpty(): boolean {
    return this.byBatch.size === 0;
  }

  add(batchId: string, wake: () => void): void {
    const known = this.byBatch.get(batchId) ?? new Set();
    this.byBatch.set(batchId, known.add(wake));
  }

  remove(batchId: string, wake: () => void): void {
    const known = this.byBatch.get(batchId);
    known?.delete(wake);
    if (known?.size === 0) this.byBatch.delete(batchId);
  }

  wake(batchId: string): void {
    for (const wake of this.byBatch.get(batchId) ?? []) wake();
  }

  wakeAll(): void {
    for (const batchId of this.byBatch.keys()) this.wake(batchId);
  }
}

/** Without a database connection of our own: everybody looks every so many milliseconds. */
export function pollingSignals(everyMs: number): ChangeSignals {
  const wakers = new Wakers();
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => {
    clearInterval(timer);
    timer = undefined;
  };
  return {
    watch: (batchId, wake) => {
      wakers.add(batchId, wake);
      timer ??= setInterval(() => wakers.wakeAll(), everyMs).unref();
      return () => {
        wakers.remove(batchId, wake);
        if (wakers.isEmpty) stop();
      };
    },
    isListening: () => null,
    close: () => {
      stop();
      return Promise.resolve();
    },
  };
}
