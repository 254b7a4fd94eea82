/** What the loss of a worker costs: from its SIGKILL to the first call outside, and to the end of the batch, against an undisturbed run. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchWorld } from '../bench-world';
import type { Measure } from '../measure';
import { figure, figureOf } from '../statistics';

/** Fast enough for a bench, slow enough that calls are under way when the worker is lost. */
const SPEED = 120;
/** The shortest heartbeat timeout of the sub-steps. */
const HEARTBEAT_MS = 30_000;

interface Run {
  firstCallMs: number;
  batchMs: number;
}

async function play(world: BenchWorld, size: number, seed: number, isKilled: boolean): Promise<Run> {
  const batch = await world.prepareBatch(size, seed);
  const from = performance.now();
  await world.api.start(batch.id);
  const end = world.playToEnd(batch);
  const firstCallMs = isKilled ? await killMidway(world, batch.restaurants) : 0;
  await end;
  return { firstCallMs, batchMs: performance.now() - from };
}

/** Once sub-steps of the second phase run, whose loss is noticed by their heartbeats alone. */
async function killMidway(world: BenchWorld, restaurants: ReadonlyMap<string, unknown>): Promise<number> {
  const calls = async (since: number) =>
    (await world.simulator.ledger({ system: 'backend', since })).filter(
      ({ restaurantId }) => restaurantId !== null && restaurants.has(restaurantId),
    );
  while (!(await calls(0)).some(({ route }) => route === 'websiteConfig')) await sleep(50);
  await world.stack.service('worker').kill();
  const since = Math.max(...(await calls(0)).map(({ seq }) => seq));
  const killed = performance.now();
  await world.stack.service('worker').start();
  while ((await calls(since)).length === 0) await sleep(20);
  return performance.now() - killed;
}

export const recovery: Measure = {
  name: 'recovery',
  usual: { alone: { restaurants: 20, repeats: 3 }, among: { restaurants: 10, repeats: 1 } },
  async run({ restaurants: size, repeats, say }) {
    // A batch's own limits and those of the outside are off: what is left is the loss.
    const world = await BenchWorld.start({
      speed: SPEED,
      env: {
        MAX_PORTAL_SESSIONS: '100',
        MAX_BROWSER_PER_ACCOUNT: '12',
        ACCOUNT_MIN_INTERVAL_MS: '10',
        LOG_LEVEL: 'error',
      },
    });
    try {
      await world.simulator.settings({ accountThrottle: false });
      const undisturbed: Run[] = [];
      const killed: Run[] = [];
      for (let n = 0; n < repeats; n += 1) {
        undisturbed.push(await play(world, size, 2 * n + 1, false));
        killed.push(await play(world, size, 2 * n + 2, true));
        say(`run ${n + 1}: first call after ${Math.round(killed.at(-1)?.firstCallMs ?? NaN)} ms`);
      }
      const { duplicates, concurrentCalls } = await world.simulator.effectsSummary();
      return {
        how: `Batches of ${size} at ${SPEED} times real speed; the worker is killed once sub-steps of the second phase run, and started again at once. The goal: 5 s beyond the shortest heartbeat timeout (30 s)`,
        rows: [
          {
            name: 'SIGKILL to the first call outside',
            figure: figureOf('s', killed, ({ firstCallMs }) => firstCallMs / 1_000),
            goal: { atMost: (HEARTBEAT_MS + 5_000) / 1_000 },
          },
          {
            name: 'batch, worker killed',
            figure: figureOf('s', killed, ({ batchMs }) => batchMs / 1_000),
          },
          {
            name: 'batch, undisturbed',
            figure: figureOf('s', undisturbed, ({ batchMs }) => batchMs / 1_000),
          },
          { name: 'effects made twice', figure: figure('', [duplicates]), goal: { atMost: 0 } },
          {
            name: 'calls at once for one sub-step',
            figure: figure('', [concurrentCalls]),
            goal: { atMost: 0 },
          },
        ],
      };
    } finally {
      await world.end();
    }
  },
};
