import { createPacer, type Turns } from '../../../activities/companies-office/pacing';
import { FREE_TURNS } from '../../helpers/turns';

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

/** Turns that are given when the test says so. */
function heldTurns(): { turns: Turns; give: () => void; asked: () => number } {
  const waiting: (() => void)[] = [];
  let asked = 0;
  return {
    turns: {
      take: (signal) => {
        asked += 1;
        return new Promise((resolve, reject) => {
          waiting.push(resolve);
          signal?.addEventListener('abort', () => reject(new Error('given up')), { once: true });
        });
      },
      hold: () => Promise.resolve(),
    },
    give: () => waiting.shift()?.(),
    asked: () => asked,
  };
}

describe('pacing', () => {
  it('runs no more at once than agreed, in order of arrival', async () => {
    const pacer = createPacer({ concurrency: 2, turns: FREE_TURNS });
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

  it('makes no call before its turn, and takes a turn for each', async () => {
    const { turns, give, asked } = heldTurns();
    const pacer = createPacer({ concurrency: 10, turns });
    const calls = Array.from({ length: 3 }, held);
    const runs = calls.map((one) => pacer.run(one.call));
    await settle();
    expect(calls.map((one) => one.begun())).toEqual([false, false, false]);
    give();
    await settle();
    expect(calls.map((one) => one.begun())).toEqual([true, false, false]);
    give();
    await settle();
    give();
    calls.forEach((one) => one.end());
    await Promise.all(runs);
    expect(asked()).toBe(3);
  });

  it('a turn that is refused gives the place back, and passes its error on', async () => {
    let refused = false;
    const turns: Turns = {
      ...FREE_TURNS,
      take: async () => {
        if (refused) return;
        refused = true;
        throw new Error('busy');
      },
    };
    const pacer = createPacer({ concurrency: 1, turns });
    await expect(pacer.run(() => Promise.resolve('never'))).rejects.toThrow('busy');
    await expect(pacer.run(() => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('a failed call gives its place back, and passes its error on', async () => {
    const pacer = createPacer({ concurrency: 1, turns: FREE_TURNS });
    await expect(pacer.run(() => Promise.reject(new Error('broken')))).rejects.toThrow('broken');
    await expect(pacer.run(() => Promise.resolve('next'))).resolves.toBe('next');
  });

  it('who gives up waiting takes no place', async () => {
    const pacer = createPacer({ concurrency: 1, turns: FREE_TURNS });
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

  it('gives up waiting for its turn too', async () => {
    const { turns } = heldTurns();
    const pacer = createPacer({ concurrency: 2, turns });
    const stop = new AbortController();
    const given = pacer.run(() => Promise.resolve(), stop.signal);
    await settle();
    stop.abort();
    await expect(given).rejects.toThrow();
  });
});
