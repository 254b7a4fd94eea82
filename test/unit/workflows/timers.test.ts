/** Waits of hours and weeks, on a server that skips time. */
import type { WorkflowHandle } from '@temporalio/client';
import { CLOSED } from '../../../domain/reasons';
import { companySelected, extractionsCompleted } from '../../../workflows/messages';
import {
  decision,
  fakeWorld,
  registrationInput,
  SELECTION,
  SETTINGS,
  until,
  WorkflowWorld,
} from '../../helpers/workflows';

let looks = 0;
let arrives = Infinity;
const { seen, activities } = fakeWorld({
  async checkExtractions() {
    looks += 1;
    const state = looks >= arrives ? 'ready' : 'waiting';
    return { menu: state, branding: 'ready', menuId: null, summary: 'The menu is being extracted.' };
  },
});

let world: WorkflowWorld;
beforeAll(async () => {
  world = await WorkflowWorld.start(activities, 'time-skipping');
});
afterAll(() => world.stop());
beforeEach(() => {
  looks = 0;
  arrives = Infinity;
});

const lastJob = (jobId: string) => seen.snapshots.filter((write) => write.job_id === jobId).at(-1)?.job;

/** Lets skipped time pass until the run is where the test wants it. */
async function pass(
  handle: WorkflowHandle,
  reached: Parameters<typeof until>[1],
  step: string,
): Promise<void> {
  for (let tries = 0; tries < 200; tries += 1) {
    await world.environment.sleep(step);
    const { state } = { state: await until(handle, () => true) };
    if (reached(state)) return;
  }
  throw new Error('Time passed, and nothing came of it');
}

test('step 1 looks at growing intervals and fails at its deadline, waiting for a person', async () => {
  const input = registrationInput();
  const handle = await world.register(input);
  await pass(handle, (state) => state.awaiting === 'repair', '1 minute');
  // 5, 10, 20, 40 s, then every minute, and once at the deadline of ten minutes.
  expect(looks).toBeGreaterThanOrEqual(13);
  expect(looks).toBeLessThanOrEqual(16);
  expect(lastJob(input.jobId)).toMatchObject({ status: 'action_required', current_step: 1 });
  await handle.cancel();
});

test('the signal of the webhook wakes step 1 at once', async () => {
  const longest = 24 * 60 * 60_000;
  const settings = {
    ...SETTINGS,
    extractionTimeoutMs: longest,
    extractionPollMs: { first: longest, longest },
  };
  const handle = await world.register(registrationInput({ settings }));
  await until(handle, () => looks === 1);
  arrives = 2;
  await handle.signal(extractionsCompleted);
  await until(handle, (state) => state.awaiting === 'company_selection');
  expect(looks).toBe(2);
  await handle.cancel();
});

test('a job that nobody answers for 90 days is closed as failed with that reason; weeks before it is still open', async () => {
  arrives = 1;
  const input = registrationInput();
  const handle = await world.register(input);
  await pass(handle, (state) => state.awaiting === 'company_selection', '1 second');
  await world.environment.sleep('60 days');
  await handle.signal(companySelected, { ...decision(), ...SELECTION });
  await until(handle, (state) => state.awaiting === 'configuration');
  await expect(handle.result()).resolves.toEqual({ status: 'failed' });
  expect(lastJob(input.jobId)).toMatchObject({
    status: 'failed',
    error_message: CLOSED.nobodyAnswered(90),
    waiting_reason: null,
  });
});
