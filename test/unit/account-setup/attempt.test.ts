import { CancelledFailure } from '@temporalio/common';
import { ActivityCancellationDetails } from '@temporalio/common/lib/activity-cancellation-details';
import { activityFailure } from '../../../activities/failure';
import { failureSentence } from '../../../domain/failures';
import { MAX_ATTEMPTS, SUB_STEP_KEYS, SUB_STEPS } from '../../../domain/sub-steps';
import {
  attemptWorld,
  type AttemptWorld,
  failureIn,
  FOUND,
  result,
  UNCLEAR,
  windowOf,
} from './attempt-world';
import { databaseDown } from './memory-ledger';

const STARTED = '2026-03-02T00:59:00.000Z';
const lost = {
  attempt: 1,
  status: 'in_progress',
  attempt_started_at: STARTED,
  state_before: { dishes: 3 },
} as const;
const unreadable = (): never => {
  throw activityFailure('InvalidInput', { retryable: false });
};

describe('a call that is answered', () => {
  it('is booked before it is sent, with the state before it, and completes its row', async () => {
    const world = attemptWorld('codeGeneration', {
      answers: [result('succeeded', { proof: 'read_back', output: { codeInjectionId: 'code-1' } })],
    });
    let rowWhenCalled: unknown;
    const { perform } = world.deps;
    world.deps.perform = (key, call) => {
      rowWhenCalled = { ...world.ledger.row };
      return perform(key, call);
    };
    await expect(world.run()).resolves.toEqual({
      attempt: 1,
      output: { codeInjectionId: 'code-1' },
      proof: 'read_back',
      startedAt: expect.any(String),
      completedAt: expect.any(String),
      recorded: true,
    });
    expect(rowWhenCalled).toMatchObject({ status: 'in_progress', attempt: 1, state_before: { before: 0 } });
    expect(world.ledger.row).toMatchObject({
      status: 'completed',
      attempt: 1,
      proof: 'read_back',
      output: { codeInjectionId: 'code-1' },
    });
  });

  it('goes out with what its booking says', async () => {
    const world = attemptWorld('menuImport');
    await world.run();
    expect(world.calls[0]?.call).toMatchObject({
      attempt: 1,
      stateBefore: { before: 0 },
      attemptStartedAt: new Date(world.clock.now()).toISOString(),
    });
  });

  it('is not made again when it is completed', async () => {
    const row = { attempt: 2, status: 'completed', output: { a: 1 }, proof: 'reported' } as const;
    const world = attemptWorld('menuImport', { row });
    await expect(world.run()).resolves.toEqual({
      attempt: 2,
      output: { a: 1 },
      proof: 'reported',
      startedAt: null,
      completedAt: null,
      recorded: true,
    });
    expect(world.calls).toHaveLength(0);
  });

  it('opens nothing between the booking and the call', async () => {
    const world = attemptWorld('menuImport');
    const { prepare } = world.deps;
    world.deps.prepare = (...args) => {
      if (world.ledger.row.status === 'in_progress') return databaseDown();
      return prepare(...args);
    };
    await expect(world.run()).resolves.toMatchObject({ attempt: 1 });
  });
});

