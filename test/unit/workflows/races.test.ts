/**
 * What reaches a registration in one moment: choices, deadlines and cancels that the engine hands over in one task, in either order.
 * While no worker runs, the engine writes them down one after the other; the worker that comes then meets them all at once.
 */
import { randomUUID } from 'node:crypto';
import { WorkflowFailedError, type WorkflowHandle } from '@temporalio/client';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { type Worker } from '@temporalio/worker';
import { createLeaseActivities } from '../../../activities/leases';
import { developmentServerArguments } from '../../../dev/stack/temporal';
import { testServerExecutable } from '../../../dev/stack/tools';
import { DEFAULT_TASK_QUEUES, registrationWorkflowId } from '../../../domain/ids';
import { createWorkers } from '../../../worker/workers';
import {
  companyEnteredManually,
  companySelected,
  searchAgain,
  WORKFLOW_TYPES,
  yoloConfigured,
  type RegistrationSettings,
} from '../../../workflows/messages';
import {
  configurationSnapshot,
  decision,
  fakeWorld,
  registrationInput,
  SELECTION,
  SETTINGS,
  until,
  testEngine,
} from '../../helpers/workflows';
import { TEST_DATA_CONVERTER } from '../../helpers/payloads';
import { workflowBundle } from '../../helpers/workflow-bundle';

const searches = new Map<string, number>();
const fetched = new Set<string>();
const { seen, activities } = fakeWorld({
  async searchCompaniesByName({ jobId }) {
    searches.set(jobId, (searches.get(jobId) ?? 0) + 1);
    return { found: 1, nzbnsToCheck: [] };
  },
  async fetchCompanyDetails({ jobId, choice }) {
    fetched.add(jobId);
    return { nzbn: choice.nzbn, companyNumber: choice.company_number, contactFound: true };
  },
});

let environment: TestWorkflowEnvironment;
let code: { codePath: string };
let stopWorkers: (() => Promise<void>) | null = null;

async function startWorkers(): Promise<void> {
  const workers: Worker[] = await createWorkers(
    testEngine(environment),
    { ...activities, ...createLeaseActivities({ client: environment.client }) },
    { registerRatePerSecond: 1_000, registerConcurrency: 10, portalSessions: 20, shutdownGraceMs: 1_000 },
    { workflowBundle: code },
  );
  const running = Promise.all(workers.map((worker) => worker.run()));
  stopWorkers = async () => {
    stopWorkers = null;
    for (const worker of workers) worker.shutdown();
    await running;
  };
}

beforeAll(async () => {
  environment = await TestWorkflowEnvironment.createLocal({
    client: { dataConverter: TEST_DATA_CONVERTER },
    server: { executable: testServerExecutable('temporal'), extraArgs: developmentServerArguments() },
  });
  code = await workflowBundle(require.resolve('../../../workflows'));
  await startWorkers();
}, 90_000);
afterAll(async () => {
  await stopWorkers?.();
  await environment.teardown();
});

interface Waiting {
  jobId: string;
  handle: WorkflowHandle;
}

async function register(settings: Partial<RegistrationSettings> = {}): Promise<Waiting> {
  const input = registrationInput({ settings: { ...SETTINGS, ...settings } });
  const handle = await environment.client.workflow.start(WORKFLOW_TYPES.registration, {
    workflowId: registrationWorkflowId(input.jobId),
    taskQueue: DEFAULT_TASK_QUEUES.registrations,
    // A task that went to a worker which is stopped here is soon given to the next one.
    workflowTaskTimeout: '2 seconds',
    args: [input],
  });
  return { jobId: input.jobId, handle };
}

/** A job that waits for its company. */
async function waitingForCompany(settings?: Partial<RegistrationSettings>): Promise<Waiting> {
  const waiting = await register(settings);
  await until(waiting.handle, (state) => state.awaiting === 'company_selection');
  return waiting;
}

/** Lets things happen while nobody can take notice of them; whoever comes back meets all of them at once. */
async function whileNobodyLooks({ handle }: Waiting, happen: () => Promise<void>): Promise<void> {
  await stopWorkers?.();
  try {
    // Else the engine keeps the task for the worker that is gone.
    const execution = { workflowId: handle.workflowId };
    const { namespace = 'default' } = environment;
    await environment.connection.workflowService.resetStickyTaskQueue({ namespace, execution });
    await happen();
  } finally {
    await startWorkers();
  }
}

