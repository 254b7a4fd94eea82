/**
 * One sub-step from its activity's start to its end. The ledger decides: it counts the outside calls, none is made before it says
 * `in_progress`, and after an unclear outcome nothing is repeated before the effect was looked for. So a lost worker, a retry by
 * the engine and a retry by a person all go through the same door.
 */
import { ApplicationFailure, Context } from '@temporalio/activity';
import { FAILURES, failureSentence, isFailureType } from '../../domain/failures';
import type { SubStepOutput } from '../../domain/record';
import { MAX_ATTEMPTS, SUB_STEPS, type SubStepKey } from '../../domain/sub-steps';
import type { BackendResult, SubStepCall, Verdict } from './clients/request-types';
import type { LedgerRow } from './ledger';
import { LedgerEntry, type LedgerEntryDeps } from './ledger-entry';
import { NOTHING_SEEN, notLookedUp, reasonOf, waitsUntil } from './reasons';
import type { SubStepInput, SubStepResult } from './types';

export interface AttemptDeps extends LedgerEntryDeps {
  /** What is to be sent, passwords opened for this attempt alone. */
  prepare(
    key: SubStepKey,
    input: SubStepInput,
    attempt: {
      number: number;
      startedAt: string;
      /** When this generation was begun with. */
      generationStartedAt: string;
      stateBefore: SubStepOutput | null;
    },
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
}

/** A look that fails decides nothing: this many more are taken before a person is asked (5 minutes). */
const PATIENT_LOOKS = 30;

/** In the state stored before a call: it repeats one whose outcome nobody can read. After another such outcome a person is asked. */
const REPEATS_UNCLEAR = 'repeats_unclear';

type Attempted = { attempt: number; startedAt: string };

/** What the look for the effect of an unclear call found, and whether a person asked for another call. */
type Look = { seen: 'absent' | 'unknown'; asked: boolean };

interface ReadyCall {
  attemptsSoFar: number;
  prepared: SubStepCall;
  stateBefore: SubStepOutput | null;
}

export class Attempt {
  private readonly elapsed: { ms: number } = { ms: 0 };
  private readonly entry: LedgerEntry;
  private readonly signal: AbortSignal;
  private lookingSince: number | null = null;
  /** What the last unclear answer told all the same. */
  private lastReason: string | null = null;
  /** Nothing tells of an earlier try: neither the engine's count, nor a person's retry, which raises the limit. */
  private isFirstTry: boolean;

  constructor(
    private readonly deps: AttemptDeps,
    private readonly key: SubStepKey,
    private readonly input: SubStepInput,
  ) {
    this.entry = new LedgerEntry(deps, key, input);
    this.signal = signalOf(key);
    this.isFirstTry = Context.current().info.attempt === 1 && input.attemptLimit === MAX_ATTEMPTS;
  }

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
    if (this.isFirstTry) {
      this.isFirstTry = false;
      return this.callUnread();
    }
    const standing = await this.entry.read();
    if ('completed' in standing) return standing.completed;
    const { attempt, row } = standing;
    const last = row ? lastCall(row, this.input.attemptLimit) : 'none';
    if (row === null || last === 'none' || last === 'ended') return this.callOnce(attempt, row);
    if (last === 'final') throw this.entry.failedBefore(row);
    const seen = await this.look(row, last === 'asked');
    if (seen === 'absent' || seen === 'unknown')
      return this.callOnce(attempt, row, { seen, asked: last === 'asked' });
    return seen;
  }

  /**
   * One look for the effect of the last call; null when it is to be looked at again. `absent`, `unknown`: the call may be made.
   * @param asked a person saw how it ended and wants another run: only what is there already keeps it from being made
   */
  private async look(row: LedgerRow, asked: boolean): Promise<SubStepResult | 'absent' | 'unknown' | null> {
    const { attempt, state_before: stateBefore } = row;
    const startedAt = row.attempt_started_at ?? new Date(this.deps.now()).toISOString();
    const believedAbsentAt = this.believedAbsentAt(startedAt);
    if (row.status === 'in_progress') await this.entry.lookingFor(attempt, waitsUntil(believedAbsentAt));
    const generationStartedAt = row.started_at ?? startedAt;
    const call = await this.prepare({ number: attempt, startedAt, generationStartedAt, stateBefore });
    const verdict = await this.deps.verify(this.key, call);
    this.signal.throwIfAborted();
    if (verdict.present === true) return this.entry.complete(attempt, verdict.output, verdict.proof);

    const now = this.deps.now();
    this.lookingSince ??= now;
    const decidedAt = asked ? this.lookingSince : believedAbsentAt;
    if (now < decidedAt) return this.lookAgain(decidedAt - now);
    if (verdict.present === 'undecided') return this.settleUndecided(attempt, verdict.failure, decidedAt);
    if (verdict.present === false) return 'absent';
    if (asked || this.mayRepeat(row)) return 'unknown';
    throw await this.unclear(attempt);
  }

