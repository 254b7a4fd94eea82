/** Whether the demo went as it should: pure, from the record's and the outside world's facts. */
import type { BatchStatus, JobStatus, SubStepStatus } from '../../domain/statuses';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../domain/sub-steps';
import type { EffectRow } from '../simulator/client';
import type { Batch, Job } from './api-client';
import { subStepsOf, type SubStepView } from './progress';
import { table, type Paint } from './text';
import type { RunRestaurant } from './world';

export interface RestaurantReport {
  name: string;
  expected: JobStatus;
  status: JobStatus;
  /** What was answered in step 3, null if nothing was. */
  company: string | null;
  /** The vendor's id of its account, null if it has none. */
  account: string | null;
  /** It uses the account that another restaurant of the same owner created. */
  account_attached: boolean;
  seconds: number | null;
  /** Calls begun for its sub-steps in all. */
  attempts: number;
  sub_steps: {
    completed: number;
    skipped: number;
    total: number;
    statuses: Partial<Record<SubStepKey, SubStepStatus>>;
  };
}

export interface DemoReport {
  ok: boolean;
  total_seconds: number;
  batch: {
    id: string | null;
    status: BatchStatus | null;
    counts: { total: number; completed: number; failed: number };
  };
  restaurants: RestaurantReport[];
  /** Side effects outside, of this run alone. */
  effects: { total: number; duplicates: number; concurrent_calls: number };
  problems: string[];
}

export interface ReportInput {
  batch: Batch;
  jobs: readonly Job[];
  /** By restaurant id. */
  restaurants: ReadonlyMap<string, RunRestaurant>;
  companyOf: (jobId: string) => string | null;
  problemOf: (job: Job) => string | null;
  /** Every effect that the outside world has counted; those of other runs are left out here. */
  effects: readonly EffectRow[];
  totalSeconds: number;
  /** What was seen on the way. */
  problems: readonly string[];
}

interface Played {
  job: Job;
  one: RunRestaurant;
  subSteps: SubStepView[];
}

const ACCOUNT: SubStepKey = 'cloudwaitressAccount';

/** Whether a completed sub-step has anything to do for this restaurant. */
export function isDue(key: SubStepKey, { restaurant }: RunRestaurant): boolean {
  if (key === 'uploadImages') return restaurant.dishes.some(({ image }) => image !== undefined);
  if (key === 'optionSets') return restaurant.optionSets > 0;
  return true;
}

const secondsBetween = (from: string | null, to: string | null): number | null =>
  from === null || to === null ? null : (Date.parse(to) - Date.parse(from)) / 1_000;

function restaurantReport({ job, one, subSteps }: Played, company: string | null): RestaurantReport {
  const count = (status: SubStepStatus): number =>
    subSteps.filter((subStep) => subStep.status === status).length;
  const account = subSteps.find(({ key }) => key === ACCOUNT)?.output;
  const userId = job.pumpd_user_id ?? account?.['pumpd_user_id'];
  return {
    name: one.restaurant.name,
    expected: one.restaurant.expected,
    status: job.status,
    company,
    account: typeof userId === 'string' ? userId : null,
    account_attached: account?.['attached'] === true,
    seconds: secondsBetween(job.started_at, job.completed_at),
    attempts: subSteps.reduce((sum, { attempt }) => sum + attempt, 0),
    sub_steps: {
      completed: count('completed'),
      skipped: count('skipped'),
      total: SUB_STEP_KEYS.length,
      statuses: Object.fromEntries(subSteps.map(({ key, status }) => [key, status])),
    },
  };
}

/** Restaurants that share an owner's e-mail, whatever its case, share an account. */
function byOwner(played: readonly Played[]): Map<string, Played[]> {
  const owners = new Map<string, Played[]>();
  for (const one of played) {
    const email = one.one.email.toLowerCase();
    owners.set(email, [...(owners.get(email) ?? []), one]);
  }
  return owners;
}

/** Where a count is not what it should be. A failed sub-step may or may not have acted: that is no news here. */
function effectProblems(played: readonly Played[], effects: readonly EffectRow[]): string[] {
  const countOf = (mine: (row: EffectRow) => boolean): number =>
    effects.filter(mine).reduce((sum, { count }) => sum + count, 0);
  const wrong = (name: string, key: SubStepKey, due: number, count: number): string[] =>
    count === due ? [] : [`${name}: ${SUB_STEPS[key].label} took effect ${count} times instead of ${due}`];

  const own = played.flatMap(({ one, subSteps }) =>
    subSteps.flatMap(({ key, status }) => {
      if (key === ACCOUNT || status === 'failed') return [];
      const due = status === 'completed' && isDue(key, one) ? 1 : 0;
      return wrong(
        one.restaurant.name,
        key,
        due,
        countOf((row) => row.restaurantId === one.id && row.subStep === key),
      );
    }),
  );
  const accounts = [...byOwner(played)].flatMap(([email, sharing]) => {
    const statuses = sharing.map(({ subSteps }) => subSteps.find(({ key }) => key === ACCOUNT)?.status);
    if (statuses.includes('failed')) return [];
    const due = statuses.includes('completed') ? 1 : 0;
    const ids = new Set(sharing.map(({ one }) => one.id));
    const mine = (row: EffectRow): boolean =>
      row.subStep === ACCOUNT && (row.email === email || ids.has(row.restaurantId ?? ''));
    return wrong(sharing.map(({ one }) => one.restaurant.name).join(' and '), ACCOUNT, due, countOf(mine));
  });
  return [...own, ...accounts];
}

