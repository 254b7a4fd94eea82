/** The units of work themselves, the same for every candidate but the product: calls of the outside and writes to the record's tables. */
import type { SupabaseClient } from '@supabase/supabase-js';
import type {
  BeginAttemptResult,
  JobSnapshot,
  SnapshotWrite,
  StepRow,
  SubStepOutput,
} from '../../domain/record';
import { createSupabase } from '../../domain/supabase';
import { SUB_STEPS, type SubStepKey } from '../../domain/sub-steps';
import { MILESTONES, type Call, type Configuration, type Job, type Milestone, type Unit } from './flow';

/** Carries out one unit. Throws on any trouble: how often it is tried again is the engine's affair. */
export type Perform = (job: Job, unit: Unit, configuration?: Configuration) => Promise<void>;

/** For a worker's process: reads where the record and the outside are from the environment. */
export function performFromEnvironment(): Perform {
  const supabase = createSupabase(setting('SUPABASE_URL'), setting('SUPABASE_SERVICE_ROLE_KEY'));
  return createPerform({ supabase, callOutside: outsideFrom(setting('TARGET_URL')) });
}

/** A setting that the comparison gives to each worker's process. */
export function setting(name: string): string {
  const value = process.env[name];
  if (!value) throw new Error(`${name} is not set`);
  return value;
}

export type CallOutside = (job: Pick<Job, 'jobId'>, call: Call, body?: Configuration) => Promise<void>;

export function outsideFrom(targetUrl: string): CallOutside {
  return async ({ jobId }, call, body = {}) => {
    const response = await fetch(`${targetUrl}/calls/${jobId}/${call}`, {
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    await response.arrayBuffer();
    if (!response.ok) throw new Error(`The outside answered ${response.status} to ${call}`);
  };
}

function createPerform(deps: { supabase: SupabaseClient; callOutside: CallOutside }): Perform {
  const { supabase, callOutside } = deps;
  return async (job, unit, configuration) => {
    if (unit === 'search') {
      await callOutside(job, unit);
      await saveCandidates(supabase, job);
    } else if (unit === 'details') {
      await callOutside(job, unit);
      await saveRestaurant(supabase, job, COMPANY);
    } else if (unit === 'saveConfiguration') {
      await saveRestaurant(supabase, job, { theme: 'light', user_email: 'owner@example.nz' });
    } else if (isMilestone(unit)) {
      const p: SnapshotWrite = { job_id: job.jobId, job: snapshot(job, unit, configuration) };
      checked(await supabase.rpc('apply_registration_snapshot', { p }));
    } else {
      await performSubStep(deps, job, unit, configuration);
    }
  };
}

/** As the product does it: the ledger says `in_progress` before the call is made, and how it ended after it. */
async function performSubStep(
  { supabase, callOutside }: { supabase: SupabaseClient; callOutside: CallOutside },
  { jobId }: Job,
  key: SubStepKey,
  configuration?: Configuration,
): Promise<void> {
  const columns = 'generation, attempt, status, output';
  const stored = checked<{ generation: number; attempt: number; status: string }>(
    await supabase.from('registration_sub_steps').select(columns).eq('job_id', jobId).eq('key', key).single(),
  );
  if (stored.status === 'completed') return;
  const booking = {
    job_id: jobId,
    key,
    generation: stored.generation,
    expected_attempt: stored.attempt,
    state_before: null,
    script_ms: null,
    session_key: null,
    session_limit: null,
  };
  const begun = checked<BeginAttemptResult>(await supabase.rpc('begin_sub_step_attempt', { p: booking }));
  if (!begun.begun) throw new Error(`${key} of ${jobId} was refused: ${begun.refused}`);
  await callOutside({ jobId }, key, configuration);
  const p: SnapshotWrite = {
    job_id: jobId,
    sub_steps: [
      {
        key,
        generation: stored.generation,
        attempt: begun.attempt,
        status: 'completed',
        output: outputOf(key),
        proof: 'reported',
        completed_at: new Date().toISOString(),
      },
    ],
  };
  checked(await supabase.rpc('apply_registration_snapshot', { p }));
}

/** What the outside is taken to have answered. */
export function outputOf(key: SubStepKey): SubStepOutput {
  return Object.fromEntries(SUB_STEPS[key].requiredOutputs.map((name) => [name, `bench-${name}`]));
}

async function saveCandidates(supabase: SupabaseClient, job: Job): Promise<void> {
  const row = {
    restaurant_id: job.restaurantId,
    registration_job_id: job.jobId,
    organisation_id: job.organisationId,
    status: 'awaiting_selection',
    combined_results: [{ company_name: 'KAURI KITCHEN LIMITED', company_number: '9990001', score: 100 }],
    candidate_count: 1,
    searched_at: new Date().toISOString(),
  };
  const onConflict = 'restaurant_id,registration_job_id';
  checked(await supabase.from('companies_office_search_candidates').upsert(row, { onConflict }));
}

const COMPANY = {
  company_name: 'KAURI KITCHEN LIMITED',
  company_number: '9990001',
  contact_name: 'Aroha Example',
  full_legal_name: 'Aroha EXAMPLE',
};

async function saveRestaurant(
  supabase: SupabaseClient,
  { restaurantId, organisationId }: Job,
  columns: Record<string, unknown>,
): Promise<void> {
  const rows = supabase.from('restaurants').update(columns);
  checked(await rows.eq('id', restaurantId).eq('organisation_id', organisationId));
}

function checked<T = unknown>({ data, error }: { data: unknown; error: { message: string } | null }): T {
  if (error) throw new Error(`The record refused a write: ${error.message}`);
  return data as T;
}

function isMilestone(unit: Unit): unit is `publish:${Milestone}` {
  return unit.startsWith('publish:');
}

/** The job as a milestone shows it. Repeated after a crash it is the same revision, which the record takes once. */
function snapshot(job: Job, unit: `publish:${Milestone}`, configuration?: Configuration): JobSnapshot {
  const index = MILESTONES.findIndex((milestone) => unit === `publish:${milestone}`);
  const done = index === MILESTONES.length - 1;
  const current = done ? 6 : index + 2;
  const waits = current === 3 || current === 5;
  const now = new Date().toISOString();
  const steps = ([1, 2, 3, 4, 5, 6] as const).map((number): StepRow => {
    const passed = done || number < current;
    const running = waits ? 'action_required' : 'in_progress';
    return {
      step_number: number,
      status: passed ? 'completed' : number === current ? running : 'pending',
      started_at: number <= current ? now : null,
      completed_at: passed ? now : null,
      error_message: null,
      error_details: null,
      retry_count: 0,
      result_data: null,
    };
  });
  return {
    status: done ? 'completed' : waits ? 'action_required' : 'in_progress',
    closure: null,
    current_step: current,
    revision: index + 1,
    run_id: `bench-${job.jobId}`,
    error_message: null,
    last_error_details: null,
    started_at: now,
    completed_at: done ? now : null,
    cancelled_at: null,
    waiting_reason: waits ? 'Waits for an answer.' : null,
    note: null,
    search_no: 1,
    ...(configuration ? { execution_config: configuration } : {}),
    steps,
  };
}
