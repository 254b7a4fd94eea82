/** What is told of a batch as a whole: pure functions over the statuses of its jobs and steps. */
import { createHash } from 'node:crypto';
import { isTerminalJob, JOB_STATUSES, type JobStatus, type StepStatus } from '../domain/statuses';
import { REGISTRATION_STEPS } from '../domain/steps';
import type { z } from 'zod';
import type { BatchOverview, CountedJob, CountedStep, ProgressRow } from './record/batches';
import type { statusCounts, stepCounts } from './schemas';

const STEPS = REGISTRATION_STEPS.length;

/** Steps that are through, over all steps of all jobs; a closed job counts as through. */
export function progressPercent(jobs: readonly CountedJob[]): number {
  const total = totalOf(jobs);
  if (total === 0) return 0;
  const through = ({ status, current_step }: CountedJob): number =>
    isTerminalJob(status) ? STEPS : current_step - 1;
  const done = jobs.reduce((sum, job) => sum + job.count * through(job), 0);
  return Math.floor((done / (total * STEPS)) * 100);
}

const totalOf = (jobs: readonly CountedJob[]): number => jobs.reduce((sum, { count }) => sum + count, 0);

/** How many jobs there are, and how many in each status. */
function summaryOf(jobs: readonly CountedJob[]): { total: number } & z.infer<typeof statusCounts> {
  const count = (status: JobStatus): number => totalOf(jobs.filter((job) => job.status === status));
  const counts = Object.fromEntries(JOB_STATUSES.map((status) => [status, count(status)]));
  return { total: totalOf(jobs), ...(counts as Record<JobStatus, number>) };
}

export function batchProgress(row: ProgressRow) {
  const { jobs } = row;
  const waiting = jobs.filter((job) => job.status === 'action_required').map((job) => job.current_step);
  return {
    batch_job_id: row.id,
    status: row.status,
    progress_percent: progressPercent(jobs),
    current_step: row.current_step,
    /** The lowest step at which a job waits for a person. */
    step_requiring_action: waiting.length > 0 ? Math.min(...waiting) : null,
    restaurants_summary: summaryOf(jobs),
    paused: row.paused_at !== null,
    error_message: row.error_message,
    last_updated: jobs.reduce(
      (latest, job) => (later(job.updated_at, latest) ? job.updated_at : latest),
      row.updated_at,
    ),
  };
}

/** PostgreSQL's times have microseconds, which `Date` drops: compared as texts of one zone, by the moment first. */
function later(a: string, b: string): boolean {
  return Date.parse(a) - Date.parse(b) > 0 || (Date.parse(a) === Date.parse(b) && a > b);
}

/** Strong: the same bytes, the same tag. */
export function entityTag(body: unknown): string {
  return `"${createHash('sha256').update(JSON.stringify(body)).digest('base64url').slice(0, 27)}"`;
}

type StepCounts = z.infer<typeof stepCounts>;

const COUNTED: Readonly<Record<StepStatus, Exclude<keyof StepCounts, 'step_number' | 'step_name'>>> = {
  pending: 'pending',
  in_progress: 'in_progress',
  retrying: 'in_progress',
  action_required: 'action_required',
  completed: 'completed',
  failed: 'failed',
  skipped: 'skipped',
  cancelled: 'cancelled',
};

/** The steps of jobs whose rows are at hand, as the record counts those of others. */
export function countedSteps(
  jobs: readonly { steps: readonly { step_number: number; status: StepStatus }[] }[],
): CountedStep[] {
  return jobs.flatMap(({ steps }) =>
    steps.map(({ step_number, status }) => ({ step_number, status, count: 1 })),
  );
}

/** How many jobs are in which state at each of the six steps. */
export function stepSummary(counted: readonly CountedStep[]): StepCounts[] {
  return REGISTRATION_STEPS.map(({ number, name }) => {
    const counts: StepCounts = {
      step_number: number,
      step_name: name,
      pending: 0,
      in_progress: 0,
      action_required: 0,
      completed: 0,
      failed: 0,
      skipped: 0,
      cancelled: 0,
    };
    for (const { step_number, status, count } of counted) {
      if (step_number === number) counts[COUNTED[status]] += count;
    }
    return counts;
  });
}

/** What a list tells of a batch beside its own row. */
export function overviewOf({ jobs, steps }: BatchOverview) {
  const waiting = jobs.filter(({ status }) => status === 'action_required');
  return {
    progress_percent: progressPercent(jobs),
    restaurants_summary: summaryOf(jobs),
    step_summary: stepSummary(steps),
    /** Jobs that wait for a person, by the step at which they do. */
    waiting: waiting
      .map(({ current_step, count }) => ({ step_number: current_step, count }))
      .sort((a, b) => a.step_number - b.step_number),
  };
}
