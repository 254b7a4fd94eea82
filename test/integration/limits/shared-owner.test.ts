/** Restaurants of one owner share one account: one makes it, the others wait and attach; whatever becomes of the one, the next takes over. */
import { generateRestaurants } from '../../../dev/demo/generator';
import type { DemoRestaurant } from '../../../dev/demo/restaurants';
import type { Job } from '../../../dev/demo/api-client';
import { ownerWorkflowId } from '../../../domain/ids';
import type { LeaseState } from '../../../workflows/messages';
import { Operator } from '../../helpers/operator';
import { eventually } from '../../helpers/stack';
import { GateWorld, INTERVAL_MS, inStep6, runOf, type AccountRow } from './gate-world';

let world: GateWorld;
beforeAll(async () => {
  world = await GateWorld.open();
}, 120_000);
afterAll(() => world.close(), 60_000);

/** Restaurants whose owner wrote the same e-mail in different cases. */
function ofOneOwner(count: number, seed: number): DemoRestaurant[] {
  const email = `Owner${seed}@Shared.example`;
  return generateRestaurants(count, seed).map((restaurant, index) => ({
    ...restaurant,
    email: index % 2 ? email.toUpperCase() : email,
    configuration: {
      use_defaults: true,
      onboarding: { userName: 'Hana Tidetest', userEmail: `front${index}@house${seed}.example` },
    },
  }));
}

const accountRows = (jobs: readonly Job[]) => world.accountRows(jobs.map(({ id }) => id));
const attachedOf = (rows: AccountRow[]) =>
  rows.filter(({ status }) => status === 'completed').map(({ output }) => output?.attached);
const settled = (rows: AccountRow[]) =>
  rows.every(({ status }) => ['completed', 'failed', 'cancelled'].includes(status));

async function signUpsOf({ restaurants }: Operator): Promise<number> {
  const email = restaurants[0]?.email.toLowerCase();
  return (await world.starts()).filter((start) => start.email === email).length;
}

/** How each restaurant that was registered told the platform of its account. */
async function registrationModes({ restaurants }: Operator): Promise<string[]> {
  const calls = await world.simulator.ledger({ system: 'backend' });
  const ids = new Set(restaurants.map(({ id }) => id));
  return calls
    .filter(({ route, restaurantId }) => route === 'restaurantRegistration' && ids.has(restaurantId ?? ''))
    .map(({ body }) => (body as { registrationType: string }).registrationType);
}

async function ownerLease(jobs: readonly Job[]): Promise<LeaseState> {
  const { data } = await world.stack.supabase
    .from('registration_jobs')
    .select('execution_config')
    .eq('id', jobs[0]?.id ?? '')
    .single();
  const { account } = (data as { execution_config: { account: { ownerKey: string } } }).execution_config;
  return world.lease(ownerWorkflowId(account.ownerKey));
}

test('one account for all, in whatever case the e-mail was written; the others attach to it', async () => {
  const operator = await Operator.begin(world.stack, ofOneOwner(3, 31));
  const jobs = await operator.until(inStep6);
  await eventually(async () => settled(await accountRows(jobs)), 60_000);
  expect(attachedOf(await accountRows(jobs)).sort()).toEqual([false, true, true]);
  await eventually(async () => (await registrationModes(operator)).length === 3, 60_000);
  expect((await registrationModes(operator)).sort()).toEqual([
    'existing_account_additional_restaurant',
    'existing_account_additional_restaurant',
    'existing_account_first_restaurant',
  ]);
  expect(await signUpsOf(operator)).toBe(1);
}, 180_000);

test('where the account cannot be made, the next restaurant tries; the first attaches when it is retried', async () => {
  const operator = await Operator.begin(world.stack, ofOneOwner(2, 32), ([first], simulator) =>
    simulator.addFaults({
      id: 'refused',
      system: 'cloudwaitress',
      route: 'start',
      email: first?.email.toLowerCase() ?? '',
      times: 1,
      kind: 'outcome',
      variant: 'weak_password',
    }),
  );
  const jobs = await operator.until(inStep6);
  await eventually(async () => settled(await accountRows(jobs)), 60_000);
  const rows = await accountRows(jobs);
  expect(rows.map(({ status }) => status).sort()).toEqual(['completed', 'failed']);
  expect(attachedOf(rows)).toEqual([false]);

  const refused = rows.find(({ status }) => status === 'failed');
  expect(refused).toMatchObject({ error_type: 'AccountRejected' });
  const url = `${world.stack.service('api').url}/api/registration-batches/jobs/${refused?.job_id}/retry`;
  const answer = await fetch(url, {
    method: 'POST',
    headers: {
      authorization: `Bearer ${await world.stack.token()}`,
      'content-type': 'application/json',
    },
    body: JSON.stringify({ step: 6, sub_steps: ['cloudwaitressAccount'] }),
  });
  expect(answer.status).toBe(200);
  await eventually(
    async () => (await accountRows(jobs)).every(({ status }) => status === 'completed'),
    60_000,
  );
  expect(attachedOf(await accountRows(jobs)).sort()).toEqual([false, true]);
  expect(await signUpsOf(operator)).toBe(2);
}, 180_000);

test('one that is cancelled or terminated in its turn is followed by the next; those who wait say for whom', async () => {
  // The vendor asked for a pause: whoever has the owner's turn waits for its turn at the vendor.
  await world.holdGate(30_000);
  const operator = await Operator.begin(world.stack, ofOneOwner(3, 33));
  const jobs = await operator.until(inStep6);
  await eventually(async () => (await ownerLease(jobs)).queue.length === 2, 60_000);
  const { held, queue } = await ownerLease(jobs);
  const [second, third] = queue;
  await eventually(async () => {
    const waiting = (await accountRows(jobs)).find(({ job_id }) => runOf({ id: job_id }) === second?.holder);
    return waiting?.note?.startsWith(`Waits for ${held?.name} of this owner`) ?? false;
  });

  await world.workflow(held?.holder ?? '').cancel();
  await eventually(async () => (await ownerLease(jobs)).held?.holder === second?.holder);
  await world.workflow(second?.holder ?? '').terminate('ended from outside');
  await eventually(async () => (await ownerLease(jobs)).held?.holder === third?.holder, 60_000);
  await eventually(async () => attachedOf(await accountRows(jobs)).length === 1, 60_000);
  const made = (await accountRows(jobs)).find(({ status }) => status === 'completed');
  expect(runOf({ id: made?.job_id ?? '' })).toBe(third?.holder);
  expect(made?.output?.attached).toBe(false);
  expect(await signUpsOf(operator)).toBe(1);
  const gaps = await world.printGaps('Shared owners');
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(INTERVAL_MS);
}, 240_000);
