/** Who is told of its place in a queue, when, and that it never becomes many messages. */
import { turnNote } from '../../../domain/turn-note';
import { PlaceNews } from '../../../workflows/lease-news';
import { msPerTurn, paceAfterTurn } from '../../../workflows/lease-pace';
import type { LeaseState } from '../../../workflows/messages';

const MINUTE = 60_000;
const NOON = Date.UTC(2026, 2, 1, 12);

function queueOf(length: number, change: Partial<LeaseState> = {}): LeaseState {
  const queue = Array.from({ length }, (_, index) => ({ requestId: `r${index}`, holder: `h${index}` }));
  return { queue, held: null, nextGrantAt: 0, settled: [], ...change };
}
/** All messages that are due now, however many rounds they take. */
function tellAll(news: PlaceNews, state: LeaseState, now: number, isInRounds = true) {
  const all: ReturnType<PlaceNews['due']> = [];
  for (;;) {
    const due = news.due(state, now, () => isInRounds);
    if (due.length === 0) return all;
    all.push(...due);
  }
}
const places = (messages: { place: number }[]): number[] => messages.map(({ place }) => place);

describe('a spaced queue', () => {
  const news = new PlaceNews(MINUTE);

  test('each is told its place and time once; nobody is told again while the queue moves as expected', () => {
    const state = queueOf(50);
    const told = tellAll(news, state, NOON);
    expect(places(told)).toEqual(Array.from({ length: 50 }, (_, index) => index + 1));
    expect(told[2]).toEqual({ requestId: 'r2', holder: 'h2', place: 3, expectedAt: NOON + 2 * MINUTE });
    for (let turn = 0; turn < 50; turn += 1) {
      state.queue.shift();
      state.nextGrantAt = NOON + (turn + 1) * MINUTE;
      expect(tellAll(news, state, NOON + turn * MINUTE)).toEqual([]);
    }
  });

  test('a pause that the vendor asks for is told to those that it delays noticeably', () => {
    const state = queueOf(100);
    tellAll(news, state, NOON);
    state.nextGrantAt = NOON + 10 * MINUTE;
    const told = places(tellAll(news, state, NOON));
    expect(told).toEqual(Array.from({ length: 20 }, (_, index) => index + 1));
    expect(tellAll(news, state, NOON + 29_999)).toEqual([]);
    const later = places(tellAll(news, state, NOON + 30_000));
    expect(later[0]).toBe(21);
    expect(later).not.toContain(100);
  });

  test('corrections come in rounds, and whoever comes new is told at once', () => {
    const state = queueOf(100);
    tellAll(news, state, NOON);
    state.nextGrantAt = NOON + 10 * MINUTE;
    tellAll(news, state, NOON);
    state.queue.push({ requestId: 'new', holder: 'new' });
    expect(places(tellAll(news, state, NOON + 1))).toEqual([101]);
  });

  test('a run from before the rounds corrects all at once, as it did', () => {
    const state = queueOf(100);
    tellAll(news, state, NOON, false);
    state.nextGrantAt = NOON + 10 * MINUTE;
    expect(tellAll(news, state, NOON, false).length).toBeGreaterThan(20);
  });

  test('places that others give up are told, to the near ones first', () => {
    const state = queueOf(12);
    tellAll(news, state, NOON);
    state.queue.splice(0, 3);
    const told = tellAll(news, state, NOON);
    expect(told[0]).toMatchObject({ requestId: 'r3', place: 1, expectedAt: NOON });
  });

  /** Half of those who wait give up, one after the other from the front: the worst for all behind them. */
  function messagesWhileHalfGiveUp(length: number): number {
    const state = queueOf(length);
    let messages = tellAll(news, state, NOON).length;
    for (let gone = 0; gone < length / 2; gone += 1) {
      state.queue.shift();
      messages += tellAll(news, state, NOON).length;
    }
    return messages;
  }

  test('messages grow with the length of the queue, not with its square', () => {
    const [short, long] = [messagesWhileHalfGiveUp(100) / 100, messagesWhileHalfGiveUp(800) / 800];
    expect(short).toBeLessThan(10);
    expect(long).toBeLessThan(2 * short);
  });
});