  /** Whether a call is made again although nobody knows what became of the last one. */
  private mayRepeat(row: LedgerRow): boolean {
    const { repeat } = SUB_STEPS[this.key];
    return repeat === 'always' || (repeat === 'once' && row.state_before?.[REPEATS_UNCLEAR] !== true);
  }

  /** The world could not be read, or it shows something that only a person can judge. Never a reason to repeat the call. */
  private async settleUndecided(
    attempt: number,
    failure: Extract<Verdict, { present: 'undecided' }>['failure'],
    decidedAt: number,
  ): Promise<null> {
    if (!FAILURES[failure].retryable) throw await this.entry.fail(attempt, failure, { final: true });
    const givenUpAt = decidedAt + PATIENT_LOOKS * this.deps.lookAgainMs;
    if (this.deps.now() < givenUpAt) return this.lookAgain(this.deps.lookAgainMs);
    const reason = notLookedUp(failureSentence(failure));
    throw await this.entry.fail(attempt, 'OutcomeUnclear', { final: true, reason });
  }

  /** The ledger is read anew afterwards: another worker's call may have come to its end meanwhile. */
  private async lookAgain(inMs: number): Promise<null> {
    await this.deps.pause(Math.max(1, Math.min(this.deps.lookAgainMs, inMs)), this.signal);
    return null;
  }

  /**
   * A first try does not ask the ledger what was called before: if anything was, its booking is refused. What keeps it from being made counts
   * only when the ledger was asked, which may say that it was done long ago.
   */
  private async callUnread(): Promise<SubStepResult | null> {
    let isPrepared = false;
    const capture = (call: SubStepCall): Promise<SubStepOutput | null> => {
      isPrepared = true;
      return this.deps.captureState(this.key, call);
    };
    let ready: ReadyCall;
    try {
      ready = await this.readyFor(0, null, null, capture);
    } catch (error) {
      const standing = await this.entry.read();
      if ('completed' in standing) return standing.completed;
      if (standing.attempt > 0) return null;
      throw isPrepared ? await this.unreadable(0, error) : error;
    }
    return this.makeCall(ready);
  }

  /** @param after the call that it follows, and what the look for its effect found when it was unclear */
  private async callOnce(
    attemptsSoFar: number,
    row: LedgerRow | null,
    after: Look | null = null,
  ): Promise<SubStepResult | null> {
    // A failure at the limit has ended it already: what is left here is a call whose answer never came.
    if (attemptsSoFar >= this.input.attemptLimit) {
      throw after?.seen === 'absent'
        ? await this.entry.fail(attemptsSoFar, 'BackendUnavailable', { final: true, reason: NOTHING_SEEN })
        : await this.unclear(attemptsSoFar);
    }
    const capture = (call: SubStepCall): Promise<SubStepOutput | null> =>
      this.captureState(attemptsSoFar, call);
    return this.makeCall(await this.readyFor(attemptsSoFar, row, after, capture));
  }

  /** All that a call needs before it is booked: what can fail stands here. */
  private async readyFor(
    attemptsSoFar: number,
    row: LedgerRow | null,
    after: Look | null,
    capture: (call: SubStepCall) => Promise<SubStepOutput | null>,
  ): Promise<ReadyCall> {
    Context.current().cancellationSignal.throwIfAborted();
    this.deps.beforeCall?.();
    const startedAt = new Date(this.deps.now()).toISOString();
    const prepared = await this.prepare({
      number: attemptsSoFar + 1,
      startedAt,
      generationStartedAt: row?.started_at ?? startedAt,
      stateBefore: null,
    });
    const captured = await capture(prepared);
    const stateBefore = this.repeatsUnclear(row, after) ? { ...captured, [REPEATS_UNCLEAR]: true } : captured;
    Context.current().cancellationSignal.throwIfAborted();
    return { attemptsSoFar, prepared, stateBefore };
  }

  private async makeCall({ attemptsSoFar, prepared, stateBefore }: ReadyCall): Promise<SubStepResult | null> {
    const begun = await this.entry.begin(attemptsSoFar, stateBefore, this.deps.absentAfterMs(this.key));
    if (begun === null) return null;
    // Nothing that can fail stands between the booking and the call: a booked call that was not made would have to be looked for.
    const { attempt, startedAt: attemptStartedAt } = begun;
    const call = { ...prepared, attempt, attemptStartedAt, stateBefore };
    return this.interpret(begun, await this.deps.perform(this.key, call));
  }

