/** Each sub-step's activity, end to end: ledger, secrets and record in a real database, the outside systems with their faults. */
import { randomUUID } from 'node:crypto';
import { createAccounts } from '../../../activities/account-setup/accounts';
import { SUB_STEP_KEYS, type SubStepKey } from '../../../domain/sub-steps';
import { failureIn } from '../../unit/account-setup/attempt-world';
import { ACCOUNT_PASSWORD, ONBOARDING_PASSWORD } from '../../unit/account-setup/calls';
import {
  activityWorld,
  bringUpTo,
  DISHES,
  effectOf,
  ledgerRow,
  ONCE,
  OPTION_SETS,
  runSubStep,
  seedJob,
  strike,
  writeRow,
  type ActivityWorld,
} from './activity-world';

let world: ActivityWorld;
beforeAll(async () => {
  world = await activityWorld();
}, 90_000);
afterAll(() => world?.close(), 60_000);

describe('all twelve', () => {
  it.each([true, false])(
    'succeed once, with what others need of them (platform reader: %s)',
    async (platform) => {
      const input = await seedJob(world);
      const activities = world.activities({ platform });
      for (const key of SUB_STEP_KEYS) {
        await runSubStep(world, activities, key, input);
        expect({ key, ...(await effectOf(world, key, input)) }).toEqual({ key, ...ONCE });
        expect(await ledgerRow(world, input, key)).toMatchObject({
          status: 'completed',
          attempt: 1,
          error: null,
        });
      }
      expect(input.outputs).toMatchObject({
        cloudwaitressAccount: { email: input.configuration.account.email, attached: false },
        codeGeneration: { codeInjectionId: expect.any(String) },
        restaurantRegistration: { pumpd_restaurant_id: expect.stringMatching(/^RES/) },
        menuImport: platform ? { dishes: DISHES } : {},
        optionSets: { optionSets: OPTION_SETS },
      });
    },
  );
});

/** What no read and no harmless repeat can settle without the platform's reader. */
const ASKED: readonly SubStepKey[] = ['menuImport', 'optionSets', 'itemTags'];

describe.each([true, false])('the effect, then the connection drops (platform reader: %s)', (platform) => {
  it.each(SUB_STEP_KEYS)('%s', async (key) => {
    const input = await seedJob(world);
    const activities = world.activities({ platform });
    await bringUpTo(world, activities, key, input);
    await strike(world, key, input, { kind: 'reset_after_effect' });
    const work = runSubStep(world, activities, key, input);
    if (ASKED.includes(key) && !platform) {
      expect(await failureIn(work)).toMatchObject({ type: 'OutcomeUnclear', nonRetryable: true });
      expect(await ledgerRow(world, input, key)).toMatchObject({
        status: 'failed',
        error_type: 'OutcomeUnclear',
      });
      expect(await effectOf(world, key, input)).toEqual(ONCE);
      return;
    }
    await work;
    expect(await ledgerRow(world, input, key)).toMatchObject({ status: 'completed' });
    // Without a reader nobody can see the services: setting them again is harmless.
    const repeated = key === 'servicesConfig' && !platform;
    expect(await effectOf(world, key, input)).toEqual(repeated ? { ...ONCE, count: 2 } : ONCE);
  });
});

describe('the connection drops before the effect', () => {
  it.each(SUB_STEP_KEYS)('%s is done on the second attempt', async (key) => {
    const input = await seedJob(world);
    const activities = world.activities({ platform: true });
    await bringUpTo(world, activities, key, input);
    await strike(world, key, input, { kind: 'reset_before_effect' });
    await runSubStep(world, activities, key, input);
    expect(await effectOf(world, key, input)).toEqual(ONCE);
  });
});

