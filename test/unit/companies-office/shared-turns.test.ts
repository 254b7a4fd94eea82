/** What a worker does with the turns that it is given; the giving is tested with the database. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { createSharedTurns } from '../../../activities/companies-office';

interface Turn {
  wait_ms: number;
  turn: number | null;
}

/** A database that answers in this order, and remembers which turns it was asked about. */
function answering(answers: Turn[], onAsk: () => void = () => undefined) {
  const asked: (number | null)[] = [];
  const rpc = (_name: string, { p }: { p: { turn: number | null } }) => {
    asked.push(p.turn);
    onAsk();
    const answer = Promise.resolve({ data: answers.shift(), error: null });
    return Object.assign(answer, { abortSignal: () => answer });
  };
  return { asked, supabase: { rpc } as unknown as SupabaseClient };
}

const settings = {
  credentials: { baseUrl: 'http://127.0.0.1', apiKey: 'secret' },
  ratePerSecond: 1,
  burst: 1,
};

test('having waited, it asks again with its turn, and waits on when that was replaced', async () => {
  const { asked, supabase } = answering([
    { wait_ms: 5, turn: 100 },
    { wait_ms: 5, turn: 300 },
    { wait_ms: 0, turn: 300 },
  ]);
  await createSharedTurns({ ...settings, supabase }).take();
  expect(asked).toEqual([null, 100, 300]);
});

test('an answer that took long to arrive is asked for again: the process may have been stopped', async () => {
  let now = 0;
  const delays = [60_000, 0];
  const { asked, supabase } = answering(
    [
      { wait_ms: 0, turn: 100 },
      { wait_ms: 0, turn: 60_100 },
    ],
    () => (now += delays.shift() ?? 0),
  );
  await createSharedTurns({ ...settings, supabase, clock: () => now }).take();
  expect(asked).toEqual([null, 100]);
});

test('a wait that is too long is told with its length', async () => {
  const { supabase } = answering([{ wait_ms: 45_000, turn: null }]);
  await expect(createSharedTurns({ ...settings, supabase }).take()).rejects.toMatchObject({
    type: 'RegisterBusy',
    retryAfterMs: 45_000,
  });
});

test('gives up its turn when it is cancelled while it waits', async () => {
  const stop = new AbortController();
  const { asked, supabase } = answering([{ wait_ms: 600_000, turn: 100 }]);
  const taking = createSharedTurns({ ...settings, supabase }).take(stop.signal);
  await new Promise((resolve) => setImmediate(resolve));
  stop.abort();
  await expect(taking).rejects.toThrow();
  expect(asked).toEqual([null]);
});