describe('a look at the ledger', () => {
  const operations = ({ ledger }: AttemptWorld): string[] => {
    const seen: string[] = [];
    ledger.reach = (operation) => seen.push(operation);
    return seen;
  };

  it('is spared by a first try: its booking tells what was called before', async () => {
    const world = attemptWorld('menuImport');
    const seen = operations(world);
    await expect(world.run()).resolves.toMatchObject({ attempt: 1 });
    expect(seen).toEqual(['begin', 'write']);
  });

  it('follows a booking that was refused', async () => {
    const world = attemptWorld('codeGeneration', { row: { ...lost }, verdict: () => FOUND });
    const seen = operations(world);
    await expect(world.run()).resolves.toMatchObject({ attempt: 1, proof: 'read_back' });
    expect(seen.slice(0, 2)).toEqual(['begin', 'read']);
    expect(world.calls).toHaveLength(0);
  });

  it.each([
    ['the engine tries again', { engineTry: 2 }, {}],
    ['a person wants another run', {}, { attemptLimit: 2 * MAX_ATTEMPTS }],
  ])('comes first when %s', async (_name, script, change) => {
    const world = attemptWorld('menuImport', script);
    const seen = operations(world);
    await world.run(change);
    expect(seen).toEqual(['read', 'begin', 'write']);
  });

  it('does not make a world that asks for a pause be read again at once', async () => {
    const world = attemptWorld('menuImport');
    let reads = 0;
    world.deps.captureState = () => {
      reads += 1;
      throw activityFailure('RateLimited', { nextRetryDelayMs: 7_000 });
    };
    expect(await world.fails()).toMatchObject({ type: 'RateLimited', nextRetryDelay: 7_000 });
    expect(reads).toBe(1);
    expect(world.ledger.row).toMatchObject({ status: 'retrying', attempt: 0, error_type: 'RateLimited' });
  });

  it.each([
    ['what is there before a call', { captureState: unreadable }],
    ['what is to be sent', { prepare: unreadable }],
  ])('says that it is done, whatever keeps %s from being read', async (_name, deps) => {
    const row = { attempt: 2, status: 'completed', output: { a: 1 }, proof: 'reported' } as const;
    const world = attemptWorld('menuImport', { row, deps });
    await expect(world.run()).resolves.toMatchObject({ attempt: 2, output: { a: 1 } });
    expect(world.ledger.writes).toEqual([]);
  });
});

describe('failures', () => {
  it('that may pass show as retrying with their sentence, and the engine waits as long as it was asked to', async () => {
    const answers = [result('failed', { failure: 'RateLimited', retryAfterMs: 7_000 })];
    const world = attemptWorld('codeGeneration', { answers });
    expect(await world.fails()).toMatchObject({
      type: 'RateLimited',
      nonRetryable: false,
      nextRetryDelay: 7_000,
      details: [1, null, expect.any(String), null],
    });
    expect(world.ledger.row).toMatchObject({ status: 'retrying', attempt: 1, error_type: 'RateLimited' });
    expect(world.ledger.writes.at(-1)).toMatchObject({
      error: failureSentence('RateLimited', 'retrying'),
      max_attempts: 4,
    });
  });

  it('are tried again at once by the next activity, without a look', async () => {
    const answers = [result('failed', { failure: 'BackendUnavailable' }), result('succeeded')];
    const world = attemptWorld('restaurantRegistration', { answers });
    await world.fails();
    await expect(world.run()).resolves.toMatchObject({ attempt: 2 });
    expect(world.looks).toHaveLength(0);
  });

  it('that are permanent fail at once', async () => {
    const world = attemptWorld('codeGeneration', {
      answers: [result('failed', { failure: 'InvalidInput' })],
    });
    expect(await world.fails()).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect(world.ledger.row).toMatchObject({ status: 'failed', error_type: 'InvalidInput' });
  });

  it('end at the limit of attempts', async () => {
    const world = attemptWorld('servicesConfig', {
      answers: [result('failed', { failure: 'ReportedFailure' })],
    });
    const ends = [];
    for (let time = 0; time < 4; time += 1) ends.push((await world.fails()).nonRetryable);
    expect(ends).toEqual([false, false, false, true]);
    expect(world.ledger.row).toMatchObject({ status: 'failed', attempt: 4 });
    expect(await world.fails()).toMatchObject({ type: 'ReportedFailure', nonRetryable: true });
    expect(world.calls).toHaveLength(4);
  });

  it.each([
    [{ counts: { total: 4, done: 3, failed: 1 } }, '3 of 4 were done, 1 failed.'],
    [{ counts: { total: 4, done: 2, failed: 0 } }, '2 of 4 were done.'],
    [{}, null],
  ])('a part is a person’s work: %j', async (more, reason) => {
    const world = attemptWorld('optionSets', {
      answers: [result('partial', { failure: 'PartialResult', ...more })],
    });
    expect(await world.fails()).toMatchObject({
      type: 'PartialResult',
      nonRetryable: true,
      details: [1, reason, expect.any(String), expect.any(String)],
    });
    expect(world.ledger.row).toMatchObject({ status: 'failed', error_type: 'PartialResult', reason });
  });

  it.each([
    ['FeatureDisabled', 'registration.codeInjection', 'The feature that is off: registration.codeInjection.'],
    ['MissingInput', 'account.password', 'What is missing: account.password.'],
    ['BackendContractError', 'summary.total', 'The field that does not fit: summary.total.'],
    ['InvalidInput', 'anything', null],
  ] as const)('%s tells what it is about', async (failure, detail, reason) => {
    const world = attemptWorld('codeGeneration', { answers: [result('failed', { failure, detail })] });
    await world.fails();
    expect(world.ledger.row.reason).toBe(reason);
  });

  it('of the read before a call are no attempt, and keep the wait that was asked for', async () => {
    const world = attemptWorld('codeGeneration', {
      deps: {
        captureState: () => Promise.reject(activityFailure('RateLimited', { nextRetryDelayMs: 9_000 })),
      },
    });
    expect(await world.fails()).toMatchObject({
      type: 'RateLimited',
      nextRetryDelay: 9_000,
      details: [0, null, null, null],
    });
    expect(world.ledger.row).toMatchObject({ status: 'retrying', attempt: 0 });
    expect(world.calls).toHaveLength(0);
  });
});

