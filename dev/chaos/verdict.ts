/** Whether the promises held: pure, from what the record, the workflows and the world outside say. Each check can fail alone. */
import { isFailureType } from '../../domain/failures';
import { idempotencyKey } from '../../domain/ids';
import { batchSummary, isTerminalJob } from '../../domain/statuses';
import { SUB_STEPS, type SubStepKey } from '../../domain/sub-steps';
import { isDue } from '../demo/report';
import type { EffectRow } from '../simulator/client';
import type { Facts, JobFacts, StoredSubStep } from './facts';
import { ACCOUNT, effectsOf } from './outside';

export interface Check {
  name: string;
  problems: string[];
}

/** The limits that hold over all workers, restarts and retries. */
export interface Limits {
  /** Least time between two account creations, ms. */
  accountMinIntervalMs: number;
  /** Scripts that are logged in to one account at a time. */
  sessionsPerAccount: number;
}

/** The one failure after which nobody knows whether it was done. No fault of a plan does anything by halves: no `PartialResult` is true. */
const UNCLEAR = 'OutcomeUnclear';

const sum = (rows: readonly EffectRow[], of: (row: EffectRow) => number): number =>
  rows.reduce((total, row) => total + of(row), 0);
const effectCount = (rows: readonly EffectRow[]): number => sum(rows, ({ count }) => count);

export function judge(facts: Facts, limits: Limits): Check[] {
  return [
    {
      name: 'Every job completed, or waits with a true reason',
      problems: facts.jobs.flatMap((job) => endProblems(job, facts.effects)),
    },
    { name: 'Each due effect exactly once', problems: effectProblems(facts) },
    { name: 'Nothing twice, nothing at once, nothing too early', problems: summaryProblems(facts) },
    {
      name: 'Every call outside is in the ledger',
      problems: facts.jobs.flatMap((job) => bookingProblems(job, facts.effects)),
    },
    { name: 'Account creations keep their distance', problems: spacingProblems(facts, limits) },
    { name: 'No account has more sessions than it may', problems: sessionProblems(facts, limits) },
    {
      name: 'The record says what the workflows say',
      problems: [...facts.jobs.flatMap(recordProblems), ...pauseProblems(facts)],
    },
    { name: 'The counts of the batch are those of its jobs', problems: countProblems(facts) },
  ];
}

// ---- ends ----------------------------------------------------------------------------------------------------------

function endProblems(job: JobFacts, effects: readonly EffectRow[]): string[] {
  const { row, one } = job;
  const problems =
    row.status === 'completed'
      ? completionProblems(job)
      : row.status === 'action_required'
        ? waitingProblems(job, effects)
        : [`is ${row.status}: ${row.error_message ?? 'no reason is given'}`];
  return problems.map((problem) => `${one.name}: ${problem}`);
}

function completionProblems({ row }: JobFacts): string[] {
  const open = row.sub_steps.filter(({ status }) => status !== 'completed' && status !== 'skipped');
  const silent = row.sub_steps.filter(({ status, reason }) => status === 'skipped' && reason === null);
  return [
    ...(row.completed_at === null ? ['completed, and the record does not say when'] : []),
    ...open.map(({ key, status }) => `completed, and ${key} is ${status}`),
    ...silent.map(({ key }) => `${key} was skipped without a reason`),
  ];
}

/** Only step 6 may wait: all else was answered, and could be done again once the world was well. */
function waitingProblems({ row, one }: JobFacts, effects: readonly EffectRow[]): string[] {
  const step = row.steps.find(({ status }) => status === 'failed' || status === 'action_required');
  if (step?.step_number !== 6)
    return [
      `waits at step ${step?.step_number ?? row.current_step}: ${row.waiting_reason ?? 'no reason is given'}`,
    ];
  const failed = row.sub_steps.filter(({ status }) => status === 'failed');
  return [
    ...(failed.length === 0 ? ['waits for a repair, and nothing has failed'] : []),
    ...failed.flatMap((subStep) =>
      failureProblems(subStep, row.waiting_reason ?? '', effectCount(effectsOf(subStep.key, one, effects))),
    ),
    ...row.sub_steps.flatMap((subStep) => openProblems(subStep, row.sub_steps)),
  ];
}

