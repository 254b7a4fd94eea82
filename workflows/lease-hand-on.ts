/** When the run of a lease is long enough to hand on to a new one. */

/**
 * Events. The engine refuses to end a run when a message came meanwhile, and then has its whole history replayed: a short one is to be
 * replayed, and it is tried only after a step in which none came. A lease that insisted would hand out no turn for as long as messages keep
 * coming faster than its tasks are done: so the gate of 2,000 restaurants stood still, with 4,100 events that took longer to replay than
 * the ten seconds of a task.
 */
const AFTER = 1_000;
/** However busy it is: the engine ends a run with 51,200. */
const AT_LAST = 20_000;

/**
 * @param isCalm no message came during the last step
 * @param isOld the run began before this rule, and goes by what the engine suggests; asked only when it matters
 */
export function isToHandOn(
  { historyLength, continueAsNewSuggested }: { historyLength: number; continueAsNewSuggested: boolean },
  isCalm: boolean,
  isOld: () => boolean,
): boolean {
  // The engine suggests it by size too, and as its settings say.
  if (historyLength < AFTER && !continueAsNewSuggested) return false;
  if (isOld()) return continueAsNewSuggested;
  return isCalm || historyLength >= AT_LAST;
}
