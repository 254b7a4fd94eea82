/** A cancel finds a registration in every place where it can wait or run: it ends as cancelled, and what was done stays told. */
import { Context } from '@temporalio/activity';
import type { WorkflowHandle } from '@temporalio/client';
import { activityFailure } from '../../../activities/failure';
import type { SubStepInput, SubStepResult } from '../../../activities/account-setup/types';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import {
  companySelected,
  registrationState,
  yoloConfigured,
  type RegistrationState,
} from '../../../workflows/messages';
import {
  configurationSnapshot,
  decision,
  fakeWorld,
  registrationInput,
  SELECTION,
  SETTINGS,
  subStepResult,
  until,
  WorkflowWorld,
} from '../../helpers/workflows';

/** Where a restaurant gets stuck, and how it is let go. */
class Held {
  reached!: () => void;
  release!: () => void;
  readonly isReached = new Promise<void>((resolve) => (this.reached = resolve));
  readonly isReleased = new Promise<void>((resolve) => (this.release = resolve));
  constructor(readonly key: SubStepKey) {}
}
const held = new Map<string, Held>();
const extractionWaits = new Set<string>();
const fails = new Map<string, 'search' | 'details' | SubStepKey>();

/** As real activities do: one that may be hung up on ends with the cancel, one that must be recorded runs on. */
async function perform(key: SubStepKey, { restaurantId }: SubStepInput): Promise<SubStepResult> {
  const hold = held.get(restaurantId);
  if (fails.get(restaurantId) === key) {
    throw activityFailure('InvalidInput', { retryable: false, details: [1, null] });
  }
  if (hold?.key !== key) return subStepResult();
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 50);
  try {
    hold.reached();
    const ends = SUB_STEPS[key].onCancel === 'abort' ? [context.cancelled] : [];
    await Promise.race([hold.isReleased, ...ends]);
    return subStepResult();
  } finally {
    clearInterval(beat);
  }
}

const { seen, activities } = fakeWorld({
  ...Object.fromEntries(SUB_STEP_KEYS.map((key) => [key, (input: SubStepInput) => perform(key, input)])),
  async checkExtractions({ restaurantId }) {
    const menu = extractionWaits.has(restaurantId) ? 'waiting' : 'ready';
    return { menu, branding: 'ready', menuId: null, summary: '' };
  },
  async searchCompaniesByName({ restaurantId }) {
    if (fails.get(restaurantId) === 'search') throw activityFailure('RegisterAuthError');
    return { found: 1, nzbnsToCheck: [] };
  },
  async fetchCompanyDetails({ restaurantId, choice }) {
    if (fails.get(restaurantId) === 'details') throw activityFailure('CompanyNotFound');
    return { nzbn: choice.nzbn, companyNumber: choice.company_number, contactFound: true };
  },
});

let world: WorkflowWorld;
beforeAll(async () => {
  world = await WorkflowWorld.start(activities);
}, 60_000);
afterAll(() => world.stop());

const configure = async (handle: WorkflowHandle): Promise<void> => {
  await until(handle, (state) => state.awaiting === 'company_selection');
  await handle.signal(companySelected, { ...decision(), ...SELECTION });
  await until(handle, (state) => state.awaiting === 'configuration');
  await handle.signal(yoloConfigured, { ...decision(), configuration: configurationSnapshot() });
};

/** Cancels, and gives what the record was told last. */
async function cancelled(handle: WorkflowHandle, jobId: string, meanwhile = (): void => undefined) {
  const callsBefore = seen.calls.filter((call) => call.input.jobId === jobId).length;
  await handle.cancel();
  meanwhile();
  await expect(handle.result()).rejects.toMatchObject({ cause: { name: 'CancelledFailure' } });
  const writes = seen.snapshots.filter((write) => write.job_id === jobId);
  const statuses = writes.flatMap(({ job }) => (job ? [job.status] : []));
  expect(writes.at(-1)?.job).toMatchObject({
    status: 'cancelled',
    closure: 'cancelled',
    cancelled_at: expect.any(String),
    waiting_reason: null,
  });
  // From the first word of it on, nothing else is told.
  expect(new Set(statuses.slice(statuses.indexOf('cancelled')))).toEqual(new Set(['cancelled']));
  const callsAfter = seen.calls.filter((call) => call.input.jobId === jobId).length - callsBefore;
  const { steps, subSteps } = await handle.query(registrationState);
  return { steps, subSteps, callsAfter };
}

