/** What a batch takes under given limits, worked out on paper: a lower bound, and the same work behind strict phases. Pure functions. */
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../domain/sub-steps';

/** How long each sub-step's call took, in milliseconds; one that made no call is absent. */
export type Durations = Partial<Record<SubStepKey, number>>;

export interface Limits {
  /** Calls of browser-driven sub-steps at a time. */
  portalSessions: number;
  /** Between two account creations. */
  accountIntervalMs: number;
}

export type Order = (key: SubStepKey) => readonly SubStepKey[];

/** As the product has it: a sub-step waits for what it needs. */
export const byNeeds: Order = (key) => [...SUB_STEPS[key].needs, ...SUB_STEPS[key].after];

/** As today's service has it: a sub-step waits for all of the phases before its own as well. */
export const byPhases: Order = (key) => [
  ...byNeeds(key),
  ...SUB_STEP_KEYS.filter((other) => SUB_STEPS[other].phase < SUB_STEPS[key].phase),
];

const usesPortal = (key: SubStepKey): boolean => SUB_STEPS[key].taskQueue === 'portal';
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

/** When the last sub-step ends if there were no limits and the account were there after `accountAt`. */
export function criticalPath(durations: Durations, accountAt = 0, order: Order = byNeeds): number {
  const ends = new Map<SubStepKey, number>();
  const endOf = (key: SubStepKey): number => {
    const known = ends.get(key);
    if (known !== undefined) return known;
    const begin = Math.max(key === 'cloudwaitressAccount' ? accountAt : 0, ...order(key).map(endOf));
    const end = begin + (durations[key] ?? 0);
    ends.set(key, end);
    return end;
  };
  return Math.max(...SUB_STEP_KEYS.map(endOf));
}

/** No order of the work can be faster: neither the sessions, nor the gate, nor the longest restaurant. */
export function lowerBound(batch: readonly Durations[], limits: Limits): number {
  const portal = sum(batch.flatMap((one) => SUB_STEP_KEYS.filter(usesPortal).map((key) => one[key] ?? 0)));
  const paths = batch.map((one) => criticalPath(one));
  // Whoever has the last turn at the gate still has all behind its account before it.
  const last = Math.min(
    ...batch.map((one) => criticalPath(one, (batch.length - 1) * limits.accountIntervalMs)),
  );
  return Math.max(portal / limits.portalSessions, last, ...paths);
}

interface Task {
  restaurant: number;
  key: SubStepKey;
}

/** First come, first served: each task takes a session, or its turn at the gate, as soon as it may begin and there is one. */
export function makespanOf(batch: readonly Durations[], limits: Limits, order: Order): number {
  const ends = batch.map(() => new Map<SubStepKey, number>());
  const sessions = Array.from({ length: limits.portalSessions }, () => 0);
  let gate = 0;
  const open: Task[] = batch.flatMap((_one, restaurant) =>
    SUB_STEP_KEYS.map((key): Task => ({ restaurant, key })),
  );
  const readyAt = ({ restaurant, key }: Task): number =>
    Math.max(0, ...order(key).map((need) => ends[restaurant]?.get(need) ?? Infinity));
  while (open.length > 0) {
    const next = open.reduce((first, task) => (readyAt(task) < readyAt(first) ? task : first));
    open.splice(open.indexOf(next), 1);
    const duration = batch[next.restaurant]?.[next.key] ?? 0;
    let begin = readyAt(next);
    if (next.key === 'cloudwaitressAccount') {
      begin = Math.max(begin, gate);
      gate = begin + limits.accountIntervalMs;
    } else if (usesPortal(next.key) && duration > 0) {
      const free = sessions.indexOf(Math.min(...sessions));
      begin = Math.max(begin, sessions[free] ?? 0);
      sessions[free] = begin + duration;
    }
    ends[next.restaurant]?.set(next.key, begin + duration);
  }
  return Math.max(...ends.flatMap((of) => [...of.values()]));
}
