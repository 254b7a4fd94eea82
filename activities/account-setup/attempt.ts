/**
 * One sub-step from its activity's start to its end. The ledger decides: it counts the outside calls, none is made before it says
 * `in_progress`, and after an unclear outcome nothing is repeated before the effect was looked for. So a lost worker, a retry by
 * the engine and a retry by a person all go through the same door.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { ApplicationFailure, Context } from '@temporalio/activity';
import { FAILURES, failureSentence, isFailureType, type FailureType } from '../../domain/failures';
import type { Proof, SubStepOutput, SubStepRow } from '../../domain/record';
import { SUB_STEPS, type SubStepKey } from '../../domain/sub-steps';
import { activityFailure } from '../failure';
import type { BackendResult, SubStepCall, Verdict } from './clients/request-types';
import type { Ledger, LedgerRow } from './ledger';
import type { SubStepInput, SubStepResult } from './types';

export interface AttemptDeps {
  ledger: Ledger;
  /** What is to be sent, passwords opened for this attempt alone. */
  prepare(
    key: SubStepKey,
    input: SubStepInput,
    attempt: { number: number; startedAt: string; stateBefore: SubStepOutput | null },
    live: { signal: AbortSignal; onProgress: (elapsedMs: number) => void },
  ): Promise<SubStepCall>;
  captureState(key: SubStepKey, call: SubStepCall): Promise<SubStepOutput | null>;
  perform(key: SubStepKey, call: SubStepCall): Promise<BackendResult>;
  verify(key: SubStepKey, call: SubStepCall): Promise<Verdict>;
  /** From an attempt's start until an effect that is not seen is believed absent, ms. */
  absentAfterMs(key: SubStepKey): number;
  /** Between two looks for an effect, ms. */
  lookAgainMs: number;
  heartbeatMs: number;
  /** Called before each outside call is booked; throws where the call may not be made now. */
  beforeCall?(): void;
  now(): number;
}

/** How long the completing write is tried in place; after that the workflow's snapshot carries the result. */
const RECORD_TRIES = 5;

export class Attempt {
  private readonly elapsed: { ms: number } = { ms: 0 };

  constructor(
    private readonly deps: AttemptDeps,
    private readonly key: SubStepKey,
    private readonly input: SubStepInput,
  ) {}

  async run(): Promise<SubStepResult> {
    const context = Context.current();
    const beat = setInterval(() => context.heartbeat({ elapsed_ms: this.elapsed.ms }), this.deps.heartbeatMs);
    try {
      for (;;) {
        const result = await this.advance();
        if (result) return result;
      }
    } finally {
      clearInterval(beat);
    }
  }

  /** One look at the ledger and one act upon it; null when there is more to do. */
  private async advance(): Promise<SubStepResult | null> {
    const row = await this.deps.ledger.read(this.input.jobId, this.key);
    if (row.generation > this.input.generation) throw activityFailure('Superseded');
    const ours = row.generation === this.input.generation;
    if (ours && row.status === 'completed') {
      return { attempt: row.attempt, output: row.output ?? {}, proof: row.proof ?? 'none', recorded: true };
    }
    if (ours && isUnclear(row)) {
      const settled = await this.settleUnclear(row);
      if (settled !== 'repeat') return settled;
    }
    return this.callOnce(ours ? row.attempt : 0);
  }

  /** Looks for the effect of a call whose answer is not known, until it is found or may be believed absent. */
  private async settleUnclear(row: LedgerRow): Promise<SubStepResult | 'repeat'> {
    const startedAt = row.attempt_started_at ?? new Date(this.deps.now()).toISOString();
    const call = await this.prepare({ number: row.attempt, startedAt, stateBefore: row.state_before });
    const believedAbsentAt = Date.parse(startedAt) + this.deps.absentAfterMs(this.key);
    for (;;) {
      const verdict = await this.deps.verify(this.key, call);
      if (verdict.present === true) return this.complete(row.attempt, verdict.output, verdict.proof);
      if (this.deps.now() >= believedAbsentAt) return this.concludeAbsent(row.attempt, verdict);
      await this.wait(Math.min(this.deps.lookAgainMs, believedAbsentAt - this.deps.now()));
    }
  }

  private async concludeAbsent(attempt: number, verdict: Verdict): Promise<'repeat'> {
    if (verdict.present === 'undecided') throw await this.fail(attempt, verdict.failure, { final: true });
    if (verdict.present === 'unknown' && !SUB_STEPS[this.key].repeatable) {
      throw await this.fail(attempt, 'OutcomeUnclear', { final: true });
    }
    return 'repeat';
  }

