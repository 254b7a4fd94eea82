/** Jobs as the API answers them, for tests of what the console makes of them. */
import type { SubStepKey } from '../../../domain/sub-steps';
import { PHASES, subStepsOfPhase } from '../../../domain/sub-steps';
import { REGISTRATION_STEPS } from '../../../domain/steps';
import type { Job, StepStatus, SubStepStatus } from '../../../api/console/src/api/types';

type Step = Job['steps'][number];
type SubStepState = NonNullable<
  NonNullable<Step['sub_step_progress']>['phases'][string]['sub_steps'][SubStepKey]
>;

const EARLY = '2026-03-01T00:00:00.000Z';

export function subStep(
  status: SubStepStatus,
  started_at: string | null,
  completed_at: string | null,
  more: Partial<SubStepState> = {},
): SubStepState {
  return {
    status,
    started_at,
    completed_at,
    duration_ms: null,
    attempt: started_at === null ? 0 : 1,
    max_attempts: 4,
    error: null,
    reason: null,
    note: null,
    output: null,
    proof: null,
    generation: 1,
    ...more,
  };
}

export function step(
  number: number,
  status: StepStatus,
  started_at: string | null = null,
  completed_at: string | null = null,
  subSteps: Partial<Record<SubStepKey, SubStepState>> | null = null,
): Step {
  const row = REGISTRATION_STEPS[number - 1];
  if (!row) throw new Error(`There is no step ${number}`);
  return {
    id: `00000000-0000-4000-8000-00000000000${number}`,
    step_number: number,
    step_name: row.name,
    step_description: row.description,
    step_type: row.type,
    status,
    sub_step_progress: subSteps && progress(subSteps),
    started_at,
    completed_at,
    duration_ms: null,
    error_message: null,
    error_details: null,
    retry_count: 0,
    max_retries: 3,
    result_data: null,
  };
}

function progress(subSteps: Partial<Record<SubStepKey, SubStepState>>): Step['sub_step_progress'] {
  const phases = PHASES.map(({ phase, description }) => {
    const own = subStepsOfPhase(phase).flatMap(({ key }) => {
      const state = subSteps[key];
      return state ? [[key, state] as const] : [];
    });
    return [`phase${phase}`, { status: 'pending', description, sub_steps: Object.fromEntries(own) }] as const;
  });
  return { current_phase: 1, total_sub_steps: 12, phases: Object.fromEntries(phases) };
}

export function job(more: Partial<Job> = {}): Job {
  return {
    id: '00000000-0000-4000-8000-0000000000c1',
    batch_job_id: '00000000-0000-4000-8000-0000000000b1',
    restaurant_id: '00000000-0000-4000-8000-0000000000a1',
    organisation_id: '00000000-0000-4000-8000-0000000000d1',
    position: 1,
    status: 'in_progress',
    closure: null,
    current_step: 1,
    total_steps: 6,
    pumpd_user_id: null,
    pumpd_restaurant_id: null,
    error_message: null,
    last_error_details: null,
    waiting_reason: null,
    note: null,
    search_no: 1,
    revision: 1,
    created_at: EARLY,
    updated_at: EARLY,
    started_at: EARLY,
    completed_at: null,
    cancel_requested_at: null,
    cancelled_at: null,
    restaurant: { id: '00000000-0000-4000-8000-0000000000a1', name: 'Kōwhai Grill', city: 'Wellington' },
    steps: [],
    ...more,
  };
}