describe('an account that the backend creates', () => {
  it('is found after its answer was lost', async () => {
    const input = await seedJob(world);
    const activities = world.activities({ platform: false, provider: 'backend' });
    const route = 'cloudwaitressAccount';
    await world.simulator.addFaults({
      kind: 'reset_after_effect',
      times: 1,
      system: 'backend',
      route,
      restaurantId: input.restaurantId,
    });
    await expect(runSubStep(world, activities, route, input)).resolves.toMatchObject({
      attempt: 1,
      proof: 'read_back',
    });
    expect(await effectOf(world, route, input)).toEqual(ONCE);
  });
});

describe('the record', () => {
  it('shares the account of another restaurant of the organisation, whatever the case of its e-mail', async () => {
    const activities = world.activities({ platform: true });
    const first = await seedJob(world);
    await runSubStep(world, activities, 'cloudwaitressAccount', first);
    const email = first.configuration.account.email.toUpperCase();
    const second = await seedJob(world, { organisationId: first.organisationId, email });
    await expect(runSubStep(world, activities, 'cloudwaitressAccount', second)).resolves.toMatchObject({
      attempt: 0,
      output: { attached: true, secret_id: first.configuration.account.passwordRef },
    });
    await expect(runSubStep(world, activities, 'restaurantRegistration', second)).resolves.toMatchObject({
      attempt: 1,
    });
    const stranger = await seedJob(world, { email });
    expect(await failureIn(runSubStep(world, activities, 'cloudwaitressAccount', stranger))).toMatchObject({
      type: 'AccountExists',
    });
    expect(await effectOf(world, 'cloudwaitressAccount', first)).toEqual(ONCE);
  });

  it('takes the signs of a pattern in an e-mail as they are', async () => {
    const { organisationId, restaurantId } = await seedJob(world);
    const mark = randomUUID().slice(0, 8);
    const accounts = createAccounts(world.supabase);
    const note = { organisationId, restaurantId, jobId: randomUUID(), phone: '+6495550100', secretId: null };
    await accounts.aboutToVerify({ ...note, email: `a_xx.b-${mark}@kowhaigrill.example` });
    for (const pattern of [
      `a*b-${mark}@kowhaigrill.example`,
      `a%b-${mark}@kowhaigrill.example`,
      `a__xx.b-${mark}@kowhaigrill.example`,
    ]) {
      await expect(accounts.withEmail(organisationId, pattern)).resolves.toEqual([]);
    }
    await expect(
      accounts.withEmail(organisationId, `A_XX.b-${mark}@kowhaigrill.example`),
    ).resolves.toHaveLength(1);
    await expect(accounts.withEmail(randomUUID(), `a_xx.b-${mark}@kowhaigrill.example`)).resolves.toEqual([]);
  });

  it('keeps a finished account when the job goes on with another e-mail', async () => {
    const input = await seedJob(world);
    await runSubStep(world, world.activities({ platform: true }), 'cloudwaitressAccount', input);
    const accounts = createAccounts(world.supabase);
    const { organisationId, restaurantId, jobId } = input;
    const note = { organisationId, restaurantId, jobId, phone: '+6495550100', secretId: null };
    const email = `other-${jobId}@kowhaigrill.example`;
    await accounts.aboutToVerify({ ...note, email });
    await accounts.aboutToVerify({ ...note, email });
    await expect(accounts.withEmail(organisationId, email)).resolves.toHaveLength(1);
    await expect(
      accounts.withEmail(organisationId, input.configuration.account.email),
    ).resolves.toMatchObject([{ registration_status: 'completed' }]);
  });

  it.each(SUB_STEP_KEYS)('%s: no call once the job is cancelled', async (key) => {
    const input = await seedJob(world);
    const at = { cancel_requested_at: new Date().toISOString() };
    await world.supabase.from('registration_jobs').update(at).eq('id', input.jobId);
    const failure = failureIn(runSubStep(world, world.activities({ platform: false }), key, input));
    expect(await failure).toMatchObject({ type: 'JobCancelled', nonRetryable: true });
    expect(await effectOf(world, key, input)).toMatchObject({ count: 0 });
    expect(await ledgerRow(world, input, key)).toMatchObject({ attempt: 0 });
  });

  it.each(SUB_STEP_KEYS)(
    '%s: no call of a job that was cancelled, nor by the run of another one',
    async (key) => {
      const input = await seedJob(world);
      await writeRow(world, input, { key, status: 'cancelled' });
      expect(
        await failureIn(runSubStep(world, world.activities({ platform: false }), key, input)),
      ).toMatchObject({
        type: 'JobCancelled',
      });
      expect(await effectOf(world, key, input)).toMatchObject({ count: 0 });
    },
  );

  it('shows how much was done of a part, and what is off', async () => {
    const input = await seedJob(world);
    const activities = world.activities({ platform: true });
    await bringUpTo(world, activities, 'optionSets', input);
    await strike(world, 'optionSets', input, { kind: 'partial_counts' });
    expect(await failureIn(runSubStep(world, activities, 'optionSets', input))).toMatchObject({
      type: 'PartialResult',
    });
    expect(await ledgerRow(world, input, 'optionSets')).toMatchObject({
      status: 'failed',
      reason: '3 of 4 were done, 1 failed.',
    });
    await strike(world, 'itemTags', input, { kind: 'forbidden' });
    await failureIn(runSubStep(world, activities, 'itemTags', input));
    expect(await ledgerRow(world, input, 'itemTags')).toMatchObject({
      error_type: 'FeatureDisabled',
      reason: 'The feature that is off: registration.itemTagUploading.',
    });
  });
});

