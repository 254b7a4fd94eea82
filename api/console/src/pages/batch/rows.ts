/** What a row of the batch page says, and which rows are shown in which order. Pure functions. */
import { SUB_STEPS } from '../../../../../domain/sub-steps';
import type { Job, StepStatus } from '../../api/types';
import { subStepStates } from '../../features/timeline/model';

/** What a restaurant does or waits for, in one sentence of at most two lines. */
export function wordsOf(job: Job): string {
  switch (job.status) {
    case 'completed':
      return 'Everything is set up.';
    case 'failed':
    case 'cancelled':
      return job.error_message ?? (job.status === 'failed' ? 'It was closed.' : 'It was cancelled.');
    case 'action_required':
      return job.waiting_reason ?? job.error_message ?? 'It waits for a person.';
    case 'pending':
      return 'It has not begun.';
    case 'in_progress':
      return job.cancel_requested_at === null
        ? activity(job)
        : 'It is being cancelled; what runs is recorded.';
  }
}

function activity(job: Job): string {
  const states = [...subStepStates(job)];
  const running = states.filter(([, { status }]) => status === 'in_progress' || status === 'retrying');
  if (running.length > 0) {
    const names = running.map(([key, { status, attempt, max_attempts }]) =>
      status === 'retrying'
        ? `${SUB_STEPS[key].label} (try ${attempt} of ${max_attempts})`
        : SUB_STEPS[key].label,
    );
    return names.join(' · ');
  }
  const noted = states.find(([, { status, note }]) => status === 'pending' && note !== null)?.[1].note;
  const step = job.steps.find(({ step_number }) => step_number === job.current_step);
  return job.note ?? noted ?? (step ? `${step.step_name} is running` : 'It is running.');
}

/** What wants attention comes first: it needs a person, it failed, it runs, it has not begun, it is done. */
const ATTENTION: Record<Job['status'], number> = {
  action_required: 0,
  failed: 1,
  in_progress: 2,
  pending: 3,
  cancelled: 4,
  completed: 5,
};

export const ORDERS = ['attention', 'position', 'name', 'step'] as const;
export type Order = (typeof ORDERS)[number];

const nameOf = (job: Job): string => job.restaurant.name ?? '';
const BY: Record<Order, (a: Job, b: Job) => number> = {
  attention: (a, b) => ATTENTION[a.status] - ATTENTION[b.status],
  position: () => 0,
  name: (a, b) => nameOf(a).localeCompare(nameOf(b)),
  step: (a, b) => a.current_step - b.current_step,
};

export interface RowFilter {
  text: string;
  /** `all`, or a status. */
  status: string;
  order: Order;
}

export function shownJobs(jobs: Iterable<Job>, { text, status, order }: RowFilter): Job[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = (job: Job): boolean => {
    if (status !== 'all' && job.status !== status) return false;
    if (words.length === 0) return true;
    const all = `${nameOf(job)} ${job.restaurant.city ?? ''} ${wordsOf(job)}`.toLowerCase();
    return words.every((word) => all.includes(word));
  };
  return [...jobs].filter(fits).sort((a, b) => BY[order](a, b) || a.position - b.position);
}

/** It waits for a person since something failed that can be run again. */
export const waitsWithFailure = ({ status, steps }: Job): boolean =>
  status === 'action_required' && steps.some((step) => step.status === 'failed');

export function countsOf(jobs: Iterable<Job>): Record<Job['status'], number> {
  const counts = { pending: 0, in_progress: 0, action_required: 0, completed: 0, failed: 0, cancelled: 0 };
  for (const { status } of jobs) counts[status] += 1;
  return counts;
}

/** The six steps for their dots. */
export function dotsOf(job: Job): { name: string; status: StepStatus }[] {
  return job.steps.map(({ step_name, status }) => ({ name: step_name, status }));
}