describe('an unclear outcome', () => {
  it.each(SUB_STEP_KEYS)('%s: looked for until it is found, never called again', async (key) => {
    const shows = windowOf(key) / 2;
    const world = attemptWorld(key, {
      answers: [UNCLEAR],
      verdict: (since) => (since >= shows ? FOUND : { present: false }),
    });
    await expect(world.run()).resolves.toMatchObject({
      attempt: 1,
      output: { found: true },
      proof: 'read_back',
    });
    expect(world.calls).toHaveLength(1);
    expect(world.ledger.row.status).toBe('completed');
  });

  it('is looked for every 10 s, and shown as such until when', async () => {
    const world = attemptWorld('codeGeneration', {
      answers: [UNCLEAR],
      verdict: (since) => (since >= 30_000 ? FOUND : { present: false }),
    });
    const begun = world.clock.now();
    await world.run();
    expect(world.looks.map((at) => at - begun)).toEqual([0, 10_000, 20_000, 30_000]);
    expect(world.ledger.writes[0]).toMatchObject({
      status: 'retrying',
      error_type: 'OutcomeUnclear',
      reason: expect.stringContaining('01:02 UTC'),
    });
  });

  it('tells what its answer told all the same', async () => {
    const unclear = result('unclear', { failure: 'BackendContractError', detail: 'summary.total' });
    const world = attemptWorld('optionSets', { answers: [unclear], verdict: () => ({ present: 'unknown' }) });
    expect(await world.fails()).toMatchObject({
      type: 'OutcomeUnclear',
      details: [1, 'The field that does not fit: summary.total.', expect.any(String), expect.any(String)],
    });
  });

  it.each(SUB_STEP_KEYS)('%s: absent after its window is repeated, and not a moment before', async (key) => {
    const world = attemptWorld(key, { answers: [UNCLEAR, result('succeeded')] });
    await expect(world.run()).resolves.toMatchObject({ attempt: 2 });
    const [first, second] = world.calls.map(({ at }) => at);
    expect(second).toBe((first ?? 0) + windowOf(key));
  });

  it.each(SUB_STEP_KEYS.filter((key) => SUB_STEPS[key].repeat === 'always'))(
    '%s: what cannot be seen is repeated where that is harmless',
    async (key) => {
      const world = attemptWorld(key, {
        answers: [UNCLEAR, result('succeeded')],
        verdict: () => ({ present: 'unknown' }),
      });
      await expect(world.run()).resolves.toMatchObject({ attempt: 2 });
      expect((world.calls[1]?.at ?? 0) - (world.calls[0]?.at ?? 0)).toBe(windowOf(key));
    },
  );

  describe.each(SUB_STEP_KEYS.filter((key) => SUB_STEPS[key].repeat === 'once'))('%s', (key) => {
    const unseen = { verdict: () => ({ present: 'unknown' }) as const };

    it('that cannot be read is repeated once, then a person is asked', async () => {
      const world = attemptWorld(key, { ...unseen, answers: [UNCLEAR] });
      expect(await world.fails()).toMatchObject({ type: 'OutcomeUnclear', nonRetryable: true });
      expect(world.calls).toHaveLength(2);
    });

    it('has its one repeat after failures that were told, and none after the repeat was told to have failed', async () => {
      const told = result('failed', { failure: 'RateLimited' });
      const world = attemptWorld(key, { ...unseen, answers: [told, UNCLEAR, told, UNCLEAR] });
      expect(await world.fails()).toMatchObject({ type: 'RateLimited' });
      expect(await world.fails()).toMatchObject({ type: 'RateLimited' });
      expect(await world.fails()).toMatchObject({ type: 'OutcomeUnclear', nonRetryable: true });
      expect(world.calls).toHaveLength(4);
    });

    it('is repeated as often as it is read to be absent', async () => {
      const world = attemptWorld(key, { answers: [UNCLEAR, UNCLEAR, UNCLEAR, result('succeeded')] });
      await expect(world.run()).resolves.toMatchObject({ attempt: 4 });
    });

    it('has one repeat more when a person wants another run', async () => {
      const world = attemptWorld(key, { ...unseen, answers: [UNCLEAR] });
      await world.fails();
      expect(await world.fails({ attemptLimit: 2 + MAX_ATTEMPTS })).toMatchObject({ type: 'OutcomeUnclear' });
      expect(world.calls).toHaveLength(4);
    });
  });

  it.each(SUB_STEP_KEYS.filter((key) => SUB_STEPS[key].repeat === 'never'))(
    '%s: what cannot be seen and not be repeated is asked about',
    async (key) => {
      const world = attemptWorld(key, { answers: [UNCLEAR], verdict: () => ({ present: 'unknown' }) });
      expect(await world.fails()).toMatchObject({ type: 'OutcomeUnclear', nonRetryable: true });
      expect(world.calls).toHaveLength(1);
      expect(world.ledger.row).toMatchObject({ status: 'failed', error_type: 'OutcomeUnclear' });
    },
  );

  it('of which a part is to be seen ends as such, once the window has passed', async () => {
    const world = attemptWorld('menuImport', {
      answers: [UNCLEAR],
      verdict: () => ({ present: 'undecided', failure: 'PartialResult' }),
    });
    const begun = world.clock.now();
    expect(await world.fails()).toMatchObject({ type: 'PartialResult', nonRetryable: true });
    expect(world.clock.now() - begun).toBe(windowOf('menuImport'));
    expect(world.calls).toHaveLength(1);
  });

  it('waits for the read through a short outage, beyond the window too', async () => {
    const back = windowOf('codeGeneration') + 60_000;
    const world = attemptWorld('codeGeneration', {
      answers: [UNCLEAR],
      verdict: (since) => (since >= back ? FOUND : { present: 'undecided', failure: 'BackendUnavailable' }),
    });
    await expect(world.run()).resolves.toMatchObject({ attempt: 1, output: { found: true } });
  });

  it('that cannot be looked up for long is a person’s: it is never repeated blindly', async () => {
    const world = attemptWorld('codeGeneration', {
      answers: [UNCLEAR],
      verdict: () => ({ present: 'undecided', failure: 'BackendUnavailable' }),
    });
    expect(await world.fails()).toMatchObject({ type: 'OutcomeUnclear', nonRetryable: true });
    expect(world.ledger.row.reason).toContain(failureSentence('BackendUnavailable'));
    expect(world.calls).toHaveLength(1);
  });

  it('at the last attempt is looked for as well, and ends with what was seen', async () => {
    const row = { attempt: 3, status: 'retrying', error_type: 'BackendUnavailable' } as const;
    const absent = attemptWorld('codeGeneration', { row, answers: [UNCLEAR] });
    expect(await absent.fails()).toMatchObject({ type: 'BackendUnavailable', nonRetryable: true });
    const unknown = attemptWorld('codeGeneration', {
      row,
      answers: [UNCLEAR],
      verdict: () => ({ present: 'unknown' }),
    });
    expect(await unknown.fails()).toMatchObject({ type: 'OutcomeUnclear', nonRetryable: true });
    expect(absent.calls.length + unknown.calls.length).toBe(2);
  });
});

