/** What the reconciler's workflow asks for. */

/** `cancel_sent`: a cancel that had not arrived; `taken_over`: a closed run's last state; `recomputed`: a batch's row. */
export type RepairKind = 'started' | 'cancel_sent' | 'closed' | 'taken_over' | 'recomputed';

export interface Repaired {
  /** Of the job or the batch. */
  id: string;
  repair: RepairKind;
  reason: string;
}

export interface ReconcilePage {
  /** Where the page before ended; null begins at the first row. */
  after: string | null;
  limit: number;
  /** Rows that were written within this time are left alone. Milliseconds. */
  untouchedMs: number;
}

export interface PageReport {
  /** Rows that were live and untouched. */
  looked: number;
  repaired: Repaired[];
  /** Rows that could not be judged this time; the log says why. */
  troubled: number;
  /** `after` of the next page; null: this was the last one. */
  next: string | null;
}

export interface ReconcilerActivities {
  /** Batches that are live in the record, against their workflows: started, told of a cancel, or computed anew. */
  reconcileBatches(page: ReconcilePage): Promise<PageReport>;
  /** Jobs that are live in the record, against their workflows: closed, told of a cancel, or brought up to date. */
  reconcileJobs(page: ReconcilePage): Promise<PageReport>;
  /** Forgets idempotency keys that are older, `limit` at a time; answers how many. */
  deleteOldIdempotencyKeys(input: { olderThanMs: number; limit: number }): Promise<number>;
}
