/** How long a batch takes with realistic durations and all limits on, against what the limits allow and against strict phases. */
import { SUB_STEP_KEYS, type SubStepKey } from '../../domain/sub-steps';
import { BenchWorld, type StartedBatch } from '../bench-world';
import type { Measure } from '../measure';
import {
  byNeeds,
  byPhases,
  criticalPath,
  lowerBound,
  makespanOf,
  type Durations,
  type Limits,
} from '../schedule';
import { figure, median } from '../statistics';

/** Times real speed, unless `--speed` says another one. */
const SPEED = 60;
/** Browser-driven calls at a time of more workers, for which the same calls are worked out. */
const MORE_SESSIONS = [16, 64];

const isSubStep = (route: string): route is SubStepKey => SUB_STEP_KEYS.some((key) => key === route);

/** What the simulator saw: the calls of each restaurant, its account's with them. */
async function durationsOf(world: BenchWorld, batch: StartedBatch): Promise<Durations[]> {
  const ledger = await world.simulator.ledger();
  return [...batch.restaurants.values()].map(({ id, email }) => {
    const durations: Durations = {};
    for (const { restaurantId, email: of, route, system, durationMs, method } of ledger) {
      const isAccount = system === 'cloudwaitress' && of?.toLowerCase() === email.toLowerCase();
      const key = isAccount ? 'cloudwaitressAccount' : route;
      if (method !== 'POST' || !isSubStep(key) || !(isAccount || restaurantId === id)) continue;
      durations[key] = (durations[key] ?? 0) + (durationMs ?? 0);
    }
    return durations;
  });
}

export const makespan: Measure = {
  name: 'makespan',
  usual: { alone: { restaurants: 50, repeats: 1 }, among: { restaurants: 50, repeats: 1 } },
  async run({ restaurants: size, speed: wanted, say }) {
    const speed = wanted ?? SPEED;
    const world = await BenchWorld.start({ speed, env: { LOG_LEVEL: 'error' } });
    try {
      const limits: Limits = {
        portalSessions: Number(world.stack.env['MAX_PORTAL_SESSIONS'] ?? 4),
        accountIntervalMs: Number(world.stack.env['ACCOUNT_MIN_INTERVAL_MS']),
      };
      const batch = await world.prepareBatch(size, 1);
      const from = performance.now();
      await world.api.start(batch.id);
      await world.playToEnd(batch);
      const ours = performance.now() - from;
      const durations = await durationsOf(world, batch);
      const bound = lowerBound(durations, limits);
      const strict = makespanOf(durations, limits, byPhases);
      say(`${(ours / 1_000).toFixed(1)} s, bound ${(bound / 1_000).toFixed(1)} s`);
      const seconds = (ms: number) => figure('s', [ms / 1_000]);
      const more = MORE_SESSIONS.map((portalSessions) => {
        const limitsThere = { ...limits, portalSessions };
        const by = (order: typeof byNeeds): number => makespanOf(durations, limitsThere, order);
        return {
          name: `strict phases ÷ by needs, ${portalSessions} sessions (worked out)`,
          figure: figure('', [by(byPhases) / by(byNeeds)]),
        };
      });
      const alone = median(durations.map((one) => criticalPath(one, 0, byPhases) / criticalPath(one)));
      return {
        how: `${size} restaurants at ${speed} times real speed, one worker with ${limits.portalSessions} browser-driven calls at a time and one account each ${limits.accountIntervalMs} ms; people answer at once. The bound is the greatest of: the work of the sessions ÷ their number, the gate's turns and what follows the last of them, the longest restaurant. Strict phases: the same calls, each behind all of its restaurant's earlier phases, worked out without any time for the software`,
        rows: [
          { name: 'the batch', figure: seconds(ours) },
          { name: 'lower bound', figure: seconds(bound) },
          { name: 'the batch ÷ lower bound', figure: figure('', [ours / bound]), goal: { atMost: 1.05 } },
          { name: 'strict phases (worked out)', figure: seconds(strict) },
          { name: 'strict phases ÷ the batch', figure: figure('', [strict / ours]), goal: { atLeast: 1.3 } },
          ...more,
          {
            name: 'strict phases ÷ by needs, a restaurant by itself (worked out, median)',
            figure: figure('', [alone]),
          },
        ],
      };
    } finally {
      await world.end();
    }
  },
};