interface Wait {
  where: string;
  prepare?: (restaurantId: string) => void;
  drive?: (handle: WorkflowHandle) => Promise<void>;
  reached: (state: RegistrationState) => boolean;
  /** Of the step that it waits at. */
  step: number;
  becomes: 'cancelled' | 'failed';
}

const select = async (handle: WorkflowHandle): Promise<void> => {
  await until(handle, (state) => state.awaiting === 'company_selection');
  await handle.signal(companySelected, { ...decision(), ...SELECTION });
};
const WAITS: Wait[] = [
  {
    where: 'for its extraction',
    prepare: (id) => void extractionWaits.add(id),
    reached: ({ steps }) => steps[0] === 'in_progress',
    step: 1,
    becomes: 'cancelled',
  },
  {
    where: 'for what to do about a failed search',
    prepare: (id) => void fails.set(id, 'search'),
    reached: ({ awaiting }) => awaiting === 'repair',
    step: 2,
    becomes: 'failed',
  },
  {
    where: 'for its company',
    reached: ({ awaiting }) => awaiting === 'company_selection',
    step: 3,
    becomes: 'cancelled',
  },
  {
    where: 'for what to do about failed details',
    prepare: (id) => void fails.set(id, 'details'),
    drive: select,
    reached: ({ awaiting }) => awaiting === 'repair',
    step: 4,
    becomes: 'failed',
  },
  {
    where: 'for its configuration',
    drive: select,
    reached: ({ awaiting }) => awaiting === 'configuration',
    step: 5,
    becomes: 'cancelled',
  },
  {
    where: 'for the repair of a sub-step',
    prepare: (id) => void fails.set(id, 'menuImport'),
    drive: configure,
    reached: ({ awaiting }) => awaiting === 'repair',
    step: 6,
    becomes: 'failed',
  },
];

test.each(WAITS)('while it waits $where', async ({ prepare, drive, reached, step, becomes }) => {
  const input = registrationInput();
  prepare?.(input.restaurantId);
  const handle = await world.register(input);
  await drive?.(handle);
  await until(handle, reached);
  const { steps, callsAfter } = await cancelled(handle, input.jobId);
  expect(callsAfter).toBe(0);
  expect(steps[step - 1]).toBe(becomes);
  expect(steps.slice(step)).toEqual(Array(6 - step).fill('cancelled'));
});

test('while it stands in the queue for its account: its place is given back', async () => {
  const settings = { ...SETTINGS, accountMinIntervalMs: 3_600_000, integratorKey: 'cancel-queue' };
  const [first, second] = [registrationInput({ settings }), registrationInput({ settings })];
  const running = await world.register(first);
  await configure(running);
  await running.result();
  const handle = await world.register(second);
  await configure(handle);
  // The first one's turn began an hour's interval.
  await until(handle, ({ subSteps }) => subSteps?.codeGeneration === 'completed');
  const { subSteps } = await cancelled(handle, second.jobId);
  expect(subSteps).toMatchObject({ cloudwaitressAccount: 'cancelled', codeGeneration: 'completed' });
  expect(
    seen.calls.filter(({ key, input }) => key === 'cloudwaitressAccount' && input.jobId === second.jobId),
  ).toEqual([]);
}, 60_000);

test.each(SUB_STEP_KEYS)(
  'while %s runs: its end is told, what was done stays done, nothing new begins',
  async (key) => {
    const input = registrationInput();
    const hold = new Held(key);
    held.set(input.restaurantId, hold);
    const handle = await world.register(input);
    await configure(handle);
    await hold.isReached;
    // What does not need it has come to its end.
    const independent = SUB_STEP_KEYS.filter((one) => one !== key && !waitsFor(one, key));
    await until(handle, (state) => independent.every((one) => state.subSteps?.[one] === 'completed'));
    const { steps, subSteps, callsAfter } = await cancelled(handle, input.jobId, () => {
      if (SUB_STEPS[key].onCancel === 'finish') hold.release();
    });
    expect(callsAfter).toBe(0);
    expect(steps[5]).toBe('cancelled');
    const own = SUB_STEPS[key].onCancel === 'abort' ? 'cancelled' : 'completed';
    expect(subSteps).toEqual(
      Object.fromEntries(
        SUB_STEP_KEYS.map((one) => [
          one,
          one === key ? own : independent.includes(one) ? 'completed' : 'cancelled',
        ]),
      ),
    );
  },
  60_000,
);

/** Needs it, or comes after it, directly or through others. */
function waitsFor(one: SubStepKey, key: SubStepKey): boolean {
  const { needs, after } = SUB_STEPS[one];
  return [...needs, ...after].some((other) => other === key || waitsFor(other, key));
}