describe('a worker that was lost', () => {
  it.each(SUB_STEP_KEYS)('%s: the next one looks before it acts', async (key) => {
    const world = attemptWorld(key, { row: lost, verdict: () => FOUND });
    await expect(world.run()).resolves.toMatchObject({ attempt: 1, output: { found: true } });
    expect(world.calls).toHaveLength(0);
    expect(world.ledger.writes[0]).toMatchObject({ status: 'retrying', error_type: 'OutcomeUnclear' });
  });

  it('the next one compares with the state before the lost call', async () => {
    const seen: unknown[] = [];
    const world = attemptWorld('menuImport', {
      row: lost,
      deps: {
        verify: (_key, call) => {
          seen.push([call.attempt, call.attemptStartedAt, call.stateBefore]);
          return Promise.resolve(FOUND);
        },
      },
    });
    await world.run();
    expect(seen).toEqual([[1, STARTED, { dishes: 3 }]]);
  });

  it('counts the window from the start of the lost call', async () => {
    const world = attemptWorld('websiteConfig', { row: lost, answers: [result('succeeded')] });
    await expect(world.run()).resolves.toMatchObject({ attempt: 2 });
    expect(world.calls[0]?.at).toBe(Date.parse(STARTED) + windowOf('websiteConfig'));
  });

  it('that was only slow may finish after all: its result is taken, nothing is sent again', async () => {
    const world = attemptWorld('optionSets', { row: lost, verdict: () => ({ present: 'unknown' }) });
    const { verify } = world.deps;
    world.deps.verify = async (key, call) => {
      const verdict = await verify(key, call);
      if (world.looks.length === 3) {
        await world.ledger.write('', {
          key: 'optionSets',
          generation: 1,
          attempt: 1,
          status: 'completed',
          output: { optionSets: 4 },
          proof: 'reported',
        });
      }
      return verdict;
    };
    await expect(world.run()).resolves.toMatchObject({ attempt: 1, output: { optionSets: 4 } });
    expect(world.calls).toHaveLength(0);
  });

  it('after it had written a failure for good: the failure stands', async () => {
    const row = {
      attempt: 1,
      status: 'failed',
      error_type: 'OutcomeUnclear',
      reason: 'Why.',
      attempt_started_at: STARTED,
    } as const;
    const world = attemptWorld('menuImport', { row, verdict: () => ({ present: 'unknown' }) });
    expect(await world.fails()).toMatchObject({
      type: 'OutcomeUnclear',
      nonRetryable: true,
      details: [1, 'Why.', null, null],
    });
    expect(world.calls).toHaveLength(0);
  });

  it('does not forget an unclear call when its row was set back to pending meanwhile', async () => {
    const world = attemptWorld('cloudwaitressAccount', {
      row: { ...lost, status: 'pending' },
      verdict: () => FOUND,
    });
    await expect(world.run()).resolves.toMatchObject({ attempt: 1 });
    expect(world.calls).toHaveLength(0);
  });
});

