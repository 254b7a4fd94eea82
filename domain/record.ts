/**
 * The record's wire: what workflows and activities hand to the SQL functions of `migrations/`.
 * Times are ISO 8601 in UTC. See ARCHITECTURE.md, "Who writes what".
 */
import type { JobClosure, JobStatus, StepStatus, SubStepStatus } from './statuses';
import type { SubStepKey } from './sub-steps';

/** How far a completed sub-step is proved: read back from the platform, or only reported by the service. */
export const PROOFS = ['read_back', 'reported', 'none'] as const;
export type Proof = (typeof PROOFS)[number];

/** Results of a sub-step that others need or people see; plain values only. */
export type SubStepOutput = Record<string, string | number | boolean | null>;

/** One ledger row (`registration_sub_steps`), or the part of it that a writer sets. */
export interface SubStepRow {
  key: SubStepKey;
  generation: number;
  /** Outside calls begun in this generation; 0 before the first. Null: the one that is stored, of a writer that does not know. */
  attempt: number | null;
  status: SubStepStatus;
  max_attempts?: number;
  error_type?: string | null;
  error?: string | null;
  reason?: string | null;
  /** What it waits for while it has not begun, e.g. its place in a queue; null when it waits for nothing. */
  note?: string | null;
  output?: SubStepOutput | null;
  proof?: Proof | null;
  started_at?: string | null;
  completed_at?: string | null;
}

export interface StepRow {
  step_number: 1 | 2 | 3 | 4 | 5 | 6;
  status: StepStatus;
  started_at: string | null;
  completed_at: string | null;
  error_message: string | null;
  error_details: { type: string } | null;
  retry_count: number;
  result_data: Record<string, string | number | boolean | null> | null;
}

/** One line of the audit trail. The id is deterministic, so a repeated write adds none. */
export interface RecordEvent {
  id: string;
  kind: string;
  actor: string | null;
  reason: string | null;
  data: Record<string, string | number | boolean | null>;
  at: string;
}

/** Everything of a job that its workflow owns, under a rising revision. */
export interface JobSnapshot {
  status: JobStatus;
  closure: JobClosure;
  current_step: number;
  /** Microseconds; strictly rising within a run. */
  revision: number;
  run_id: string;
  error_message: string | null;
  last_error_details: { type: string; step: number } | null;
  started_at: string | null;
  completed_at: string | null;
  cancelled_at: string | null;
  /** What the job waits for in plain words, null when it does not wait for a person. */
  waiting_reason: string | null;
  /** What the job waits for that is no person, e.g. its turn in step 6; null when it waits for nothing. */
  note: string | null;
  /** The list of candidates that a selection must name, rising with each search. */
  search_no: number;
  /** The submitted configuration without any password; absent until step 5 is completed. */
  execution_config?: Record<string, unknown>;
  steps: StepRow[];
}

/** Argument of `apply_registration_snapshot`. An activity sends only `sub_steps`, a workflow everything. */
export interface SnapshotWrite {
  job_id: string;
  job?: JobSnapshot;
  sub_steps?: SubStepRow[];
  events?: RecordEvent[];
}

/**
 * Argument of `restore_registration_job`: the whole record of a job as its workflow knows it. Missing rows are made, stored ones
 * replaced, unless a newer revision is stored.
 */
export interface RestoreWrite extends SnapshotWrite {
  job: JobSnapshot;
  identity: {
    batch_job_id: string;
    restaurant_id: string;
    organisation_id: string;
    position: number;
    /** Of its batch, whose row may be lost too. */
    batch_name: string;
    failure_policy: 'wait' | 'fail';
  };
}

/** Answer of `apply_registration_snapshot`. `stale`: a newer revision, or a closed row of the same run, was kept. */
export interface SnapshotResult {
  job: 'applied' | 'unchanged' | 'stale' | 'absent';
  /** Keys of ledger rows that were not taken because the stored one is newer or final. */
  sub_steps_ignored: SubStepKey[];
}

/** Answer of `begin_sub_step_attempt`. */
export type BeginAttemptResult =
  | { begun: true; attempt: number; started_at: string }
  | { begun: false; refused: 'cancelled' | 'superseded' | 'completed' | 'conflict' | 'closed' }
  /** All sessions of the account are in use: `in_use` of them, and this one is the `place`th that waits. */
  | { begun: false; refused: 'busy'; in_use: number; place: number };
