/**
 * Every class of failure that an activity may report: whether it is retried, whether it may have acted, and the plain sentence
 * that people read. Texts of outside systems never reach people, records or workflow history; these sentences do.
 */
import { FAILURE_CLASSES, type FailureClass } from './failure-classes';

export type { FailureClass } from './failure-classes';

export type FailureType = keyof typeof FAILURE_CLASSES;

export const FAILURES: Readonly<Record<FailureType, FailureClass>> = FAILURE_CLASSES;

export const FAILURE_TYPES = Object.keys(FAILURE_CLASSES) as FailureType[];

export function isFailureType(value: string | undefined | null): value is FailureType {
  return value !== undefined && value !== null && Object.hasOwn(FAILURES, value);
}

/** Our database does not answer, or our own pace at the register has no turn soon: nobody can decide anything about that. */
const WAITED_OUT: readonly FailureType[] = ['RecordUnavailable', 'RegisterBusy'];

/** Whether a call that failed so is repeated for as long as it takes, whatever its tries. */
export function isWaitedOut(type: string | undefined | null): boolean {
  return isFailureType(type) && WAITED_OUT.includes(type);
}

/**
 * What failed, why, and what a person can do; while it is being tried again, what is done by itself instead. An unknown or missing
 * type reads as `Unexpected`.
 */
export function failureSentence(
  type: string | undefined | null,
  state: 'ended' | 'retrying' = 'ended',
): string {
  const { what, why, remedy, byItself } = FAILURES[isFailureType(type) ? type : 'Unexpected'];
  return `${what}: ${why}. ${state === 'retrying' ? (byItself ?? remedy) : remedy}`;
}

/** Whether another run ends in the same way unless the configuration is edited first. */
export function isMendedByEdit(type: string | undefined | null): boolean {
  return isFailureType(type) && FAILURES[type].first === 'edit';
}

/**
 * Whether the call that ended so may have changed something outside; a class that is missing or not known may. It speaks of that
 * one call: of a sub-step that was called more than once, an earlier call may have acted all the same.
 */
export function mayHaveActed(type: string | undefined | null): boolean {
  return !isFailureType(type) || FAILURES[type].acted === 'maybe';
}
