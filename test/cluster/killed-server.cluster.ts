/**
 * Two Temporal server processes on one PostgreSQL, and one of them is killed in the middle of a batch: nothing is lost, nothing is done
 * twice. Runs from dist: build first.
 */
import { temporalCluster } from '../../dev/stack/cluster';
import { Crowd, CROWD_SETTINGS, hasBegunStep6, newRestaurants } from '../helpers/crowd';
import { startTestStack, type TestStack } from '../helpers/stack';

const RESTAURANTS = 40;

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    apps: {},
    workers: 2,
    speed: 200,
    env: CROWD_SETTINGS,
    engine: temporalCluster({ servers: 2 }),
  });
}, 180_000);
afterAll(() => stack?.stopAll(), 60_000);

test.each(['temporal', 'temporal-2'] as const)(
  '%s killed while restaurants are in step 6: every one completes, each effect once, and it may come back',
  async (killed) => {
    const cast = await newRestaurants(stack, RESTAURANTS, killed === 'temporal' ? 1 : 2);
    const crowd = await Crowd.begin(stack, cast, ['api']);
    await crowd.until((jobs) => jobs.filter(hasBegunStep6).length >= RESTAURANTS / 4, 240_000);
    await stack.service(killed).kill();
    const jobs = await crowd.until((all) => all.every(({ status }) => status === 'completed'), 300_000);
    expect(jobs).toHaveLength(RESTAURANTS);
    expect(await crowd.problems()).toEqual([]);
    expect(crowd.internalErrors).toBe(0);
    await stack.service(killed).start();
  },
  600_000,
);
