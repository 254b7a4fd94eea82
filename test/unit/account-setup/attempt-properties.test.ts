/** Random histories of answers, lost workers, slow workers, failing reads and a failing database: no call may meet one that still runs. */
import fc from 'fast-check';
import type { Verdict } from '../../../activities/account-setup/clients/backend';
import { activityFailure } from '../../../activities/failure';
import { MAX_ATTEMPTS, SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import { ApplicationFailure } from '@temporalio/common';
import { attemptWorld, FOUND, result, UNCLEAR, windowOf } from './attempt-world';
import { databaseDown } from './memory-ledger';

/** What the backend does with one call, in parts of the time after which it ends its own script. */
interface CallFate {
  effect: 'none' | 'whole' | 'part';
  effectAt: number;
  answerAt: number;
  /** `dies`: the worker is gone. `slow`: it is believed gone, and goes on all the same. */
  worker: 'stays' | 'dies' | 'slow';
  lostAt: number;
  /** The answer tells the truth; otherwise it says nothing. */
  telling: boolean;
  permanent: boolean;
}

interface History {
  fates: CallFate[];
  /** Which looks fail. */
  blind: boolean[];
  /** Which operations of the database fail; a booking may also be made and its answer lost. */
  database: ('up' | 'down' | 'answer lost')[];
  /** Before which of its tries the engine forgets the earlier ones: its run was reset. */
  resets: boolean[];
  /** Whether there is anything to read. */
  readable: boolean;
}

const part = fc.double({ min: 0, max: 1, noNaN: true });
const fate: fc.Arbitrary<CallFate> = fc.record({
  effect: fc.constantFrom('none', 'none', 'whole', 'part'),
  effectAt: part,
  answerAt: part,
  worker: fc.constantFrom('stays', 'stays', 'dies', 'slow'),
  lostAt: part,
  telling: fc.boolean(),
  permanent: fc.boolean(),
});
const history: fc.Arbitrary<History> = fc.record({
  fates: fc.array(fate, { minLength: MAX_ATTEMPTS, maxLength: MAX_ATTEMPTS }),
  blind: fc.array(fc.boolean(), { maxLength: 12 }),
  database: fc.array(fc.constantFrom('up', 'up', 'up', 'down', 'answer lost'), { maxLength: 30 }),
  resets: fc.array(fc.boolean(), { maxLength: 12 }),
  readable: fc.boolean(),
});

interface MadeCall {
  at: number;
  /** Until then its script may still do something. */
  busyUntil: number;
  effectAt: number | null;
  effect: CallFate['effect'];
  /** Its worker was there to hear what became of it. */
  told: boolean;
}

const HEARTBEAT_TIMEOUT_MS = 30_000;
const WORKERS = 40;

async function live(key: SubStepKey, { fates, blind, database, resets, readable }: History) {
  const killMs = windowOf(key) - 30_000;
  const made: MadeCall[] = [];
  const meetings: string[] = [];
  let loseWorker: () => void = () => undefined;
  const dead: ((reason: Error) => void)[] = [];
  const workers: Promise<string>[] = [];
  const world = attemptWorld(key, { deps: { lookAgainMs: windowOf(key) / 10 } });
  const { clock, ledger } = world;
  const shownAt = (now: number): CallFate['effect'] =>
    made.reduce<CallFate['effect']>(
      (seen, { effect, effectAt }) => (effectAt !== null && effectAt <= now ? effect : seen),
      'none',
    );

  world.deps.perform = async () => {
    const now = clock.now();
    const mine = fates[made.length];
    if (!mine) throw new Error('more calls than attempts');
    for (const earlier of made) {
      if (earlier.busyUntil > now)
        meetings.push(`a call at ${now} meets one that may run until ${earlier.busyUntil}`);
      const doubles = earlier.effect !== 'none' && (SUB_STEPS[key].repeat === 'never' || readable);
      if (doubles) meetings.push(`a call at ${now} repeats an effect of ${String(earlier.effectAt)}`);
    }
    const unknown = readable ? 0 : made.filter(({ effect, told }) => effect !== 'none' || !told).length;
    if (SUB_STEPS[key].repeat === 'once' && unknown > 1)
      meetings.push(`a call at ${now} is one repeat too many`);
    const answered = now + mine.answerAt * killMs;
    const effectAt =
      mine.effect === 'none' ? null : now + mine.effectAt * (mine.telling ? mine.answerAt : 1) * killMs;
    const busyUntil = mine.telling ? answered : now + killMs;
    made.push({
      at: now,
      busyUntil,
      effectAt,
      effect: mine.effect,
      told: mine.telling && mine.worker !== 'dies',
    });
    if (mine.worker !== 'stays') void clock.pause(mine.lostAt * mine.answerAt * killMs).then(loseWorker);
    if (mine.worker === 'dies') return new Promise((_answered, gone) => dead.push(gone));
    await clock.pause(answered - now);
    if (!mine.telling) return UNCLEAR;
    if (mine.effect === 'whole') return result('succeeded');
    if (mine.effect === 'part') return result('partial', { failure: 'PartialResult' });
    return result('failed', { failure: mine.permanent ? 'InvalidInput' : 'ReportedFailure' });
  };
  world.deps.verify = (): Promise<Verdict> => {
    if (!readable) return Promise.resolve({ present: 'unknown' });
    if (blind.shift()) return Promise.resolve({ present: 'undecided', failure: 'BackendUnavailable' });
    const shown = shownAt(clock.now());
    if (shown === 'part') return Promise.resolve({ present: 'undecided', failure: 'PartialResult' });
    return Promise.resolve(shown === 'whole' ? FOUND : { present: false });
  };
  let fails: 'up' | 'down' | 'answer lost' = 'up';
  ledger.reach = () => {
    fails = database.shift() ?? 'up';
    if (fails === 'down') databaseDown();
  };
  const begin = ledger.begin.bind(ledger);
  ledger.begin = async (booking) => {
    const begun = await begin(booking);
    if (fails === 'answer lost') throw activityFailure('RecordUnavailable');
    return begun;
  };

  // The engine: a lost worker is replaced after its heartbeat timeout, a failure that may pass is tried again.
  let end: string = 'no end';
  let engineTry = 0;
  for (let worker = 0; worker < WORKERS && end !== 'completed' && end !== 'failed'; worker += 1) {
    const lost = new Promise<'lost'>((resolve) => (loseWorker = () => resolve('lost')));
    engineTry = resets.shift() ? 1 : engineTry + 1;
    const ended = world.start({}, engineTry).ended.then(
      () => 'completed',
      (error: unknown) => {
        if (!(error instanceof ApplicationFailure)) return 'gone';
        return error.nonRetryable ? 'failed' : 'again';
      },
    );
    workers.push(ended);
    end = await clock.settle(Promise.race([ended, lost]));
    clock.advance(end === 'lost' ? HEARTBEAT_TIMEOUT_MS : 1_000);
  }
  // Slow workers go on to their own end, and must do no harm there either.
  for (const gone of dead) gone(new Error('the worker is gone'));
  await clock.settle(Promise.all(workers));
  return { end, made, meetings, ledger };
}

describe.each(SUB_STEP_KEYS)('%s', (key) => {
  it('never meets a call of its own that may still take effect, nor repeats what is there', async () => {
    await fc.assert(
      fc.asyncProperty(history, async (told) => {
        const { end, made, meetings, ledger } = await live(key, told);
        expect(meetings).toEqual([]);
        expect(made.length).toBeLessThanOrEqual(MAX_ATTEMPTS);
        expect(made.length).toBeLessThanOrEqual(Math.max(ledger.row.attempt, made.length === 0 ? 0 : 1));
        expect(['completed', 'failed']).toContain(end);
        // Never a false completed: something was made, or nothing could be seen and the service said so.
        if (end === 'completed') expect(made.some(({ effect }) => effect === 'whole')).toBe(true);
      }),
      { numRuns: 60 },
    );
  });
});
