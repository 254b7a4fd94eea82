/** Runs workflows against a real server with the world outside replaced: activities that answer as a test wants. */
import { randomUUID } from 'node:crypto';
import type { WorkflowHandle } from '@temporalio/client';
import type { QueryDefinition, WorkerDeploymentVersion } from '@temporalio/common';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, type Worker } from '@temporalio/worker';
import { developmentServerArguments } from '../../dev/stack/temporal';
import { testServerExecutable } from '../../dev/stack/tools';
import type { RestoreWrite, SnapshotWrite } from '../../domain/record';
import {
  batchWorkflowId,
  DEFAULT_TASK_QUEUES,
  registrationWorkflowId,
  SEARCH_ATTRIBUTES,
} from '../../domain/ids';
import { SUB_STEP_KEYS, type SubStepKey } from '../../domain/sub-steps';
import type { SubStepInput, SubStepResult } from '../../activities/account-setup/types';
import { giveTurnsBack } from '../../activities/account-setup/account';
import { createLeaseActivities, reportLease } from '../../activities/leases';
import type { Activities } from '../../worker/activities';
import { createWorkers, type Engine, type WorkerLimits } from '../../worker/workers';
import {
  registrationState,
  WORKFLOW_TYPES,
  type RegistrationInput,
  type RegistrationSettings,
  type RegistrationState,
} from '../../workflows/messages';
import { AWAITING_INPUT, REGISTRATION_STEP } from '../../workflows/search-attributes';
import { configurationSnapshot } from './configuration';
import { workflowBundle } from './workflow-bundle';
import { TEST_DATA_CONVERTER } from './payloads';

Runtime.install({ logger: new DefaultLogger('ERROR') });

export const SETTINGS: RegistrationSettings = {
  extractionTimeoutMs: 10 * 60_000,
  extractionPollMs: { first: 5_000, longest: 60_000 },
  humanTimeoutMs: 90 * 24 * 60 * 60_000,
  integratorKey: 'test',
  accountMinIntervalMs: 0,
};

export function registrationInput(change: Partial<RegistrationInput> = {}): RegistrationInput {
  return {
    jobId: randomUUID(),
    batchId: randomUUID(),
    organisationId: randomUUID(),
    restaurantId: randomUUID(),
    restaurantName: 'Kōwhai Grill',
    batchName: 'Test batch',
    position: 1,
    failurePolicy: 'wait',
    settings: SETTINGS,
    ...change,
  };
}

/** What the fake world has seen. */
export interface Seen {
  snapshots: SnapshotWrite[];
  restored: RestoreWrite[];
  calls: { key: SubStepKey; input: SubStepInput }[];
}

/** What a sub-step's activity gives that was done by its first call. */
export function subStepResult(change: Partial<SubStepResult> = {}): SubStepResult {
  const at = new Date().toISOString();
  return {
    attempt: 1,
    output: {},
    proof: 'reported',
    startedAt: at,
    completedAt: at,
    recorded: true,
    ...change,
  };
}