function failureProblems(
  { key, error, error_type: type }: StoredSubStep,
  reason: string,
  count: number,
): string[] {
  return [
    ...(error === null || !isFailureType(type) ? [`${key} failed, and the record does not say why`] : []),
    ...(reason.includes(SUB_STEPS[key].label) ? [] : [`waits for a person, and does not name ${key}`]),
    ...(count > 0 && type !== UNCLEAR ? [`${key} is said to have failed (${type}), and it took effect`] : []),
  ];
}

function openProblems({ key, status }: StoredSubStep, all: readonly StoredSubStep[]): string[] {
  if (status === 'completed' || status === 'skipped' || status === 'failed') return [];
  if (status !== 'blocked') return [`waits for a person while ${key} is ${status}`];
  const held = SUB_STEPS[key].needs.some((need) =>
    all.some((other) => other.key === need && ['failed', 'blocked'].includes(other.status)),
  );
  return held ? [] : [`${key} is blocked, and nothing that it needs has failed`];
}

// ---- the world outside ----------------------------------------------------------------------------------------------

function effectProblems({ jobs, effects }: Facts): string[] {
  const own = jobs.flatMap(({ one, row }) =>
    row.sub_steps
      .filter(({ key }) => key !== ACCOUNT)
      .flatMap((subStep) =>
        countProblem(
          one.name,
          subStep.key,
          dueOf([subStep], isDue(subStep.key, one)),
          effectsOf(subStep.key, one, effects),
        ),
      ),
  );
  // Restaurants of one owner share an account.
  const owners = new Map<string, JobFacts[]>();
  for (const job of jobs) {
    const email = job.one.email.toLowerCase();
    owners.set(email, [...(owners.get(email) ?? []), job]);
  }
  const accounts = [...owners.values()].flatMap((sharing) => {
    const subSteps = sharing.flatMap(({ row }) => row.sub_steps.filter(({ key }) => key === ACCOUNT));
    const rows = new Set(sharing.flatMap(({ one }) => effectsOf(ACCOUNT, one, effects)));
    return countProblem(sharing.map(({ one }) => one.name).join(' and '), ACCOUNT, dueOf(subSteps, true), [
      ...rows,
    ]);
  });
  return [...own, ...accounts];
}

/** How often it must have taken effect: once where it is completed; nobody knows where it is unclear; else never. */
function dueOf(subSteps: readonly StoredSubStep[], due: boolean): readonly number[] {
  if (subSteps.some(({ status }) => status === 'completed')) return [due ? 1 : 0];
  return subSteps.some(({ status, error_type: type }) => status === 'failed' && type === UNCLEAR)
    ? [0, 1]
    : [0];
}

function countProblem(
  name: string,
  key: SubStepKey,
  due: readonly number[],
  rows: readonly EffectRow[],
): string[] {
  const count = effectCount(rows);
  return due.includes(count)
    ? []
    : [`${name}: ${key} took effect ${count} times instead of ${due.join(' or ')}`];
}

function summaryProblems({ summary, effects }: Facts): string[] {
  const of = ({ restaurantId, email, subStep }: EffectRow): string =>
    `${restaurantId ?? email ?? 'nobody'}: ${subStep}`;
  return [
    ...effects
      .filter(({ duplicated }) => duplicated > 0)
      .map((row) => `${of(row)} made something ${row.duplicated} times more`),
    ...effects
      .filter(({ concurrentCalls }) => concurrentCalls > 0)
      .map((row) => `${of(row)} was called ${row.concurrentCalls} times while another call ran`),
    ...summary.unmetNeeds.map((what) => `${what} was called before what it needs was there`),
    ...summary.mislabelled.map((what) => `${what} got a wrong allergen label`),
  ];
}