describe('a retry that a person asked for', () => {
  const ended = { attempt: 1, error_type: 'OutcomeUnclear', attempt_started_at: STARTED } as const;
  const raised = { attemptLimit: 5 };

  it.each(['failed', 'pending'] as const)('runs again what is not there (row still %s)', async (status) => {
    const world = attemptWorld('menuImport', {
      row: { ...ended, status },
      verdict: () => ({ present: 'unknown' }),
    });
    await expect(world.run(raised)).resolves.toMatchObject({ attempt: 2 });
    expect(world.looks).toHaveLength(1);
  });

  it('takes what is there after all', async () => {
    const world = attemptWorld('menuImport', { row: { ...ended, status: 'pending' }, verdict: () => FOUND });
    await expect(world.run(raised)).resolves.toMatchObject({ attempt: 1, output: { found: true } });
    expect(world.calls).toHaveLength(0);
  });

  it('adds nothing to a part', async () => {
    const world = attemptWorld('menuImport', {
      row: { ...ended, status: 'pending' },
      verdict: () => ({ present: 'undecided', failure: 'PartialResult' }),
    });
    expect(await world.fails(raised)).toMatchObject({ type: 'PartialResult', nonRetryable: true });
    expect(world.calls).toHaveLength(0);
  });

  it('waits until the world can be read', async () => {
    const world = attemptWorld('menuImport', { row: { ...ended, status: 'pending' } });
    world.deps.verify = () => {
      world.looks.push(world.clock.now());
      return Promise.resolve(
        world.looks.length < 4 ? { present: 'undecided', failure: 'BackendUnavailable' } : FOUND,
      );
    };
    await expect(world.run(raised)).resolves.toMatchObject({ attempt: 1, output: { found: true } });
  });

  it('of a new generation knows nothing of the old one', async () => {
    const world = attemptWorld('menuImport', { row: { ...ended, status: 'failed' } });
    await expect(world.run({ generation: 2 })).resolves.toMatchObject({ attempt: 1 });
    expect(world.looks).toHaveLength(0);
  });
});

