// Fills the running stack with something to look at in the console: restaurants to choose from, and batches in several states.
// `npm run console:sample` after `npm run build`; STACK_DATA_DIR as for the stack. Run again, it adds.
import { createRequire } from 'node:module';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';

const root = path.resolve(path.dirname(fileURLToPath(import.meta.url)), '../..');
const require = createRequire(import.meta.url);
const built = (file) => require(path.join(root, 'dist/dev', file));
const { ApiClient } = built('demo/api-client.js');
const { Desk } = built('demo/answers.js');
const { prepareWorld } = built('demo/index.js');
const { generateRestaurants } = built('demo/generator.js');
const { newRunId } = built('demo/run-ids.js');
const { restaurantsOfRun } = built('demo/world.js');
const { simulatorClient } = built('simulator/client.js');
const { findRunningStack } = built('stack/lock.js');
const { userToken } = built('stack/secrets.js');

const running = findRunningStack(process.env.STACK_DATA_DIR ?? path.join(root, '.dev'));
if (!running) throw new Error('No stack runs: start ./temporal-dev.sh first');
const { env } = running;
const api = new ApiClient({
  baseUrl: `http://127.0.0.1:${env.API_PORT}`,
  token: () => userToken(env.SUPABASE_JWT_SECRET, 'admin'),
});
const simulator = simulatorClient(`http://127.0.0.1:${env.SIM_PORT}`);

/**
 * `until`: the step at which its restaurants are left waiting; 7: they are answered to the end. `fault`: what its first restaurants meet, for good; as many as `faulty` says, else one.
 * `pauses`: it is paused once they wait.
 */
const BATCHES = [
  { name: 'Wellington waterfront', size: 6, until: 3 },
  { name: 'Tāmaki Makaurau lunch bars', size: 5, until: 5 },
  { name: 'Ōtautahi rebuild', size: 4, until: 7, fault: { route: 'websiteConfig', kind: 'wrong_password' } },
  {
    name: 'Kirikiriroa night market',
    size: 6,
    until: 7,
    faulty: 3,
    fault: { route: 'menuImport', kind: 'hold' },
  },
  {
    name: 'Tauranga bakeries',
    size: 2,
    until: 7,
    fault: { route: 'restaurantRegistration', kind: 'address_not_found' },
  },
  { name: 'Dunedin cafés', size: 3, until: 5, pauses: true },
  { name: 'Nelson and Tasman', size: 4, until: 7 },
  { name: 'Queenstown, before the season', size: 3, until: 0 },
];
const FREE = 30;

const run = { id: newRunId(), number: (await api.countBatches()) + 1 };
const total = BATCHES.reduce((sum, { size }) => sum + size, FREE);
const restaurants = restaurantsOfRun(generateRestaurants(total, run.number), run);
await prepareWorld(simulator, restaurants);
let taken = 0;
await Promise.all(
  BATCHES.map(({ size, ...batch }) => {
    const own = restaurants.slice(taken, (taken += size));
    return play(batch, own);
  }),
);

async function play({ name, until, fault, faulty = 1, pauses = false }, own) {
  const troubled = new Set(fault ? own.slice(0, faulty).map(({ id }) => id) : []);
  for (const id of troubled) {
    const rule = { id: `sample-${id}`, system: 'backend', restaurantId: id };
    await simulator.addFaults({ ...rule, ...fault, times: 1_000 });
  }
  const { batch_job: batch } = await api.createBatch(
    name,
    own.map(({ id }) => id),
    crypto.randomUUID(),
  );
  console.log(`${name}: ${batch.id}`);
  if (until === 0) return;
  await api.start(batch.id);
  const desk = new Desk(api, batch.id, new Map(own.map((one) => [one.id, one])));
  const rests = ({ restaurant_id: id, status, current_step: step }) =>
    (status !== 'in_progress' || (fault?.kind === 'hold' && troubled.has(id) && step === 6)) &&
    status !== 'pending' &&
    (step >= until || step === 6 || status !== 'action_required');
  for (const end = Date.now() + 300_000; Date.now() < end; await sleep(500)) {
    const { jobs } = await api.details(batch.id);
    if (jobs.every(rests)) return pauses ? pause(batch.id) : undefined;
    await desk.answer(jobs.filter(({ current_step: step }) => step < until));
  }
  console.log(`${name} is still on its way`);
}

async function pause(id) {
  const response = await fetch(`http://127.0.0.1:${env.API_PORT}/api/registration-batches/${id}/pause`, {
    method: 'POST',
    headers: {
      Authorization: `Bearer ${await userToken(env.SUPABASE_JWT_SECRET, 'admin')}`,
      'Content-Type': 'application/json',
    },
    body: JSON.stringify({ reason: 'The vendor mends its menus until noon.' }),
  });
  if (!response.ok) throw new Error(`A batch could not be paused: ${response.status}`);
}
