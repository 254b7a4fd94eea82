import type { Ledger, LedgerRow } from '../../../activities/account-setup/ledger';
import { activityFailure } from '../../../activities/failure';
import type { BeginAttemptResult, SubStepRow } from '../../../domain/record';

type Refusal = Extract<BeginAttemptResult, { begun: false }>['refused'];

const READS_AT_MOST = 5_000;
const FINAL = ['completed', 'skipped', 'cancelled'];

/** One ledger row with the rules of the database's own functions (migrations, ledger.sql). */
export class MemoryLedger implements Ledger {
  row: LedgerRow = {
    generation: 1,
    attempt: 0,
    status: 'pending',
    error_type: null,
    reason: null,
    output: null,
    proof: null,
    state_before: null,
    started_at: null,
    attempt_started_at: null,
    completed_at: null,
  };
  /** What it waits for. */
  note: string | null = null;
  /** What writers sent, ignored or not. */
  readonly writes: SubStepRow[] = [];
  readonly bookings: { at: number; stateBefore: unknown }[] = [];
  /** Throws where the database would not be reached. */
  reach: (operation: 'read' | 'begin' | 'write') => void = () => undefined;
  /** What a booking is refused with, whatever the row says. */
  refuse: Refusal | null = null;

  private reads = 0;

  constructor(
    private readonly now: () => number,
    row: Partial<LedgerRow> = {},
  ) {
    Object.assign(this.row, row);
  }

  read(): Promise<LedgerRow> {
    return Promise.resolve().then(() => {
      this.reads += 1;
      // An executor that turns in circles is stopped, so that its test fails and does not hang.
      if (this.reads > READS_AT_MOST) throw new Error('The ledger is read without end');
      this.reach('read');
      return { ...this.row };
    });
  }

  begin({ generation, expectedAttempt, stateBefore }: Parameters<Ledger['begin']>[0]) {
    return Promise.resolve().then((): BeginAttemptResult => {
      this.reach('begin');
      const row = generation > this.row.generation ? fresh(generation) : this.row;
      const refused = refusalOf(row, generation, expectedAttempt) ?? this.refuse;
      if (refused === 'busy') return { begun: false, refused, in_use: 4, place: 1 };
      if (refused) return { begun: false, refused };
      const started_at = new Date(this.now()).toISOString();
      this.bookings.push({ at: this.now(), stateBefore });
      this.row = {
        ...row,
        attempt: row.attempt + 1,
        status: 'in_progress',
        error_type: null,
        reason: null,
        state_before: stateBefore,
        started_at: row.started_at ?? started_at,
        attempt_started_at: started_at,
      };
      this.note = null;
      return { begun: true, attempt: this.row.attempt, started_at };
    });
  }

  write(_jobId: string, row: SubStepRow): Promise<'taken' | 'ignored'> {
    return Promise.resolve().then(() => {
      this.reach('write');
      this.writes.push(row);
      const judged = judge(this.row, row);
      if (judged === 'ignore') return 'ignored';
      this.note = ['pending', 'retrying'].includes(row.status) ? (row.note ?? null) : null;
      if (judged === 'note') return 'taken';
      const { status, error_type = null, reason = null, output, proof } = row;
      this.row = {
        ...(row.generation > this.row.generation ? fresh(row.generation) : this.row),
        status,
        error_type,
        reason,
        attempt: row.attempt ?? this.row.attempt,
        ...(output === undefined ? {} : { output }),
        ...(proof === undefined ? {} : { proof }),
      };
      return 'taken';
    });
  }
}

export const databaseDown = (): never => {
  throw activityFailure('RecordUnavailable');
};

const fresh = (generation: number): LedgerRow => ({
  generation,
  attempt: 0,
  status: 'pending',
  error_type: null,
  reason: null,
  output: null,
  proof: null,
  state_before: null,
  started_at: null,
  attempt_started_at: null,
  completed_at: null,
});

function refusalOf(row: LedgerRow, generation: number, expectedAttempt: number): Refusal | null {
  if (generation < row.generation) return 'superseded';
  if (row.status === 'completed' || row.status === 'skipped') return 'completed';
  if (row.status === 'cancelled') return 'cancelled';
  return row.attempt === expectedAttempt ? null : 'conflict';
}

function judge(stored: LedgerRow, written: SubStepRow): 'take' | 'note' | 'ignore' {
  const { generation, status, note } = written;
  if (written.attempt === null && ['in_progress', 'retrying'].includes(status)) return 'ignore';
  if (generation !== stored.generation) return generation > stored.generation ? 'take' : 'ignore';
  const attempt = written.attempt ?? stored.attempt;
  if (FINAL.includes(stored.status) || attempt < stored.attempt) return 'ignore';
  const runs = ['in_progress', 'retrying'].includes(stored.status);
  if (!runs || attempt !== stored.attempt || !['pending', 'blocked'].includes(status)) return 'take';
  return stored.status === 'retrying' && status === 'pending' && note !== undefined ? 'note' : 'ignore';
}
