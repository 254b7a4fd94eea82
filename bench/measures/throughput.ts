/** How many registrations a machine completes when the outside world takes no time, what each costs, and what the engine alone would. */
import { registrationWorkflowId } from '../../domain/ids';
import { BenchWorld, type StartedBatch } from '../bench-world';
import { cpuSeconds } from '../compare/usage';
import { Floor, type FloorRun } from '../floor';
import type { Measure } from '../measure';
import { figure, figureOf } from '../statistics';
import type { ServiceName } from '../../dev/stack';

const PARTS = ['worker', 'api', 'temporal', 'postgres', 'postgrest', 'simulator'] as const;
type Part = (typeof PARTS)[number];

export interface Run {
  perSecond: number;
  events: number;
  cpuMs: Record<Part, number>;
}

function cpu(world: BenchWorld): Record<Part, number> {
  const of = (name: ServiceName): number => cpuSeconds(world.stack.service(name).pid) ?? NaN;
  return Object.fromEntries(PARTS.map((part) => [part, of(part)])) as Record<Part, number>;
}

/** Events of some of the batch's registrations; their median would hide a tail. */
async function eventsEach(world: BenchWorld, jobIds: readonly string[]): Promise<number> {
  const lengths = await Promise.all(
    jobIds.map(async (id) => {
      const { historyLength } = await world.client.workflow.getHandle(registrationWorkflowId(id)).describe();
      return historyLength;
    }),
  );
  return lengths.reduce((sum, length) => sum + length, 0) / lengths.length;
}

/** As many as a batch may hold. */
const LARGEST_BATCH = 1_000;

/**
 * In one batch if it holds them, else in several at once, of the same restaurants: there are as many invented companies as a batch holds, and
 * with another seed the register would know them by other names.
 */
export async function playBatch(world: BenchWorld, size: number, seed: number): Promise<Run> {
  const batches: StartedBatch[] = [];
  for (let left = size; left > 0; left -= LARGEST_BATCH)
    batches.push(await world.prepareBatch(Math.min(LARGEST_BATCH, left), seed));
  const before = cpu(world);
  const from = performance.now();
  await Promise.all(
    batches.map(async (batch) => {
      await world.api.start(batch.id);
      await world.playToEnd(batch);
    }),
  );
  const seconds = (performance.now() - from) / 1_000;
  const after = cpu(world);
  const cpuMs = Object.fromEntries(
    PARTS.map((part) => [part, ((after[part] - before[part]) * 1_000) / size]),
  ) as Record<Part, number>;
  const [first] = batches;
  const ids = (first ? await world.jobs(first) : []).slice(0, 20).map(({ id }) => id);
  return { perSecond: size / seconds, events: await eventsEach(world, ids), cpuMs };
}

export const throughput: Measure = {
  name: 'throughput',
  usual: { alone: { restaurants: 300, repeats: 3 }, among: { restaurants: 12, repeats: 3 } },
  async run({ restaurants, repeats, profile, say }) {
    const world = await BenchWorld.start(
      profile === null ? {} : { nodeFlags: { worker: ['--cpu-prof', `--cpu-prof-dir=${profile}`] } },
    );
    try {
      const { env } = world.stack;
      const floor = await Floor.start(env['TEMPORAL_ADDRESS'] ?? '', world.stack.service('temporal').pid);
      try {
        await playBatch(world, Math.min(30, restaurants), 100);
        await floor.run(Math.min(30, restaurants));
        const ours: Run[] = [];
        const floors: FloorRun[] = [];
        for (let n = 1; n <= repeats; n += 1) {
          ours.push(await playBatch(world, restaurants, n));
          floors.push(await floor.run(restaurants));
          say(
            `run ${n}: ${ours.at(-1)?.perSecond.toFixed(1)}/s, floor ${floors.at(-1)?.perSecond.toFixed(1)}/s`,
          );
        }
        const rate = figureOf('/s', ours, ({ perSecond }) => perSecond);
        const ratios = ours.map(({ perSecond }, n) => perSecond / (floors[n]?.perSecond ?? NaN));
        return {
          how: `Batches of ${restaurants} whose calls outside take no time, encryption and the whole record on, answered through the API as soon as a question is shown; the engine's floor in turn with them on the same server`,
          rows: [
            { name: 'registrations completed', figure: rate },
            {
              name: "the engine's floor",
              figure: figureOf('/s', floors, ({ perSecond }) => perSecond),
            },
            { name: 'ours ÷ floor', figure: figure('', ratios), goal: { atLeast: 0.75 } },
            {
              name: 'events a registration',
              figure: figureOf('', ours, ({ events }) => events),
              goal: { atMost: 140 },
            },
            {
              name: 'events of the floor',
              figure: figureOf('', floors, ({ eventsEach }) => eventsEach),
            },
            ...PARTS.map((part) => ({
              name: `CPU a registration: ${part}`,
              figure: figureOf('ms', ours, ({ cpuMs }) => cpuMs[part]),
            })),
            {
              name: 'CPU a registration: floor, worker and server',
              figure: figureOf('ms', floors, ({ cpuMsEach }) => cpuMsEach),
            },
          ],
        };
      } finally {
        await floor.end();
      }
    } finally {
      await world.end();
    }
  },
};
