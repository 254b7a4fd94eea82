/** The twelve sub-steps of one run: what the workflow knows of each, and which rows the record must hear of from it. */
import type { SubStepOutput, SubStepRow } from '../domain/record';
import type { SubStepStatuses } from '../domain/readiness';
import type { SubStepStatus } from '../domain/statuses';
import { MAX_ATTEMPTS, SUB_STEP_KEYS, type SubStepKey } from '../domain/sub-steps';

export class SubStepBoard {
  private readonly byKey: Record<SubStepKey, SubStepRow>;
  /** Rows that an activity has not written itself. */
  private readonly unpublished = new Set<SubStepKey>();

  /** @param onChange called when something changed; `recorded`: the record knows it already */
  constructor(private readonly onChange: (recorded: boolean) => void) {
    this.byKey = Object.fromEntries(
      SUB_STEP_KEYS.map((key): [SubStepKey, SubStepRow] => [
        key,
        { key, generation: 1, attempt: 0, status: 'pending', max_attempts: MAX_ATTEMPTS },
      ]),
    ) as Record<SubStepKey, SubStepRow>;
  }

  row(key: SubStepKey): Readonly<SubStepRow> {
    return this.byKey[key];
  }

  rows(): readonly SubStepRow[] {
    return SUB_STEP_KEYS.map((key) => this.byKey[key]);
  }

  summary(key: SubStepKey): { key: SubStepKey; status: SubStepStatus; generation: number } {
    const { status, generation } = this.byKey[key];
    return { key, status, generation };
  }

  statuses(): SubStepStatuses {
    return Object.fromEntries(SUB_STEP_KEYS.map((key) => [key, this.byKey[key].status])) as Record<
      SubStepKey,
      SubStepStatus
    >;
  }

  generations(): Record<SubStepKey, number> {
    return Object.fromEntries(SUB_STEP_KEYS.map((key) => [key, this.byKey[key].generation])) as Record<
      SubStepKey,
      number
    >;
  }

  outputs(): Partial<Record<SubStepKey, SubStepOutput>> {
    return Object.fromEntries(
      this.rows().flatMap((row) => (row.output ? [[row.key, row.output] as const] : [])),
    );
  }

  with(status: SubStepStatus): SubStepKey[] {
    return SUB_STEP_KEYS.filter((key) => this.byKey[key].status === status);
  }

  /**
   * Takes what the workflow decided or learned.
   * @param recorded the ledger row was written by the activity already
   */
  set(key: SubStepKey, change: Partial<Omit<SubStepRow, 'key'>>, recorded = false): void {
    Object.assign(this.byKey[key], change);
    if (recorded) this.unpublished.delete(key);
    else this.unpublished.add(key);
    this.onChange(recorded);
  }

  /** What a sub-step waits for while it has not begun, e.g. its place in a queue; null: for nothing any more. */
  note(key: SubStepKey, note: string | null): void {
    const row = this.byKey[key];
    if (row.status === 'pending' && (row.note ?? null) !== note) this.set(key, { note });
  }

  /** Shown in the Web UI while an activity runs and writes the ledger row itself. */
  running(key: SubStepKey): void {
    // The activity counts its own calls from here on.
    const attempt = null;
    this.set(
      key,
      { status: 'in_progress', attempt, reason: null, note: null, error: null, error_type: null },
      true,
    );
  }

  /** Begins anew: the ledger takes what follows as another generation, in which nothing was done yet. */
  restart(key: SubStepKey, status: 'pending' | 'skipped' | 'completed' = 'pending'): void {
    this.set(key, {
      generation: this.byKey[key].generation + 1,
      attempt: 0,
      status,
      max_attempts: MAX_ATTEMPTS,
      error: null,
      error_type: null,
      reason: null,
      note: null,
      output: null,
      proof: null,
      started_at: null,
      completed_at: null,
    });
  }

  cancelOpen(): void {
    for (const key of SUB_STEP_KEYS) {
      if (['pending', 'blocked', 'in_progress', 'retrying'].includes(this.byKey[key].status)) {
        const completed_at = new Date().toISOString();
        this.set(key, { status: 'cancelled', reason: 'The job was closed before this began.', completed_at });
      }
    }
  }

  /** The rows that the next snapshot carries; each goes out once per change. */
  rowsToPublish(): SubStepRow[] {
    const rows = [...this.unpublished].map((key) => ({ ...this.byKey[key] }));
    this.unpublished.clear();
    return rows;
  }

  /** Rows whose snapshot may not have arrived; what changed since goes out as it is now. */
  publishAgain(rows: readonly SubStepRow[]): void {
    for (const { key } of rows) this.unpublished.add(key);
  }
}
