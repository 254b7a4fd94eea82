/**
 * Who is served first where work queues for workers: 1 first, 5 last, 3 for all that says nothing. Between organisations that wait
 * with the same priority the engine alternates by `fairnessKey`, so a large batch does not starve a small one.
 */
export const PRIORITIES = {
  /** What follows a person's answer or repair: somebody looks at it. */
  answered: { priorityKey: 2 },
  /** What a batch starts by itself for all its restaurants. */
  bulk: { priorityKey: 4 },
} as const;

/** Of a batch's workflow; its registrations and their activities inherit it, field by field. */
export function batchPriority(organisationId: string): { fairnessKey: string } {
  return { fairnessKey: organisationId };
}
