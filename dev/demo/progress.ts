/** What a person sees of a batch while it runs: from the API's answers to lines, purely. */
import { isTerminalJob, type JobStatus, type SubStepStatus } from '../../domain/statuses';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../domain/sub-steps';
import type { Job } from './api-client';
import { cell, displayWidth, fit, type Colour, type Paint } from './text';

export interface SubStepView {
  key: SubStepKey;
  status: SubStepStatus;
  attempt: number;
  error: string | null;
  reason: string | null;
  output: Record<string, unknown> | null;
}

export interface JobView {
  jobId: string;
  name: string;
  status: JobStatus;
  step: number;
  stepName: string;
  subSteps: SubStepView[];
  /** What runs now, and what waits for whom. */
  doing: string;
}

/** Done, or not to be done: what no longer stands between a registration and its end. */
const isSettled = ({ status }: SubStepView): boolean => status === 'completed' || status === 'skipped';

export function subStepsOf(job: Job): SubStepView[] {
  const phases = job.steps.find((step) => step.step_number === 6)?.sub_step_progress?.phases ?? {};
  const rows = Object.assign({}, ...Object.values(phases).map((phase) => phase.sub_steps)) as Partial<
    Record<SubStepKey, Omit<SubStepView, 'key'>>
  >;
  return SUB_STEP_KEYS.flatMap((key) => {
    const row = rows[key];
    return row === undefined
      ? []
      : [
          {
            key,
            status: row.status,
            attempt: row.attempt,
            error: row.error,
            reason: row.reason,
            output: row.output,
          },
        ];
  });
}

const labels = (subSteps: readonly SubStepView[]): string =>
  subSteps
    .map(({ key, attempt }) => SUB_STEPS[key].label + (attempt > 1 ? ` (attempt ${attempt})` : ''))
    .join(', ');

function accountSetUp(job: Job, subSteps: readonly SubStepView[]): string {
  const failed = subSteps.filter(({ status }) => status === 'failed');
  const running = subSteps.filter(({ status }) => status === 'in_progress' || status === 'retrying');
  const queued = subSteps.filter(({ status, reason }) => status === 'pending' && reason !== null);
  return [
    ...(failed.length > 0
      ? [
          `failed: ${failed.map(({ key, error }) => `${SUB_STEPS[key].label} (${error ?? 'no reason given'})`).join(', ')}`,
        ]
      : []),
    ...(running.length > 0 ? [labels(running)] : []),
    ...queued.map(({ reason }) => reason ?? ''),
    ...(job.waiting_reason === null ? [] : [job.waiting_reason]),
  ].join(' · ');
}

/** Nothing runs and nothing waits for anybody: what comes next has its place in a queue. */
function betweenSubSteps(subSteps: readonly SubStepView[]): string {
  const settled = subSteps.filter(isSettled).length;
  if (settled === SUB_STEP_KEYS.length) return 'finishes';
  return settled === 0 ? 'starts' : 'the next sub-steps are queued';
}

function doing(job: Job, subSteps: readonly SubStepView[]): string {
  if (job.status === 'completed') return 'completed';
  if (isTerminalJob(job.status)) return job.error_message ?? job.status;
  if (job.current_step === 6) return accountSetUp(job, subSteps) || betweenSubSteps(subSteps);
  if (job.waiting_reason !== null) return `waits for a person: ${job.waiting_reason}`;
  const step = job.steps.find(({ step_number }) => step_number === job.current_step);
  if (job.current_step === 1 && step?.status === 'in_progress') return 'waits for the extraction';
  return step?.error_message ?? (step?.status === 'in_progress' || step?.status === 'retrying' ? 'runs' : '');
}

/** `name` is what the file calls the restaurant. */
export function jobView(job: Job, name: string): JobView {
  const subSteps = subStepsOf(job);
  const step = job.steps.find(({ step_number }) => step_number === job.current_step);
  return {
    jobId: job.id,
    name,
    status: job.status,
    step: job.current_step,
    stepName: step?.step_name ?? '',
    subSteps,
    doing: doing(job, subSteps),
  };
}

/** "7/12"; "-" before step 6. */
export function subStepCount({ subSteps, step, status }: JobView): string {
  if (step < 6 && status !== 'completed') return '-';
  return `${subSteps.filter(isSettled).length}/${SUB_STEP_KEYS.length}`;
}

const FACES: Record<JobStatus, { sign: string; colour: Colour }> = {
  pending: { sign: '·', colour: 'dim' },
  in_progress: { sign: '›', colour: 'cyan' },
  action_required: { sign: '?', colour: 'yellow' },
  completed: { sign: '✓', colour: 'green' },
  failed: { sign: '✗', colour: 'red' },
  cancelled: { sign: '✗', colour: 'red' },
};

const COUNT_WIDTH = 5;
const MOST_NAME = 26;
const MOST_STEP = 33;

/** One line a restaurant, columns under one another, none wider than `width` cells. */
export function progressLines(views: readonly JobView[], width: number, paint: Paint): string[] {
  const widest = (most: number, text: (view: JobView) => string): number =>
    Math.min(most, Math.max(0, ...views.map((view) => displayWidth(text(view)))));
  const stepText = ({ step, stepName }: JobView): string => `${step}/6 ${stepName}`;
  const nameWidth = widest(MOST_NAME, ({ name }) => name);
  const stepWidth = Math.min(widest(MOST_STEP, stepText), Math.max(3, Math.floor(width / 3)));
  return views.map((view) => {
    const { sign, colour } = FACES[view.status];
    const start = `${cell(view.name, nameWidth)}  ${cell(stepText(view), stepWidth)}  ${cell(subStepCount(view), COUNT_WIDTH, 'right')}  `;
    const text = fit(start + view.doing, width - 2).trimEnd();
    return `${paint(colour, sign)} ${text}`;
  });
}

/** Which restaurants to show where there are fewer rows than restaurants: what needs a look first, the finished last. */
export function mostInteresting(views: readonly JobView[], rows: number): JobView[] {
  if (views.length <= rows) return [...views];
  const rank: Record<JobStatus, number> = {
    failed: 0,
    cancelled: 0,
    action_required: 1,
    in_progress: 2,
    pending: 3,
    completed: 4,
  };
  const chosen = new Set(
    [...views].sort((a, b) => rank[a.status] - rank[b.status] || b.step - a.step).slice(0, rows),
  );
  return views.filter((view) => chosen.has(view));
}

/** "12 restaurants: 7 completed, 5 in progress". */
export function summaryLine(views: readonly JobView[]): string {
  const words: Record<JobStatus, string> = {
    completed: 'completed',
    in_progress: 'in progress',
    action_required: 'waiting',
    pending: 'pending',
    failed: 'failed',
    cancelled: 'cancelled',
  };
  const counts = (Object.keys(words) as JobStatus[]).flatMap((status) => {
    const count = views.filter((view) => view.status === status).length;
    return count === 0 ? [] : [`${count} ${words[status]}`];
  });
  return `${views.length} restaurants: ${counts.join(', ')}`;
}

/** What stands in a log where lines cannot be redrawn; equal lines need not be printed twice. */
export function logLine(view: JobView): string {
  const count = subStepCount(view);
  const where = `${view.step}/6 ${view.stepName}${count === '-' ? '' : ` ${count}`}`;
  return `${FACES[view.status].sign} ${view.name}: ${where}${view.doing === '' ? '' : `, ${view.doing}`}`;
}
