/** The register's pace over all workers: turns that the database gives, through the real PostgREST. */
import { randomUUID } from 'node:crypto';
import { createSharedTurns } from '../../../activities/companies-office';
import { startTestStack, supabaseOf, type TestStack } from '../../helpers/stack';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ apps: { worker: false, api: false, simulator: false } });
}, 120_000);
afterAll(() => stack.stopAll(), 60_000);

interface Pace {
  name: string;
  rate_per_second: number;
  burst: number;
}
interface Turn {
  wait_ms: number;
  turn: number | null;
}

const RATE = 2;
const PERIOD_MS = 1_000 / RATE;
/** Turns are told in fractions of a millisecond, which a double does not hold to the last digit. */
const ROUNDING_MS = 0.01;
const pace = (change: Partial<Pace> = {}): Pace => ({
  name: randomUUID(),
  rate_per_second: RATE,
  burst: 3,
  ...change,
});

async function ask(p: Pace, more: { max_wait_ms?: number; turn?: number } = {}): Promise<Turn> {
  const { data, error } = await stack.supabase.rpc('take_turn', {
    p: { max_wait_ms: 600_000, turn: null, ...p, ...more },
  });
  if (error) throw new Error(error.message);
  return data as Turn;
}
async function turnOf(p: Pace, more = {}): Promise<number> {
  const { turn } = await ask(p, more);
  if (turn === null) throw new Error('No turn was given');
  return turn;
}
const hold = (p: Pace, hold_ms: number) => stack.supabase.rpc('hold_turns', { p: { ...p, hold_ms } });

test('however many ask at once, no span of time holds more turns than the burst and its share of the rate', async () => {
  const shared = pace();
  const others = supabaseOf(stack.env);
  const given = await Promise.all(
    Array.from({ length: 24 }, async (_, number) => {
      const client = number % 2 ? others : stack.supabase;
      const { data } = await client.rpc('take_turn', { p: { ...shared, max_wait_ms: 600_000, turn: null } });
      return (data as Turn).turn ?? NaN;
    }),
  );
  const turns = given.sort((a, b) => a - b);
  turns.forEach((later, j) =>
    turns.slice(0, j).forEach((earlier, i) => {
      const least = (j - i - (shared.burst - 1)) * PERIOD_MS;
      expect(later - earlier).toBeGreaterThanOrEqual(least - ROUNDING_MS);
    }),
  );
});

test('a turn stands when it is asked for again, and takes no other place', async () => {
  const one = pace({ burst: 1, rate_per_second: 0.1 });
  const first = await turnOf(one);
  const second = await turnOf(one);
  expect(await turnOf(one, { turn: second })).toBeCloseTo(second, 1);
  expect(second - first).toBeGreaterThanOrEqual(10_000 - ROUNDING_MS);
  expect((await turnOf(one)) - second).toBeCloseTo(10_000, 1);
});

test('a pause that the service asks for voids the turns before its end, and no burst follows it', async () => {
  const one = pace();
  const before = [await turnOf(one), await turnOf(one), await turnOf(one), await turnOf(one)];
  await hold(one, 60_000);
  const replaced = await turnOf(one, { turn: before[3] });
  const next = await turnOf(one);
  expect(replaced - (before[0] ?? NaN)).toBeGreaterThanOrEqual(60_000);
  expect(next - replaced).toBeCloseTo(PERIOD_MS, 1);
  // A shorter pause does not shorten it.
  await hold(one, 1_000);
  expect(await turnOf(one, { turn: replaced })).toBeCloseTo(replaced, 1);
});

test('a turn that was slept through is replaced: whoever wakes late does not call in a place that is over', async () => {
  const one = pace();
  const turn = await turnOf(one);
  expect(await turnOf(one, { turn: turn - 10_000 })).toBeGreaterThanOrEqual(turn);
});

test('a wait that would be too long takes no turn, and tells how long it would have been', async () => {
  const one = pace({ burst: 1, rate_per_second: 0.1 });
  const first = await turnOf(one);
  const refused = await Promise.all(Array.from({ length: 5 }, () => ask(one, { max_wait_ms: 1_000 })));
  refused.forEach((answer) => expect(answer).toEqual({ wait_ms: expect.any(Number), turn: null }));
  expect((await turnOf(one)) - first).toBeCloseTo(10_000, 1);
});

test('each credential set has a pace of its own; its name tells nothing of the key', async () => {
  const settings = { supabase: stack.supabase, ratePerSecond: 0.01, burst: 1, maxWaitMs: 1_000 };
  const turnsFor = (apiKey: string) =>
    createSharedTurns({ ...settings, credentials: { baseUrl: 'http://127.0.0.1', apiKey } });
  const [key, other] = [`secret-${randomUUID()}`, `secret-${randomUUID()}`];
  await turnsFor(key).take();
  await expect(turnsFor(key).take()).rejects.toMatchObject({ type: 'RegisterBusy' });
  await turnsFor(other).take();
  await turnsFor(other).hold(60_000);
});

test('the service alone may ask', async () => {
  const anonymous = supabaseOf(stack.env, stack.env['SUPABASE_ANON_KEY']);
  for (const name of ['take_turn', 'hold_turns']) {
    const { error } = await anonymous.rpc(name, { p: pace() });
    expect(error).not.toBeNull();
  }
});

test('without the database there is no turn, so no call', async () => {
  const turns = createSharedTurns({
    supabase: supabaseOf({ ...stack.env, SUPABASE_URL: 'http://127.0.0.1:1' }),
    credentials: { baseUrl: 'http://127.0.0.1', apiKey: 'secret' },
    ratePerSecond: 1,
    burst: 1,
  });
  await expect(turns.take()).rejects.toMatchObject({ type: 'RecordUnavailable', nonRetryable: false });
});
