import { randomUUID } from 'node:crypto';
import {
  changedPaths,
  changesSchema,
  editPlan,
  planEdit,
  secretIdsOf,
  type ConfigurationChanges,
  type EditPlan,
} from '../../../api/configuration-edit';
import { ApiError } from '../../../api/errors';
import {
  configurationSnapshotSchema,
  type ConfigurationSnapshot,
  type RestaurantFacts,
} from '../../../domain/configuration';
import { ownerKey } from '../../../domain/sealing';
import { configurationSnapshot } from '../../helpers/configuration';

const SECRET = 'an-owner-secret-1234';
const ORGANISATION = randomUUID();

/** As step 5 would have left it. */
function snapshot(change: Partial<ConfigurationSnapshot> = {}): ConfigurationSnapshot {
  const made = configurationSnapshot(change);
  return {
    ...made,
    account: { ...made.account, ownerKey: ownerKey(SECRET, ORGANISATION, made.account.email) },
  };
}

const RESTAURANT: RestaurantFacts = {
  id: randomUUID(),
  name: 'Kōwhai Grill',
  address: null,
  city: null,
  phone: null,
  email: null,
  user_email: null,
  contact_name: null,
  contact_phone: null,
  theme: null,
  cuisine: null,
  primary_color: null,
  secondary_color: null,
  opening_hours: null,
  menus: [{ id: snapshot().menu.selectedMenuId ?? '', is_active: true, created_at: '2026-01-01' }],
  account: null,
};

const reads = {
  dishes: async () => [{ id: randomUUID(), name: 'Mussels', tags: [] }],
  restaurantsOfOwner: async () => [],
  isSubdomainTaken: async () => false,
};

const ids = secretIdsOf('command-1');

function plan(
  changes: ConfigurationChanges,
  {
    current = snapshot(),
    facts = RESTAURANT,
    always = false,
  }: { current?: ConfigurationSnapshot; facts?: RestaurantFacts; always?: boolean } = {},
): Promise<EditPlan> {
  return planEdit(reads, {
    organisationId: ORGANISATION,
    current,
    changes: changesSchema.parse(changes),
    facts,
    ids,
    keys: { ownerKeySecret: SECRET },
    always,
  });
}

async function issuesOf(planning: Promise<EditPlan>): Promise<string[]> {
  const error = await planning.then(
    () => null,
    (reason: unknown) => reason,
  );
  if (!(error instanceof ApiError)) throw error ?? new Error('it was accepted');
  return (error.details as { issues: { path: string }[] }).issues.map(({ path }) => path);
}

test('what is not named stays, and the result is a whole snapshot', async () => {
  const current = snapshot();
  const { configuration, changed_paths } = await plan({ website: { theme: 'light' } }, { current });
  expect(changed_paths).toEqual(['website.theme']);
  expect(configuration).toEqual({ ...current, website: { ...current.website, theme: 'light' } });
  expect(configurationSnapshotSchema.safeParse(configuration).success).toBe(true);
  // It is kept with the key of the request.
  expect(editPlan.parse(JSON.parse(JSON.stringify({ configuration, changed_paths }))).configuration).toEqual(
    configuration,
  );
});

test('a value that is there already is no change, unless it shall run again all the same', async () => {
  const current = snapshot();
  const same = { account: { email: current.account.email } };
  expect(await plan(same, { current })).toEqual({ configuration: null, changed_paths: [] });
  expect(await plan(same, { current, always: true })).toEqual({ configuration: current, changed_paths: [] });
  // Blanks and the spelling of a number do not count either.
  expect(await plan({ account: { phone: ' 09 555 0100 ' } }, { current })).toMatchObject({
    changed_paths: [],
  });
});

test.each([
  {},
  { account: {} },
  { teaMaking: {} },
  { use_defaults: true },
  { account: { passwordRef: ids.account } },
])('%j are no changes', (changes) => expect(changesSchema.safeParse(changes).success).toBe(false));

describe('passwords', () => {
  test('a new one replaces the reference, and the same request names the same one', async () => {
    const { configuration, changed_paths } = await plan({
      account: { password: 'password:1' },
      onboarding: { userPassword: 'password:2' },
    });
    expect(changed_paths).toEqual(['account.password', 'onboarding.userPassword']);
    expect(configuration).toMatchObject({
      account: { passwordRef: ids.account },
      onboarding: { userPasswordRef: ids.onboarding },
    });
    expect(JSON.stringify(configuration)).not.toContain('password:');
    expect(secretIdsOf('command-1')).toEqual(ids);
    expect(secretIdsOf('command-2')).not.toEqual(ids);
    expect(ids.account).not.toBe(ids.onboarding);
  });

  test('an account that exists is entered with its own password: it must be given', async () => {
    const exists = { registerNewUser: false };
    expect(await issuesOf(plan({ account: exists }))).toEqual(['changes.account.password']);
    const given = await plan({ account: { ...exists, password: 'password:1' } });
    expect(given.changed_paths).toEqual(['account.registerNewUser', 'account.password']);
  });

  test('of an account that existed already it is kept, until the e-mail is another one', async () => {
    const made = snapshot();
    const current = { ...made, account: { ...made.account, registerNewUser: false } };
    const kept = await plan({ website: { theme: 'light' } }, { current });
    expect(kept.configuration?.account.passwordRef).toBe(current.account.passwordRef);
    const other = { account: { email: 'another@kowhaigrill.example' } };
    expect(await issuesOf(plan(other, { current }))).toEqual(['changes.account.password']);
    const secret_id = randomUUID();
    const facts = { ...RESTAURANT, account: { email: other.account.email, secret_id } };
    expect((await plan(other, { current, facts })).configuration?.account.passwordRef).toBe(secret_id);
  });

  test('a sub-step that is switched on needs its password', async () => {
    const made = snapshot();
    const current = {
      ...made,
      onboarding: { ...made.onboarding, createOnboardingUser: false, userPasswordRef: null },
    };
    expect(await issuesOf(plan({ onboarding: { createOnboardingUser: true } }, { current }))).toEqual([
      'changes.onboarding.userPassword',
    ]);
  });
});

test('another e-mail is another owner, in any case the same one', async () => {
  const current = snapshot();
  const other = await plan({ account: { email: 'another@kowhaigrill.example' } }, { current });
  expect(other.changed_paths).toEqual(['account.email']);
  expect(other.configuration?.account.ownerKey).toBe(
    ownerKey(SECRET, ORGANISATION, 'another@kowhaigrill.example'),
  );
  expect(other.configuration?.account.passwordRef).toBe(current.account.passwordRef);
  const louder = await plan({ account: { email: current.account.email.toUpperCase() } }, { current });
  expect(louder.configuration?.account.ownerKey).toBe(current.account.ownerKey);
});

test('the address follows the name', async () => {
  const { configuration, changed_paths } = await plan({ restaurant: { name: 'Toroa Bistro' } });
  expect(changed_paths).toEqual(['restaurant.name', 'restaurant.subdomain']);
  expect(configuration?.restaurant.subdomain).toBe('toroabistro');
});

test('what cannot run is refused under the name that it has in the request', async () => {
  const wrong = { account: { email: 'nobody' }, menu: { selectedMenuId: randomUUID() } };
  expect(await issuesOf(plan(wrong))).toEqual(['changes.account.email', 'changes.menu.selectedMenuId']);
});

test('paths name the whole field of a list', () => {
  const before = snapshot();
  const after = { ...before, restaurant: { ...before.restaurant, opening_hours: [] } };
  expect(changedPaths(before, after)).toEqual(['restaurant.opening_hours']);
});
