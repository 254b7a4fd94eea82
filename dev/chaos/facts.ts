/** What the record, the workflows and the world outside say of a batch: the three witnesses that the verdict compares. */
import { Client, Connection } from '@temporalio/client';
import type { QueryDefinition } from '@temporalio/common';
import { type z } from 'zod';
import { batchRow, jobRow, stepRow, subStepRow } from '../../api/schemas';
import { batchWorkflowId, registrationWorkflowId } from '../../domain/ids';
import { createDataConverter, parsePayloadKeys } from '../../domain/payload-codec';
import { createSupabase } from '../../domain/supabase';
import {
  batchProgress,
  registrationState,
  type BatchProgress,
  type RegistrationState,
} from '../../workflows/messages';
import type { RunRestaurant } from '../demo/world';
import type { EffectRow, EffectsSummary, SimulatorClient } from '../simulator/client';
import { NAMESPACE } from '../stack/temporal';

const storedJob = jobRow
  .pick({
    id: true,
    restaurant_id: true,
    status: true,
    current_step: true,
    waiting_reason: true,
    error_message: true,
    completed_at: true,
  })
  .extend({
    steps: stepRow.pick({ step_number: true, status: true, error_message: true }).array(),
    sub_steps: subStepRow
      .pick({
        key: true,
        status: true,
        generation: true,
        attempt: true,
        error_type: true,
        error: true,
        reason: true,
      })
      .array(),
  });
const storedBatch = batchRow
  .pick({
    id: true,
    status: true,
    total_restaurants: true,
    completed_restaurants: true,
    failed_restaurants: true,
    paused_at: true,
    pause_reason: true,
  })
  .extend({ jobs: storedJob.array() });

/** The rows of a job, read in one query with its batch: one moment of the record. */
export type StoredJob = z.output<typeof storedJob>;
export type StoredSubStep = StoredJob['sub_steps'][number];
export type StoredBatch = Omit<z.output<typeof storedBatch>, 'jobs'>;

/** `RUNNING`, `COMPLETED`, `FAILED` ...: the engine's word. */
export interface WorkflowFacts<S> {
  run: string;
  state: S;
}

export interface JobFacts {
  one: RunRestaurant;
  row: StoredJob;
  workflow: WorkflowFacts<RegistrationState>;
}

export interface Facts {
  batch: StoredBatch;
  batchWorkflow: WorkflowFacts<BatchProgress>;
  jobs: JobFacts[];
  effects: EffectRow[];
  summary: EffectsSummary;
}

export interface Witnesses {
  env: Readonly<Record<string, string>>;
  simulator: SimulatorClient;
  batchId: string;
  /** By id. */
  restaurants: ReadonlyMap<string, RunRestaurant>;
}

const JOB_COLUMNS = Object.keys(storedJob.omit({ steps: true, sub_steps: true }).shape).join(', ');
const columnsOf = (row: z.ZodObject): string => Object.keys(row.shape).join(', ');
const COLUMNS = [
  columnsOf(storedBatch.omit({ jobs: true })),
  `jobs:registration_jobs(${JOB_COLUMNS}, steps:registration_job_steps(${columnsOf(storedJob.shape.steps.element)}), ` +
    `sub_steps:registration_sub_steps(${columnsOf(storedJob.shape.sub_steps.element)}))`,
].join(', ');

async function readRecord({ env, batchId }: Witnesses): Promise<z.output<typeof storedBatch>> {
  const supabase = createSupabase(env['SUPABASE_URL'] ?? '', env['SUPABASE_SERVICE_ROLE_KEY'] ?? '');
  const { data, error } = await supabase
    .from('registration_batch_jobs')
    .select(COLUMNS)
    .eq('id', batchId)
    .single();
  if (error !== null) throw new Error(`The record cannot be read: ${error.message}`);
  return storedBatch.parse(data);
}

async function askWorkflow<S>(
  client: Client,
  workflowId: string,
  query: QueryDefinition<S>,
): Promise<WorkflowFacts<S>> {
  const handle = client.workflow.getHandle(workflowId);
  const { status } = await handle.describe();
  return { run: status.name, state: await handle.query(query) };
}

/** How many workflows are asked at a time: each may have to be replayed from its beginning. */
const ASKED_AT_ONCE = 8;

/** Reads everything. Throws when a witness does not answer, or a job's restaurant is none of this run. */
export async function gather(witnesses: Witnesses): Promise<Facts> {
  const { jobs, ...batch } = await readRecord(witnesses);
  const connection = await Connection.connect({ address: witnesses.env['TEMPORAL_ADDRESS'] ?? '' });
  try {
    const dataConverter = createDataConverter(parsePayloadKeys(witnesses.env['PAYLOAD_KEYS']));
    const client = new Client({ connection, namespace: NAMESPACE, dataConverter });
    const found: JobFacts[] = [];
    for (let from = 0; from < jobs.length; from += ASKED_AT_ONCE) {
      const some = jobs.slice(from, from + ASKED_AT_ONCE).map(async (row): Promise<JobFacts> => {
        const one = witnesses.restaurants.get(row.restaurant_id);
        if (one === undefined)
          throw new Error(`The batch has a restaurant that was not given: ${row.restaurant_id}`);
        const workflow = await askWorkflow(client, registrationWorkflowId(row.id), registrationState);
        return { one, row, workflow };
      });
      found.push(...(await Promise.all(some)));
    }
    const batchWorkflow = await askWorkflow(client, batchWorkflowId(batch.id), batchProgress);
    return { batch, batchWorkflow, jobs: found, ...(await witnesses.simulator.effects()) };
  } finally {
    await connection.close();
  }
}
