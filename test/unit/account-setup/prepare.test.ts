import type { SupabaseClient } from '@supabase/supabase-js';
import { createPrepare } from '../../../activities/account-setup/prepare';
import type { SubStepInput } from '../../../activities/account-setup/types';
import { SUB_STEP_KEYS, type SubStepKey } from '../../../domain/sub-steps';
import { failureIn, subStepInput } from './attempt-world';

const JOB_STARTED = '2026-03-02T00:00:00.000Z';
const MENU = '00000000-0000-4000-8000-00000000000d';

/** Answers one count of dishes; notes which filters it was asked with. */
function countingDatabase(answer: { count: number | null; error: object | null }) {
  const filters: Record<string, unknown> = {};
  const query = {
    select: () => query,
    eq: (column: string, value: unknown) => {
      filters[column] = value;
      return query;
    },
    then: (done: (value: typeof answer) => void) => done(answer),
  };
  return { filters, supabase: { from: () => query } as unknown as SupabaseClient };
}

function preparing(answer: Parameters<typeof countingDatabase>[0] = { count: 20, error: null }) {
  const opened: string[] = [];
  const { supabase, filters } = countingDatabase(answer);
  const prepare = createPrepare({
    supabase,
    secrets: {
      open: (organisationId, secretId) => {
        opened.push(`${organisationId} ${secretId}`);
        return Promise.resolve(`opened ${secretId}`);
      },
    },
  });
  const attempt = {
    number: 2,
    startedAt: '2026-03-02T01:00:00.000Z',
    generationStartedAt: '2026-03-02T00:58:00.000Z',
    stateBefore: { dishes: 3 },
  };
  const live = { signal: new AbortController().signal, onProgress: () => undefined };
  const run = (key: SubStepKey, input: SubStepInput) => prepare(key, input, attempt, live);
  return { run, opened, filters };
}

const input = (change: Partial<SubStepInput> = {}): SubStepInput => {
  const made = subStepInput(change);
  made.configuration.menu.selectedMenuId = MENU;
  return made;
};

it.each(SUB_STEP_KEYS)('%s opens the password that it sends, and no other', async (key) => {
  const { run, opened } = preparing();
  const given = input();
  const { account, onboarding } = given.configuration;
  const call = await run(key, given);
  const sendsAccount = ['cloudwaitressAccount', 'restaurantRegistration'].includes(key);
  const secret = sendsAccount
    ? account.passwordRef
    : key === 'createOnboardingUser'
      ? onboarding.userPasswordRef
      : null;
  expect(opened).toEqual(secret === null ? [] : [`${given.organisationId} ${secret}`]);
  expect(Object.values(call.secrets)).toEqual(secret === null ? [] : [`opened ${secret}`]);
});

it('takes the attempt as it was booked', async () => {
  await expect(preparing().run('codeGeneration', input())).resolves.toMatchObject({
    attempt: 2,
    attemptStartedAt: '2026-03-02T01:00:00.000Z',
    stateBefore: { dishes: 3 },
    menuId: MENU,
  });
});

describe('a shared account', () => {
  const theirs = {
    email: 'Their@Kowhai.example',
    secret_id: 'secret-7',
    pumpd_user_id: 'user-7',
    attached: true,
  };

  it('is logged in to as its maker made it, and joined as a further restaurant', async () => {
    const { run, opened } = preparing();
    const given = input({ outputs: { cloudwaitressAccount: theirs } });
    given.configuration.account.registerNewUser = true;
    given.configuration.restaurant.registrationMode = 'existing_account_first_restaurant';
    const call = await run('restaurantRegistration', given);
    expect(opened).toEqual([`${given.organisationId} secret-7`]);
    expect(call.account.email).toBe('Their@Kowhai.example');
    expect(call.configuration.restaurant.registrationMode).toBe('existing_account_additional_restaurant');
    // What was submitted stays as it was.
    expect(given.configuration.restaurant.registrationMode).toBe('existing_account_first_restaurant');
  });

  it('that a person said exists keeps the mode that they chose, and their password', async () => {
    const { run, opened } = preparing();
    const given = input({ outputs: { cloudwaitressAccount: { ...theirs, secret_id: null } } });
    given.configuration.account.registerNewUser = false;
    given.configuration.restaurant.registrationMode = 'existing_account_first_restaurant';
    const call = await run('restaurantRegistration', given);
    expect(call.configuration.restaurant.registrationMode).toBe('existing_account_first_restaurant');
    expect(opened).toEqual([`${given.organisationId} ${given.configuration.account.passwordRef}`]);
  });
});

describe('the dishes that an import must bring', () => {
  it('are counted in the menu of the organisation', async () => {
    const { run, filters } = preparing();
    const given = input();
    await expect(run('menuImport', given)).resolves.toMatchObject({ expected: { dishes: 20 } });
    expect(filters).toEqual({ menu_id: MENU, organisation_id: given.organisationId });
  });

  it('are not asked for elsewhere, nor without a menu', async () => {
    const { run, filters } = preparing();
    const none = input();
    none.configuration.menu.selectedMenuId = null;
    expect((await run('menuImport', none)).expected).toBeUndefined();
    expect((await run('itemTags', input())).expected).toBeUndefined();
    expect(filters).toEqual({});
  });

  it('cannot be counted: tried again', async () => {
    const { run } = preparing({ count: null, error: { code: '' } });
    expect(await failureIn(run('menuImport', input()))).toMatchObject({
      type: 'RecordUnavailable',
      nonRetryable: false,
    });
  });
});

it.each([
  [{}, JOB_STARTED],
  [{ generation: 2 }, JOB_STARTED],
  [{ generation: 2, effectRemoved: true }, '2026-03-02T00:58:00.000Z'],
])('of %j, effects count since %s', async (change, since) => {
  const { run } = preparing();
  await expect(
    run('createOnboardingUser', input({ ...change, jobStartedAt: JOB_STARTED })),
  ).resolves.toMatchObject({
    effectsSince: since,
  });
});
