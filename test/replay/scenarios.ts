/**
 * The situations whose histories are kept: every way through the workflows that a run in production may be in the middle of.
 * `record.ts` runs them and commits what the engine wrote; `replay.test.ts` replays that against the code as it is now.
 */
import type { WorkflowHandle } from '@temporalio/client';
import { activityFailure } from '../../activities/failure';
import {
  ownerWorkflowId,
  accountGateWorkflowId,
  batchWorkflowId,
  DEFAULT_TASK_QUEUES,
  registrationWorkflowId,
} from '../../domain/ids';
import {
  batchProgress,
  companyEnteredManually,
  companySelected,
  continueExtraction,
  editConfiguration,
  extractionsCompleted,
  giveUp,
  markSubStepDone,
  pauseBatch,
  republish,
  resetSubStep,
  resumeBatch,
  retry,
  searchAgain,
  skipSubStep,
  WORKFLOW_TYPES,
  yoloConfigured,
} from '../../workflows/messages';
import {
  configurationSnapshot,
  fakeWorld,
  registrationInput,
  SELECTION,
  subStepResult,
  SETTINGS,
  until,
  untilAnswer,
  type WorkflowWorld,
} from '../helpers/workflows';

/** Runs a situation and gives the workflow whose history is to be kept. */
type Scenario = (stage: Stage) => Promise<WorkflowHandle>;

/** Fixed ids, so that two recordings differ only where the workflows do. */
const uuid = (n: number): string => `00000000-0000-4000-8000-${String(n).padStart(12, '0')}`;

/** What a scenario's world does differently; keyed by restaurant, so that scenarios do not meet. */
interface Behaviour {
  extraction?: ('waiting' | 'failed' | 'ready')[];
  searchFails?: number;
  detailsFail?: number;
  importFails?: number;
  importHangs?: boolean;
}

export class Stage {
  private readonly behaviours = new Map<string, Behaviour>();
  private readonly batches = new Map<
    string,
    { jobId: string; restaurantId: string; restaurantName: string; position: number; begun: boolean }[]
  >();
  private ids = 0;
  private _world: WorkflowWorld | null = null;
  readonly activities = this.createActivities();

  set world(world: WorkflowWorld) {
    this._world = world;
  }

  get world(): WorkflowWorld {
    if (!this._world) throw new Error('The stage has no world yet');
    return this._world;
  }

  id(): string {
    this.ids += 1;
    return uuid(this.ids);
  }

  decision(): { decisionId: string; actor: string } {
    return { decisionId: this.id(), actor: uuid(999) };
  }

  async registration(behaviour: Behaviour = {}, settings = SETTINGS): Promise<WorkflowHandle> {
    const input = registrationInput({
      jobId: this.id(),
      batchId: this.id(),
      organisationId: uuid(900),
      restaurantId: this.id(),
      settings,
    });
    this.behaviours.set(input.restaurantId, behaviour);
    return this.world.register(input);
  }

  async batch(size: number): Promise<{ handle: WorkflowHandle; jobs: WorkflowHandle[] }> {
    const batchId = this.id();
    const jobs = Array.from({ length: size }, (_, index) => ({
      jobId: this.id(),
      restaurantId: this.id(),
      restaurantName: `Restaurant ${index + 1}`,
      position: index + 1,
      begun: false,
    }));
    this.batches.set(batchId, jobs);
    const { client } = this.world.environment;
    const handle = await client.workflow.start(WORKFLOW_TYPES.batch, {
      workflowId: batchWorkflowId(batchId),
      taskQueue: DEFAULT_TASK_QUEUES.registrations,
      args: [{ batchId }],
    });
    return {
      handle,
      jobs: jobs.map(({ jobId }) => client.workflow.getHandle(registrationWorkflowId(jobId))),
    };
  }

  async select(handle: WorkflowHandle): Promise<void> {
    await until(handle, (state) => state.awaiting === 'company_selection');
    await this.answerCompany(handle);
  }

  async configure(handle: WorkflowHandle, ownerKey = this.id()): Promise<void> {
    await until(handle, (state) => state.awaiting === 'configuration');
    await this.answerConfiguration(handle, ownerKey);
  }

