/** What a reset makes of the sub-steps: another generation, in which nothing of the last one counts unless it is still there. */
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import { failureIn } from '../../unit/account-setup/attempt-world';
import {
  activityWorld,
  bringUpTo,
  effectOf,
  ledgerRow,
  ONCE,
  runSubStep,
  seedJob,
  seedRestaurant,
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

const REMOVED = { generation: 2, effectRemoved: true };

describe('the effect was removed', () => {
  it.each([
    ['and every answer comes', null],
    ['and each answer is lost after the effect', 'reset_after_effect'],
    ['and each connection drops before the effect', 'reset_before_effect'],
  ])(
    'all twelve, %s: each is made exactly once more',
    async (_name, fault) => {
      const input = await seedJob(world);
      const activities = world.activities({ platform: true });
      for (const key of SUB_STEP_KEYS) await runSubStep(world, activities, key, input);
      // All that was made is gone; what the record remembers of it is not.
      await world.simulator.reset();
      await seedRestaurant(world, input);
      Object.assign(input, { outputs: {} }, REMOVED);
      for (const key of SUB_STEP_KEYS) {
        if (fault !== null) await strike(world, key, input, { kind: fault });
        await runSubStep(world, activities, key, input);
        expect({ key, ...(await effectOf(world, key, input)) }).toEqual({ key, ...ONCE });
        expect(await ledgerRow(world, input, key)).toMatchObject({ status: 'completed', generation: 2 });
      }
    },
    120_000,
  );

  // Images are judged by what is there: none is left to send.
  const judgedByThePast = SUB_STEP_KEYS.filter((key) => key !== 'uploadImages');
  it.each(judgedByThePast)(
    '%s: what the service remembers of before is not taken for this run’s',
    async (key) => {
      const input = await seedJob(world);
      const activities = world.activities({ platform: true });
      await bringUpTo(world, activities, key, input);
      await runSubStep(world, activities, key, input);
      await strike(world, key, input, { kind: 'reset_before_effect', times: 9 });
      const once = { ...input, ...REMOVED, attemptLimit: 1 };
      expect(await failureIn(runSubStep(world, activities, key, once))).toMatchObject({ nonRetryable: true });
      expect(await ledgerRow(world, input, key)).toMatchObject({
        status: 'failed',
        generation: 2,
        attempt: 1,
      });
    },
  );
});

describe('nothing was removed', () => {
  it('an account that is there is found, and no call is made', async () => {
    const input = await seedJob(world);
    const activities = world.activities({ platform: true });
    await runSubStep(world, activities, 'cloudwaitressAccount', input);
    const again = { ...input, generation: 2 };
    await expect(runSubStep(world, activities, 'cloudwaitressAccount', again)).resolves.toMatchObject({
      attempt: 0,
    });
    expect(await effectOf(world, 'cloudwaitressAccount', input)).toEqual(ONCE);
  });

  const harmless = SUB_STEP_KEYS.filter(
    (key) => SUB_STEPS[key].repeat !== 'never' && !['cloudwaitressAccount', 'uploadImages'].includes(key),
  );
  it.each(harmless)('%s is done once more', async (key) => {
    const input = await seedJob(world);
    const activities = world.activities({ platform: true });
    await bringUpTo(world, activities, key, input);
    await runSubStep(world, activities, key, input);
    await expect(runSubStep(world, activities, key, { ...input, generation: 2 })).resolves.toMatchObject({
      attempt: 1,
    });
    expect(await effectOf(world, key, input)).toEqual({ ...ONCE, count: 2 });
  });

  it('the website, whose outcome cannot be read once it was set up: one repeat, then a person is asked', async () => {
    const key: SubStepKey = 'websiteConfig';
    const input = await seedJob(world);
    const activities = world.activities({ platform: false });
    await bringUpTo(world, activities, key, input);
    await runSubStep(world, activities, key, input);
    await strike(world, key, input, { kind: 'reset_after_effect', times: 9 });
    const again = { ...input, generation: 2 };
    expect(await failureIn(runSubStep(world, activities, key, again))).toMatchObject({
      type: 'OutcomeUnclear',
    });
    expect(await ledgerRow(world, input, key)).toMatchObject({ status: 'failed', attempt: 2 });
    expect(await effectOf(world, key, input)).toEqual({ ...ONCE, count: 3 });
  });
});

describe('a run that is behind the ledger', () => {
  it.each([
    [
      'a later generation that is done',
      { generation: 3, status: 'completed', output: { x: 1 } },
      [0, null, 3, 'completed'],
    ],
    ['a later generation', { generation: 2, status: 'pending' }, [0, null, 2, 'pending']],
    ['a skip', { status: 'skipped', reason: 'Not wanted.' }, [0, 'Not wanted.', 1, 'skipped']],
  ] as const)('is told what the ledger holds: %s', async (_name, row, details) => {
    const input = await seedJob(world);
    await writeRow(world, input, { key: 'optionSets', ...row });
    const failure = await failureIn(
      runSubStep(world, world.activities({ platform: true }), 'optionSets', input),
    );
    expect(failure).toMatchObject({ type: 'Superseded', nonRetryable: true, details });
    if (row.status !== 'completed') return;
    const caughtUp = runSubStep(world, world.activities({ platform: true }), 'optionSets', {
      ...input,
      generation: 3,
    });
    await expect(caughtUp).resolves.toMatchObject({ output: row.output });
  });
});

describe('a cancelled job whose run was reset', () => {
  async function cancelledJob() {
    const input = await seedJob(world);
    const job = { status: 'cancelled', closure: 'cancelled', workflow_run_id: 'run-1' };
    const at = { cancel_requested_at: new Date().toISOString(), cancelled_at: new Date().toISOString() };
    await world.supabase
      .from('registration_jobs')
      .update({ ...job, ...at })
      .eq('id', input.jobId);
    return input;
  }
  const attempt = (input: Awaited<ReturnType<typeof cancelledJob>>, runId: string) =>
    trySubStep(world, world.activities({ platform: true }), 'codeGeneration', input, runId);

  it.each(['pending', 'cancelled'] as const)(
    'goes on by the run that runs, and by no other (row %s)',
    async (status) => {
      const input = await cancelledJob();
      await writeRow(world, input, { key: 'codeGeneration', status });
      world.newestRun = { runId: 'run-3', status: { name: 'RUNNING' } };
      expect(await failureIn(attempt(input, 'run-1'))).toMatchObject({ type: 'JobCancelled' });
      expect(await failureIn(attempt(input, 'run-2'))).toMatchObject({ type: 'JobCancelled' });
      world.newestRun = { runId: 'run-2', status: { name: 'TERMINATED' } };
      expect(await failureIn(attempt(input, 'run-2'))).toMatchObject({ type: 'JobCancelled' });
      world.newestRun = { runId: 'run-2', status: { name: 'RUNNING' } };
      await expect(attempt(input, 'run-2')).resolves.toMatchObject({ attempt: 1 });
      expect(await effectOf(world, 'codeGeneration', input)).toEqual(ONCE);
    },
  );
});
