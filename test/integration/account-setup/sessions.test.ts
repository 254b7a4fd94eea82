/** MAX_BROWSER_PER_ACCOUNT: the scripts of one owner's restaurants, driven by two workers' activities side by side. */
import { randomUUID } from 'node:crypto';
import type { AccountSetupActivities } from '../../../activities/account-setup';
import type { SubStepInput } from '../../../activities/account-setup/types';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import { failureIn } from '../../unit/account-setup/attempt-world';
import { eventually } from '../../helpers/stack';
import {
  activityWorld,
  bringUpTo,
  ledgerRow,
  runSubStep,
  seedJob,
  strike,
  trySubStep,
  type ActivityWorld,
} from './activity-world';

let world: ActivityWorld;
beforeAll(async () => {
  world = await activityWorld();
  // Scripts that last long enough to meet each other.
  await world.simulator.settings({ killLimits: false });
}, 90_000);
afterAll(() => world?.close(), 60_000);

const SCRIPT = 400_000;
const LIMIT = 2;
const WITH_SESSION = SUB_STEP_KEYS.filter((key) => SUB_STEPS[key].usesSession);

/** So many restaurants of one owner. */
async function restaurantsOfOneOwner(count: number): Promise<SubStepInput[]> {
  const organisationId = randomUUID();
  const owner = {
    organisationId,
    email: `owner-${organisationId}@kowhaigrill.example`,
    ownerKey: randomUUID(),
  };
  const inputs: SubStepInput[] = [];
  for (let made = 0; made < count; made += 1) inputs.push(await seedJob(world, owner));
  return inputs;
}

const sessionsOf = async (input: SubStepInput): Promise<number> => {
  const { sessions } = await world.simulator.effectsSummary();
  return sessions.maxConcurrentPerAccount[input.configuration.account.email.toLowerCase()] ?? 0;
};

/** Everything that logs in, each as soon as what it needs is done. */
async function setUp(activities: AccountSetupActivities, input: SubStepInput): Promise<void> {
  const run = (key: SubStepKey) => runSubStep(world, activities, key, input);
  await run('codeGeneration');
  await run('restaurantRegistration');
  await Promise.all([
    run('websiteConfig'),
    run('servicesConfig'),
    run('paymentConfig'),
    run('menuImport').then(async () => {
      await run('optionSets');
      await run('itemTags');
    }),
  ]);
}

it('six restaurants at two workers: never more scripts in the account than the limit, and all are set up', async () => {
  const inputs = await restaurantsOfOneOwner(6);
  const workers = [
    world.activities({ platform: true, sessions: LIMIT }),
    world.activities({ platform: true, sessions: LIMIT }),
  ];
  const worker = (index: number): AccountSetupActivities =>
    workers[index % 2] ?? world.activities({ platform: true });
  for (const [index, input] of inputs.entries()) {
    await runSubStep(world, worker(index), 'cloudwaitressAccount', input);
    for (const key of WITH_SESSION)
      await strike(world, key, input, { kind: 'duration', durationMs: SCRIPT, times: 9 });
  }
  await Promise.all(inputs.map((input, index) => setUp(worker(index), input)));
  for (const input of inputs) {
    for (const key of WITH_SESSION) {
      expect(await ledgerRow(world, input, key)).toMatchObject({
        status: 'completed',
        attempt: 1,
        note: null,
      });
    }
  }
  const [any] = inputs;
  expect(any && (await sessionsOf(any))).toBe(LIMIT);
  expect(await world.simulator.effectsSummary()).toMatchObject({ duplicates: 0, concurrentCalls: 0 });
}, 120_000);

it('one that waits says so, gives its slot back, and holds nobody up once its job is cancelled', async () => {
  const [first, second, third] = await restaurantsOfOneOwner(3);
  if (!first || !second || !third) throw new Error('three restaurants were seeded');
  const activities = world.activities({ platform: true, sessions: 1 });
  for (const input of [first, second, third]) await bringUpTo(world, activities, 'servicesConfig', input);
  const [rule] = await strike(world, 'servicesConfig', first, { kind: 'hold' });
  const patient = world.activities({ platform: true, sessions: 1, timeScale: 0.2 });
  const holding = trySubStep(world, patient, 'servicesConfig', first);
  await eventually(async () =>
    (await world.simulator.faults()).some(({ id, hits }) => id === rule && hits > 0),
  );

  const asks = (input: SubStepInput) => trySubStep(world, activities, 'servicesConfig', input);
  for (const [input, place] of [
    [second, 1],
    [third, 2],
  ] as const) {
    expect(await failureIn(asks(input))).toMatchObject({ type: 'SessionBusy', nonRetryable: false });
    expect(await ledgerRow(world, input, 'servicesConfig')).toMatchObject({
      status: 'pending',
      attempt: 0,
      note: expect.stringContaining(`place ${place}, 1 in use`) as string,
    });
  }
  const p = { organisation_id: second.organisationId, job_id: second.jobId, actor: 'operator' };
  await world.supabase.rpc('request_cancel', { p });
  await world.simulator.clearFaults(rule);
  await holding;
  await expect(asks(third)).resolves.toMatchObject({ attempt: 1 });
  expect(await failureIn(asks(second))).toMatchObject({ type: 'JobCancelled' });
  expect(await sessionsOf(first)).toBe(1);
});
