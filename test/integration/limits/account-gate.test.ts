/**
 * Sign-ups at the account vendor start an interval apart, whatever happens to those who make them. The witness is the vendor: when
 * each call reached it. Runs from dist: build first.
 */
import { setTimeout as pause } from 'node:timers/promises';
import { generateRestaurants } from '../../../dev/demo/generator';
import type { SimulatorClient } from '../../../dev/simulator/client';
import { eventually } from '../../helpers/stack';
import { Operator } from '../../helpers/operator';
import { sized } from '../../helpers/size';
import { GateWorld, INTERVAL_MS, inStep6 } from './gate-world';

/**
 * Longer than an activity may be silent (30 s) and a workflow's next task waits for the worker that has it in its memory (10 s, twice), so
 * that the engine has gone on without that worker. Shorter than its turn (75 s), so that it may still use it when it goes on.
 */
const SILENCE_MS = 52_000;

/** What people read of a place in the gate's queue. */
const PLACE = /place \d+ at \d\d:\d\d, expected about \d\d:\d\d UTC/;

let world: GateWorld;
beforeAll(async () => {
  world = await GateWorld.open();
}, 120_000);
afterAll(() => world.close(), 60_000);
afterEach(() => {
  // One that a failed test left standing.
  world.signal('worker', 'SIGCONT');
  world.signal('worker-2', 'SIGCONT');
});

let before = 0;
beforeEach(async () => {
  before = (await world.starts()).length;
});

async function expectSpaced(title: string): Promise<void> {
  const gaps = await world.printGaps(title, before);
  expect(gaps.length).toBeGreaterThan(0);
  expect(Math.min(...gaps)).toBeGreaterThanOrEqual(INTERVAL_MS);
  const { accounts } = await world.simulator.effectsSummary();
  expect(accounts.minGapMs).toBeGreaterThanOrEqual(INTERVAL_MS);
  expect(accounts.throttled).toBe(0);
}

const accountRows = (jobs: readonly { id: string }[]) => world.accountRows(jobs.map(({ id }) => id));
const allAccounts = (operator: Operator, count = operator.restaurants.length) =>
  eventually(async () => (await world.accountsOf(operator)) === count, 240_000);

/** The first sign-up is refused, with the wish that nobody comes again for so long. */
const slowDown = (waitMs: number) => (_: unknown, simulator: SimulatorClient) =>
  simulator.addFaults({
    id: 'slow-down',
    system: 'cloudwaitress',
    route: 'start',
    times: 1,
    kind: 'rate_limited',
    retryAfterSeconds: waitMs / 1_000,
  });

test('across two workers, retries, and a worker that is killed and started again', async () => {
  const operator = await Operator.begin(world.stack, generateRestaurants(sized(3, 5), 21), (run, simulator) =>
    simulator.addFaults(
      ...run.slice(0, 2).map(({ email }, at) => ({
        id: `lost-${at}`,
        system: 'cloudwaitress' as const,
        route: 'start',
        email,
        times: 1,
        kind: 'reset_before_effect' as const,
      })),
    ),
  );
  await operator.until(inStep6);
  await eventually(async () => (await world.starts()).length - before >= 2, 60_000);
  await world.stack.service('worker-2').kill();
  await world.stack.service('worker-2').start();
  await allAccounts(operator);
  // Each of the two that were lost was made anew, in a turn of its own.
  expect((await world.starts()).length - before).toBeGreaterThanOrEqual(operator.restaurants.length + 2);
  await expectSpaced('Two workers, two lost calls, one worker killed');
}, 300_000);

test.each(sized(['stopped'] as const, ['stopped', 'killed'] as const))(
  'a worker that is %s between grant and call, for longer than the engine waits for it',
  async (fate) => {
    const operator = await Operator.begin(
      world.stack,
      generateRestaurants(sized(3, 5), fate === 'stopped' ? 22 : 23),
    );
    await operator.until(inStep6);
    const worker = await world.stopBetweenGrantAndCall();
    const startsBefore = (await world.starts()).length;
    if (fate === 'killed') {
      await world.stack.service(worker).kill();
      await world.stack.service(worker).start();
    } else {
      // What is measured is this silence itself: nothing tells when it is long enough.
      await pause(SILENCE_MS);
      // While it may still call, nobody else has its turn.
      expect((await world.starts()).length).toBe(startsBefore);
      world.signal(worker, 'SIGCONT');
    }
    await allAccounts(operator);
    await expectSpaced(`A worker ${fate} between grant and call`);
  },
  400_000,
);

test('the Temporal server is killed and started again between grant and call, and between two turns', async () => {
  const operator = await Operator.begin(world.stack, generateRestaurants(3, 24));
  await operator.until(inStep6);
  const server = world.stack.service('temporal');
  await eventually(async () => (await world.gate()).held !== null, 60_000);
  await server.kill();
  await server.start();
  await eventually(async () => (await world.accountsOf(operator)) >= 2, 120_000);
  await server.kill();
  await server.start();
  await allAccounts(operator);
  await expectSpaced('The server killed twice');
}, 300_000);

test('the queue moves on when one that waits is cancelled and another one is terminated', async () => {
  // Nobody gets a turn until all wait for theirs.
  const operator = await Operator.begin(world.stack, generateRestaurants(sized(4, 5), 25), slowDown(12_000));
  await operator.until(inStep6);
  let waiting: string[] = [];
  await eventually(async () => {
    waiting = (await world.gate()).queue.map(({ holder }) => holder);
    return waiting.length >= 3;
  }, 60_000);
  const [first, second] = waiting;
  await world.workflow(first ?? '').cancel();
  await world.workflow(second ?? '').terminate('ended from outside');
  await allAccounts(operator, operator.restaurants.length - 2);
  await eventually(async () => {
    const { held, queue } = await world.gate();
    return held === null && queue.length === 0;
  }, 60_000);
  await expectSpaced('One that waits cancelled, one terminated');
}, 300_000);

test('a vendor that asks one to slow down holds all, and each says its place and when its turn is expected', async () => {
  const waitMs = 6_000;
  const operator = await Operator.begin(world.stack, generateRestaurants(2, 27), slowDown(waitMs));
  const jobs = await operator.until(inStep6);
  // The one that was told says so, and its place beside it.
  await eventually(async () => {
    const rows = await accountRows(jobs);
    return rows.some(
      ({ status, error_type, note }) =>
        status === 'retrying' && error_type === 'AccountThrottled' && PLACE.test(note ?? ''),
    );
  });
  await allAccounts(operator);
  await world.printGaps(`The vendor asked for ${waitMs} ms`, before);
  const [told, next] = (await world.starts()).slice(before);
  expect((next?.at ?? NaN) - (told?.at ?? NaN)).toBeGreaterThanOrEqual(waitMs);
  await eventually(async () => (await accountRows(jobs)).every(({ note }) => note === null));
}, 300_000);
