/** What is saved before step 6, and what is found to exist, in a real database. */
import { randomUUID } from 'node:crypto';
import { createConfigurationActivities } from '../../../activities/account-setup/configuration';
import type { SubStepInput } from '../../../activities/account-setup/types';
import { configurationSnapshot } from '../../helpers/configuration';
import { startTestStack, type TestStack } from '../../helpers/stack';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ apps: { simulator: false, worker: false, api: false } });
}, 90_000);
afterAll(() => stack?.stopAll(), 60_000);

async function insert(table: string, row: Record<string, unknown>): Promise<string> {
  const id = randomUUID();
  const { error } = await stack.supabase.from(table).insert({ id, ...row });
  if (error) throw new Error(`${table}: ${error.message}`);
  return id;
}

type Input = Pick<SubStepInput, 'jobId' | 'batchId' | 'organisationId' | 'restaurantId' | 'configuration'>;

async function restaurant(row: Record<string, unknown> = {}): Promise<Input> {
  const organisationId = await insert('organisations', { name: 'Test' });
  const restaurantId = await insert('restaurants', {
    organisation_id: organisationId,
    name: 'Before',
    ...row,
  });
  return {
    jobId: randomUUID(),
    batchId: randomUUID(),
    organisationId,
    restaurantId,
    configuration: configurationSnapshot(),
  };
}

const save = (input: Input) =>
  createConfigurationActivities({ supabase: stack.supabase }).saveConfiguration(input);

async function stored({ restaurantId }: Input): Promise<Record<string, unknown>> {
  const { data, error } = await stack.supabase
    .from('restaurants')
    .select('*')
    .eq('id', restaurantId)
    .single();
  if (error) throw new Error(error.message);
  return data as Record<string, unknown>;
}

it('saves what the service reads from the restaurant’s row', async () => {
  const input = await restaurant();
  await expect(save(input)).resolves.toEqual({ existing: {} });
  const { account, restaurant: given, website } = input.configuration;
  expect(await stored(input)).toMatchObject({
    name: given.name,
    phone: given.phone,
    address: given.address,
    city: given.city,
    opening_hours: given.opening_hours,
    theme: website.theme,
    cuisine: website.cuisines,
    primary_color: website.primaryColor,
    secondary_color: website.secondaryColor,
    user_email: account.email,
  });
});

it('erases no colours where none were given', async () => {
  const input = await restaurant({ primary_color: '#111111', secondary_color: '#222222' });
  Object.assign(input.configuration.website, { primaryColor: null, secondaryColor: null });
  await save(input);
  expect(await stored(input)).toMatchObject({ primary_color: '#111111', secondary_color: '#222222' });
});

it('touches no restaurant of another organisation', async () => {
  const input = await restaurant();
  await expect(save({ ...input, organisationId: randomUUID() })).rejects.toThrow();
  expect(await stored(input)).toMatchObject({ name: 'Before' });
});

it('tells what exists already', async () => {
  const input = await restaurant({ code_injection_id: 'code-1' });
  const of = { organisation_id: input.organisationId, restaurant_id: input.restaurantId };
  const email = 'owner@kowhaigrill.example';
  await insert('pumpd_accounts', { ...of, email, registration_status: 'completed', pumpd_user_id: 'user-1' });
  await insert('pumpd_restaurants', { ...of, pumpd_restaurant_id: 'RES1', pumpd_subdomain: 'kowhaigrill' });
  await expect(save(input)).resolves.toEqual({
    existing: {
      cloudwaitressAccount: { email, pumpd_user_id: 'user-1', secret_id: null, attached: false },
      codeGeneration: { codeInjectionId: 'code-1' },
      restaurantRegistration: {
        pumpd_restaurant_id: 'RES1',
        pumpd_subdomain: 'kowhaigrill',
        dashboard_url: null,
      },
    },
  });
});

it('takes an account that was only begun, or a restaurant row without an id, for nothing', async () => {
  const input = await restaurant();
  const of = { organisation_id: input.organisationId, restaurant_id: input.restaurantId };
  await insert('pumpd_accounts', {
    ...of,
    email: 'owner@kowhaigrill.example',
    registration_status: 'pending',
  });
  await insert('pumpd_restaurants', of);
  await expect(save(input)).resolves.toEqual({ existing: {} });
});

it('believes a person who says that the account exists', async () => {
  const input = await restaurant();
  input.configuration.account.registerNewUser = false;
  const { email, passwordRef } = input.configuration.account;
  await expect(save(input)).resolves.toEqual({
    existing: {
      cloudwaitressAccount: { email, pumpd_user_id: null, secret_id: passwordRef, attached: true },
    },
  });
});