/** A world in which everything succeeds at once; tests replace what they are about. */
export function fakeWorld(
  change: Partial<Omit<Activities, keyof ReturnType<typeof createLeaseActivities>>> = {},
): {
  seen: Seen;
  activities: Omit<Activities, keyof ReturnType<typeof createLeaseActivities>>;
} {
  const seen: Seen = { snapshots: [], restored: [], calls: [] };
  const done = (): Promise<SubStepResult> => Promise.resolve(subStepResult());
  const subSteps = Object.fromEntries(SUB_STEP_KEYS.map((key) => [key, done])) as unknown as Record<
    SubStepKey,
    (input: SubStepInput) => Promise<SubStepResult>
  >;
  const activities = {
    ...subSteps,
    async publishSnapshot(write: SnapshotWrite) {
      seen.snapshots.push(write);
      return { job: 'applied' as const, sub_steps_ignored: [] };
    },
    async restoreJob(write: RestoreWrite) {
      seen.restored.push(write);
      return { restored: true, revision: write.job.revision };
    },
    async openBatch() {
      return {
        organisationId: 'org',
        name: 'Test batch',
        total: 0,
        failurePolicy: 'wait' as const,
        executionMode: 'parallel' as const,
        settings: SETTINGS,
      };
    },
    async loadJobs() {
      return { jobs: [], more: false };
    },
    async setBatchPause() {
      return undefined;
    },
    async closeJob() {
      return undefined;
    },
    async closeBatch() {
      return { status: 'completed' as const, completed: 0, failed: 0, errorMessage: null };
    },
    async saveConfiguration() {
      return { existing: {} };
    },
    async checkExtractions() {
      return { menu: 'ready' as const, branding: 'ready' as const, menuId: randomUUID(), summary: 'Ready.' };
    },
    async searchCompaniesByName() {
      return { found: 1, nzbnsToCheck: [NZBN] };
    },
    async completeSearch() {
      return { count: 1, choices: [{ company_number: '9990001', nzbn: NZBN }], partial: null };
    },
    async markSearchFailed() {
      return undefined;
    },
    async fetchCompanyDetails() {
      return { nzbn: NZBN, companyNumber: '9990001', contactFound: true };
    },
    async saveSelectionOutcome() {
      return undefined;
    },
    async saveManualDetails() {
      return undefined;
    },
    async reconcileBatches() {
      return { looked: 0, repaired: [], troubled: 0, next: null };
    },
    async reconcileJobs() {
      return { looked: 0, repaired: [], troubled: 0, next: null };
    },
    async deleteOldIdempotencyKeys() {
      return 0;
    },
    ...change,
  };
  for (const key of SUB_STEP_KEYS) {
    const perform = activities[key];
    activities[key] = (input) => {
      seen.calls.push({ key, input });
      return perform(input);
    };
  }
  return { seen, activities };
}

export const NZBN = '9429099900007';
export const SELECTION = { searchNo: 1, selection: { company_number: '9990001' } } as const;

export function decision(): { decisionId: string; actor: string } {
  return { decisionId: randomUUID(), actor: 'person-1' };
}

export { configurationSnapshot };

/** As if there were none. */
export const TEST_LIMITS: WorkerLimits = {
  registerRatePerSecond: 1_000,
  registerConcurrency: 10,
  portalSessions: 20,
  shutdownGraceMs: 1_000,
};

type FakeActivities = Omit<Activities, keyof ReturnType<typeof createLeaseActivities>>;

export interface WorldOptions {
  limits?: Partial<WorkerLimits>;
  /** Of the first workers; by default none. */
  version?: WorkerDeploymentVersion;
  /** The real-time server's, as `key=value`. */
  dynamicConfig?: string[];
}

/** A server and a worker per queue. Several at once in a process are fine: each has its own server. */
export class WorkflowWorld {
  private readonly workers: Worker[] = [];
  private readonly running: Promise<void>[] = [];

  private constructor(
    readonly environment: TestWorkflowEnvironment,
    private readonly limits: WorkerLimits,
  ) {}

  /** @param workflowsPath what the workers run; by default the product's workflows and a batch that grants every turn */
  static async start(
    activities: FakeActivities,
    kind: 'real-time' | 'time-skipping' = 'real-time',
    workflowsPath = require.resolve('./tested-workflows'),
    { limits, version, dynamicConfig = [] }: WorldOptions = {},
  ): Promise<WorkflowWorld> {
    const encrypted = { client: { dataConverter: TEST_DATA_CONVERTER } };
    const extraArgs = developmentServerArguments(dynamicConfig);
    const environment =
      kind === 'time-skipping'
        ? await TestWorkflowEnvironment.createTimeSkipping({
            ...encrypted,
            server: { executable: testServerExecutable('temporal-test-server') },
          })
        : await TestWorkflowEnvironment.createLocal({
            ...encrypted,
            server: { executable: testServerExecutable('temporal'), extraArgs },
          });
    if (kind === 'time-skipping') await addSearchAttributes(environment);
    const world = new WorkflowWorld(environment, { ...TEST_LIMITS, ...limits });
    await world.addWorkers(activities, { workflowBundle: await workflowBundle(workflowsPath) }, version);
    return world;
  }