describe('the database', () => {
  it.each(['read', 'begin'] as const)('is down at %s: no outside call, no attempt', async (at) => {
    const world = attemptWorld('menuImport', { engineTry: 2 });
    world.ledger.reach = (operation) => void (operation === at && databaseDown());
    expect(await world.fails()).toMatchObject({ type: 'RecordUnavailable', nonRetryable: false });
    expect(world.calls).toHaveLength(0);
    expect(world.ledger.row.attempt).toBe(0);
  });

  it('is down at the completing write: the result comes back all the same', async () => {
    const world = attemptWorld('menuImport');
    world.ledger.reach = (operation) => void (operation === 'write' && databaseDown());
    await expect(world.run()).resolves.toMatchObject({ attempt: 1, recorded: false });
  });

  it('is down for a moment at the completing write', async () => {
    const world = attemptWorld('menuImport');
    let downs = 2;
    world.ledger.reach = (operation) => void (operation === 'write' && downs-- > 0 && databaseDown());
    await expect(world.run()).resolves.toMatchObject({ recorded: true });
    expect(world.ledger.row.status).toBe('completed');
  });

  it('is down when a failure is to be written: the failure is thrown, and what was not written is looked for', async () => {
    const world = attemptWorld('menuImport', {
      answers: [result('failed', { failure: 'BackendUnavailable' })],
      verdict: () => FOUND,
    });
    world.ledger.reach = (operation) => void (operation === 'write' && databaseDown());
    expect(await world.fails()).toMatchObject({ type: 'BackendUnavailable', nonRetryable: false });
    world.ledger.reach = () => undefined;
    await expect(world.run()).resolves.toMatchObject({ attempt: 1, output: { found: true } });
  });
});

