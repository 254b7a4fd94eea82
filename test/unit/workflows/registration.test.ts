/** The six steps of a registration, with the world outside replaced. */
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { activityFailure } from '../../../activities/failure';
import { registrationWorkflowId } from '../../../domain/ids';
import type { JobSnapshot } from '../../../domain/record';
import {
  companyEnteredManually,
  companySelected,
  continueExtraction,
  retry,
  searchAgain,
  yoloConfigured,
} from '../../../workflows/messages';
import {
  configurationSnapshot,
  decision,
  fakeWorld,
  registrationInput,
  SELECTION,
  subStepResult,
  until,
  WorkflowWorld,
} from '../../helpers/workflows';

/** Answers of the fake world that single tests replace for their own restaurant. */
const behaviour = new Map<
  string,
  { extraction?: 'failed'; search?: number; details?: number; subSteps?: Partial<Record<string, number>> }
>();
const failing = (times: number | undefined, count: Map<string, number>, id: string): boolean => {
  const so = count.get(id) ?? 0;
  count.set(id, so + 1);
  return so < (times ?? 0);
};
const counts = new Map<string, number>();

/** Called with each snapshot, before whoever wrote it hears that the record has it. */
const readers = new Map<string, (job: JobSnapshot) => Promise<void>>();

const { seen, activities } = fakeWorld({
  async checkExtractions({ restaurantId }) {
    const failed = behaviour.get(restaurantId)?.extraction === 'failed';
    return {
      menu: failed ? 'failed' : 'ready',
      branding: 'ready',
      menuId: null,
      summary: 'The extraction failed.',
    };
  },
  async searchCompaniesByName({ restaurantId }) {
    if (failing(behaviour.get(restaurantId)?.search, counts, `${restaurantId}:search`)) {
      throw activityFailure('RegisterAuthError');
    }
    return { found: 1, nzbnsToCheck: [] };
  },
  async fetchCompanyDetails({ restaurantId, choice }) {
    if (failing(behaviour.get(restaurantId)?.details, counts, `${restaurantId}:details`)) {
      throw activityFailure('CompanyNotFound');
    }
    return { nzbn: choice.nzbn, companyNumber: choice.company_number, contactFound: true };
  },
  async menuImport({ restaurantId, attemptLimit }) {
    if (
      failing(behaviour.get(restaurantId)?.subSteps?.['menuImport'], counts, `${restaurantId}:menuImport`)
    ) {
      throw activityFailure('OutcomeUnclear', { details: [1] });
    }
    return subStepResult({ attempt: attemptLimit, output: { dishes: 20 }, proof: 'read_back' });
  },
});

const { publishSnapshot } = activities;
activities.publishSnapshot = async (write) => {
  const answer = await publishSnapshot(write);
  if (write.job) await readers.get(write.job_id)?.(write.job);
  return answer;
};

let world: WorkflowWorld;
beforeAll(async () => {
  world = await WorkflowWorld.start(activities);
});
afterAll(() => world.stop());

const selectAndConfigure = async (handle: WorkflowHandle): Promise<void> => {
  await until(handle, (state) => state.awaiting === 'company_selection');
  await handle.signal(companySelected, { ...decision(), ...SELECTION });
  await until(handle, (state) => state.awaiting === 'configuration');
  await handle.signal(yoloConfigured, { ...decision(), configuration: configurationSnapshot() });
};
const verdict = (decisionId: string) =>
  seen.snapshots
    .flatMap((write) => write.events ?? [])
    .find((event) => event.id === `decision:${decisionId}`);

test('runs from extraction to a finished account when its two questions are answered', async () => {
  const input = registrationInput();
  const handle = await world.register(input);
  await selectAndConfigure(handle);
  await expect(handle.result()).resolves.toEqual({ status: 'completed' });

  const own = seen.calls.filter((call) => call.input.jobId === input.jobId).map((call) => call.key);
  expect(new Set(own).size).toBe(12);
  expect(own).toHaveLength(12);
  const last = seen.snapshots.filter((write) => write.job_id === input.jobId).at(-1);
  expect(last?.job).toMatchObject({ status: 'completed', current_step: 6, waiting_reason: null });
  expect(last?.job?.steps.map((step) => step.status)).toEqual(Array(6).fill('completed'));
  // A closed row is not overwritten: what closes it must be complete.
  const closing = seen.snapshots.find(
    ({ job_id, job }) => job_id === input.jobId && job?.status === 'completed',
  );
  expect(closing?.job).toMatchObject({ completed_at: expect.any(String), waiting_reason: null });
  const revisions = seen.snapshots.filter((w) => w.job_id === input.jobId).map((w) => w.job?.revision ?? 0);
  // Two that are on their way at once may overtake one another: the record takes the newer one. The end overtakes nothing.
  expect(new Set(revisions).size).toBe(revisions.length);
  expect(revisions.at(-1)).toBe(Math.max(...revisions));
});