function jobProblem({ job, one }: Played, problem: string | null): string[] {
  const { name, expected } = one.restaurant;
  if (job.status === 'completed' && job.completed_at === null) {
    return [`${name}: completed, and the record does not say when`];
  }
  if (job.status === expected) return [];
  return [
    `${name}: ${job.status} instead of ${expected}: ${problem ?? job.error_message ?? 'no reason is given'}`,
  ];
}

/** The facts and the verdict: `ok` means that there is not one problem. */
export function buildReport(input: ReportInput): DemoReport {
  const { batch, jobs, restaurants } = input;
  const played = jobs.flatMap((job): Played[] => {
    const one = restaurants.get(job.restaurant_id);
    return one === undefined ? [] : [{ job, one, subSteps: subStepsOf(job) }];
  });
  const emails = new Set(played.map(({ one }) => one.email.toLowerCase()));
  const effects = input.effects.filter(
    ({ restaurantId, email }) => restaurants.has(restaurantId ?? '') || emails.has(email ?? ''),
  );
  const sum = (of: (row: EffectRow) => number): number => effects.reduce((total, row) => total + of(row), 0);
  const duplicates = sum(({ duplicated }) => duplicated);
  const concurrent = sum(({ concurrentCalls }) => concurrentCalls);
  const problems = [
    ...input.problems,
    ...(played.length === restaurants.size
      ? []
      : [`${restaurants.size} restaurants were given, the batch has ${played.length}`]),
    ...played.flatMap((one) => jobProblem(one, input.problemOf(one.job))),
    ...(duplicates === 0 ? [] : [`${duplicates} effects were duplicates`]),
    ...(concurrent === 0 ? [] : [`${concurrent} calls ran beside another one for the same sub-step`]),
    ...effectProblems(played, effects),
  ];
  return {
    ok: problems.length === 0,
    total_seconds: input.totalSeconds,
    batch: {
      id: batch.id,
      status: batch.status,
      counts: {
        total: batch.total_restaurants,
        completed: batch.completed_restaurants,
        failed: batch.failed_restaurants,
      },
    },
    restaurants: played.map((one) => restaurantReport(one, input.companyOf(one.job.id))),
    effects: { total: sum(({ count }) => count), duplicates, concurrent_calls: concurrent },
    problems,
  };
}

/** The report of a run that broke off before there was anything to tell. */
export function brokenReport(problems: string[], totalSeconds: number): DemoReport {
  return {
    ok: false,
    total_seconds: totalSeconds,
    batch: { id: null, status: null, counts: { total: 0, completed: 0, failed: 0 } },
    restaurants: [],
    effects: { total: 0, duplicates: 0, concurrent_calls: 0 },
    problems,
  };
}

const COLUMNS = [
  { title: 'Restaurant', shrinks: true },
  { title: 'Status' },
  { title: 'Company', shrinks: true },
  { title: 'Account', shrinks: true },
  { title: 'Sub-steps', align: 'right' },
  { title: 'Attempts', align: 'right' },
  { title: 'Time', align: 'right' },
] as const;

function rowOf({
  name,
  status,
  company,
  account,
  account_attached,
  sub_steps,
  attempts,
  seconds,
}: RestaurantReport): string[] {
  const skipped = sub_steps.skipped > 0 ? ` (${sub_steps.skipped} off)` : '';
  return [
    name,
    status,
    company ?? '-',
    account === null ? '-' : account + (account_attached ? ' (shared)' : ''),
    `${sub_steps.completed}/${sub_steps.total}${skipped}`,
    String(attempts),
    seconds === null ? '-' : `${seconds.toFixed(1)} s`,
  ];
}

/** The table, what went wrong, and one line that says it all. */
export function reportLines(report: DemoReport, width: number, paint: Paint): string[] {
  const { ok, total_seconds, batch, restaurants, effects, problems } = report;
  const { completed, total } = batch.counts;
  const sums = `${completed} of ${total} restaurants completed in ${total_seconds.toFixed(1)} s · ${effects.total} effects, ${effects.duplicates} duplicates`;
  return [
    ...(restaurants.length > 0 ? ['', ...table(COLUMNS, restaurants.map(rowOf), width), ''] : []),
    ...problems.map((problem) => paint('red', `Problem: ${problem}`)),
    paint(ok ? 'green' : 'red', `${ok ? 'Done' : 'Not as it should be'}: ${sums}`),
  ];
}