describe('a booking that is refused', () => {
  it.each([
    ['cancelled', 'JobCancelled'],
    ['closed', 'JobCancelled'],
    ['superseded', 'Superseded'],
  ] as const)('%s: no call', async (refused, type) => {
    const world = attemptWorld('menuImport');
    world.ledger.refuse = refused;
    expect(await world.fails()).toMatchObject({ type, nonRetryable: true });
    expect(world.calls).toHaveLength(0);
  });

  it.each([
    ['cancelled', 'JobCancelled', [2, 'why']],
    ['skipped', 'Superseded', [2, 'why', 1, 'skipped']],
  ] as const)('a row that is %s is left alone', async (status, type, details) => {
    const world = attemptWorld('menuImport', { row: { status, attempt: 2, reason: 'why' } });
    expect(await world.fails()).toMatchObject({ type, details, nonRetryable: true });
    expect(world.calls).toHaveLength(0);
    expect(world.ledger.writes).toEqual([]);
  });

  it.each(['a row', 'a booking'])(
    '%s of a job that a former run closed is opened for the run that goes on',
    async (what) => {
      const world = attemptWorld('menuImport', what === 'a row' ? { row: { status: 'cancelled' } } : {});
      if (what === 'a booking') world.ledger.refuse = 'closed';
      world.deps.reopen = () => {
        Object.assign(world.ledger.row, { status: 'pending' });
        world.ledger.refuse = null;
        return Promise.resolve(true);
      };
      await expect(world.run()).resolves.toMatchObject({ attempt: 1 });
    },
  );

  it('busy: it says what it waits for, gives its slot back, and has begun nothing', async () => {
    const world = attemptWorld('menuImport');
    world.ledger.refuse = 'busy';
    expect(await world.fails()).toMatchObject({
      type: 'SessionBusy',
      nonRetryable: false,
      nextRetryDelay: 5_000,
    });
    expect(world.calls).toHaveLength(0);
    expect(world.ledger.note).toContain('place 1, 4 in use');
    expect(world.ledger.row).toMatchObject({ status: 'pending', attempt: 0 });
    world.ledger.refuse = null;
    await expect(world.run()).resolves.toMatchObject({ attempt: 1 });
    expect(world.ledger.note).toBeNull();
  });

  it('busy before a repeat: why it is repeated stays to be read', async () => {
    const row = { attempt: 1, status: 'retrying', error_type: 'RateLimited', reason: 'why' } as const;
    const world = attemptWorld('menuImport', { row });
    world.ledger.refuse = 'busy';
    expect(await world.fails()).toMatchObject({ type: 'SessionBusy', details: [1, expect.any(String)] });
    expect(world.ledger.row).toMatchObject(row);
    expect(world.ledger.note).not.toBeNull();
  });

  it.each(SUB_STEP_KEYS)('%s asks for a session of its owner’s account if it logs in', async (key) => {
    const world = attemptWorld(key);
    const begin = world.ledger.begin.bind(world.ledger);
    const asked: unknown[] = [];
    world.ledger.begin = (booking) => {
      asked.push([booking.session, booking.scriptMs]);
      return begin(booking);
    };
    await world.run();
    const { ownerKey } = world.input.configuration.account;
    const session = SUB_STEPS[key].usesSession ? { key: ownerKey, limit: 4 } : null;
    expect(asked).toEqual([[session, windowOf(key)]]);
  });

  it('completed, by somebody faster: their result', async () => {
    const world = attemptWorld('menuImport');
    const begin = world.ledger.begin.bind(world.ledger);
    world.ledger.begin = (booking) => {
      Object.assign(world.ledger.row, {
        status: 'completed',
        attempt: 1,
        output: { theirs: true },
        proof: 'reported',
      });
      return begin(booking);
    };
    await expect(world.run()).resolves.toMatchObject({ output: { theirs: true } });
    expect(world.calls).toHaveLength(0);
  });

  it('conflict, somebody else is at it: looked for like any call that runs', async () => {
    const world = attemptWorld('menuImport', {
      verdict: (since) => (since >= 20_000 ? FOUND : { present: false }),
    });
    const begin = world.ledger.begin.bind(world.ledger);
    let once = true;
    world.ledger.begin = async (booking) => {
      if (once) await begin({ ...booking, stateBefore: null });
      once = false;
      return begin(booking);
    };
    await expect(world.run()).resolves.toMatchObject({ attempt: 1, output: { found: true } });
    expect(world.calls).toHaveLength(0);
  });

  it.each(['pending', 'completed'] as const)('a newer generation goes on instead (%s)', async (status) => {
    const world = attemptWorld('menuImport', { row: { generation: 2, status } });
    expect(await world.fails()).toMatchObject({ type: 'Superseded', nonRetryable: true });
  });
});

