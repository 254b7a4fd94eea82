/**
 * The end of a first attempt that comes when nobody waits for it any more: its worker was taken for lost, and what followed was decided
 * since. The first worker waits for its answers as long as in real life; the second believes after a moment that they are lost. That a late
 * success changes nothing is shown beside the activities; here are the other ends, which must not lead to another call either.
 */
import type { AccountSetupActivities } from '../../../activities/account-setup';
import type { SubStepInput } from '../../../activities/account-setup/types';
import type { FaultRule } from '../../../dev/simulator/client';
import { MAX_ATTEMPTS } from '../../../domain/sub-steps';
import {
  activityWorld,
  bringUpTo,
  ledgerRow,
  runSubStep,
  seedJob,
  writeRow,
  type ActivityWorld,
} from '../account-setup/activity-world';
import { eventually } from '../../helpers/stack';
import { failureIn } from '../../unit/account-setup/attempt-world';

/** Cannot be repeated without harm and, without the platform's reader, not be seen: people decide about it. */
const KEY = 'menuImport';

let world: ActivityWorld;
let first: AccountSetupActivities;
let second: AccountSetupActivities;
beforeAll(async () => {
  world = await activityWorld();
  first = world.activities({ platform: false, timeScale: 1 });
  second = world.activities({ platform: false });
}, 90_000);
afterAll(() => world?.close(), 60_000);

type Ending = Pick<FaultRule, 'kind'> | null;

interface Late {
  input: SubStepInput;
  /** Lets the first attempt's script come to its end; resolves when its worker has made of the answer what it can. */
  answer(): Promise<unknown>;
}

/** A job whose first attempt is under way: its script does not come to its end before it is told to. */
async function underWay(ending: Ending): Promise<Late> {
  const input = await seedJob(world);
  await bringUpTo(world, second, KEY, input);
  const place = { system: 'backend', route: KEY, restaurantId: input.restaurantId, nth: 1 } as const;
  const held = `hold-${input.jobId}`;
  await world.simulator.addFaults({ ...place, id: held, kind: 'hold' });
  if (ending) await world.simulator.addFaults({ ...place, ...ending } as FaultRule);
  const work = runSubStep(world, first, KEY, { ...input }).catch((error: Error) => error);
  await eventually(async () => (await calls(input)) === 1);
  return {
    input,
    async answer() {
      await world.simulator.clearFaults(held);
      return work;
    },
  };
}

/** The same, and a second worker has given it up for lost: only a person can tell what became of it. */
async function givenUp(ending: Ending): Promise<Late> {
  const late = await underWay(ending);
  const seen = await failureIn(runSubStep(world, second, KEY, { ...late.input }));
  expect(seen).toMatchObject({ type: 'OutcomeUnclear', nonRetryable: true });
  return late;
}

async function calls({ restaurantId }: SubStepInput): Promise<number> {
  const { effects } = await world.simulator.effects(restaurantId);
  return effects.find(({ subStep }) => subStep === KEY)?.attempts ?? 0;
}

/** The late answer changes nothing that was decided, and leads to no further call. */
async function expectNothingChanges({ input, answer }: Late): Promise<void> {
  const before = await ledgerRow(world, input, KEY);
  const made = await calls(input);
  await answer();
  expect(await ledgerRow(world, input, KEY)).toEqual(before);
  expect(await calls(input)).toBe(made);
}

describe.each<[string, Ending]>([
  ['says that it failed', { kind: 'browser_closed' }],
  ['says that the password is wrong', { kind: 'wrong_password' }],
  ['gets lost after all', { kind: 'reset_after_effect' }],
])('a first attempt whose late answer %s', (_name, ending) => {
  test('after a second attempt', async () => {
    const late = await givenUp(ending);
    // The person has looked, it was not there, and wants another run.
    const again = { ...late.input, attemptLimit: 1 + MAX_ATTEMPTS };
    await expect(runSubStep(world, second, KEY, again)).resolves.toMatchObject({ attempt: 2 });
    await expectNothingChanges(late);
    expect(await ledgerRow(world, late.input, KEY)).toMatchObject({ status: 'completed', attempt: 2 });
  });

  test.each(['skipped', 'completed', 'cancelled'] as const)('after it was %s by a person', async (status) => {
    const late = await givenUp(ending);
    await writeRow(world, late.input, { key: KEY, status, reason: 'A person decided.' });
    await expectNothingChanges(late);
    expect(await ledgerRow(world, late.input, KEY)).toMatchObject({ status });
  });

  test('after a reset', async () => {
    const late = await givenUp(ending);
    await writeRow(world, late.input, { key: KEY, status: 'pending', generation: 2 });
    await expectNothingChanges(late);
    expect(await ledgerRow(world, late.input, KEY)).toMatchObject({ status: 'pending', generation: 2 });
  });
});

test('a late success while a person is being asked is the answer: a retry finds it and makes no call', async () => {
  const late = await givenUp(null);
  await late.answer();
  expect(await ledgerRow(world, late.input, KEY)).toMatchObject({ status: 'completed', attempt: 1 });
  const again = { ...late.input, attemptLimit: 1 + MAX_ATTEMPTS };
  await expect(runSubStep(world, second, KEY, again)).resolves.toMatchObject({ attempt: 1 });
  expect(await calls(late.input)).toBe(1);
});

test('two workers at one sub-step: one call, and both tell the same end', async () => {
  const late = await underWay(null);
  const other = runSubStep(world, first, KEY, { ...late.input });
  await eventually(async () => (await ledgerRow(world, late.input, KEY))['status'] === 'retrying');
  await late.answer();
  await expect(other).resolves.toMatchObject({ attempt: 1 });
  expect(await calls(late.input)).toBe(1);
  expect(await ledgerRow(world, late.input, KEY)).toMatchObject({ status: 'completed', attempt: 1 });
});