/** No call without its row: each carries a key of this job, and there were no more calls than attempts. */
function bookingProblems({ one, row }: JobFacts, effects: readonly EffectRow[]): string[] {
  return row.sub_steps.flatMap(({ key, generation, attempt }) => {
    // The vendor sees no keys, and knows e-mails alone.
    if (key === ACCOUNT) return [];
    const rows = effectsOf(key, one, effects);
    const known = Array.from({ length: generation }, (_, at) => idempotencyKey(row.id, key, at + 1));
    const foreign = rows.flatMap(({ keys }) => keys.filter((seen) => !known.includes(seen)));
    const calls = sum(rows, ({ attempts }) => attempts);
    return [
      ...foreign.map((seen) => `${one.name}: ${key} was called with the key ${seen}`),
      // An earlier generation's attempts are no longer in the row.
      ...(generation === 1 && calls > attempt
        ? [`${one.name}: ${key} was called ${calls} times, the ledger has ${attempt}`]
        : []),
    ];
  });
}

function spacingProblems({ summary }: Facts, { accountMinIntervalMs }: Limits): string[] {
  const { minGapMs } = summary.accounts;
  return minGapMs === null || minGapMs >= accountMinIntervalMs
    ? []
    : [`two account creations began ${Math.round(minGapMs)} ms apart instead of ${accountMinIntervalMs}`];
}

function sessionProblems({ summary }: Facts, { sessionsPerAccount }: Limits): string[] {
  return Object.entries(summary.sessions.maxConcurrentPerAccount)
    .filter(([, most]) => most > sessionsPerAccount)
    .map(
      ([account, most]) =>
        `${most} scripts were logged in to ${account} at once instead of ${sessionsPerAccount}`,
    );
}

// ---- the record -----------------------------------------------------------------------------------------------------

function recordProblems({ one, row, workflow }: JobFacts): string[] {
  const { run, state } = workflow;
  const facts: [what: string, record: unknown, truth: unknown][] = [
    ['status', row.status, state.status],
    ['current step', row.current_step, state.currentStep],
    ['reason for waiting', row.waiting_reason, state.waitingReason],
    ...row.steps.map(({ step_number: number, status }): [string, unknown, unknown] => [
      `step ${number}`,
      status,
      state.steps[number - 1],
    ]),
    ...row.sub_steps.flatMap(({ key, status, generation }): [string, unknown, unknown][] => [
      [key, status, state.subSteps?.[key] ?? 'pending'],
      ...(state.generations === null
        ? []
        : [[`generation of ${key}`, generation, state.generations[key]] as [string, unknown, unknown]]),
    ]),
    ['end of its run', isTerminalJob(row.status) ? 'ended' : 'RUNNING', run === 'RUNNING' ? run : 'ended'],
  ];
  return facts
    .filter(([, record, truth]) => record !== truth)
    .map(
      ([what, record, truth]) =>
        `${one.name}: ${what} is ${JSON.stringify(record)} in the record, ${JSON.stringify(truth)} in the workflow`,
    );
}

/** The person resumes what the breaker paused: at the end nothing is. */
function pauseProblems({ batch, batchWorkflow }: Facts): string[] {
  const shown = batch.paused_at === null ? null : batch.pause_reason;
  const { pause } = batchWorkflow.state;
  return [
    ...(shown === null ? [] : [`the batch is paused in the record: ${shown}`]),
    ...(pause === null ? [] : [`the batch is paused in the workflow: ${pause.reason}`]),
  ];
}

function countProblems({ batch, batchWorkflow, jobs }: Facts): string[] {
  const statuses = jobs.map(({ row }) => row.status);
  const truth = batchSummary({ cancelled: false, started: true, ready: true, jobs: statuses });
  const { state, run } = batchWorkflow;
  const ended = statuses.every(isTerminalJob);
  const facts: [what: string, shown: unknown, truth: unknown][] = [
    ['the status of the batch', batch.status, truth.status],
    ['restaurants', batch.total_restaurants, jobs.length],
    ['completed restaurants', batch.completed_restaurants, truth.completed],
    ['failed restaurants', batch.failed_restaurants, truth.failed],
    ["the workflow's restaurants", state.total, jobs.length],
    ["the workflow's completed restaurants", state.completed, truth.completed],
    ["the workflow's failed restaurants", state.failed, truth.failed],
    ["the batch's run", run, ended ? 'COMPLETED' : 'RUNNING'],
  ];
  return facts
    .filter(([, shown, real]) => shown !== real)
    .map(([what, shown, real]) => `${what}: ${JSON.stringify(shown)} instead of ${JSON.stringify(real)}`);
}