  /** Counted until a person wants another run; of the rows that may be repeated once alone. */
  private repeatsUnclear(row: LedgerRow | null, after: Look | null): boolean {
    if (SUB_STEPS[this.key].repeat !== 'once' || after?.asked) return false;
    return after?.seen === 'unknown' || row?.state_before?.[REPEATS_UNCLEAR] === true;
  }

  /** A world that cannot be read before a call is no attempt; people see why it does not begin. */
  private async captureState(attemptsSoFar: number, call: SubStepCall): Promise<SubStepOutput | null> {
    try {
      return await this.deps.captureState(this.key, call);
    } catch (error) {
      throw await this.unreadable(attemptsSoFar, error);
    }
  }

  private async unreadable(attemptsSoFar: number, error: unknown): Promise<unknown> {
    this.signal.throwIfAborted();
    if (!(error instanceof ApplicationFailure) || !isFailureType(error.type)) return error;
    return this.entry.fail(attemptsSoFar, error.type, {
      final: error.nonRetryable ?? false,
      retryAfterMs: typeof error.nextRetryDelay === 'number' ? error.nextRetryDelay : undefined,
      reason: typeof error.details?.[1] === 'string' ? error.details[1] : null,
    });
  }

  private async interpret(begun: Attempted, result: BackendResult): Promise<SubStepResult | null> {
    const { attempt } = begun;
    const reason = reasonOf(result);
    if (result.state === 'succeeded' || result.state === 'already_done') {
      return this.entry.complete(attempt, result.output, result.proof);
    }
    if (result.state === 'partial') {
      throw await this.entry.fail(attempt, result.failure ?? 'PartialResult', { final: true, reason });
    }
    // We hung up ourselves: how it ended is not known, and the row says that it runs until somebody knows better.
    this.signal.throwIfAborted();
    if (result.state === 'unclear') {
      this.lastReason = reason;
      const until = waitsUntil(this.believedAbsentAt(begun.startedAt));
      await this.entry.lookingFor(attempt, reason === null ? until : `${reason} ${until}`);
      return null;
    }
    const type = result.failure ?? 'ReportedFailure';
    const final = !FAILURES[type].retryable || attempt >= this.input.attemptLimit;
    throw await this.entry.fail(attempt, type, { final, retryAfterMs: result.retryAfterMs, reason });
  }

  /** Only a person can tell now, who looks at the platform. */
  private unclear(attempt: number): Promise<Error> {
    return this.entry.fail(attempt, 'OutcomeUnclear', { final: true, reason: this.lastReason });
  }

  private believedAbsentAt(startedAt: string): number {
    return Date.parse(startedAt) + this.deps.absentAfterMs(this.key);
  }

  private prepare(attempt: Parameters<AttemptDeps['prepare']>[2]): Promise<SubStepCall> {
    const onProgress = (elapsedMs: number): void => void (this.elapsed.ms = elapsedMs);
    return this.deps.prepare(this.key, this.input, attempt, { signal: this.signal, onProgress });
  }
}

/**
 * When to hang up. A call that must be recorded to its end is not hung up on when the job is cancelled, only when this worker
 * shuts down: the next one looks for what became of it.
 */
function signalOf(key: SubStepKey): AbortSignal {
  const { cancellationSignal } = Context.current();
  if (SUB_STEPS[key].onCancel === 'abort') return cancellationSignal;
  const context = Context.current();
  const hangUp = new AbortController();
  const onCancel = (): void => {
    if (context.cancellationDetails?.workerShutdown) hangUp.abort(cancellationSignal.reason);
  };
  if (cancellationSignal.aborted) onCancel();
  else cancellationSignal.addEventListener('abort', onCancel, { once: true });
  return hangUp.signal;
}

/**
 * What the ledger says of the last call. `ended`: it is known to have failed. `unclear`: nobody wrote down how it ended, or its answer did
 * not tell. `final`: it failed for good, and the worker was lost before it could say so. `asked`: a person wants another run.
 */
function lastCall(row: LedgerRow, attemptLimit: number): 'none' | 'ended' | 'unclear' | 'final' | 'asked' {
  if (row.attempt === 0) return 'none';
  if (row.status === 'in_progress') return 'unclear';
  if (row.status === 'retrying') return row.error_type === 'OutcomeUnclear' ? 'unclear' : 'ended';
  // A person's retry raises the limit above what was called so far.
  if (row.attempt <= attemptLimit - MAX_ATTEMPTS) return 'asked';
  return row.status === 'failed' ? 'final' : 'unclear';
}
