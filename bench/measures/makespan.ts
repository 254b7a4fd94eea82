/** How long a batch takes with realistic durations and all limits on, against what the limits allow and against strict phases. */
import { SUB_STEP_KEYS, type SubStepKey } from '../../domain/sub-steps';
import { BenchWorld, type StartedBatch } from '../bench-world';
import type { Measure } from '../measure';
import { byPhases, lowerBound, makespanOf, type Durations, type Limits } from '../schedule';
import { figure } from '../statistics';

const SPEED = 60;
const LARGEST = 50;

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
  async run({ restaurants, say }) {
    const size = Math.min(restaurants, LARGEST);
    const world = await BenchWorld.start({ speed: SPEED, env: { LOG_LEVEL: 'error' } });
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
      return {
        how: `${size} restaurants at ${SPEED} times real speed, one worker with ${limits.portalSessions} browser-driven calls at a time and one account each ${limits.accountIntervalMs} ms; people answer at once. The bound is the greatest of: the work of the sessions ÷ their number, the gate's turns and what follows the last of them, the longest restaurant. Strict phases: the same calls, each behind all of its restaurant's earlier phases, worked out without any time for the software`,
        rows: [
          { name: 'the batch', figure: seconds(ours) },
          { name: 'lower bound', figure: seconds(bound) },
          { name: 'the batch ÷ lower bound', figure: figure('', [ours / bound]), goal: { atMost: 1.05 } },
          { name: 'strict phases (worked out)', figure: seconds(strict) },
          { name: 'strict phases ÷ the batch', figure: figure('', [strict / ours]), goal: { atLeast: 1.3 } },
        ],
      };
    } finally {
      await world.end();
    }
  },
};