  /** One more worker per queue, of another version. */
  async addWorkers(
    activities: FakeActivities,
    code: Parameters<typeof createWorkers>[3],
    version: WorkerDeploymentVersion | null = null,
  ): Promise<void> {
    const { client } = this.environment;
    const report = reportLease.bind(null, client);
    const all: Activities = {
      ...activities,
      ...createLeaseActivities({ client }),
      async cloudwaitressAccount(input) {
        const result = await activities.cloudwaitressAccount(input);
        const { lease } = input;
        if (lease) await report(lease.workflowId, { requestId: lease.requestId, outcome: 'started' });
        return { ...result, givenBack: await giveTurnsBack(report, input, result, lease !== undefined) };
      },
    };
    const workers = await createWorkers(testEngine(this.environment), all, this.limits, code, version);
    this.workers.push(...workers);
    this.running.push(...workers.map((worker) => worker.run()));
  }

  /** Starts a registration without its batch; in its place runs one that grants every turn in step 6. */
  async register(input: RegistrationInput): Promise<WorkflowHandle> {
    await this.environment.client.workflow.start('grantingBatch', {
      workflowId: batchWorkflowId(input.batchId),
      workflowIdConflictPolicy: 'USE_EXISTING',
      taskQueue: DEFAULT_TASK_QUEUES.registrations,
    });
    return this.environment.client.workflow.start(WORKFLOW_TYPES.registration, {
      workflowId: registrationWorkflowId(input.jobId),
      taskQueue: DEFAULT_TASK_QUEUES.registrations,
      args: [input],
      // As its batch would start it.
      typedSearchAttributes: [
        { key: REGISTRATION_STEP, value: 1 },
        { key: AWAITING_INPUT, value: 'none' },
      ],
    });
  }

  async stop(): Promise<void> {
    for (const worker of this.workers) worker.shutdown();
    await Promise.all(this.running);
    await this.environment.teardown();
  }
}

/** For workers of a test environment whose client has TEST_DATA_CONVERTER. */
export function testEngine({ nativeConnection, namespace = 'default' }: TestWorkflowEnvironment): Engine {
  return { connection: nativeConnection, namespace, dataConverter: TEST_DATA_CONVERTER };
}

/** The time-skipping server takes no arguments for these. */
async function addSearchAttributes(environment: TestWorkflowEnvironment): Promise<void> {
  const types = { KEYWORD: 2, INT: 3 } as const;
  await environment.connection.operatorService.addSearchAttributes({
    namespace: environment.namespace ?? 'default',
    searchAttributes: Object.fromEntries(
      Object.entries(SEARCH_ATTRIBUTES).map(([name, type]) => [name, types[type]]),
    ),
  });
}

/** Waits until a workflow answers a query as described; asks less often the longer it takes: a worker that is only asked gets nothing done. */
export async function untilAnswer<T>(
  handle: WorkflowHandle,
  query: QueryDefinition<T>,
  reached: (answer: T) => boolean,
): Promise<T> {
  for (let pause = 20; ; pause = Math.min(200, pause * 1.4)) {
    const answer = await handle.query(query);
    if (reached(answer)) return answer;
    await new Promise((resolve) => setTimeout(resolve, pause));
  }
}

/** How long a worker may take for one task of a run, its replay included; seconds. */
export async function taskSeconds(handle: WorkflowHandle): Promise<number> {
  const { raw } = await handle.describe();
  return Number(raw.executionConfig?.defaultWorkflowTaskTimeout?.seconds ?? 0);
}

/** Waits until a registration's state is as described. */
export function until(
  handle: WorkflowHandle,
  reached: (state: RegistrationState) => boolean,
): Promise<RegistrationState> {
  return untilAnswer(handle, registrationState, reached);
}
