/**
 * Several workers and several APIs on one record and one engine: they share the work, see the same, and one of each may go at any moment.
 * Runs from dist: build first.
 */
import { isDeepStrictEqual } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { registrationWorkflowId } from '../../domain/ids';
import { NAMESPACE } from '../../dev/stack/temporal';
import { apiClient, Crowd, CROWD_SETTINGS, hasBegunStep6, newRestaurants } from '../helpers/crowd';
import { startCutOff } from '../helpers/cut-off';
import { sized } from '../helpers/size';
import { startTestStack, type TestStack } from '../helpers/stack';

const RESTAURANTS = sized(6, 100);
/** Of whose histories one is looked at. */
const EACH_SO_MANY = sized(1, 5);

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({ apps: {}, workers: 2, apis: 2, speed: 200, env: CROWD_SETTINGS });
}, 120_000);
afterAll(() => stack?.stopAll(), 60_000);

/** The first answer is lost with the API that gave it; what is sent again comes to the other one. */
const losingAnAnswer = () =>
  startCutOff({
    first: stack.service('api-2').url,
    whenAnswered: () => stack.service('api-2').kill(),
    later: stack.service('api').url,
  });

/** The process ids of the workers that carried out activities of these jobs. */
async function workersOf(jobIds: readonly string[]): Promise<Set<number>> {
  const connection = await Connection.connect({ address: stack.env['TEMPORAL_ADDRESS'] ?? '' });
  try {
    const { workflow } = new Client({ connection, namespace: NAMESPACE });
    const found = new Set<number>();
    for (const id of jobIds) {
      const { events } = await workflow.getHandle(registrationWorkflowId(id)).fetchHistory();
      for (const event of events ?? []) {
        const identity = event.activityTaskStartedEventAttributes?.identity;
        if (identity) found.add(Number(identity.split('@')[0]));
      }
    }
    return found;
  } finally {
    await connection.close();
  }
}

const pidOf = (name: 'worker' | 'worker-2'): number => {
  const { pid } = stack.service(name);
  if (pid === null) throw new Error(`${name} does not run`);
  return pid;
};

test('an API that dies with its answer unsent: the same request at another API does nothing a second time', async () => {
  const [one] = await newRestaurants(stack, 1, 1);
  if (one === undefined) throw new Error('There is no restaurant');
  const create = await losingAnAnswer();
  const client = apiClient(stack, create.url);
  const send = () => client.createBatch('Sent twice', [one.id], 'the-key-of-this-batch');
  await expect(send()).rejects.toThrow('got no answer');
  const { batch_job: batch } = await send();
  await create.close();
  const { data } = await stack.supabase.from('registration_batch_jobs').select('id').eq('name', 'Sent twice');
  expect(data).toEqual([{ id: batch.id }]);

  await client.start(batch.id).catch(() => apiClient(stack, stack.service('api').url).start(batch.id));
  await stack.service('api-2').start();
  const pause = await losingAnAnswer();
  // A command may be repeated, so this client sends it again by itself.
  await apiClient(stack, pause.url).command(
    'POST',
    `/${batch.id}/pause`,
    { reason: 'lunch' },
    'the-key-of-lunch',
  );
  await pause.close();
  const { data: events } = await stack.supabase
    .from('registration_events')
    .select('kind, reason')
    .eq('batch_job_id', batch.id)
    .eq('reason', 'lunch');
  expect(events).toHaveLength(1);
  await stack.service('api-2').start();
}, 120_000);

test('many restaurants over two workers and two APIs, one of each killed midway: all completed, each effect once', async () => {
  const cast = await newRestaurants(stack, RESTAURANTS, 2);
  const crowd = await Crowd.begin(stack, cast, ['api', 'api-2']);
  const workers = new Set([pidOf('worker'), pidOf('worker-2')]);
  // Each worker does its part: the one that will be killed too, before.
  await crowd.until(async (jobs) => {
    if (jobs.filter(hasBegunStep6).length < RESTAURANTS / 4) return false;
    const sample = jobs.filter((_, at) => at % EACH_SO_MANY === 0);
    return isDeepStrictEqual(await workersOf(sample.map(({ id }) => id)), workers);
  }, 240_000);
  await Promise.all([stack.service('worker-2').kill(), stack.service('api-2').kill()]);
  crowd.leave('api-2');
  const jobs = await crowd.until((all) => all.every(({ status }) => status === 'completed'), 300_000);
  expect(jobs).toHaveLength(RESTAURANTS);
  expect(await crowd.problems()).toEqual([]);
  expect(crowd.internalErrors).toBe(0);

  await stack.service('api-2').start();
  const [first, second] = await Promise.all(
    (['api', 'api-2'] as const).map((name) =>
      apiClient(stack, stack.service(name).url).details(crowd.batchId),
    ),
  );
  expect(second).toEqual(first);
}, 600_000);