  /** To a run that is known to wait for it. */
  answerCompany(handle: WorkflowHandle): Promise<void> {
    return handle.signal(companySelected, { ...this.decision(), ...SELECTION });
  }

  /** To a run that is known to wait for it. */
  async answerConfiguration(handle: WorkflowHandle, ownerKey = this.id()): Promise<void> {
    const base = configurationSnapshot();
    const configuration = {
      ...base,
      account: { ...base.account, ownerKey, passwordRef: this.id() },
      onboarding: { ...base.onboarding, userPasswordRef: this.id() },
    };
    await handle.signal(yoloConfigured, { ...this.decision(), configuration });
  }

  /** A registration that waits for a person to repair its step 6. */
  async atRepair(behaviour: Behaviour): Promise<WorkflowHandle> {
    const handle = await this.registration(behaviour);
    await this.select(handle);
    await this.configure(handle);
    await until(handle, (state) => state.awaiting === 'repair');
    return handle;
  }

  private take(restaurantId: string, what: 'searchFails' | 'detailsFail' | 'importFails'): boolean {
    const behaviour = this.behaviours.get(restaurantId);
    const left = behaviour?.[what] ?? 0;
    if (behaviour && left > 0) behaviour[what] = left - 1;
    return left > 0;
  }

  private createActivities() {
    const behaviours = this.behaviours;
    const batches = this.batches;
    const take = this.take.bind(this);
    return fakeWorld({
      async openBatch({ batchId }) {
        const total = batches.get(batchId)?.length ?? 0;
        return {
          organisationId: uuid(900),
          name: 'Batch',
          total,
          failurePolicy: 'wait',
          executionMode: 'parallel',
          settings: SETTINGS,
        };
      },
      async loadJobs({ batchId }) {
        return { jobs: batches.get(batchId) ?? [], more: false };
      },
      async checkExtractions({ restaurantId }) {
        const menu = behaviours.get(restaurantId)?.extraction?.shift() ?? 'ready';
        return { menu, branding: 'ready', menuId: uuid(901), summary: `The menu is ${menu}.` };
      },
      async searchCompaniesByName({ restaurantId }) {
        if (take(restaurantId, 'searchFails')) throw activityFailure('RegisterAuthError');
        return { found: 1, nzbnsToCheck: ['9429099900007'] };
      },
      async fetchCompanyDetails({ restaurantId, choice }) {
        if (take(restaurantId, 'detailsFail')) throw activityFailure('CompanyNotFound');
        return { nzbn: choice.nzbn, companyNumber: choice.company_number, contactFound: true };
      },
      async menuImport({ restaurantId }) {
        if (take(restaurantId, 'importFails')) throw activityFailure('OutcomeUnclear', { details: [1] });
        if (behaviours.get(restaurantId)?.importHangs) await untilCancelled();
        return subStepResult({ output: { dishes: 20 }, proof: 'read_back' });
      },
    }).activities;
  }
}

/** As an activity that is waiting for a slow service: it beats, and ends when it is told to. */
async function untilCancelled(): Promise<never> {
  const { Context } = await import('@temporalio/activity');
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), 50);
  try {
    return await context.cancelled;
  } finally {
    clearInterval(beat);
  }
}

const command = { actor: uuid(999), reason: 'for the record' };

