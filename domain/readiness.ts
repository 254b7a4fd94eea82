/** Which sub-step may start: a pure reading of the table in `sub-steps.ts` and of the statuses so far. */
import type { SubStepStatus } from './statuses';
import { SUB_STEPS, type SubStepDefinition, type SubStepKey } from './sub-steps';

export type SubStepStatuses = Readonly<Record<SubStepKey, SubStepStatus>>;

export type Readiness =
  | { state: 'ready' }
  | { state: 'waiting'; for: SubStepKey }
  | { state: 'blocked'; by: SubStepKey }
  | { state: 'skipped'; because: SubStepKey };

const SETTLED: ReadonlySet<SubStepStatus> = new Set([
  'completed',
  'failed',
  'skipped',
  'blocked',
  'cancelled',
]);

/** Whether nothing happens to this sub-step unless somebody acts. */
export function isSettled(status: SubStepStatus): boolean {
  return SETTLED.has(status);
}

/** Whether its dependents may go on without it; `exists`: what it would have made is known to exist. */
function skipSatisfies(definition: SubStepDefinition, exists: boolean): boolean {
  return definition.whenSkipped === 'satisfies' || (definition.whenSkipped === 'if_exists' && exists);
}

/**
 * Whether a pending sub-step may start. A skipped need that satisfies nobody outweighs a failed one, and both outweigh
 * one that is still running, so that people see at once what will not happen by itself.
 * @param exists sub-steps whose product is known to exist already
 */
export function readiness(
  key: SubStepKey,
  statuses: SubStepStatuses,
  exists: ReadonlySet<SubStepKey>,
): Readiness {
  const { needs, after } = SUB_STEPS[key];
  const skipped = needs.find(
    (need) => statuses[need] === 'skipped' && !skipSatisfies(SUB_STEPS[need], exists.has(need)),
  );
  if (skipped) return { state: 'skipped', because: skipped };
  const broken = needs.find((need) => ['failed', 'blocked', 'cancelled'].includes(statuses[need]));
  if (broken) return { state: 'blocked', by: broken };
  const open =
    needs.find((need) => !isSettled(statuses[need])) ?? after.find((other) => !isSettled(statuses[other]));
  return open ? { state: 'waiting', for: open } : { state: 'ready' };
}
