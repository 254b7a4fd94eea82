/** The simulator's time: unscaled durations in, scaled timers out. Waits end with the simulator. */

/** Thrown out of a wait when the simulator closes; whoever waits just stops. */
export class SimulatorClosed extends Error {
  constructor() {
    super('The simulator was closed.');
    this.name = 'SimulatorClosed';
  }
}

export interface Clock {
  /** Milliseconds since 1970, real time: callers compare it with their own clock. */
  now(): number;
  iso(): string;
  /** Waits `unscaledMs` times the time scale. */
  sleep(unscaledMs: number): Promise<void>;
  /** Waits until someone calls the function that `register` was given. */
  until(register: (done: () => void) => void): Promise<void>;
  close(): void;
}

export function createClock(timeScale: () => number): Clock {
  const waiting = new Set<(error: SimulatorClosed) => void>();
  let closed = false;

  const until = (register: (done: () => void) => void): Promise<void> =>
    new Promise((resolve, reject) => {
      if (closed) return reject(new SimulatorClosed());
      waiting.add(reject);
      register(() => {
        waiting.delete(reject);
        resolve();
      });
    });

  const sleep = async (unscaledMs: number): Promise<void> => {
    let timer: NodeJS.Timeout | undefined;
    try {
      await until((done) => {
        timer = setTimeout(done, unscaledMs * timeScale());
      });
    } finally {
      clearTimeout(timer);
    }
  };

  return {
    now: () => Date.now(),
    iso: () => new Date().toISOString(),
    sleep,
    until,
    close: () => {
      closed = true;
      waiting.forEach((reject) => reject(new SimulatorClosed()));
      waiting.clear();
    },
  };
}
