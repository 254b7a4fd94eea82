/**
 * What people read where nothing failed: why a job was closed from outside, why a batch stands still, why a choice was not taken.
 * Failures have their own catalogue, `failures.ts`; these sentences keep its rules and are tested with it.
 */

const AGAIN = 'Create a new batch for this restaurant if it is wanted after all.';

/** Why a job ended although it had not come to its own end. */
export const CLOSED = {
  nobodyAnswered: (days: number) => `The job was closed: nobody answered within ${days} days. ${AGAIN}`,
  /** @param what the failed sub-steps, as its waiting reason would have named them */
  nothingMoreCanRun: (what: string) => `The job was closed: nothing more can run. ${what}`,
  /** @param reason the operator's own words */
  givenUp: (reason: string | null) =>
    `The job was given up by an operator${reason === null ? '.' : `: ${reason}`}`,
  terminated: `The job was closed: its run was terminated in the Temporal Web UI. ${AGAIN}`,
  timedOut: `The job was closed: its run took longer than it may. ${AGAIN}`,
  failed: `The job was closed: its run failed. ${AGAIN}`,
  cancelled: 'The job was cancelled: its run was cancelled in the Temporal Web UI.',
  lost: `The job was closed: its run is not to be found any more. ${AGAIN}`,
  batchEnded: `The job was closed: the run of its batch ended before it was begun. ${AGAIN}`,
} as const;

/** Why a batch begins nothing new. */
export const PAUSED = {
  byBreaker: (failed: number, settled: number) =>
    `Paused by the circuit breaker: ${failed} of ${settled} restaurants that were set up failed. Look at what failed, then resume the batch.`,
  byPerson: 'Paused by an operator. Resume the batch to go on.',
} as const;

/** Why a person's choice was not taken: who was first, or what the job does instead. */
export const IGNORED = {
  closed: 'The job has ended.',
  chosen: 'Somebody else chose first.',
  searchedAgain: 'Somebody else asked for a new search first.',
  configured: 'Somebody else configured it first.',
  listReplaced: 'The list was replaced by a new search. Choose from the new one.',
  listBeingReplaced: 'The list is being replaced by a new search. Choose from the new one.',
  notOffered:
    'This company is not among the candidates. Choose one of them, search again, or enter it by hand.',
  noCompanyAwaited: 'The job does not wait for a company.',
  noConfigurationAwaited: 'The job does not wait for its configuration.',
} as const;
