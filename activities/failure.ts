import { ApplicationFailure } from '@temporalio/common';
import { FAILURES, failureSentence, type FailureType } from '../domain/failures';

export interface FailureOptions {
  /** Plain values for the workflow; they enter its history, so no secrets and no foreign text. */
  details?: readonly (string | number | boolean | null)[] | undefined;
  /** Milliseconds until the engine tries again, e.g. a Retry-After. */
  nextRetryDelayMs?: number | undefined;
  /** Overrides the catalogue, e.g. when the attempts are used up. */
  retryable?: boolean | undefined;
}

/**
 * The one way in which an activity fails: typed by the catalogue, its message the catalogue's sentence.
 * The original error is not attached: its text may hold a password or foreign data.
 */
export function activityFailure(type: FailureType, options: FailureOptions = {}): ApplicationFailure {
  return ApplicationFailure.create({
    type,
    message: failureSentence(type),
    nonRetryable: !(options.retryable ?? FAILURES[type].retryable),
    ...(options.details ? { details: [...options.details] } : {}),
    ...(options.nextRetryDelayMs === undefined ? {} : { nextRetryDelay: options.nextRetryDelayMs }),
  });
}
