/**
 * The registration that every candidate carries out: its units of work, their order, and where a person answers. Workflow code imports
 * this file, so nothing but types and pure functions may stand here.
 */
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../../domain/sub-steps';

export interface Job {
  jobId: string;
  batchId: string;
  restaurantId: string;
  organisationId: string;
}

/** What a person submits in step 5: plain JSON, without passwords. */
export type Configuration = Record<string, unknown>;

/** What a registration waits for a person to answer. */
export type Question = 'company' | 'configuration';

/** States of the job that people see, in order. */
export const MILESTONES = [
  'searching',
  'choosing',
  'fetching',
  'configuring',
  'settingUp',
  'completed',
] as const;
export type Milestone = (typeof MILESTONES)[number];

/** The outside calls of a registration: the register twice, then one a sub-step. */
export const CALLS = ['search', 'details', ...SUB_STEP_KEYS] as const;
export type Call = (typeof CALLS)[number];

/** What a candidate makes durable as one: an outside call with the record writes around it, or a write alone. */
export type Unit = `publish:${Milestone}` | Call | 'saveConfiguration';

export const UNITS: readonly Unit[] = [
  ...MILESTONES.map((milestone) => `publish:${milestone}` as const),
  ...CALLS,
  'saveConfiguration',
];

/**
 * Step 6 in stages that follow one another; within a stage all run side by side. Coarser than the product, where a sub-step starts as
 * soon as its own needs are met: engines that find their place again by the order of calls need an order that is always the same.
 */
export const STAGES: readonly (readonly SubStepKey[])[] = stages();

function stages(): SubStepKey[][] {
  const stageOf = (key: SubStepKey): number => {
    const { needs, after } = SUB_STEPS[key];
    return Math.max(-1, ...[...needs, ...after].map(stageOf)) + 1;
  };
  const found: SubStepKey[][] = [];
  for (const key of SUB_STEP_KEYS) (found[stageOf(key)] ??= []).push(key);
  return found;
}

/** What an engine gives to code that reads from top to bottom. `P`: its own kind of promise, where it insists on one. */
export interface Engine<P extends Promise<unknown> = Promise<unknown>> {
  /** Carries out one unit, durably where the engine is durable. */
  perform(unit: Unit, configuration?: Configuration): P;
  /** Waits for units that run side by side. */
  all(units: P[]): Promise<unknown>;
  /** Waits for a person; for `configuration` the answer is what was submitted. */
  ask(question: Question): Promise<Configuration | null>;
}

/** One registration from its search to its last sub-step. */
export async function register<P extends Promise<unknown>>(engine: Engine<P>): Promise<void> {
  // The record is told beside the call, as the product does it: a person's answer is acted on without waiting for the database.
  await engine.all([engine.perform('publish:searching'), engine.perform('search')]);
  await engine.perform('publish:choosing');
  await engine.ask('company');
  await engine.all([engine.perform('publish:fetching'), engine.perform('details')]);
  await engine.perform('publish:configuring');
  const configuration = (await engine.ask('configuration')) ?? {};
  await engine.all([
    engine.perform('publish:settingUp', configuration),
    engine.perform('saveConfiguration', configuration),
  ]);
  for (const stage of STAGES) await engine.all(stage.map((key) => engine.perform(key, configuration)));
  await engine.perform('publish:completed');
}