async function untilDeadlinePassed({ handle }: Waiting): Promise<void> {
  for (;;) {
    const { events } = await handle.fetchHistory();
    if (events?.some((event) => event.timerFiredEventAttributes)) return;
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}

/** The verdict that the record has of a choice, once it has one; two different ones are a fault. */
async function verdictOn({
  decisionId,
}: {
  decisionId: string;
}): Promise<{ kind: string; reason: string | null }> {
  for (;;) {
    const events = seen.snapshots.flatMap((write) => write.events ?? []);
    const verdicts = events.filter((event) => event.id === `decision:${decisionId}`);
    expect(new Set(verdicts.map(({ kind }) => kind)).size).toBeLessThanOrEqual(1);
    const [verdict] = verdicts;
    if (verdict) return { kind: verdict.kind, reason: verdict.reason };
    await new Promise((resolve) => setTimeout(resolve, 20));
  }
}

const finalJob = (jobId: string) => seen.snapshots.filter((write) => write.job_id === jobId).at(-1)?.job;
const NO_MATCH = { searchNo: 1, selection: { no_match: true } } as const;
const WORDS = { words: { restaurant_name: 'Kōwhai' } };

describe('two people answer one step', () => {
  test.each([
    ['a company, then none', SELECTION, NO_MATCH],
    ['none, then a company', NO_MATCH, SELECTION],
  ])('%s: the first counts, the second learns that it was not', async (_name, earlier, later) => {
    const waiting = await waitingForCompany();
    const [first, second] = [decision(), decision()];
    await whileNobodyLooks(waiting, async () => {
      await waiting.handle.signal(companySelected, { ...first, ...earlier });
      await waiting.handle.signal(companySelected, { ...second, ...later });
    });
    await until(waiting.handle, (state) => state.awaiting === 'configuration');
    expect(await verdictOn(first)).toEqual({ kind: 'decision.applied', reason: null });
    expect(await verdictOn(second)).toMatchObject({
      kind: 'decision.ignored',
      reason: expect.stringContaining('first'),
    });
    expect(fetched.has(waiting.jobId)).toBe(earlier === SELECTION);
  });

  test('one chooses, the other enters by hand', async () => {
    const waiting = await waitingForCompany();
    const [first, second] = [decision(), decision()];
    await whileNobodyLooks(waiting, async () => {
      await waiting.handle.signal(companyEnteredManually, { ...first, details: { contact_name: 'M. Test' } });
      await waiting.handle.signal(companySelected, { ...second, ...SELECTION });
    });
    await until(waiting.handle, (state) => state.awaiting === 'configuration');
    expect((await verdictOn(first)).kind).toBe('decision.applied');
    expect((await verdictOn(second)).kind).toBe('decision.ignored');
    expect(fetched.has(waiting.jobId)).toBe(false);
  });

  test('two configurations: the first runs, the second is ignored', async () => {
    const waiting = await waitingForCompany();
    await waiting.handle.signal(companySelected, { ...decision(), ...NO_MATCH });
    await until(waiting.handle, (state) => state.awaiting === 'configuration');
    const [first, second] = [decision(), decision()];
    const [theirs, others] = [configurationSnapshot(), configurationSnapshot()];
    await whileNobodyLooks(waiting, async () => {
      await waiting.handle.signal(yoloConfigured, { ...first, configuration: theirs });
      await waiting.handle.signal(yoloConfigured, { ...second, configuration: others });
    });
    await until(waiting.handle, (state) => state.steps[4] === 'completed');
    expect((await verdictOn(first)).kind).toBe('decision.applied');
    expect((await verdictOn(second)).kind).toBe('decision.ignored');
    const published = seen.snapshots
      .filter((write) => write.job_id === waiting.jobId)
      .flatMap(({ job }) => (job?.execution_config ? [job.execution_config] : []));
    expect(published.map((config) => config['account'])).toContainEqual(theirs.account);
    expect(published.map((config) => config['account'])).not.toContainEqual(others.account);
  });
});

describe('a selection against a new search', () => {
  test('the selection came first: it holds, nothing is searched again', async () => {
    const waiting = await waitingForCompany();
    const [select, search] = [decision(), decision()];
    await whileNobodyLooks(waiting, async () => {
      await waiting.handle.signal(companySelected, { ...select, ...SELECTION });
      await waiting.handle.signal(searchAgain, { ...search, ...WORDS });
    });
    await until(waiting.handle, (state) => state.awaiting === 'configuration');
    expect((await verdictOn(select)).kind).toBe('decision.applied');
    expect(await verdictOn(search)).toMatchObject({
      kind: 'decision.ignored',
      reason: expect.stringContaining('first'),
    });
    expect(searches.get(waiting.jobId)).toBe(1);
  });

  test('the search came first: a selection from the list before it is not taken', async () => {
    const waiting = await waitingForCompany();
    const [select, search] = [decision(), decision()];
    await whileNobodyLooks(waiting, async () => {
      await waiting.handle.signal(searchAgain, { ...search, ...WORDS });
      await waiting.handle.signal(companySelected, { ...select, ...SELECTION });
    });
    const state = await until(
      waiting.handle,
      ({ searchNo, awaiting }) => searchNo === 2 && awaiting === 'company_selection',
    );
    expect(state.steps.slice(0, 4)).toEqual(['completed', 'completed', 'action_required', 'pending']);
    expect((await verdictOn(search)).kind).toBe('decision.applied');
    expect(await verdictOn(select)).toMatchObject({
      kind: 'decision.ignored',
      reason: expect.stringContaining('list'),
    });
    expect(fetched.has(waiting.jobId)).toBe(false);
  });
});

describe('a selection against the deadline', () => {
  const soon = { humanTimeoutMs: 1_500 };

  test('what was chosen before the deadline counts, although nobody saw it before', async () => {
    const waiting = await waitingForCompany(soon);
    const select = decision();
    await whileNobodyLooks(waiting, async () => {
      await waiting.handle.signal(companySelected, { ...select, ...NO_MATCH });
      await untilDeadlinePassed(waiting);
    });
    const state = await until(waiting.handle, ({ steps }) => steps[2] !== 'action_required');
    expect(state.steps[2]).toBe('completed');
    expect((await verdictOn(select)).kind).toBe('decision.applied');
  });

  test('after it, verdict and job say the same', async () => {
    const waiting = await waitingForCompany(soon);
    const select = decision();
    await whileNobodyLooks(waiting, async () => {
      await untilDeadlinePassed(waiting);
      await waiting.handle.signal(companySelected, { ...select, ...NO_MATCH });
    });
    const state = await until(waiting.handle, ({ steps }) => steps[2] !== 'action_required');
    // Either is true to people: taken and gone on with, or too late and told so. Taken and closed is not.
    const told = (await verdictOn(select)).kind;
    expect([told, state.steps[2]]).toEqual(
      told === 'decision.applied' ? ['decision.applied', 'completed'] : ['decision.ignored', 'cancelled'],
    );
  });

  test('without an answer the job is closed as failed, and says why', async () => {
    const waiting = await waitingForCompany(soon);
    await expect(waiting.handle.result()).resolves.toEqual({ status: 'failed' });
    expect(finalJob(waiting.jobId)).toMatchObject({
      status: 'failed',
      closure: 'given_up',
      error_message: expect.stringMatching(/nobody answered/i),
      waiting_reason: null,
    });
  });
});

describe('a selection against a cancel', () => {
  test.each([
    ['the selection came first', true],
    ['the cancel came first', false],
  ])(
    '%s: the job is cancelled, the selection has its verdict, nothing more is called',
    async (_name, selectFirst) => {
      const waiting = await waitingForCompany();
      const select = decision();
      const choose = (): Promise<void> => waiting.handle.signal(companySelected, { ...select, ...SELECTION });
      const cancel = async (): Promise<void> => void (await waiting.handle.cancel());
      await whileNobodyLooks(waiting, async () => {
        for (const act of selectFirst ? [choose, cancel] : [cancel, choose]) await act();
      });
      await expect(waiting.handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
      expect(finalJob(waiting.jobId)).toMatchObject({ status: 'cancelled', closure: 'cancelled' });
      expect(finalJob(waiting.jobId)?.cancelled_at).toEqual(expect.any(String));
      expect((await verdictOn(select)).kind).toMatch(/^decision\.(applied|ignored)$/);
      expect(fetched.has(waiting.jobId)).toBe(false);
    },
  );

  test('a choice for a job that has ended is refused by the engine, so that the sender learns of it', async () => {
    const waiting = await waitingForCompany();
    await waiting.handle.cancel();
    await expect(waiting.handle.result()).rejects.toBeInstanceOf(WorkflowFailedError);
    await expect(
      waiting.handle.signal(companySelected, { decisionId: randomUUID(), actor: 'person-1', ...SELECTION }),
    ).rejects.toThrow();
  });
});
