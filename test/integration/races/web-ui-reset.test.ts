/**
 * Runs that are reset in the Temporal Web UI, while people and calls are under way. The new run knows less than the record and the world
 * do: it must catch up with them, do nothing twice, and say what is. Runs from dist: build first.
 */
import { generateRestaurants } from '../../../dev/demo/generator';
import type { Job, SelectionBody } from '../../../dev/demo/api-client';
import { batchWorkflowId, registrationWorkflowId } from '../../../domain/ids';
import { isTerminalJob } from '../../../domain/statuses';
import type { SubStepKey } from '../../../domain/sub-steps';
import { registrationState } from '../../../workflows/messages';
import { Operator } from '../../helpers/operator';
import { eventually, type TestStack } from '../../helpers/stack';
import { callApi, startRaceStack } from './desks';
import { scheduled, WebUi } from './web-ui';

let stack: TestStack;
let webUi: WebUi;
beforeAll(async () => {
  stack = await startRaceStack();
  webUi = await WebUi.open(stack);
}, 120_000);
afterAll(async () => {
  await webUi?.close();
  await stack?.stopAll();
}, 60_000);

const waitsAt = (number: number) => (job: Job) =>
  job.status === 'action_required' && job.current_step === number;
const allEnded = (jobs: Job[]): boolean => jobs.every((job) => isTerminalJob(job.status));
const firstOf = (jobs: Job[]): Job => {
  const [job] = jobs;
  if (!job) throw new Error('There is no job');
  return job;
};
const none = (jobs: readonly Job[]): Record<string, SelectionBody> =>
  Object.fromEntries(jobs.map((job): [string, SelectionBody] => [job.id, { no_match: true }]));

async function ledger(jobId: string): Promise<Map<SubStepKey, { status: string; attempt: number }>> {
  const { data, error } = await stack.supabase
    .from('registration_sub_steps')
    .select('key, status, attempt')
    .eq('job_id', jobId);
  if (error) throw error;
  return new Map(data.map(({ key, status, attempt }) => [key as SubStepKey, { status, attempt }]));
}

/** The record has heard of the job from this run. */
const untilRecordedBy = (jobId: string, runId: string): Promise<void> =>
  eventually(async () => {
    const { data } = await stack.supabase
      .from('registration_jobs')
      .select('workflow_run_id')
      .eq('id', jobId)
      .single();
    return data?.workflow_run_id === runId;
  }, 60_000);

/** The feature behind the menu's import is switched off until the fault is cleared. */
const switchMenuImportOff = (operator: Operator): Promise<string[]> =>
  operator.simulator.addFaults(
    ...operator.restaurants.map(({ id }) => ({
      id: `off-${id}`,
      system: 'backend' as const,
      route: 'menuImport',
      restaurantId: id,
      kind: 'forbidden' as const,
    })),
  );

/** All has run that can: the menu's import has failed, what needs it is blocked, the rest is completed. */
const waitsForMenuImport = (job: Job): boolean => waitsAt(6)(job) && job.steps[5]?.status === 'failed';

const subStepStatuses = async (jobId: string): Promise<Record<string, number>> => {
  const counts: Record<string, number> = {};
  for (const { status } of (await ledger(jobId)).values()) counts[status] = (counts[status] ?? 0) + 1;
  return counts;
};

async function expectNothingTwice(operator: Operator): Promise<void> {
  const effects = await operator.effects();
  expect(effects.length).toBeGreaterThan(0);
  expect(effects.filter(({ count }) => count > 1)).toEqual([]);
  expect(await operator.simulator.effectsSummary()).toMatchObject({
    duplicates: 0,
    concurrentCalls: 0,
    unmetNeeds: [],
  });
}

/** The record says of each job what its workflow does. */
async function expectRecordAgrees(jobs: readonly Job[]): Promise<void> {
  for (const job of jobs) {
    const state = await webUi.client.workflow
      .getHandle(registrationWorkflowId(job.id))
      .query(registrationState);
    expect({ status: job.status, steps: job.steps.map((step) => step.status) }).toEqual({
      status: state.status,
      steps: state.steps,
    });
  }
}