  private async callOnce(attemptsSoFar: number): Promise<SubStepResult | null> {
    // A failure at the limit has ended it already: what is left here is a call whose outcome stayed unclear.
    if (attemptsSoFar >= this.input.attemptLimit) {
      throw await this.fail(attemptsSoFar, 'OutcomeUnclear', { final: true });
    }
    const preparation = {
      number: attemptsSoFar + 1,
      startedAt: new Date(this.deps.now()).toISOString(),
      stateBefore: null,
    };
    this.deps.beforeCall?.();
    const stateBefore = await this.captureState(attemptsSoFar, await this.prepare(preparation));
    const begun = await this.deps.ledger.begin({
      jobId: this.input.jobId,
      key: this.key,
      generation: this.input.generation,
      expectedAttempt: attemptsSoFar,
      stateBefore,
    });
    if (!begun.begun) {
      if (begun.refused === 'superseded') throw activityFailure('Superseded');
      if (begun.refused === 'cancelled' || begun.refused === 'closed') throw activityFailure('JobCancelled');
      return null;
    }
    const { attempt, started_at: startedAt } = begun;
    const call = await this.prepare({ number: attempt, startedAt, stateBefore });
    return this.interpret(attempt, await this.deps.perform(this.key, call));
  }

  /** A world that cannot be read before a call is no attempt; people see why it does not begin. */
  private async captureState(attemptsSoFar: number, call: SubStepCall): Promise<SubStepOutput | null> {
    try {
      return await this.deps.captureState(this.key, call);
    } catch (error) {
      if (!(error instanceof ApplicationFailure) || !isFailureType(error.type)) throw error;
      throw await this.fail(attemptsSoFar, error.type, { final: error.nonRetryable ?? false });
    }
  }

  private async interpret(attempt: number, result: BackendResult): Promise<SubStepResult | null> {
    switch (result.state) {
      case 'succeeded':
      case 'already_done':
        return this.complete(attempt, result.output, result.proof);
      case 'partial':
        throw await this.fail(attempt, result.failure ?? 'PartialResult', { final: true });
      case 'failed': {
        const type = result.failure ?? 'ReportedFailure';
        const final = !FAILURES[type].retryable || attempt >= this.input.attemptLimit;
        throw await this.fail(attempt, type, { final, retryAfterMs: result.retryAfterMs });
      }
      case 'unclear':
        Context.current().cancellationSignal.throwIfAborted();
        await this.deps.ledger.write(this.input.jobId, this.rowFor(attempt, 'retrying', 'OutcomeUnclear'));
        return null;
    }
  }

  private async complete(attempt: number, output: SubStepOutput, proof: Proof): Promise<SubStepResult> {
    const completed_at = new Date(this.deps.now()).toISOString();
    const row = { ...this.rowFor(attempt, 'completed', null), output, proof, completed_at };
    return { attempt, output, proof, recorded: await this.record(row) };
  }

  /** Writes the failure to the ledger and gives the error to throw. */
  private async fail(
    attempt: number,
    type: FailureType,
    { final, retryAfterMs }: { final: boolean; retryAfterMs?: number | undefined },
  ): Promise<Error> {
    await this.record(this.rowFor(attempt, final ? 'failed' : 'retrying', type));
    return activityFailure(type, { retryable: !final, nextRetryDelayMs: retryAfterMs, details: [attempt] });
  }

  /** @returns false when the database could not be reached: what happened outside is not undone by that */
  private async record(row: SubStepRow): Promise<boolean> {
    for (let tries = 1; ; tries += 1) {
      try {
        await this.deps.ledger.write(this.input.jobId, row);
        return true;
      } catch (error) {
        Context.current().log.warn('The ledger row could not be written', { key: this.key, tries });
        if (tries >= RECORD_TRIES) return false;
        if (!(error instanceof Error)) throw error;
        await pause(Math.min(this.deps.lookAgainMs, 1_000 * tries));
      }
    }
  }

  private rowFor(attempt: number, status: SubStepRow['status'], type: FailureType | null): SubStepRow {
    return {
      key: this.key,
      generation: this.input.generation,
      attempt,
      status,
      max_attempts: this.input.attemptLimit,
      error_type: type,
      error: type ? failureSentence(type) : null,
      reason: null,
    };
  }

  private prepare(attempt: {
    number: number;
    startedAt: string;
    stateBefore: SubStepOutput | null;
  }): Promise<SubStepCall> {
    const onProgress = (elapsedMs: number): void => void (this.elapsed.ms = elapsedMs);
    return this.deps.prepare(this.key, this.input, attempt, { signal: this.callSignal(), onProgress });
  }

  /** A call that must be recorded to its end is not hung up on when the job is cancelled. */
  private callSignal(): AbortSignal {
    return SUB_STEPS[this.key].onCancel === 'abort'
      ? Context.current().cancellationSignal
      : new AbortController().signal;
  }

  private async wait(ms: number): Promise<void> {
    await pause(Math.max(1, ms), undefined, { signal: this.callSignal() });
  }
}

/** Its last call was sent, and nobody wrote down how it ended, or its answer did not tell. */
function isUnclear(row: LedgerRow): boolean {
  return row.status === 'in_progress' || (row.status === 'retrying' && row.error_type === 'OutcomeUnclear');
}