describe('turns that last longer than the interval', () => {
  /** Messages until all had their turn; each lasts `turnMs`, a third more or less. */
  function messagesOf(length: number, intervalMs: number, turnMs: number): number {
    const news = new PlaceNews(intervalMs);
    const state = queueOf(length);
    let messages = 0;
    for (let now = NOON, turn = 0; state.queue.length > 0; turn += 1) {
      state.queue.shift();
      state.pace = paceAfterTurn(state.pace, now, state.queue.length > 0);
      state.nextGrantAt = now;
      messages += tellAll(news, state, now).length;
      now += turnMs * ([0.67, 1.33, 1, 1.2, 0.8][turn % 5] ?? 1);
    }
    return messages;
  }

  test.each([
    { length: 100, intervalMs: 10, turnMs: 500 },
    { length: 1_000, intervalMs: 1, turnMs: 500 },
    { length: 200, intervalMs: MINUTE, turnMs: 1.5 * MINUTE },
  ])('are learned: $length that wait are told a few times each', ({ length, intervalMs, turnMs }) => {
    expect(messagesOf(length, intervalMs, turnMs) / length).toBeLessThan(5);
  });

  test('a pace that never settles costs a round of messages in half a minute', () => {
    const news = new PlaceNews(1);
    const state = queueOf(1_000);
    tellAll(news, state, NOON);
    let messages = 0;
    for (let second = 1; second <= 600; second += 1) {
      const now = NOON + second * 1_000;
      // Twice as fast and then twice as slow again, so that each estimate is off each time.
      state.pace = { gapsMs: [second % 40 < 20 ? 1_000 : 4_000], since: now };
      messages += tellAll(news, state, now).length;
    }
    expect(messages).toBeLessThanOrEqual(20 * 20);
  });

  test('one that stands still changes no estimate', () => {
    let pace = paceAfterTurn(undefined, NOON, true);
    for (let turn = 1; turn <= 10; turn += 1) pace = paceAfterTurn(pace, NOON + turn * MINUTE, true);
    pace = paceAfterTurn(pace, NOON + 30 * MINUTE, true);
    expect(msPerTurn(pace, 1)).toBe(MINUTE);
  });

  test('nobody waited: the time until the next turn says nothing', () => {
    const pace = paceAfterTurn(paceAfterTurn(undefined, NOON, false), NOON + 60 * MINUTE, true);
    expect(msPerTurn(pace, MINUTE)).toBe(MINUTE);
    expect(msPerTurn(paceAfterTurn(pace, NOON + 62 * MINUTE, true), MINUTE)).toBe(2 * MINUTE);
  });
});

describe('a plain queue', () => {
  const news = new PlaceNews(0);
  const held = (name: string) => ({ requestId: name, holder: name, name, expiresAt: NOON });

  test('each is told for whom it waits; the next ones again when that is another one', () => {
    const state = queueOf(6, { held: held('Kōwhai Grill') });
    const told = tellAll(news, state, NOON);
    expect(told).toHaveLength(6);
    expect(told[0]).toMatchObject({ place: 1, expectedAt: null, behind: 'Kōwhai Grill' });
    state.held = held('Toroa Bistro');
    expect(places(tellAll(news, state, NOON))).toEqual([1, 2, 3]);
    expect(tellAll(news, state, NOON)).toEqual([]);
  });
});

describe('what people read', () => {
  test.each([
    [{ place: 3, expectedAt: NOON + 4.2 * MINUTE }, /place 3 at 12:00, expected about 12:05 UTC/],
    [{ place: 900, expectedAt: NOON + 15 * 60 * MINUTE }, /expected about 2026-03-02 03:00 UTC/],
    [{ place: 1, expectedAt: null, behind: 'Kōwhai Grill' }, /Waits for Kōwhai Grill of this owner:/],
    [{ place: 2, expectedAt: null }, /Waits for another restaurant of this owner, place 2/],
  ])('%j', (news, sentence) => {
    expect(turnNote(news, NOON)).toMatch(sentence);
  });
});