it('adds no tags while a dish says that it contains an allergen, whatever was confirmed before', async () => {
  const input = await seedJob(world);
  const activities = world.activities({ platform: true });
  await bringUpTo(world, activities, 'itemTags', input);
  const dishes = world.supabase.from('menu_items');
  const menu = { organisation_id: input.organisationId, menu_id: input.configuration.menu.selectedMenuId };
  const tagged = { ...menu, name: 'Satay', price: 12, tags: ['contains nuts'] };
  await dishes.insert(tagged).throwOnError();
  expect(await failureIn(runSubStep(world, activities, 'itemTags', input))).toMatchObject({
    type: 'AllergenTag',
    nonRetryable: true,
  });
  expect(await effectOf(world, 'itemTags', input)).toMatchObject({ count: 0 });
  expect(await ledgerRow(world, input, 'itemTags')).toMatchObject({
    status: 'failed',
    attempt: 0,
    reason: expect.stringContaining('Satay'),
  });
});

it('a password that an answer repeats is in no table, log or failure', async () => {
  const input = await seedJob(world);
  const activities = world.activities({ platform: true });
  const failures: unknown[] = [];
  const keep = (error: Error): void =>
    void failures.push({ ...error, message: error.message, stack: error.stack, cause: error.cause });
  const { email } = input.configuration.account;
  const start = { system: 'cloudwaitress', route: 'start', email } as const;
  await world.simulator.addFaults({ kind: 'outcome', variant: 'leak', times: 1, ...start });
  await runSubStep(world, activities, 'cloudwaitressAccount', input).catch(keep);
  // A person's retry.
  input.attemptLimit += 1;
  for (const key of SUB_STEP_KEYS) {
    if (key !== 'cloudwaitressAccount') await strike(world, key, input, { kind: 'leak_password' });
    await runSubStep(world, activities, key, input).catch(keep);
  }
  const tables = [
    'registration_batch_jobs',
    'registration_jobs',
    'registration_job_steps',
    'registration_sub_steps',
    'registration_events',
    'restaurants',
    'pumpd_accounts',
    'pumpd_restaurants',
    'sealed_secrets',
  ];
  const rows = await Promise.all(
    tables.map(async (table) => (await world.supabase.from(table).select('*')).data),
  );
  expect(rows.every((table) => table !== null)).toBe(true);
  const seen = JSON.stringify([rows, failures, world.logs], (_key, value: unknown) =>
    typeof value === 'bigint' ? String(value) : value,
  );
  expect(failures.length).toBeGreaterThan(0);
  for (const secret of [ACCOUNT_PASSWORD, ONBOARDING_PASSWORD]) expect(seen).not.toContain(secret);
});