test('who answers as soon as the record asks is heard, although the run does not know yet that it asks', async () => {
  const input = registrationInput();
  const { client } = world.environment;
  const run = client.workflow.getHandle(registrationWorkflowId(input.jobId));
  const [select, configure] = [decision(), decision()];
  const answered = new Set<number>();
  readers.set(input.jobId, async ({ current_step, status }) => {
    if (status !== 'action_required' || answered.has(current_step)) return;
    answered.add(current_step);
    if (current_step === 3) await run.signal(companySelected, { ...select, ...SELECTION });
    else await run.signal(yoloConfigured, { ...configure, configuration: configurationSnapshot() });
  });
  await expect((await world.register(input)).result()).resolves.toEqual({ status: 'completed' });
  expect([...answered]).toEqual([3, 5]);
  expect(verdict(select.decisionId)).toMatchObject({
    kind: 'decision.applied',
    data: { answer: 'company', ...SELECTION.selection },
  });
  expect(verdict(configure.decisionId)).toMatchObject({
    kind: 'decision.applied',
    data: { answer: 'configuration' },
  });
});

test('hands the results of a sub-step to those that need them', async () => {
  const input = registrationInput();
  const handle = await world.register(input);
  await selectAndConfigure(handle);
  await handle.result();
  const website = seen.calls.find((call) => call.key === 'websiteConfig' && call.input.jobId === input.jobId);
  expect(website?.input.outputs).toMatchObject({ restaurantRegistration: {}, codeGeneration: {} });
});

test('a company that is not offered, a replaced list and a second choice are ignored with the reason', async () => {
  const handle = await world.register(registrationInput());
  await until(handle, (state) => state.awaiting === 'company_selection');
  const [unknown, again, stale, first, second] = [decision(), decision(), decision(), decision(), decision()];
  await handle.signal(companySelected, { ...unknown, searchNo: 1, selection: { company_number: '1' } });
  await handle.signal(searchAgain, { ...again, words: { restaurant_name: 'Kōwhai' } });
  await handle.signal(companySelected, { ...stale, ...SELECTION });
  await until(handle, (state) => state.searchNo === 2 && state.awaiting === 'company_selection');
  await handle.signal(companySelected, { ...first, searchNo: 2, selection: { no_match: true } });
  await handle.signal(companySelected, { ...second, searchNo: 2, selection: { company_number: '9990001' } });
  const state = await until(handle, ({ awaiting }) => awaiting === 'configuration');
  expect(state.steps.slice(0, 5)).toEqual([
    'completed',
    'completed',
    'completed',
    'skipped',
    'action_required',
  ]);

  await handle.signal(yoloConfigured, { ...decision(), configuration: configurationSnapshot() });
  await handle.result();
  expect(verdict(again.decisionId)).toMatchObject({
    kind: 'decision.applied',
    data: { answer: 'search_again' },
  });
  expect(verdict(first.decisionId)).toMatchObject({ kind: 'decision.applied', data: { answer: 'no_match' } });
  for (const ignored of [unknown, stale, second]) {
    expect(verdict(ignored.decisionId)).toMatchObject({
      kind: 'decision.ignored',
      reason: expect.any(String),
    });
  }
});

test('a company whose details cannot be had is chosen anew, from a new list or by hand', async () => {
  const [listed, byHand] = [registrationInput(), registrationInput()];
  for (const { restaurantId } of [listed, byHand]) behaviour.set(restaurantId, { details: 1 });
  const [first, second] = [await world.register(listed), await world.register(byHand)];
  for (const handle of [first, second]) {
    await until(handle, (state) => state.awaiting === 'company_selection');
    await handle.signal(companySelected, { ...decision(), ...SELECTION });
    await until(handle, (state) => state.awaiting === 'repair' && state.steps[3] === 'failed');
  }
  await first.signal(searchAgain, { ...decision(), words: { restaurant_name: 'Kōwhai' } });
  await until(first, (state) => state.awaiting === 'company_selection' && state.searchNo === 2);
  await first.signal(companySelected, { ...decision(), ...SELECTION, searchNo: 2 });
  await second.signal(companyEnteredManually, {
    ...decision(),
    details: { contact_name: 'Mereana Testperson' },
  });
  const chosen = await until(first, (state) => state.awaiting === 'configuration');
  const entered = await until(second, (state) => state.awaiting === 'configuration');
  expect(chosen.steps.slice(0, 4)).toEqual(['completed', 'completed', 'completed', 'completed']);
  expect(entered.steps.slice(0, 4)).toEqual(['completed', 'completed', 'completed', 'skipped']);
});

