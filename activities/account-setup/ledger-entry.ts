/** What every executor of step 6 does with its own ledger row: how far it has come, booking a call, and writing how it ended. */
import { Context } from '@temporalio/activity';
import { failureSentence, isFailureType, type FailureType } from '../../domain/failures';
import type { Proof, SubStepOutput, SubStepRow } from '../../domain/record';
import { SUB_STEPS, type SubStepKey } from '../../domain/sub-steps';
import { activityFailure } from '../failure';
import type { Ledger, LedgerRow } from './ledger';
import { waitsForSession } from './reasons';
import type { SubStepFailureDetails, SubStepInput, SubStepResult, SupersededDetails } from './types';

export interface LedgerEntryDeps {
  ledger: Ledger;
  /** Opens a job that the record holds for closed although this activity's run goes on (it was reset); false: it is closed. */
  reopen(jobId: string): Promise<boolean>;
  /** Scripts that may be logged in to one owner's account at once. */
  sessionsPerAccount: number;
  /** Between two asks for a session, ms. */
  sessionAgainMs: number;
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

/** At most so many times the shortest pause between two asks for a session. */
const RAREST_ASK = 6;

export class LedgerEntry {
  /** When this generation began, as the row has it. */
  private startedAt: string | null = null;

  constructor(
    private readonly deps: LedgerEntryDeps,
    private readonly key: SubStepKey,
    private readonly input: SubStepInput,
  ) {}

  /** @throws ApplicationFailure when this run has no business with the sub-step any more */
  async read(): Promise<Standing> {
    const row = await this.deps.ledger.read(this.input.jobId, this.key);
    if (row.generation < this.input.generation) return { attempt: 0, row: null };
    const { attempt, status } = row;
    this.startedAt = row.started_at;
    if (row.generation > this.input.generation || status === 'skipped') throw superseded(row);
    if (status === 'cancelled') {
      if (await this.deps.reopen(this.input.jobId)) return this.read();
      throw activityFailure('JobCancelled', { details: [attempt, row.reason] });
    }
    if (status !== 'completed') return { attempt, row };
    return {
      completed: {
        attempt,
        output: row.output ?? {},
        proof: row.proof ?? 'none',
        startedAt: row.started_at,
        completedAt: row.completed_at,
        recorded: true,
      },
    };
  }

  /**
   * Books the next outside call. Null: the ledger must be read anew, somebody else was faster.
   * @param scriptMs how long its script may be at work, null when it ends with the call
   * @throws ApplicationFailure when no call may be made any more, not by this generation, or not now
   */
  async begin(
    expectedAttempt: number,
    stateBefore: SubStepOutput | null,
    scriptMs: number | null,
  ): Promise<{ attempt: number; startedAt: string } | null> {
    const { jobId, generation, configuration } = this.input;
    const { ownerKey } = configuration.account;
    const begun = await this.deps.ledger.begin({
      jobId,
      key: this.key,
      generation,
      expectedAttempt,
      stateBefore,
      scriptMs,
      session: SUB_STEPS[this.key].usesSession
        ? { key: ownerKey, limit: this.deps.sessionsPerAccount }
        : null,
    });
    if (begun.begun) {
      this.startedAt ??= begun.started_at;
      return { attempt: begun.attempt, startedAt: begun.started_at };
    }
    switch (begun.refused) {
      case 'cancelled':
      case 'closed':
        if (await this.deps.reopen(jobId)) return null;
        throw await this.cancelled(expectedAttempt);
      case 'superseded':
        throw superseded(await this.deps.ledger.read(jobId, this.key));
      case 'completed':
      case 'conflict':
        return null;
      case 'busy':
        throw await this.waitForSession(expectedAttempt, begun);
    }
  }

  /** A row that was closed with its job says why; one that was not reached yet says nothing of it. */
  private async cancelled(expectedAttempt: number): Promise<Error> {
    const { status, attempt, reason } = await this.deps.ledger.read(this.input.jobId, this.key);
    const details = status === 'cancelled' ? [attempt, reason] : [expectedAttempt, null];
    return activityFailure('JobCancelled', { details });
  }

  /** The worker's slot is given back meanwhile. No call was made, so nothing is counted. */
  private async waitForSession(attempt: number, busy: { in_use: number; place: number }): Promise<Error> {
    const { generation } = this.input;
    const note = waitsForSession(busy);
    await this.record({ key: this.key, generation, attempt: null, status: 'pending', note });
    // Whoever stands far behind asks less often, yet often enough to count as waiting.
    const nextRetryDelayMs = this.deps.sessionAgainMs * Math.min(Math.max(busy.place, 1), RAREST_ASK);
    return activityFailure('SessionBusy', { details: [attempt, note], nextRetryDelayMs });
  }

  async complete(attempt: number, output: SubStepOutput, proof: Proof): Promise<SubStepResult> {
    const completed_at = new Date(this.deps.now()).toISOString();
    const row = { ...this.row(attempt, 'completed', null, null), output, proof, completed_at };
    const { startedAt } = this;
    return {
      attempt,
      output,
      proof,
      startedAt,
      completedAt: completed_at,
      recorded: await this.record(row),
    };
  }

  /** Writes the failure and gives the error to throw. A job that is cancelled has no further try to wait for. */
  async fail(attempt: number, type: FailureType, failing: Failing): Promise<Error> {
    const reason = failing.reason ?? null;
    const final = failing.final || Context.current().cancellationSignal.aborted;
    const ended = type === 'JobCancelled' ? 'cancelled' : 'failed';
    const completed_at = final ? new Date(this.deps.now()).toISOString() : null;
    await this.record({ ...this.row(attempt, final ? ended : 'retrying', type, reason), completed_at });
    const details: SubStepFailureDetails = [attempt, reason, this.startedAt, completed_at];
    return activityFailure(type, {
      retryable: !final,
      nextRetryDelayMs: failing.retryAfterMs,
      details: details.map((detail) => detail ?? null),
    });
  }

  /** The error to throw for a failure that is stored already. */
  failedBefore({ attempt, error_type, reason, started_at, completed_at }: LedgerRow): Error {
    const type = isFailureType(error_type) ? error_type : 'Unexpected';
    return activityFailure(type, { retryable: false, details: [attempt, reason, started_at, completed_at] });
  }

  /** Notes that the outcome of a call is being looked for. @throws when the database cannot be reached */
  async lookingFor(attempt: number, reason: string): Promise<void> {
    await this.deps.ledger.write(this.input.jobId, this.row(attempt, 'retrying', 'OutcomeUnclear', reason));
  }

  /** @returns false when the database could not be reached: what happened outside is not undone by that */
  private async record(row: SubStepRow): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        const { key, attempt, status } = row;
        // A late one: somebody else was at it since, or a person decided. What the ledger has stays.
        if ((await this.deps.ledger.write(this.input.jobId, row)) === 'ignored')
          Context.current().log.warn('The ledger holds something newer', { key, attempt, status });
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
    const error = type ? failureSentence(type, status === 'retrying' ? 'retrying' : 'ended') : null;
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

function superseded({ attempt, reason, generation, status }: LedgerRow): Error {
  const details: SupersededDetails = [attempt, reason, generation, status];
  return activityFailure('Superseded', { details });
}
