/** What happens to the six steps of a registration: the same for the run that decides it and for whoever tells the record on its behalf. */
import type { JobSnapshot, StepRow } from './record';
import { currentStep, jobStatus } from './statuses';

export type StepNumber = StepRow['step_number'];

export type StepChange =
  | { kind: 'begin'; step: StepNumber }
  | { kind: 'complete'; step: StepNumber; result: StepRow['result_data'] }
  /** Not applicable, or gone on without; the reason is what people read. */
  | { kind: 'skip'; step: StepNumber; reason: string }
  /** A step that only a person can complete. */
  | { kind: 'ask'; step: StepNumber; reason: string };

/** The row after the change. @param at ISO 8601 */
export function stepAfter(row: StepRow, change: StepChange, at: string): StepRow {
  const started_at = row.started_at ?? at;
  const cleared = { started_at, error_message: null, error_details: null };
  switch (change.kind) {
    case 'begin': {
      const retry_count = row.retry_count + (row.status === 'failed' ? 1 : 0);
      return { ...row, ...cleared, status: 'in_progress', completed_at: null, retry_count };
    }
    case 'complete':
      return { ...row, ...cleared, status: 'completed', completed_at: at, result_data: change.result };
    case 'skip':
      return {
        ...row,
        ...cleared,
        status: 'skipped',
        completed_at: at,
        result_data: { reason: change.reason },
      };
    case 'ask':
      return { ...row, started_at, status: 'action_required' };
  }
}

/** The snapshot of a live job after the changes, the last of which says whether it waits for a person. */
export function snapshotAfter(job: JobSnapshot, changes: readonly StepChange[], at: string): JobSnapshot {
  let { steps, waiting_reason, search_no } = job;
  for (const change of changes) {
    steps = steps.map((row) => (row.step_number === change.step ? stepAfter(row, change, at) : row));
    waiting_reason = change.kind === 'ask' ? change.reason : null;
    if (isSearch(change)) search_no += 1;
  }
  const statuses = steps.map(({ status }) => status);
  return {
    ...job,
    steps,
    waiting_reason,
    search_no,
    status: jobStatus(statuses, job.closure),
    current_step: currentStep(statuses),
  };
}

/** Each search has its number, which a choice from its list must name. */
export const isSearch = ({ kind, step }: StepChange): boolean => kind === 'begin' && step === 2;
