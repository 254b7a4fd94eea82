/** The register's rate over two worker processes, with a restart and retries; the witness is the register. Runs from dist: build first. */
import { generateRestaurants } from '../../../dev/demo/generator';
import { simulatorClient, type LedgerEntry, type SimulatorClient } from '../../../dev/simulator/client';
import { Operator } from '../../helpers/operator';
import { eventually, NO_RATE_LIMITS, startTestStack, type TestStack } from '../../helpers/stack';

const RATE_PER_SECOND = 3;
const BURST = 2;
const WINDOW_MS = 6_000;
/** Calls that are on their way when the window opens: those that two workers may have running. */
const ON_THE_WAY = 2 * 3;
const RETRY_AFTER_SECONDS = 5;

let stack: TestStack;
let simulator: SimulatorClient;
beforeAll(async () => {
  stack = await startTestStack({
    apps: {},
    workers: 2,
    speed: 40,
    env: {
      NZBN_RATE_PER_SECOND: String(RATE_PER_SECOND),
      NZBN_BURST: String(BURST),
      ...NO_RATE_LIMITS,
    },
  });
  simulator = simulatorClient(stack.service('simulator').url);
}, 120_000);
afterAll(() => stack.stopAll(), 60_000);

const calls = (): Promise<LedgerEntry[]> => simulator.ledger({ system: 'nzbn' });
const timeOf = ({ time }: LedgerEntry): number => Date.parse(time);

/** No span of time holds more calls than the burst and its share of the rate. */
async function expectWithinRate(): Promise<void> {
  const times = (await calls()).map(timeOf);
  const most = Math.max(
    ...times.map((from) => times.filter((at) => at >= from && at < from + WINDOW_MS).length),
  );
  process.stdout.write(
    `The register: ${times.length} calls, at most ${most} in ${WINDOW_MS / 1_000} s at ${RATE_PER_SECOND}/s, burst ${BURST}\n`,
  );
  expect(most).toBeLessThanOrEqual(BURST + (WINDOW_MS / 1_000) * RATE_PER_SECOND + ON_THE_WAY);
}

test('two workers, one of them restarted, and calls that are retried stay within one rate; a pause holds all', async () => {
  // Nothing is found, so each search is two calls: the queue's own rate, which counts activities, would let twice as many through.
  const unknown = generateRestaurants(45, 41).map((restaurant, index) => ({
    ...restaurant,
    name: `Xqvz${index}`,
    entity: null,
  }));
  await Operator.begin(stack, unknown, () =>
    simulator.addFaults({ id: 'down', system: 'nzbn', kind: 'unavailable', times: 3 }),
  );
  await eventually(async () => (await calls()).length >= 40, 60_000);
  await expectWithinRate();
  // A new process begins with a quiet past of its own, the pace does not.
  await stack.service('worker-2').kill();
  await stack.service('worker-2').start();
  const before = (await calls()).length;
  await eventually(async () => (await calls()).length >= before + 20, 60_000);
  await expectWithinRate();

  await simulator.addFaults({
    id: 'slow-down',
    system: 'nzbn',
    kind: 'rate_limited',
    retryAfterSeconds: RETRY_AFTER_SECONDS,
    times: 1,
  });
  const told = async (): Promise<LedgerEntry | undefined> =>
    (await calls()).find(({ status }) => status === 429);
  await eventually(async () => (await told()) !== undefined, 60_000);
  const saidAt = timeOf((await told()) as LedgerEntry);
  const until = saidAt + RETRY_AFTER_SECONDS * 1_000;
  await eventually(async () => (await calls()).some((call) => timeOf(call) >= until), 60_000);
  const during = (await calls()).map(timeOf).filter((at) => at > saidAt && at < until);
  // At most those on their way when it was said: at this rate it would be fifteen.
  expect(during.length).toBeLessThanOrEqual(ON_THE_WAY / 2);
}, 240_000);
