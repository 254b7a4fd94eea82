/** What the workflows ask of the record. */
import type { RecordEvent, RestoreWrite, SnapshotResult, SnapshotWrite } from '../../domain/record';
import type { BatchSummary } from '../../domain/statuses';
import type { RegistrationSettings } from '../../workflows/messages';

export interface LoadedBatch {
  organisationId: string;
  name: string;
  total: number;
  failurePolicy: 'wait' | 'fail';
  /** `sequential`: one restaurant in step 6 at a time. */
  executionMode: 'parallel' | 'sequential';
  settings: RegistrationSettings;
}

export interface LoadedJob {
  jobId: string;
  restaurantId: string;
  restaurantName: string;
  /** Place in the list that the batch was created from, from 1. */
  position: number;
  /** Its workflow has written to the record already. */
  begun: boolean;
}

/** Argument of `set_batch_pause`. */
export interface BatchPauseWrite {
  batch_id: string;
  /** Microseconds, strictly rising within a run; the record keeps a newer one. */
  revision: number;
  /** ISO 8601, null when the batch is not paused. */
  paused_at: string | null;
  pause_reason: string | null;
  events: RecordEvent[];
}

export interface RecordActivities {
  /** Publishes a job's snapshot, its ledger rows and its events in one transaction. */
  publishSnapshot(write: SnapshotWrite): Promise<SnapshotResult>;
  /** Makes the whole record of a job anew; `restored` false: a newer revision is stored. */
  restoreJob(write: RestoreWrite): Promise<{ restored: boolean; revision: number }>;
  /** Marks the batch as started and gives what its children need. */
  openBatch(input: { batchId: string }): Promise<LoadedBatch>;
  /** The open jobs of one page, in a stable order; `more`: there is another page. */
  loadJobs(input: {
    batchId: string;
    offset: number;
    limit: number;
  }): Promise<{ jobs: LoadedJob[]; more: boolean }>;
  /** Closes the row of a job whose run ended without writing it; never touches a closed row. */
  closeJob(input: { jobId: string; status: 'failed' | 'cancelled'; reason: string }): Promise<void>;
  /** Recomputes the batch's row; with `cancelled`, closes the jobs that never began. */
  closeBatch(input: { batchId: string; cancelled: boolean }): Promise<BatchSummary>;
  /** Says whether the batch is paused and why, with what happened, in one transaction. */
  setBatchPause(write: BatchPauseWrite): Promise<void>;
}
