/**
 * The statuses of product records and the pure functions that derive them.
 * Job status is a function of its steps, batch status of its jobs, phase status of its sub-steps; nothing else sets them.
 */

export const BATCH_STATUSES = [
  'draft',
  'pending',
  'in_progress',
  'action_required',
  'completed',
  'failed',
  'cancelled',
] as const;
export const JOB_STATUSES = [
  'pending',
  'in_progress',
  'action_required',
  'completed',
  'failed',
  'cancelled',
] as const;
export const STEP_STATUSES = [
  'pending',
  'in_progress',
  'retrying',
  'action_required',
  'completed',
  'failed',
  'skipped',
  'cancelled',
] as const;
export const SUB_STEP_STATUSES = [
  'pending',
  'in_progress',
  'retrying',
  'completed',
  'failed',
  'skipped',
  'blocked',
  'cancelled',
] as const;
export const CANDIDATES_STATUSES = [
  'pending',
  'searching',
  'awaiting_selection',
  'selected',
  'no_match',
  'failed',
] as const;

export type BatchStatus = (typeof BATCH_STATUSES)[number];
export type JobStatus = (typeof JOB_STATUSES)[number];
export type StepStatus = (typeof STEP_STATUSES)[number];
export type SubStepStatus = (typeof SUB_STEP_STATUSES)[number];
export type CandidatesStatus = (typeof CANDIDATES_STATUSES)[number];

const TERMINAL_JOB: ReadonlySet<JobStatus> = new Set(['completed', 'failed', 'cancelled']);

export function isTerminalJob(status: JobStatus): status is 'completed' | 'failed' | 'cancelled' {
  return TERMINAL_JOB.has(status);
}

/** How a job was closed by somebody; null while it is open or when its steps alone decide. */
export type JobClosure = 'cancelled' | 'given_up' | null;

/**
 * A job's status from its six steps (in order) and how it was closed.
 * `completed` needs the last step completed; a failed step without a closure waits for a person.
 */
export function jobStatus(steps: readonly StepStatus[], closure: JobClosure): JobStatus {
  if (closure === 'cancelled') return 'cancelled';
  if (closure === 'given_up') return 'failed';
  if (steps.length > 0 && steps.every((s) => s === 'completed' || s === 'skipped')) return 'completed';
  if (steps.some((s) => s === 'action_required' || s === 'failed')) return 'action_required';
  if (steps.every((s) => s === 'pending')) return 'pending';
  return 'in_progress';
}

/** The first step that is not through, from the statuses of the six in order; the last one when all are. */
export function currentStep(steps: readonly StepStatus[]): number {
  const open = steps.findIndex((status) => status !== 'completed' && status !== 'skipped');
  return open < 0 ? steps.length : open + 1;
}

export interface BatchFacts {
  /** Somebody cancelled the batch. */
  cancelled: boolean;
  /** Its start was asked for. */
  started: boolean;
  /** It was validated for start. */
  ready: boolean;
  jobs: readonly JobStatus[];
}

export interface BatchSummary {
  status: BatchStatus;
  completed: number;
  failed: number;
  errorMessage: string | null;
}

/** A batch's status, counts and message from its jobs. `record_batch_summary` in the migrations is its twin; a test compares them. */
export function batchSummary(facts: BatchFacts): BatchSummary {
  const { jobs } = facts;
  const count = (status: JobStatus): number => jobs.filter((job) => job === status).length;
  const completed = count('completed');
  const failed = count('failed');
  const summary = (status: BatchStatus, errorMessage: string | null = null): BatchSummary => ({
    status,
    completed,
    failed,
    errorMessage,
  });
  if (facts.cancelled || (jobs.length > 0 && count('cancelled') === jobs.length)) return summary('cancelled');
  if (!facts.started) return summary(facts.ready ? 'pending' : 'draft');
  if (jobs.some((job) => job === 'in_progress' || job === 'pending')) return summary('in_progress');
  if (jobs.some((job) => job === 'action_required')) return summary('action_required');
  if (failed * 2 > jobs.length) {
    return summary('failed', `High failure rate: ${Math.round((failed / jobs.length) * 100)}%`);
  }
  return summary('completed');
}
