/** What a run tells the record of its job. */
import type { JobSnapshot } from '../../domain/record';

/** A job's snapshot at step 6 of a first run. */
export function snapshot(more: Partial<JobSnapshot> = {}): JobSnapshot {
  return {
    status: 'in_progress',
    closure: null,
    current_step: 6,
    revision: 1,
    run_id: 'run-1',
    error_message: null,
    last_error_details: null,
    started_at: '2026-03-02T01:00:00.000Z',
    completed_at: null,
    cancelled_at: null,
    waiting_reason: null,
    note: null,
    search_no: 1,
    steps: [],
    ...more,
  };
}
