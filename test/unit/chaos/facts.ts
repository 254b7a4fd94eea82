/** Three witnesses that agree, for tests to make one of them lie. */
import { idempotencyKey } from '../../../domain/ids';
import type { SubStepStatus } from '../../../domain/statuses';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../../domain/sub-steps';
import type { Facts, JobFacts, StoredSubStep } from '../../../dev/chaos/facts';
import { generateRestaurants } from '../../../dev/demo/generator';
import { restaurantsOfRun, type RunRestaurant } from '../../../dev/demo/world';
import type { EffectRow } from '../../../dev/simulator/client';
import { uuidOf } from '../demo/fixtures';

const cast = restaurantsOfRun(generateRestaurants(40, 1), { id: 'cafe', number: 1 });

export function restaurantOf(at: number): RunRestaurant {
  const one = cast[at];
  if (one === undefined) throw new Error(`No restaurant ${at}`);
  return one;
}

export const jobIdOf = (at: number): string => uuidOf('aaaa', at);

type Failed = { failed: SubStepKey; type: string; blocked?: SubStepKey[] };

function subStepOf(key: SubStepKey, { failed, type, blocked = [] }: Partial<Failed>): StoredSubStep {
  const isFailed = key === failed;
  const status: SubStepStatus = isFailed ? 'failed' : blocked.includes(key) ? 'blocked' : 'completed';
  const attempt = status === 'blocked' ? 0 : 1;
  const error = isFailed
    ? { error_type: type ?? null, error: 'It failed.' }
    : { error_type: null, error: null };
  return { key, status, generation: 1, attempt, ...error, reason: null };
}

/** A job that is completed; or that waits, since one sub-step failed. */
export function jobOf(at: number, failure: Partial<Failed> = {}): JobFacts {
  const one = restaurantOf(at);
  const waits = failure.failed !== undefined;
  const subSteps = SUB_STEP_KEYS.map((key) => subStepOf(key, failure));
  const reason = failure.failed === undefined ? null : `${SUB_STEPS[failure.failed].label}: It failed.`;
  const steps = [1, 2, 3, 4, 5, 6].map((step_number) => ({
    step_number,
    status: waits && step_number === 6 ? ('failed' as const) : ('completed' as const),
    error_message: null,
  }));
  const status = waits ? ('action_required' as const) : ('completed' as const);
  const byKey = <T>(of: (row: StoredSubStep) => T) =>
    Object.fromEntries(subSteps.map((row) => [row.key, of(row)])) as Record<SubStepKey, T>;
  return {
    one,
    row: {
      id: jobIdOf(at),
      restaurant_id: one.id,
      status,
      current_step: 6,
      waiting_reason: reason,
      error_message: null,
      completed_at: waits ? null : '2026-03-02T00:00:00Z',
      steps,
      sub_steps: subSteps,
    },
    workflow: {
      run: waits ? 'RUNNING' : 'COMPLETED',
      state: {
        status,
        currentStep: 6,
        awaiting: waits ? 'repair' : null,
        waitingReason: reason,
        searchNo: 1,
        steps: steps.map((step) => step.status),
        subSteps: byKey((row) => row.status),
        generations: byKey((row) => row.generation),
      },
    },
  };
}

function effectOf({ one, row }: JobFacts, { key, status }: StoredSubStep): EffectRow[] {
  const nothingToDo =
    (key === 'optionSets' && one.restaurant.optionSets === 0) ||
    (key === 'uploadImages' && one.restaurant.dishes.every(({ image }) => image === undefined));
  if (status !== 'completed' || nothingToDo) return [];
  const isAccount = key === 'cloudwaitressAccount';
  return [
    {
      restaurantId: isAccount ? null : one.id,
      email: isAccount ? one.email.toLowerCase() : null,
      subStep: key,
      count: 1,
      duplicated: 0,
      attempts: 1,
      keys: isAccount ? [] : [idempotencyKey(row.id, key, 1)],
      concurrentCalls: 0,
      lastEffectAt: null,
    },
  ];
}

export function factsOf(jobs: JobFacts[]): Facts {
  const completed = jobs.filter(({ row }) => row.status === 'completed').length;
  const ended = completed === jobs.length;
  const effects = jobs.flatMap((job) => job.row.sub_steps.flatMap((subStep) => effectOf(job, subStep)));
  return {
    batch: {
      id: uuidOf('bbbb', 1),
      status: ended ? 'completed' : 'action_required',
      total_restaurants: jobs.length,
      completed_restaurants: completed,
      failed_restaurants: 0,
      paused_at: null,
      pause_reason: null,
    },
    batchWorkflow: {
      run: ended ? 'COMPLETED' : 'RUNNING',
      state: {
        status: ended ? 'completed' : 'in_progress',
        total: jobs.length,
        started: jobs.length,
        completed,
        failed: 0,
        cancelled: 0,
        pause: null,
        inStep6: 0,
        waitingForStep6: 0,
      },
    },
    jobs,
    effects,
    summary: {
      total: effects.length,
      duplicates: 0,
      attempts: effects.length,
      concurrentCalls: 0,
      unmetNeeds: [],
      mislabelled: [],
      accounts: { starts: jobs.length, throttled: 0, minGapMs: 1_000 },
      sessions: { maxConcurrent: 4, maxConcurrentPerAccount: {} },
    },
  };
}
