import {
  ActivityFailure,
  ApplicationFailure,
  CancelledFailure,
  isCancellation,
  sleep,
  TimeoutFailure,
} from '@temporalio/workflow';
import { failureSentence, isFailureType, isWaitedOut, type FailureType } from '../domain/failures';
import { SUB_STEPS } from '../domain/sub-steps';

/** Nobody answered within the deadline, or the policy closes failed jobs: the run ends as failed with this reason. */
export class JobClosed extends ApplicationFailure {
  constructor(reason: string) {
    super(reason, 'JobClosed', true);
  }
}

/** A failure that the workflow finds itself, in the catalogue's words. */
export function workflowFailure(type: FailureType): ApplicationFailure {
  return ApplicationFailure.nonRetryable(failureSentence(type), type);
}

export interface CataloguedFailure {
  type: FailureType;
  /** The catalogue's sentence, or the reason that our own code gave. */
  message: string;
  /** Plain values that the activity attached. */
  details: readonly unknown[];
  /** Whether the same call may succeed later. */
  retryable: boolean;
}

const catalogued = (
  type: FailureType,
  retryable: boolean,
  details: readonly unknown[] = [],
): CataloguedFailure => ({
  type,
  message: failureSentence(type),
  details,
  retryable,
});

/** A worker was lost or a call took too long. Of a sub-step it is not known whether it took effect; a look-up has none. */
function timedOut(error: unknown): FailureType {
  const lookUp = error instanceof ActivityFailure && !Object.hasOwn(SUB_STEPS, error.activityType);
  return lookUp ? 'RegisterUnavailable' : 'OutcomeUnclear';
}

/** What ended an activity or a step, in the catalogue's words; the outermost application failure decides. */
export function failureOf(error: unknown): CataloguedFailure {
  const cause = error instanceof ActivityFailure ? error.cause : error;
  if (cause instanceof TimeoutFailure) return catalogued(timedOut(error), true);
  if (!(cause instanceof ApplicationFailure)) return catalogued('Unexpected', true);
  if (cause instanceof JobClosed) {
    return { type: 'Unexpected', message: cause.message, details: [], retryable: false };
  }
  const type = isFailureType(cause.type) ? cause.type : 'Unexpected';
  return catalogued(type, !cause.nonRetryable, cause.details ?? []);
}

/** Cancellation is never a failure of a step: it goes up to the run's finalizer. */
export function rethrowCancellation(error: unknown): void {
  if (isCancellation(error))
    throw error instanceof CancelledFailure ? error : new CancelledFailure('cancelled');
}

const OUTAGE_PAUSE_MS = 30_000;

/** Repeats a call with few tries of its own for as long as it fails for one of our own reasons. */
export async function overOutages<T>(call: () => Promise<T>): Promise<T> {
  for (;;) {
    try {
      return await call();
    } catch (error) {
      rethrowCancellation(error);
      if (!isWaitedOut(failureOf(error).type)) throw error;
      await sleep(OUTAGE_PAUSE_MS);
    }
  }
}