test('at step 3 after two searches: the count of searches catches up, and the list on the screen can be chosen from', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(1, 41));
  const before = firstOf(await operator.until((jobs) => jobs.every(waitsAt(3)), { answering: false }));
  await operator.api.searchAgain(before.id, { restaurant_name: 'Kererū' });
  const twice = (jobs: Job[]): boolean => jobs.every((job) => waitsAt(3)(job) && job.search_no === 2);
  await operator.until(twice, { answering: false });

  const runId = await webUi.reset(registrationWorkflowId(before.id));
  await untilRecordedBy(before.id, runId);
  const job = firstOf(await operator.until((jobs) => jobs.every(waitsAt(3)), { answering: false }));
  const { data: list } = await stack.supabase
    .from('companies_office_search_candidates')
    .select('search_no, status')
    .eq('registration_job_id', job.id)
    .single();
  expect(list).toEqual({ search_no: job.search_no, status: 'awaiting_selection' });
  expect(job.search_no).toBeGreaterThanOrEqual(2);
  expect(await operator.api.select(operator.batchId, none([job]))).toEqual([
    expect.objectContaining({ result: 'applied' }),
  ]);
  await operator.until((jobs) => jobs.every(waitsAt(5)), { answering: false });
}, 120_000);

test('in step 6 with completed sub-steps: what failed still waits, and nothing is done twice', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(1, 42));
  await switchMenuImportOff(operator);
  const job = firstOf(await operator.until((jobs) => jobs.every(waitsForMenuImport)));
  const before = await ledger(job.id);
  const runId = await webUi.reset(registrationWorkflowId(job.id), scheduled('saveConfiguration'));
  await untilRecordedBy(job.id, runId);
  await operator.until((jobs) => jobs.every(waitsForMenuImport), { answering: false });
  expect(await ledger(job.id)).toEqual(before);

  await operator.simulator.clearFaults(`off-${job.restaurant_id}`);
  expect(await callApi(stack, 'POST', `/jobs/${job.id}/retry`, { step: 6 })).toMatchObject({ status: 200 });
  const closed = await operator.until(allEnded);
  expect(closed.map(({ status }) => status)).toEqual(['completed']);
  await expectNothingTwice(operator);
  await expectRecordAgrees(closed);
}, 180_000);

test('a cancelled one goes on from where it was, and nothing is done twice', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(2, 43));
  await switchMenuImportOff(operator);
  const [job, other] = await operator.until((jobs) => jobs.every(waitsForMenuImport));
  if (!job || !other) throw new Error('There are no jobs');
  const before = await subStepStatuses(job.id);
  await callApi(stack, 'POST', `/jobs/${job.id}/cancel`, { reason: 'a mistake' });
  const isCancelled = (jobs: Job[]): boolean =>
    jobs.some(({ id, status }) => id === job.id && status === 'cancelled');
  await operator.until(isCancelled, { answering: false });
  expect(await subStepStatuses(job.id)).toMatchObject({
    completed: before['completed'],
    cancelled: expect.any(Number),
  });

  // The batch has not ended: the other restaurant waits.
  const runId = await webUi.reset(registrationWorkflowId(job.id), scheduled('saveConfiguration'));
  await untilRecordedBy(job.id, runId);
  await operator.until((jobs) => jobs.every(waitsForMenuImport), { answering: false });
  expect(await subStepStatuses(job.id)).toEqual(before);
  await operator.simulator.clearFaults();
  for (const { id } of [job, other]) {
    expect(await callApi(stack, 'POST', `/jobs/${id}/retry`, { step: 6 })).toMatchObject({ status: 200 });
  }
  const closed = await operator.until(allEnded);
  expect(closed.map(({ status }) => status)).toEqual(['completed', 'completed']);
  await expectNothingTwice(operator);
  await expectRecordAgrees(closed);
  await eventually(
    async () => (await operator.api.details(operator.batchId)).batch.status === 'completed',
    30_000,
  );
  const { batch } = await operator.api.details(operator.batchId);
  expect(batch).toMatchObject({ completed_restaurants: 2, failed_restaurants: 0 });
}, 240_000);

test('a batch: its registrations go on, it follows them, and its counts are right', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(3, 44));
  const jobs = await operator.until((all) => all.every(waitsAt(3)), { answering: false });
  const runs = async (): Promise<string[]> =>
    Promise.all(
      jobs.map(
        async ({ id }) =>
          (await webUi.client.workflow.getHandle(registrationWorkflowId(id)).describe()).runId,
      ),
    );
  const before = await runs();
  await webUi.reset(batchWorkflowId(operator.batchId));
  const closed = await operator.until(allEnded);
  expect(closed.map(({ status }) => status)).toEqual(['completed', 'completed', 'completed']);
  expect(await runs()).toEqual(before);
  const ended = await webUi.client.workflow.getHandle(batchWorkflowId(operator.batchId)).result();
  expect(ended).toMatchObject({ status: 'completed', completed: 3, failed: 0, cancelled: 0 });
  const { batch } = await operator.api.details(operator.batchId);
  expect(batch).toMatchObject({ status: 'completed', completed_restaurants: 3, failed_restaurants: 0 });
  await expectNothingTwice(operator);
}, 180_000);
