/** API answers and restaurants as the demo's pure functions take them. */
import { REGISTRATION_STEPS } from '../../../domain/steps';
import type { JobStatus, StepStatus, SubStepStatus } from '../../../domain/statuses';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import type { Batch, Job } from '../../../dev/demo/api-client';
import type { DemoRestaurant } from '../../../dev/demo/restaurants';
import type { RunRestaurant } from '../../../dev/demo/world';
import type { EffectRow } from '../../../dev/simulator/client';

const AT = '2026-03-02T00:00:00.000Z';

export const uuidOf = (kind: string, number: number): string =>
  `${kind.padEnd(8, '0')}-0000-4000-8000-${String(number).padStart(12, '0')}`;

type SubStepFact = Partial<{
  status: SubStepStatus;
  attempt: number;
  error: string;
  reason: string;
  output: Record<string, unknown>;
}>;

export interface JobFacts {
  number?: number;
  status?: JobStatus;
  step?: number;
  /** Of the step that it is at. */
  stepStatus?: StepStatus;
  waiting?: string | null;
  searchNo?: number;
  subSteps?: Partial<Record<SubStepKey, SubStepFact>>;
  /** Of the sub-steps that are not named. */
  otherSubSteps?: SubStepStatus;
  userId?: string | null;
}

function progressOf({
  subSteps = {},
  otherSubSteps = 'pending',
}: JobFacts): Job['steps'][number]['sub_step_progress'] {
  const row = (key: SubStepKey) => {
    const {
      status = otherSubSteps,
      attempt,
      error = null,
      reason = null,
      output = null,
    } = subSteps[key] ?? {};
    return {
      status,
      started_at: null,
      completed_at: null,
      duration_ms: null,
      attempt: attempt ?? (status === 'completed' ? 1 : 0),
      max_attempts: 4,
      error,
      reason,
      output,
    };
  };
  const phases = Object.fromEntries(
    [1, 2, 3, 4].map((phase) => [
      `phase${phase}`,
      {
        status: 'in_progress',
        description: '',
        sub_steps: Object.fromEntries(
          SUB_STEP_KEYS.filter((key) => SUB_STEPS[key].phase === phase).map((key) => [key, row(key)]),
        ),
      },
    ]),
  );
  return { current_phase: 1, total_sub_steps: SUB_STEP_KEYS.length, phases };
}

export function jobOf(facts: JobFacts = {}): Job {
  const { number = 1, status = 'in_progress', step = 1, waiting = null, userId = null } = facts;
  const current = facts.stepStatus ?? (status === 'completed' ? 'completed' : 'in_progress');
  return {
    id: uuidOf('aaaa', number),
    batch_job_id: uuidOf('bbbb', 1),
    restaurant_id: uuidOf('cccc', number),
    organisation_id: uuidOf('dddd', 1),
    position: number,
    status,
    closure: null,
    current_step: step,
    total_steps: 6,
    pumpd_user_id: userId,
    pumpd_restaurant_id: null,
    error_message: null,
    last_error_details: null,
    waiting_reason: waiting,
    note: null,
    search_no: facts.searchNo ?? 1,
    revision: 1,
    created_at: AT,
    updated_at: AT,
    started_at: AT,
    completed_at: status === 'completed' ? '2026-03-02T00:00:12.500Z' : null,
    cancel_requested_at: null,
    cancelled_at: null,
    restaurant: { id: uuidOf('cccc', number), name: 'As the platform has it', city: null },
    steps: REGISTRATION_STEPS.map((definition) => ({
      id: uuidOf('eeee', number * 10 + definition.number),
      step_number: definition.number,
      step_name: definition.name,
      step_description: null,
      step_type: definition.type,
      status: definition.number < step ? 'completed' : definition.number === step ? current : 'pending',
      sub_step_progress: definition.number === 6 && step === 6 ? progressOf(facts) : null,
      started_at: null,
      completed_at: null,
      duration_ms: null,
      error_message: null,
      error_details: null,
      retry_count: 0,
      max_retries: 3,
      result_data: null,
    })),
  };
}

export const completedJob = (facts: JobFacts = {}): Job =>
  jobOf({ status: 'completed', step: 6, otherSubSteps: 'completed', userId: 'USR1', ...facts });

export function restaurantOf(changes: Partial<DemoRestaurant> = {}): DemoRestaurant {
  return {
    name: 'Kōwhai Grill',
    address: '12 Fern Street, Te Aro, Wellington 6011',
    city: 'Wellington',
    phone: '04 555 0100',
    email: 'Owner@kowhaigrill.example',
    websiteUrl: null,
    primaryColour: '#F2B705',
    secondaryColour: '#1F2A30',
    openingHours: [],
    cuisines: [],
    dishes: [
      { category: 'Mains', name: 'Lamb Rump', price: 34.5, image: 'https://images.example/lamb.jpeg' },
    ],
    optionSets: 2,
    extractionLateSeconds: null,
    entity: null,
    expected: 'completed',
    scenario: null,
    company: { kind: 'number', number: '9990001' },
    configuration: { use_defaults: true },
    ...changes,
  };
}

export function runOf(
  number = 1,
  changes: Partial<DemoRestaurant> = {},
  email = `owner${number}+run@kowhaigrill.example`,
): RunRestaurant {
  const restaurant = restaurantOf(changes);
  return {
    restaurant,
    id: uuidOf('cccc', number),
    menuId: uuidOf('ffff', number),
    name: restaurant.name,
    email,
    configuration: restaurant.configuration,
  };
}

export function batchOf(jobs: readonly Job[]): Batch {
  const completed = jobs.filter(({ status }) => status === 'completed').length;
  return {
    id: uuidOf('bbbb', 1),
    name: 'Demo',
    organisation_id: uuidOf('dddd', 1),
    source_lead_scrape_job_id: null,
    status: completed === jobs.length ? 'completed' : 'action_required',
    execution_mode: 'parallel',
    failure_policy: 'wait',
    total_restaurants: jobs.length,
    completed_restaurants: completed,
    failed_restaurants: 0,
    current_step: 6,
    total_steps: 6,
    created_by: null,
    error_message: null,
    created_at: AT,
    updated_at: AT,
    start_requested_at: AT,
    started_at: AT,
    completed_at: null,
    cancel_requested_at: null,
    cancelled_at: null,
    paused_at: null,
    pause_reason: null,
    metadata: {},
  };
}

const effect = (row: Partial<EffectRow> & Pick<EffectRow, 'subStep'>): EffectRow => ({
  restaurantId: null,
  email: null,
  count: 1,
  duplicated: 0,
  attempts: 1,
  keys: [],
  concurrentCalls: 0,
  lastEffectAt: AT,
  ...row,
});

/** Each sub-step of the restaurant once, its account under its e-mail. */
export function effectsOf(one: RunRestaurant): EffectRow[] {
  return SUB_STEP_KEYS.map((subStep) =>
    subStep === 'cloudwaitressAccount'
      ? effect({ subStep, email: one.email.toLowerCase() })
      : effect({ subStep, restaurantId: one.id }),
  );
}
