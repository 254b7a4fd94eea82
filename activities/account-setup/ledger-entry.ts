/** What every executor of step 6 does with its own ledger row: how far it has come, booking a call, and writing how it ended. */
import { Context } from '@temporalio/activity';
import { failureSentence, isFailureType, type FailureType } from '../../domain/failures';
import type { Proof, SubStepOutput, SubStepRow } from '../../domain/record';
import type { SubStepKey } from '../../domain/sub-steps';
import { activityFailure } from '../failure';
import type { Ledger, LedgerRow } from './ledger';
import type { SubStepInput, SubStepResult } from './types';

export interface LedgerEntryDeps {
  ledger: Ledger;
  /** Waits; rejects as soon as the signal aborts. */
  pause(ms: number, signal?: AbortSignal): Promise<void>;
  /** Between two tries of a write, ms. */
  recordAgainMs: number;
  now(): number;
}

export interface Failing {
  /** Not tried again by itself. */
  final: boolean;
  retryAfterMs?: number | undefined;
  /** Our own words about this one failure, beside the catalogue's sentence. */
  reason?: string | null | undefined;
}

/** `row` is null when nothing of this generation is stored yet. */
export type Standing = { completed: SubStepResult } | { attempt: number; row: LedgerRow | null };

/** How long the write of an outcome is tried in place; after that the workflow's snapshot carries it. */
const RECORD_TRIES = 5;

export class LedgerEntry {
  constructor(
    private readonly deps: LedgerEntryDeps,
    private readonly key: SubStepKey,
    private readonly input: SubStepInput,
  ) {}

  /** @throws ApplicationFailure when this run has no business with the sub-step any more */
  async read(): Promise<Standing> {
    const row = await this.deps.ledger.read(this.input.jobId, this.key);
    if (row.generation > this.input.generation) throw activityFailure('Superseded');
    if (row.generation < this.input.generation) return { attempt: 0, row: null };
    const { attempt, status } = row;
    if (status === 'cancelled') throw activityFailure('JobCancelled');
    if (status === 'skipped') throw activityFailure('Superseded');
    if (status !== 'completed') return { attempt, row };
    return {
      completed: { attempt, output: row.output ?? {}, proof: row.proof ?? 'none', recorded: true },
    };
  }

  /**
   * Books the next outside call. Null: somebody else was faster, the ledger tells what they did.
   * @throws ApplicationFailure when no call may be made any more, or not by this generation
   */
  async begin(
    expectedAttempt: number,
    stateBefore: SubStepOutput | null,
  ): Promise<{ attempt: number; startedAt: string } | null> {
    const { jobId, generation } = this.input;
    const begun = await this.deps.ledger.begin({
      jobId,
      key: this.key,
      generation,
      expectedAttempt,
      stateBefore,
    });
    if (begun.begun) return { attempt: begun.attempt, startedAt: begun.started_at };
    switch (begun.refused) {
      case 'cancelled':
      case 'closed':
        throw activityFailure('JobCancelled');
      case 'superseded':
        throw activityFailure('Superseded');
      case 'completed':
      case 'conflict':
      case 'busy':
        return null;
    }
  }

  async complete(attempt: number, output: SubStepOutput, proof: Proof): Promise<SubStepResult> {
    const completed_at = new Date(this.deps.now()).toISOString();
    const row = { ...this.row(attempt, 'completed', null, null), output, proof, completed_at };
    return { attempt, output, proof, recorded: await this.record(row) };
  }

  /** Writes the failure and gives the error to throw. A job that is cancelled has no further try to wait for. */
  async fail(attempt: number, type: FailureType, failing: Failing): Promise<Error> {
    const reason = failing.reason ?? null;
    const final = failing.final || Context.current().cancellationSignal.aborted;
    await this.record(this.row(attempt, final ? 'failed' : 'retrying', type, reason));
    return activityFailure(type, {
      retryable: !final,
      nextRetryDelayMs: failing.retryAfterMs,
      details: [attempt, reason],
    });
  }

  /** The error to throw for a failure that is stored already. */
  failedBefore({ attempt, error_type, reason }: LedgerRow): Error {
    const type = isFailureType(error_type) ? error_type : 'Unexpected';
    return activityFailure(type, { retryable: false, details: [attempt, reason] });
  }

  /** Notes that the outcome of a call is being looked for. @throws when the database cannot be reached */
  async lookingFor(attempt: number, reason: string): Promise<void> {
    await this.deps.ledger.write(this.input.jobId, this.row(attempt, 'retrying', 'OutcomeUnclear', reason));
  }

  /** @returns false when the database could not be reached: what happened outside is not undone by that */
  private async record(row: SubStepRow): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.deps.ledger.write(this.input.jobId, row);
        return true;
      } catch (error) {
        Context.current().log.warn('The ledger row could not be written', { key: this.key, tries });
        if (!(error instanceof Error)) throw error;
        if (tries >= RECORD_TRIES) return false;
        await this.deps.pause(this.deps.recordAgainMs * tries);
      }
    }
  }

  private row(
    attempt: number,
    status: SubStepRow['status'],
    type: FailureType | null,
    reason: string | null,
  ): SubStepRow {
    const { generation, attemptLimit } = this.input;
    const error = type ? failureSentence(type) : null;
    return {
      key: this.key,
      generation,
      attempt,
      status,
      max_attempts: attemptLimit,
      error_type: type,
      error,
      reason,
    };
  }
}
