/** The answer of a first attempt that comes when all is decided: the ledger keeps what it has, the late result is in the log alone. */
import { eventually } from '../../helpers/stack';
import {
  activityWorld,
  effectOf,
  ledgerRow,
  runSubStep,
  seedJob,
  strike,
  trySubStep,
  writeRow,
  type ActivityWorld,
} from './activity-world';

let world: ActivityWorld;
beforeAll(async () => {
  world = await activityWorld();
}, 90_000);
afterAll(() => world?.close(), 60_000);

const KEY = 'codeGeneration';
/** Slow enough to wait for a held answer. */
const PATIENT = 0.2;

/** A job whose first attempt is under way at a service that does not answer yet. */
async function firstAttempt() {
  const input = await seedJob(world);
  const [rule] = await strike(world, KEY, input, { kind: 'hold' });
  const patient = world.activities({ platform: true, timeScale: PATIENT });
  const first = trySubStep(world, patient, KEY, input);
  await eventually(async () => {
    const calls = await world.simulator.ledger({ restaurantId: input.restaurantId });
    return (
      (await ledgerRow(world, input, KEY))['status'] === 'in_progress' &&
      (await world.simulator.faults()).some(({ id, hits }) => id === rule && hits > 0) &&
      calls !== undefined
    );
  });
  const logged = world.logs.length;
  return {
    input,
    /** Lets the answer come, and gives what the log says since. */
    async answer(): Promise<string[]> {
      await world.simulator.clearFaults(rule);
      await first;
      return world.logs.slice(logged).map(({ message }) => message);
    },
  };
}

async function unchangedByTheAnswer({
  input,
  answer,
}: Awaited<ReturnType<typeof firstAttempt>>): Promise<void> {
  const before = await ledgerRow(world, input, KEY);
  expect(await answer()).toContain('The ledger holds something newer');
  expect(await ledgerRow(world, input, KEY)).toEqual(before);
}

it('after a second attempt', async () => {
  const late = await firstAttempt();
  await expect(
    runSubStep(world, world.activities({ platform: true }), KEY, late.input),
  ).resolves.toMatchObject({
    attempt: 2,
  });
  await unchangedByTheAnswer(late);
});

it.each(['skipped', 'cancelled'] as const)('after the sub-step was %s', async (status) => {
  const late = await firstAttempt();
  await writeRow(world, late.input, { key: KEY, status, reason: 'A person decided.' });
  await unchangedByTheAnswer(late);
});

it('after a reset, whose own run is not disturbed', async () => {
  const late = await firstAttempt();
  await writeRow(world, late.input, { key: KEY, status: 'pending', generation: 2 });
  await unchangedByTheAnswer(late);
  // Which script has certainly ended by when is shown where sessions are.
  await world.supabase
    .from('registration_sub_steps')
    .update({ script_until: null })
    .eq('job_id', late.input.jobId);
  const next = { ...late.input, generation: 2 };
  const work = runSubStep(world, world.activities({ platform: true }), KEY, next);
  await expect(work).resolves.toMatchObject({ attempt: 1 });
  expect(await ledgerRow(world, late.input, KEY)).toMatchObject({ generation: 2, status: 'completed' });
});

it('after the job was closed: what was done is recorded', async () => {
  const late = await firstAttempt();
  const p = { job_id: late.input.jobId, status: 'failed', reason: 'Its run was terminated.' };
  await world.supabase.rpc('close_job', { p });
  await late.answer();
  expect(await ledgerRow(world, late.input, KEY)).toMatchObject({ status: 'completed', attempt: 1 });
  expect(await effectOf(world, KEY, late.input)).toMatchObject({ count: 1 });
});
