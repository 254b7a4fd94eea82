/** The API on a real engine whose workflows are stubs: what a command becomes on its way, and how often it arrives. */
import { defineSearchAttributeKey, SearchAttributeType } from '@temporalio/common';
import { DefaultLogger, NativeConnection, Runtime, Worker } from '@temporalio/worker';
import { DEMO_ORGANISATION } from '../../../dev/stack/seed';
import { batchWorkflowId, registrationWorkflowId } from '../../../domain/ids';
import type { JobSnapshot, RestoreWrite } from '../../../domain/record';
import { WORKFLOW_TYPES } from '../../../workflows/messages';
import { snapshot } from '../../helpers/snapshot';
import { dataConverterOf } from '../../helpers/payloads';
import { workflowBundle } from '../../helpers/workflow-bundle';
import { createBatch, seedRestaurant, startHarness, type CreatedBatch, type Harness } from './harness';
import { carriedOut, type Carried, type StubInput } from './stub-workflows';

Runtime.install({ logger: new DefaultLogger('ERROR') });

/** Queue of the stubs that have a worker from the beginning. */
export const WORKED = 'stubs';

const BATCH_ID = defineSearchAttributeKey('BatchId', SearchAttributeType.KEYWORD);
const ORGANISATION_ID = defineSearchAttributeKey('OrganisationId', SearchAttributeType.KEYWORD);

export interface StubWorld {
  harness: Harness;
  /** Starts a worker for a queue; `stop` ends it with the others. */
  work(queue: string): Promise<void>;
  /** Starts the stub of a job. */
  register(job: { id: string; batchId: string }, input?: StubInput, queue?: string): Promise<void>;
  startBatchStub(batchId: string, input?: StubInput): Promise<void>;
  /** The commands that a workflow carried out. */
  carried(workflow: { jobId: string } | { batchId: string }): Promise<Carried[]>;
  stop(): Promise<void>;
}

export async function startStubWorld(env: Record<string, string> = {}): Promise<StubWorld> {
  const harness = await startHarness(env);
  const connection = await NativeConnection.connect(harness.deps.settings.temporal.connection);
  const dataConverter = dataConverterOf(harness.stack.env);
  const code = await workflowBundle(require.resolve('./stub-workflows'));
  const workers: { worker: Worker; running: Promise<void> }[] = [];
  const { workflow } = harness.temporal;

  const world: StubWorld = {
    harness,
    work: async (taskQueue) => {
      const worker = await Worker.create({ connection, taskQueue, workflowBundle: code, dataConverter });
      workers.push({ worker, running: worker.run() });
    },
    register: async ({ id, batchId }, input = {}, taskQueue = WORKED) => {
      await workflow.start(WORKFLOW_TYPES.registration, {
        workflowId: registrationWorkflowId(id),
        taskQueue,
        args: [input],
        typedSearchAttributes: [
          { key: BATCH_ID, value: batchId },
          { key: ORGANISATION_ID, value: DEMO_ORGANISATION.id },
        ],
      });
    },
    startBatchStub: async (batchId, input = {}) => {
      await workflow.start(WORKFLOW_TYPES.batch, {
        workflowId: batchWorkflowId(batchId),
        taskQueue: WORKED,
        args: [input],
      });
    },
    carried: (of) =>
      workflow
        .getHandle('jobId' in of ? registrationWorkflowId(of.jobId) : batchWorkflowId(of.batchId))
        .query(carriedOut),
    stop: async () => {
      for (const { worker } of workers) worker.shutdown();
      await Promise.all(workers.map(({ running }) => running));
      await connection.close();
      await harness.stop();
    },
  };
  await world.work(WORKED);
  return world;
}

/** A batch of so many new restaurants. */
export async function newBatch(harness: Harness, size: number): Promise<CreatedBatch> {
  const ids: string[] = [];
  for (let n = 0; n < size; n += 1) ids.push((await seedRestaurant(harness)).id);
  return createBatch(harness, ids);
}

/** Puts a job where it would be after its workflow published that a step of it, and these sub-steps, failed. */
export async function makeFail(
  { sql }: Harness,
  jobId: string,
  step: number,
  subSteps: readonly string[] = [],
): Promise<void> {
  await sql.query(
    `update registration_jobs set status = 'action_required', current_step = $2 where id = $1`,
    [jobId, step],
  );
  await sql.query(
    `update registration_job_steps set status =
       case when step_number < $2 then 'completed' when step_number = $2 then 'failed' else 'pending' end
     where job_id = $1`,
    [jobId, step],
  );
  await sql.query(
    `update registration_sub_steps set status = 'failed', error_type = 'InvalidInput', attempt = 1
     where job_id = $1 and key = any ($2)`,
    [jobId, subSteps],
  );
}

/** What the workflow of a job would tell of itself in the middle of step 6. */
export async function knownRecord(
  { sql }: Harness,
  jobId: string,
  change: Partial<JobSnapshot> = {},
): Promise<RestoreWrite> {
  const { rows } = await sql.query(
    `select batch_job_id, restaurant_id, organisation_id, position from registration_jobs where id = $1`,
    [jobId],
  );
  return {
    job_id: jobId,
    identity: rows[0],
    sub_steps: [],
    events: [],
    job: snapshot({ status: 'action_required', run_id: 'run', started_at: null, ...change }),
  };
}