test('manual entry skips the details, also while the search has failed', async () => {
  const input = registrationInput();
  behaviour.set(input.restaurantId, { search: 1 });
  const handle = await world.register(input);
  const failed = await until(handle, (state) => state.awaiting === 'repair');
  expect(failed).toMatchObject({ status: 'action_required', currentStep: 2 });
  await handle.signal(companyEnteredManually, {
    ...decision(),
    details: { contact_name: 'Mereana Testperson' },
  });
  const state = await until(handle, ({ awaiting }) => awaiting === 'configuration');
  expect(state.steps.slice(0, 4)).toEqual(['completed', 'skipped', 'completed', 'skipped']);
  await handle.cancel();
});

test.each([
  [2, { search: 1 }, 'company_selection'],
  [4, { details: 1 }, 'configuration'],
] as const)('a retry of step %i goes on from there', async (step, faults, then) => {
  const input = registrationInput();
  behaviour.set(input.restaurantId, faults);
  const handle = await world.register(input);
  if (step === 4) {
    await until(handle, (state) => state.awaiting === 'company_selection');
    await handle.signal(companySelected, { ...decision(), ...SELECTION });
  }
  await until(handle, (state) => state.awaiting === 'repair');
  const answer = await handle.executeUpdate(retry, { args: [{ step, actor: 'person-1', reason: null }] });
  expect(answer).toEqual({ step, subSteps: [] });
  await until(handle, (state) => state.awaiting === then);
  await handle.cancel();
});

test('a failed extraction asks a person, who waits again or goes on without it', async () => {
  const input = registrationInput();
  behaviour.set(input.restaurantId, { extraction: 'failed' });
  const handle = await world.register(input);
  await until(handle, (state) => state.awaiting === 'repair');
  const command = { actor: 'person-1', reason: 'menu comes later' };
  await handle.executeUpdate(continueExtraction, { args: [{ ...command, mode: 'wait' }] });
  await until(handle, (state) => state.awaiting === 'repair');
  await handle.executeUpdate(continueExtraction, { args: [{ ...command, mode: 'without' }] });
  const state = await until(handle, ({ awaiting }) => awaiting === 'company_selection');
  expect(state.steps[0]).toBe('skipped');
  await handle.cancel();
});

test('a command is refused where there is nothing to repair', async () => {
  const handle = await world.register(registrationInput());
  await until(handle, (state) => state.awaiting === 'company_selection');
  await expect(
    handle.executeUpdate(retry, { args: [{ step: 2, actor: 'person-1', reason: null }] }),
  ).rejects.toMatchObject({
    cause: { type: 'CommandRefused', details: ['STEP_NOT_ACTION_REQUIRED', expect.any(String)] },
  });
  await handle.cancel();
});

test('a failed sub-step leaves the job waiting, siblings done and dependents blocked; its retry completes it', async () => {
  const input = registrationInput();
  behaviour.set(input.restaurantId, { subSteps: { menuImport: 1 } });
  const handle = await world.register(input);
  await selectAndConfigure(handle);
  const state = await until(handle, ({ awaiting }) => awaiting === 'repair');
  expect(state.status).toBe('action_required');
  expect(state.subSteps).toMatchObject({ menuImport: 'failed', optionSets: 'blocked', itemTags: 'blocked' });
  expect(Object.values(state.subSteps ?? {}).filter((status) => status === 'completed')).toHaveLength(9);

  const answer = await handle.executeUpdate(retry, {
    args: [{ step: 6, actor: 'person-1', reason: 'not there' }],
  });
  expect(answer).toEqual({ step: 6, subSteps: ['menuImport'] });
  await expect(handle.result()).resolves.toEqual({ status: 'completed' });
  const calls = seen.calls.filter((call) => call.input.jobId === input.jobId);
  expect(calls.filter((call) => call.key === 'menuImport')).toHaveLength(2);
  expect(calls).toHaveLength(13);
});

test('with the policy `fail` the job closes as failed once nothing more can run', async () => {
  const input = registrationInput({ failurePolicy: 'fail' });
  behaviour.set(input.restaurantId, { subSteps: { menuImport: 9 } });
  const handle = await world.register(input);
  await selectAndConfigure(handle);
  await expect(handle.result()).resolves.toEqual({ status: 'failed' });
  const last = seen.snapshots.filter((write) => write.job_id === input.jobId).at(-1);
  expect(last?.job).toMatchObject({ status: 'failed', closure: 'given_up' });
});

test('a cancelled job is recorded as cancelled, whatever it waited for', async () => {
  const input = registrationInput();
  const handle = await world.register(input);
  await until(handle, (state) => state.awaiting === 'company_selection');
  await handle.cancel();
  await expect(handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
  const last = seen.snapshots.filter((write) => write.job_id === input.jobId).at(-1);
  expect(last?.job).toMatchObject({ status: 'cancelled', closure: 'cancelled' });
  expect(last?.job?.steps.map((step) => step.status)).toEqual([
    'completed',
    'completed',
    ...Array(4).fill('cancelled'),
  ]);
});
