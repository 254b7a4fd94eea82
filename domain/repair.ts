/**
 * What an operator may do to the sub-steps of step 6, as pure rules over their state: the workflow's validators judge by them, and
 * the API tells by them what is possible now.
 */
import { mayHaveActed } from './failures';
import { isSettled, readiness, type SubStepStatuses } from './readiness';
import type { SubStepStatus } from './statuses';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from './sub-steps';

export const REPAIRS = ['retry', 'skip', 'complete', 'reset'] as const;
export type Repair = (typeof REPAIRS)[number];

export interface RepairFacts {
  status: SubStepStatus;
  /** Outside calls begun in this generation; null when the asker does not know. */
  attempt: number | null;
  errorType: string | null;
  /** A call is under way or about to be: nobody may interfere. */
  running: boolean;
  /** The configuration switches it off. */
  switchedOff: boolean;
}

export type AllFacts = Readonly<Record<SubStepKey, RepairFacts>>;

export interface RepairOptions {
  /** Reset alone: with all that depends on it. */
  cascade: boolean;
  /** Reset alone: the operator states that what it made was removed. */
  effectRemoved: boolean;
}

export interface RepairRefusal {
  code: 'INVALID_STATUS' | 'STEP_NOT_ACTION_REQUIRED' | 'EFFECT_EXISTS';
  sentence: string;
}

const label = (key: SubStepKey): string => `“${SUB_STEPS[key].label}”`;
const labels = (keys: readonly SubStepKey[]): string => keys.map(label).join(', ');

/** All that depends on a sub-step, directly or through others, in the table's order. */
export function dependentsOf(key: SubStepKey): SubStepKey[] {
  const found = new Set<SubStepKey>([key]);
  // The table names needs before those that need them.
  for (const other of SUB_STEP_KEYS) {
    if (SUB_STEPS[other].needs.some((need) => found.has(need))) found.add(other);
  }
  found.delete(key);
  return SUB_STEP_KEYS.filter((other) => found.has(other));
}

/** Blocked sub-steps that nothing blocks any more, in the table's order; those that wait for another failed one stay as they are. */
export function awakened(statuses: SubStepStatuses, exists: ReadonlySet<SubStepKey>): SubStepKey[] {
  const now = { ...statuses };
  const woken: SubStepKey[] = [];
  for (const key of SUB_STEP_KEYS) {
    if (now[key] !== 'blocked' || readiness(key, now, exists).state === 'blocked') continue;
    now[key] = 'pending';
    woken.push(key);
  }
  return woken;
}

/** What a reset takes along: the sub-step and, with `cascade`, those dependents that have begun or were decided upon. */
export function resetScope(key: SubStepKey, facts: AllFacts, cascade: boolean): SubStepKey[] {
  return cascade ? [key, ...dependentsOf(key).filter((other) => hasBegun(facts[other]))] : [key];
}

/** A call was made, or it was completed or skipped for a reason other than its switch. */
function hasBegun({ status, attempt, switchedOff, running }: RepairFacts): boolean {
  if (running || status === 'completed' || status === 'failed') return true;
  if (status === 'skipped') return !switchedOff;
  return (attempt ?? 0) > 0;
}

/** Whether the world may hold what the sub-step makes, so that running it again could make a second one. */
export function effectMayExist(key: SubStepKey, { status, attempt, errorType }: RepairFacts): boolean {
  if (SUB_STEPS[key].repeat !== 'never') return false;
  return status === 'completed' || ((attempt ?? 1) > 0 && status === 'failed' && mayHaveActed(errorType));
}

/** Why a repair is not possible now; null when it is. */
export function repairRefusal(
  repair: Repair,
  key: SubStepKey,
  facts: AllFacts,
  options: RepairOptions = { cascade: true, effectRemoved: false },
): RepairRefusal | null {
  const { status, running, switchedOff } = facts[key];
  const refused = (sentence: string): RepairRefusal => ({ code: 'INVALID_STATUS', sentence });
  if (running) return refused(`${label(key)} is running. Wait for its end.`);
  switch (repair) {
    case 'retry':
      return status === 'failed'
        ? null
        : { code: 'STEP_NOT_ACTION_REQUIRED', sentence: `${label(key)} has not failed; it is ${status}.` };
    case 'skip':
      return status === 'failed' || !isSettled(status) || status === 'blocked'
        ? null
        : refused(`${label(key)} is ${status} already.`);
    case 'complete':
      return status === 'completed' || status === 'cancelled'
        ? refused(`${label(key)} is ${status} already.`)
        : null;
    case 'reset':
      return switchedOff
        ? refused(`${label(key)} is switched off. Edit the configuration to switch it on.`)
        : hasBegun(facts[key])
          ? resetRefusal(key, facts, options)
          : refused(`${label(key)} has not begun, so there is nothing to reset.`);
  }
}

function resetRefusal(
  key: SubStepKey,
  facts: AllFacts,
  { cascade, effectRemoved }: RepairOptions,
): RepairRefusal | null {
  const scope = resetScope(key, facts, cascade);
  const running = scope.filter((other) => facts[other].running);
  if (running.length > 0) {
    return { code: 'INVALID_STATUS', sentence: `${labels(running)} is running. Wait for its end.` };
  }
  const left = cascade ? [] : dependentsOf(key).filter((other) => hasBegun(facts[other]));
  if (left.length > 0) {
    return {
      code: 'INVALID_STATUS',
      sentence: `${labels(left)} built on it and must be reset with it.`,
    };
  }
  const there = effectRemoved ? [] : scope.filter((other) => effectMayExist(other, facts[other]));
  if (there.length === 0) return null;
  return {
    code: 'EFFECT_EXISTS',
    sentence: `What ${labels(there)} made may exist, and running it again would make it twice. Remove it at the service and say so, then reset.`,
  };
}
