/** What operators do to a job whose step 6 failed, with the world outside replaced. */
import { randomUUID } from 'node:crypto';
import { WorkflowUpdateFailedError, type WorkflowHandle } from '@temporalio/client';
import { ApplicationFailure, type UpdateDefinition } from '@temporalio/common';
import { activityFailure } from '../../../activities/failure';
import type { SubStepResult } from '../../../activities/account-setup/types';
import type { FailureType } from '../../../domain/failures';
import { SUB_STEP_KEYS, type SubStepKey } from '../../../domain/sub-steps';
import {
  companySelected,
  editConfiguration,
  extractionsCompleted,
  giveUp,
  markSubStepDone,
  registrationRecord,
  republish,
  resetSubStep,
  retry,
  skipSubStep,
  yoloConfigured,
  type ResetCommand,
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

/** Per restaurant: sub-steps that fail with this type until the entry is taken away. */
const broken = new Map<string, Partial<Record<SubStepKey, FailureType>>>();
/** Per restaurant: sub-steps that run until this is resolved. */
const held = new Map<string, Partial<Record<SubStepKey, Promise<void>>>>();
const menus = new Map<string, string>();

const subSteps = Object.fromEntries(
  SUB_STEP_KEYS.map((key) => [
    key,
    async ({ restaurantId }: { restaurantId: string }): Promise<SubStepResult> => {
      await held.get(restaurantId)?.[key];
      const failure = broken.get(restaurantId)?.[key];
      if (failure) throw activityFailure(failure, { retryable: false, details: [1, null] });
      return subStepResult({ output: { made: key } });
    },
  ]),
);
const { seen, activities } = fakeWorld({
  ...subSteps,
  async checkExtractions({ restaurantId }) {
    const menuId = menus.get(restaurantId) ?? null;
    return { menu: menuId ? 'ready' : 'not_applicable', branding: 'ready', menuId, summary: '' };
  },
});

let world: WorkflowWorld;
beforeAll(async () => {
  world = await WorkflowWorld.start(activities);
});
afterAll(() => world.stop());

const BY = { actor: 'person-1', reason: 'seen on the platform' };
const atRest = (handle: WorkflowHandle) =>
  until(handle, ({ status, awaiting }) => awaiting === 'repair' || status === 'completed');

/** A job that came to rest in step 6 with these failures. */
async function jobWith(
  failures: Partial<Record<SubStepKey, FailureType>>,
  configuration = configurationSnapshot(),
): Promise<{ handle: WorkflowHandle; jobId: string; restaurantId: string; repaired: () => void }> {
  const input = registrationInput();
  const { jobId, restaurantId } = input;
  broken.set(restaurantId, failures);
  const handle = await world.register(input);
  await until(handle, (state) => state.awaiting === 'company_selection');
  await handle.signal(companySelected, { ...decision(), ...SELECTION });
  await until(handle, (state) => state.awaiting === 'configuration');
  await handle.signal(yoloConfigured, { ...decision(), configuration });
  await atRest(handle);
  return { handle, jobId, restaurantId, repaired: () => void broken.delete(restaurantId) };
}

async function refusalOf<R, A extends [unknown]>(
  handle: WorkflowHandle,
  update: UpdateDefinition<R, A>,
  ...args: A
): Promise<unknown> {
  try {
    await handle.executeUpdate(update, { args });
  } catch (error) {
    if (error instanceof WorkflowUpdateFailedError && error.cause instanceof ApplicationFailure) {
      return error.cause.details?.[0];
    }
    throw error;
  }
  throw new Error('It was not refused');
}

const callsOf = (jobId: string, key: SubStepKey) =>
  seen.calls.filter((call) => call.input.jobId === jobId && call.key === key).map((call) => call.input);
const eventsOf = (jobId: string, kind: string) =>
  seen.snapshots
    .filter((write) => write.job_id === jobId)
    .flatMap((write) => write.events ?? [])
    .filter((event) => event.kind === kind);
const reset = (change: Partial<ResetCommand> & Pick<ResetCommand, 'subStep'>): ResetCommand => ({
  ...BY,
  cascade: true,
  effectRemoved: false,
  preview: false,
  ...change,
});

test('a repaired sub-step wakes what it blocked, and only that', async () => {
  const { handle, jobId } = await jobWith({
    menuImport: 'InvalidInput',
    createOnboardingUser: 'InvalidInput',
  });
  const before = await atRest(handle);
  expect(before.subSteps).toMatchObject({
    optionSets: 'blocked',
    itemTags: 'blocked',
    syncOnboardingUser: 'blocked',
    websiteConfig: 'completed',
  });
  broken.delete((callsOf(jobId, 'menuImport')[0] ?? { restaurantId: '' }).restaurantId);
  await handle.executeUpdate(retry, { args: [{ ...BY, step: 6, subSteps: ['menuImport'] }] });
  const after = await atRest(handle);
  expect(after.subSteps).toMatchObject({
    menuImport: 'completed',
    optionSets: 'completed',
    itemTags: 'completed',
    createOnboardingUser: 'failed',
    syncOnboardingUser: 'blocked',
  });
  expect(callsOf(jobId, 'syncOnboardingUser')).toHaveLength(0);
  expect(callsOf(jobId, 'websiteConfig')).toHaveLength(1);
});

test('skipping one takes along what cannot do without it, and the job completes', async () => {
  const { handle, jobId } = await jobWith({ menuImport: 'OutcomeUnclear' });
  const { changed } = await handle.executeUpdate(skipSubStep, { args: [{ ...BY, subStep: 'menuImport' }] });
  expect(changed[0]).toEqual({ key: 'menuImport', status: 'skipped', generation: 1 });
  await expect(handle.result()).resolves.toEqual({ status: 'completed' });
  expect((await atRest(handle)).subSteps).toMatchObject({
    menuImport: 'skipped',
    optionSets: 'skipped',
    itemTags: 'skipped',
  });
  expect(callsOf(jobId, 'optionSets')).toHaveLength(0);
  expect(eventsOf(jobId, 'sub_step.skipped')).toMatchObject([
    { ...BY, at: expect.any(String), data: { sub_step: 'menuImport' } },
  ]);
});

test('marking one as done hands its output to those that need it, and wants what they need', async () => {
  const { handle, jobId } = await jobWith({ codeGeneration: 'OutcomeUnclear' });
  const done = { ...BY, subStep: 'codeGeneration' } as const;
  await expect(refusalOf(handle, markSubStepDone, { ...done, output: {} })).resolves.toBe(
    'VALIDATION_FAILED',
  );
  await handle.executeUpdate(markSubStepDone, { args: [{ ...done, output: { codeInjectionId: 'ci-9' } }] });
  await expect(handle.result()).resolves.toEqual({ status: 'completed' });
  expect(callsOf(jobId, 'codeGeneration')).toHaveLength(1);
  expect(callsOf(jobId, 'websiteConfig')[0]?.outputs.codeGeneration).toEqual({ codeInjectionId: 'ci-9' });
});

test('what was skipped with a sub-step comes back when that is marked as done', async () => {
  const { handle, jobId } = await jobWith({ menuImport: 'OutcomeUnclear', paymentConfig: 'WrongPassword' });
  await handle.executeUpdate(skipSubStep, { args: [{ ...BY, subStep: 'menuImport' }] });
  await until(handle, ({ subSteps, awaiting }) => awaiting === 'repair' && subSteps?.itemTags === 'skipped');
  await handle.executeUpdate(markSubStepDone, { args: [{ ...BY, subStep: 'menuImport', output: {} }] });
  const state = await atRest(handle);
  expect(state.subSteps).toMatchObject({
    menuImport: 'completed',
    optionSets: 'completed',
    itemTags: 'completed',
  });
  expect(state.generations).toMatchObject({ menuImport: 2, optionSets: 2, paymentConfig: 1 });
  expect(callsOf(jobId, 'optionSets').map(({ generation }) => generation)).toEqual([2]);
});

test('a reset takes dependents along, raises their generation and refuses where a repeat would do harm', async () => {
  const { handle, jobId, repaired } = await jobWith({ itemTags: 'InvalidInput' });
  const command = reset({ subStep: 'menuImport' });
  await expect(refusalOf(handle, resetSubStep, command)).resolves.toBe('EFFECT_EXISTS');
  await expect(
    refusalOf(handle, resetSubStep, { ...command, cascade: false, effectRemoved: true }),
  ).resolves.toBe('INVALID_STATUS');
  const preview = await handle.executeUpdate(resetSubStep, {
    args: [{ ...command, effectRemoved: true, preview: true }],
  });
  expect(preview.changed.map(({ key }) => key)).toEqual(['menuImport', 'optionSets', 'itemTags']);
  expect((await atRest(handle)).generations).toMatchObject({ menuImport: 1 });

  repaired();
  await handle.executeUpdate(resetSubStep, { args: [{ ...command, effectRemoved: true }] });
  await expect(handle.result()).resolves.toEqual({ status: 'completed' });
  const calls = callsOf(jobId, 'menuImport');
  expect(calls.map(({ generation, effectRemoved }) => [generation, effectRemoved])).toEqual([
    [1, false],
    [2, true],
  ]);
  // Outputs of the former generation are not handed on.
  expect(calls[1]?.outputs.menuImport).toBeUndefined();
  expect((await atRest(handle)).generations).toMatchObject({ menuImport: 2, optionSets: 2, itemTags: 2 });
});

test('a running sub-step is nobody’s to change, while others can be', async () => {
  const input = registrationInput();
  let release = (): void => undefined;
  held.set(input.restaurantId, { servicesConfig: new Promise((resolve) => (release = resolve)) });
  broken.set(input.restaurantId, { menuImport: 'InvalidInput' });
  const handle = await world.register(input);
  await until(handle, (state) => state.awaiting === 'company_selection');
  await handle.signal(companySelected, { ...decision(), ...SELECTION });
  await until(handle, (state) => state.awaiting === 'configuration');
  await handle.signal(yoloConfigured, { ...decision(), configuration: configurationSnapshot() });
  await until(
    handle,
    ({ subSteps }) => subSteps?.servicesConfig === 'in_progress' && subSteps.menuImport === 'failed',
  );
  const running = { ...BY, subStep: 'servicesConfig' } as const;
  await expect(refusalOf(handle, skipSubStep, running)).resolves.toBe('INVALID_STATUS');
  await expect(refusalOf(handle, markSubStepDone, { ...running, output: {} })).resolves.toBe(
    'INVALID_STATUS',
  );
  await expect(refusalOf(handle, resetSubStep, reset(running))).resolves.toBe('INVALID_STATUS');
  await expect(
    refusalOf(handle, resetSubStep, reset({ subStep: 'restaurantRegistration', effectRemoved: true })),
  ).resolves.toBe('INVALID_STATUS');
  const edit = { ...BY, configuration: configurationSnapshot(), changedPaths: [], retry: false };
  await expect(refusalOf(handle, editConfiguration, edit)).resolves.toBe('INVALID_STATUS');
  await expect(refusalOf(handle, giveUp, BY)).resolves.toBe('INVALID_STATUS');

  // A sibling that failed is retried meanwhile, and what it blocked goes on with it.
  broken.delete(input.restaurantId);
  await handle.executeUpdate(retry, { args: [{ ...BY, step: 6 }] });
  await until(handle, ({ subSteps }) => subSteps?.itemTags === 'completed');
  release();
  await expect(handle.result()).resolves.toEqual({ status: 'completed' });
});

test('an edited configuration is what runs from then on, and switches sub-steps off and on', async () => {
  const base = configurationSnapshot();
  const off = { ...base, steps_enabled: { ...base.steps_enabled, paymentConfig: false } };
  const { handle, jobId, repaired } = await jobWith({ cloudwaitressAccount: 'AccountExists' }, off);
  repaired();
  const configuration = {
    ...base,
    account: { ...base.account, registerNewUser: false, passwordRef: randomUUID() },
  };
  const { retried, changed } = await handle.executeUpdate(editConfiguration, {
    args: [{ ...BY, configuration, changedPaths: ['account.registerNewUser'], retry: true }],
  });
  expect(retried).toEqual([]);
  expect(changed.slice(0, 2)).toEqual([
    { key: 'cloudwaitressAccount', status: 'skipped', generation: 1 },
    { key: 'restaurantRegistration', status: 'pending', generation: 1 },
  ]);
  await expect(handle.result()).resolves.toEqual({ status: 'completed' });
  expect((await atRest(handle)).subSteps).toMatchObject({
    cloudwaitressAccount: 'skipped',
    paymentConfig: 'completed',
  });
  expect(callsOf(jobId, 'restaurantRegistration')[0]?.configuration.account.passwordRef).toBe(
    configuration.account.passwordRef,
  );
  const told = seen.snapshots.filter(({ job_id, job }) => job_id === jobId && job?.execution_config).at(-1);
  expect(told?.job?.execution_config).toMatchObject({ account: { registerNewUser: false } });
});

test('a menu that arrives late wakes a job that failed for want of it', async () => {
  const base = configurationSnapshot();
  const { handle, jobId, restaurantId, repaired } = await jobWith(
    { menuImport: 'MenuNotReady', servicesConfig: 'WrongPassword' },
    { ...base, menu: { ...base.menu, selectedMenuId: null } },
  );
  // Told of, but not there.
  await handle.signal(extractionsCompleted);
  repaired();
  broken.set(restaurantId, { servicesConfig: 'WrongPassword' });
  const menuId = randomUUID();
  menus.set(restaurantId, menuId);
  await handle.signal(extractionsCompleted);
  await until(
    handle,
    ({ awaiting, subSteps }) => awaiting === 'repair' && subSteps?.menuImport === 'completed',
  );
  expect(callsOf(jobId, 'menuImport').at(-1)?.configuration.menu.selectedMenuId).toBe(menuId);
  expect(callsOf(jobId, 'servicesConfig')).toHaveLength(1);
});

test('a job that waits for a person can be given up: it is closed as failed, with the reason', async () => {
  const { handle, jobId } = await jobWith({ servicesConfig: 'WrongPassword' });
  await handle.executeUpdate(giveUp, { args: [BY] });
  await expect(handle.result()).resolves.toEqual({ status: 'failed' });
  const last = seen.snapshots.filter((write) => write.job_id === jobId).at(-1);
  expect(last?.job).toMatchObject({ status: 'failed', closure: 'given_up' });
  expect(last?.job?.error_message).toContain(BY.reason);
  expect(eventsOf(jobId, 'job.given_up')).toMatchObject([BY]);
});

test('the whole record can be written anew, of a running job and of a closed one', async () => {
  const { handle, jobId } = await jobWith({ servicesConfig: 'WrongPassword' });
  const { revision } = await handle.executeUpdate(republish, { args: [BY] });
  const write = seen.restored.find(({ job_id }) => job_id === jobId);
  expect(write).toMatchObject({
    job: { revision, execution_config: expect.any(Object), status: 'action_required' },
  });
  expect(write?.sub_steps).toHaveLength(12);
  expect(write?.events?.map(({ kind }) => kind)).toContain('decision.applied');

  await handle.executeUpdate(skipSubStep, { args: [{ ...BY, subStep: 'servicesConfig' }] });
  await handle.result();
  const closed = await handle.query(registrationRecord);
  const last = seen.snapshots.filter(({ job_id }) => job_id === jobId).at(-1);
  expect(closed.job).toEqual({ ...last?.job, execution_config: expect.any(Object) });
  expect(closed.sub_steps?.find(({ key }) => key === 'servicesConfig')).toMatchObject({ status: 'skipped' });
});