export const SCENARIOS = {
  'registration-completed': async (stage) => {
    const handle = await stage.registration();
    await stage.select(handle);
    await stage.configure(handle);
    await handle.result();
    return handle;
  },
  'registration-waits-for-company': async (stage) => {
    const handle = await stage.registration();
    await until(handle, (state) => state.awaiting === 'company_selection');
    return handle;
  },
  'registration-waits-for-configuration': async (stage) => {
    const handle = await stage.registration();
    await stage.select(handle);
    await until(handle, (state) => state.awaiting === 'configuration');
    return handle;
  },
  'registration-waits-for-extraction': async (stage) => {
    const settings = { ...SETTINGS, extractionPollMs: { first: 60_000, longest: 60_000 } };
    const handle = await stage.registration({ extraction: ['waiting', 'waiting'] }, settings);
    await until(handle, (state) => state.steps[0] === 'in_progress');
    await handle.signal(extractionsCompleted);
    return handle;
  },
  'registration-goes-on-without-extraction': async (stage) => {
    const handle = await stage.registration({ extraction: ['failed', 'failed'] });
    await until(handle, (state) => state.awaiting === 'repair');
    await handle.executeUpdate(continueExtraction, { args: [{ ...command, mode: 'wait' }] });
    await until(handle, (state) => state.awaiting === 'repair');
    await handle.executeUpdate(continueExtraction, { args: [{ ...command, mode: 'without' }] });
    await until(handle, (state) => state.awaiting === 'company_selection');
    return handle;
  },
  'registration-searched-again-no-match': async (stage) => {
    const handle = await stage.registration({ searchFails: 1 });
    await until(handle, (state) => state.awaiting === 'repair');
    await handle.executeUpdate(retry, { args: [{ ...command, step: 2 }] });
    await until(handle, (state) => state.awaiting === 'company_selection');
    await handle.signal(searchAgain, { ...stage.decision(), words: { restaurant_name: 'Kōwhai' } });
    await until(handle, (state) => state.searchNo === 3 && state.awaiting === 'company_selection');
    const selection = { no_match: true } as const;
    await handle.signal(companySelected, { ...stage.decision(), searchNo: 3, selection });
    await until(handle, (state) => state.awaiting === 'configuration');
    return handle;
  },
  'registration-entered-by-hand': async (stage) => {
    const handle = await stage.registration({ searchFails: 1 });
    await until(handle, (state) => state.awaiting === 'repair');
    await handle.signal(companyEnteredManually, {
      ...stage.decision(),
      details: { contact_name: 'Mereana Testperson' },
    });
    await until(handle, (state) => state.awaiting === 'configuration');
    return handle;
  },
  'registration-details-retried': async (stage) => {
    const handle = await stage.registration({ detailsFail: 1 });
    await stage.select(handle);
    await until(handle, (state) => state.awaiting === 'repair');
    await handle.executeUpdate(retry, { args: [{ ...command, step: 4 }] });
    await until(handle, (state) => state.awaiting === 'configuration');
    return handle;
  },
  'registration-sub-step-waits-for-repair': (stage) => stage.atRepair({ importFails: 1 }),
  'registration-sub-step-retried': async (stage) => {
    const handle = await stage.atRepair({ importFails: 1 });
    await handle.executeUpdate(retry, { args: [{ ...command, step: 6 }] });
    await handle.result();
    return handle;
  },
  'registration-repaired-by-hand': async (stage) => {
    const handle = await stage.atRepair({ importFails: 2 });
    const subStep = { ...command, subStep: 'menuImport' } as const;
    await handle.executeUpdate(skipSubStep, { args: [subStep] });
    await handle.result();
    return handle;
  },
  'registration-marked-done-and-edited': async (stage) => {
    const handle = await stage.atRepair({ importFails: 1 });
    const base = configurationSnapshot();
    const configuration = { ...base, account: { ...base.account, ownerKey: stage.id() } };
    const edit = { ...command, configuration, changedPaths: ['account.email'], retry: false };
    await handle.executeUpdate(editConfiguration, { args: [edit] });
    await handle.executeUpdate(republish, { args: [command] });
    const done = { ...command, subStep: 'menuImport', output: { dishes: 20 } } as const;
    await handle.executeUpdate(markSubStepDone, { args: [done] });
    await handle.result();
    return handle;
  },
  'registration-reset': async (stage) => {
    const handle = await stage.atRepair({ importFails: 1 });
    const reset = { cascade: true, effectRemoved: true, preview: false };
    await handle.executeUpdate(resetSubStep, { args: [{ ...command, subStep: 'menuImport', ...reset }] });
    await handle.result();
    return handle;
  },
  'registration-given-up': async (stage) => {
    const handle = await stage.atRepair({ importFails: 1 });
    await handle.executeUpdate(giveUp, { args: [command] });
    await handle.result();
    return handle;
  },
  'registration-waits-for-its-turn': async (stage) => {
    const { handle, jobs } = await stage.batch(1);
    await allStarted(handle, 1);
    await handle.executeUpdate(pauseBatch, { args: [command] });
    if (!jobs[0]) throw new Error('unreachable');
    await stage.select(jobs[0]);
    await stage.configure(jobs[0]);
    await untilAnswer(handle, batchProgress, ({ waitingForStep6 }) => waitingForStep6 === 1);
    return jobs[0];
  },
  'registration-in-the-middle-of-step-6': async (stage) => {
    const handle = await stage.registration({ importHangs: true });
    await stage.select(handle);
    await stage.configure(handle);
    await until(
      handle,
      ({ subSteps }) => Object.values(subSteps ?? {}).filter((s) => s === 'completed').length === 9,
    );
    return handle;
  },
  'registration-cancelled-in-step-6': async (stage) => {
    const handle = await stage.registration({ importHangs: true });
    await stage.select(handle);
    await stage.configure(handle);
    await until(
      handle,
      ({ subSteps }) => Object.values(subSteps ?? {}).filter((s) => s === 'completed').length === 9,
    );
    await handle.cancel();
    await handle.result().catch(() => undefined);
    return handle;
  },
  'registration-cancelled-while-waiting': async (stage) => {
    const handle = await stage.registration();
    await until(handle, (state) => state.awaiting === 'company_selection');
    await handle.cancel();
    await handle.result().catch(() => undefined);
    return handle;
  },
  'registration-through-the-account-gate': async (stage) => {
    const { last } = await throughTheGate(stage, 'replay-registration');
    return last;
  },
  'account-gate': async (stage) => {
    await throughTheGate(stage, 'replay-gate');
    return stage.world.environment.client.workflow.getHandle(accountGateWorkflowId('replay-gate'));
  },
  'shared-owner': async (stage) => {
    const { ownerKey } = await throughTheGate(stage, 'replay-owner');
    return stage.world.environment.client.workflow.getHandle(ownerWorkflowId(ownerKey));
  },
  'batch-completed': async (stage) => {
    const { handle, jobs } = await stage.batch(2);
    await allStarted(handle, 2);
    await jobs[0]?.terminate('by hand');
    if (!jobs[1]) throw new Error('unreachable');
    await stage.select(jobs[1]);
    await stage.configure(jobs[1]);
    await handle.result();
    return handle;
  },
  'batch-paused-and-resumed': async (stage) => {
    const { handle, jobs } = await stage.batch(1);
    await allStarted(handle, 1);
    await handle.executeUpdate(pauseBatch, { args: [command] });
    if (!jobs[0]) throw new Error('unreachable');
    await stage.select(jobs[0]);
    await stage.configure(jobs[0]);
    await untilAnswer(handle, batchProgress, ({ waitingForStep6 }) => waitingForStep6 === 1);
    await handle.executeUpdate(resumeBatch, { args: [command] });
    await handle.result();
    return handle;
  },
  'batch-in-progress': async (stage) => {
    const { handle } = await stage.batch(3);
    await allStarted(handle, 3);
    return handle;
  },
  'batch-cancelled': async (stage) => {
    const { handle } = await stage.batch(2);
    await allStarted(handle, 2);
    await handle.cancel();
    await handle.result().catch(() => undefined);
    return handle;
  },
} satisfies Record<string, Scenario>;

async function allStarted(handle: WorkflowHandle, count: number): Promise<void> {
  await untilAnswer(handle, batchProgress, ({ started }) => started >= count);
}

/** Two restaurants of one owner behind one gate: the second waits for the first. */
async function throughTheGate(
  stage: Stage,
  integratorKey: string,
): Promise<{ last: WorkflowHandle; ownerKey: string }> {
  const settings = { ...SETTINGS, integratorKey, accountMinIntervalMs: 200 };
  const ownerKey = stage.id();
  const handles = [await stage.registration({}, settings), await stage.registration({}, settings)];
  for (const handle of handles) {
    await stage.select(handle);
    await stage.configure(handle, ownerKey);
  }
  await Promise.all(handles.map((handle) => handle.result()));
  const last = handles[1];
  if (!last) throw new Error('unreachable');
  return { last, ownerKey };
}