describe('a cancelled job', () => {
  const hanging = (seen: { signal?: AbortSignal }) => (call: { signal: AbortSignal }) => {
    seen.signal = call.signal;
    return new Promise<ReturnType<typeof result>>((resolve) => {
      call.signal.addEventListener('abort', () => resolve(UNCLEAR), { once: true });
    });
  };
  const until = async (reached: () => boolean): Promise<void> => {
    while (!reached()) await new Promise((resolve) => setImmediate(resolve));
  };

  it.each(SUB_STEP_KEYS.filter((key) => SUB_STEPS[key].onCancel === 'abort'))(
    '%s: hangs up, and leaves the row to the workflow',
    async (key) => {
      const world = attemptWorld(key, { answers: [hanging({})] });
      const { environment, ended } = world.start();
      await until(() => world.calls.length === 1);
      environment.cancel('CANCELLED');
      await expect(world.clock.settle(ended)).rejects.toBeInstanceOf(CancelledFailure);
      expect(world.ledger.row.status).toBe('in_progress');
      expect(world.calls).toHaveLength(1);
    },
  );

  it('does not take a call that it did not send for a failure', async () => {
    const world = attemptWorld('codeGeneration');
    const { environment, ended } = world.start();
    world.deps.perform = () => {
      environment.cancel('CANCELLED');
      return Promise.resolve(result('failed', { failure: 'BackendUnavailable' }));
    };
    await expect(world.clock.settle(ended)).rejects.toBeInstanceOf(CancelledFailure);
  });

  it.each(SUB_STEP_KEYS.filter((key) => SUB_STEPS[key].onCancel === 'finish'))(
    '%s: is waited for, and its end recorded',
    async (key) => {
      let finish: (value: ReturnType<typeof result>) => void = () => undefined;
      const world = attemptWorld(key, { answers: [() => new Promise((resolve) => (finish = resolve))] });
      const { environment, ended } = world.start();
      await until(() => world.calls.length === 1);
      environment.cancel('CANCELLED');
      finish(result('succeeded', { output: { done: true } }));
      await expect(world.clock.settle(ended)).resolves.toMatchObject({ output: { done: true } });
      expect(world.ledger.row.status).toBe('completed');
    },
  );

  it('still looks for an unclear end of what must be recorded, and begins nothing anew', async () => {
    const found = attemptWorld('menuImport', {
      verdict: (since) => (since >= 30_000 ? FOUND : { present: false }),
    });
    const absent = attemptWorld('menuImport');
    for (const world of [found, absent]) {
      const { environment, ended } = world.start();
      world.deps.perform = (_key, call) => {
        world.calls.push({ at: world.clock.now(), call });
        environment.cancel('CANCELLED');
        return Promise.resolve(UNCLEAR);
      };
      if (world === found)
        await expect(world.clock.settle(ended)).resolves.toMatchObject({ output: { found: true } });
      else await expect(world.clock.settle(ended)).rejects.toBeInstanceOf(CancelledFailure);
      expect(world.calls).toHaveLength(1);
    }
  });

  it('has no further try: what fails then is recorded as failed', async () => {
    const world = attemptWorld('menuImport');
    const { environment, ended } = world.start();
    world.deps.perform = () => {
      environment.cancel('CANCELLED');
      return Promise.resolve(result('failed', { failure: 'BackendUnavailable' }));
    };
    expect(await failureIn(world.clock.settle(ended))).toMatchObject({ nonRetryable: true });
    expect(world.ledger.row.status).toBe('failed');
  });

  it('begins no call, though the record does not know of the cancel yet', async () => {
    const world = attemptWorld('menuImport');
    const { environment, ended } = world.start();
    environment.cancel('CANCELLED');
    await expect(world.clock.settle(ended)).rejects.toBeInstanceOf(CancelledFailure);
    expect(world.calls).toHaveLength(0);
  });

  it('stops looking, where it hangs up', async () => {
    const world = attemptWorld('websiteConfig', { row: lost });
    const { environment, ended } = world.start();
    await until(() => world.looks.length === 1);
    environment.cancel('CANCELLED');
    await expect(ended).rejects.toMatchObject({ name: expect.stringMatching(/AbortError|CancelledFailure/) });
    expect(world.ledger.row.status).toBe('retrying');
  });

  it('a worker that shuts down hangs up on every call: the next one looks for its end', async () => {
    const seen: { signal?: AbortSignal } = {};
    const world = attemptWorld('menuImport', { answers: [hanging(seen)] });
    const { environment, ended } = world.start();
    await until(() => world.calls.length === 1);
    environment.cancel('WORKER_SHUTDOWN', new ActivityCancellationDetails({ workerShutdown: true }));
    await expect(world.clock.settle(ended)).rejects.toBeInstanceOf(CancelledFailure);
    expect(seen.signal?.aborted).toBe(true);
    expect(world.ledger.row.status).toBe('in_progress');
  });
});

describe('heartbeats', () => {
  it('tell the elapsed time and nothing else', async () => {
    const world = attemptWorld('codeGeneration', { deps: { heartbeatMs: 1 } });
    world.deps.perform = async (_key, call) => {
      call.onProgress(12_000);
      while (world.heartbeats.length === 0) await new Promise((resolve) => setImmediate(resolve));
      return result('succeeded');
    };
    await world.run();
    expect(world.heartbeats[0]).toEqual({ elapsed_ms: 12_000 });
  });
});
