/** Time that passes only when everybody waits: hours of waiting take milliseconds, in a fixed order. */
export class VirtualClock {
  private readonly timers: { at: number; wake: () => void }[] = [];

  constructor(private current = Date.parse('2026-03-02T01:00:00.000Z')) {}

  readonly now = (): number => this.current;

  readonly pause = (ms: number, signal?: AbortSignal): Promise<void> =>
    new Promise((resolve, reject) => {
      const timer = { at: this.current + ms, wake: resolve };
      const abort = (): void => {
        this.timers.splice(this.timers.indexOf(timer), 1);
        reject(new DOMException('aborted', 'AbortError'));
      };
      if (signal?.aborted) return reject(new DOMException('aborted', 'AbortError'));
      signal?.addEventListener('abort', abort, { once: true });
      timer.wake = () => {
        signal?.removeEventListener('abort', abort);
        resolve();
      };
      this.timers.push(timer);
    });

  /** Lets time pass until the work has settled, and gives what it came to. */
  async settle<T>(work: Promise<T>): Promise<T> {
    const settled = { yet: false };
    const done = (): void => void (settled.yet = true);
    work.then(done, done);
    for (;;) {
      await new Promise((resolve) => setImmediate(resolve));
      if (settled.yet) return work;
      this.tick();
    }
  }

  /** To the next moment at which somebody wakes; nothing when nobody waits (they wait for something real). */
  tick(): void {
    const [next] = [...this.timers].sort((a, b) => a.at - b.at);
    if (!next) return;
    this.timers.splice(this.timers.indexOf(next), 1);
    this.current = Math.max(this.current, next.at);
    next.wake();
  }

  advance(ms: number): void {
    this.current += ms;
  }
}
