import { createPacer } from '../../../activities/companies-office/pacing';

const FAST = { ratePerSecond: 100_000, burst: 1_000, concurrency: 2 };

/** A call that ends when told to. */
function held(): { call: () => Promise<void>; begun: () => boolean; end: () => void } {
  let started = false;
  let end = (): void => undefined;
  const ended = new Promise<void>((resolve) => (end = resolve));
  return {
    call: () => {
      started = true;
      return ended;
    },
    begun: () => started,
    end: () => end(),
  };
}
/** Lets everything run that needs no timer. */
const settle = (): Promise<void> => new Promise((resolve) => setImmediate(resolve));

describe('pacing', () => {
  it('runs no more at once than agreed, in order of arrival', async () => {
    const pacer = createPacer(FAST);
    const calls = Array.from({ length: 4 }, held);
    const runs = calls.map((one) => pacer.run(one.call));
    await settle();
    expect(calls.map((one) => one.begun())).toEqual([true, true, false, false]);
    calls[1]?.end();
    await runs[1];
    await settle();
    expect(calls.map((one) => one.begun())).toEqual([true, true, true, false]);
    calls.forEach((one) => one.end());
    await Promise.all(runs);
    expect(calls[3]?.begun()).toBe(true);
  });

  it('lets a burst through, then keeps the rate', async () => {
    const starts: number[] = [];
    const pacer = createPacer({ ratePerSecond: 50, burst: 3, concurrency: 10 });
    const begin = performance.now();
    await Promise.all(
      Array.from({ length: 8 }, () =>
        pacer.run(async () => {
          starts.push(performance.now() - begin);
        }),
      ),
    );
    // Five beyond the burst at 20 ms each; timers may fire a little early, never much.
    expect(starts.at(-1)).toBeGreaterThanOrEqual(90);
    starts.forEach((at, n) => expect(n + 1).toBeLessThanOrEqual(3 + at / 20 + 1));
  });

  it('a failed call gives its place back, and passes its error on', async () => {
    const pacer = createPacer({ ...FAST, concurrency: 1 });
    await expect(pacer.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(pacer.run(() => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('who gives up waiting takes no place', async () => {
    const pacer = createPacer({ ...FAST, concurrency: 1 });
    const first = held();
    const running = pacer.run(first.call);
    const stop = new AbortController();
    const given = pacer.run(() => Promise.resolve('never'), stop.signal);
    const next = pacer.run(() => Promise.resolve('next'));
    await settle();
    stop.abort();
    await expect(given).rejects.toThrow();
    first.end();
    await running;
    await expect(next).resolves.toBe('next');
  });

  it('gives up waiting for its rate too', async () => {
    const pacer = createPacer({ ratePerSecond: 0.001, burst: 1, concurrency: 2 });
    await pacer.run(() => Promise.resolve());
    const stop = new AbortController();
    const given = pacer.run(() => Promise.resolve(), stop.signal);
    await settle();
    stop.abort();
    await expect(given).rejects.toThrow();
  });
});
