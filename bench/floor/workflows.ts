/**
 * The engine's floor: as many activities, tasks, timers and signals as a registration of ours has, in the same order, and nothing else: no
 * record, no codec, no rules.
 */
import {
  condition,
  defineQuery,
  defineSignal,
  proxyActivities,
  setHandler,
  startChild,
} from '@temporalio/workflow';
import type { FloorActivities } from './worker';

export const answered = defineSignal('answered');
const LONGEST_WAIT = '90 days';
const CHILDREN_AT_ONCE = 50;

const { nothing, askPerson, tellTime } = proxyActivities<FloorActivities>({
  startToCloseTimeout: '20 seconds',
});

export async function floorBatch({ id, size }: { id: string; size: number }): Promise<void> {
  const running: Promise<unknown>[] = [];
  for (let from = 0; from < size; from += CHILDREN_AT_ONCE) {
    const ids = Array.from({ length: Math.min(CHILDREN_AT_ONCE, size - from) }, (_, at) => from + at);
    const started = await Promise.all(
      ids.map((at) => startChild(floorRegistration, { workflowId: `${id}/${at}`, args: [] })),
    );
    running.push(...started.map((child) => child.result()));
  }
  await Promise.all(running);
}

export async function floorRegistration(): Promise<void> {
  let answers = 0;
  setHandler(answered, () => void (answers += 1));
  // Extraction, search, its result.
  for (let step = 0; step < 3; step += 1) await nothing();
  await askPerson();
  await condition(() => answers === 1, LONGEST_WAIT);
  await nothing();
  await askPerson();
  await condition(() => answers === 2, LONGEST_WAIT);
  // The configuration, then the sub-steps with their needs.
  await nothing();
  const account = nothing();
  const firstPhase = Promise.all([nothing(), nothing(), nothing()]);
  await account;
  await nothing();
  const menu = nothing().then(() => nothing());
  await Promise.all([firstPhase, menu.then(() => nothing()), nothing(), nothing(), nothing(), nothing()]);
}

export const times = defineQuery<number[]>('times');

/** A bare signal to a bare activity, as often as it is asked: when each activity ran, in milliseconds since the epoch. */
export async function floorReaction(count: number): Promise<void> {
  const seen: number[] = [];
  let asked = 0;
  setHandler(times, () => seen);
  setHandler(answered, () => void (asked += 1));
  while (seen.length < count) {
    await condition(() => asked > seen.length);
    seen.push(await tellTime());
  }
}
