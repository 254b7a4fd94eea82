/** The schedule of the reconciler on a real server: one, as the settings have it, and an operator's pause respected. */
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { testServerExecutable } from '../../../dev/stack/tools';
import { RECONCILER_ID } from '../../../domain/ids';
import { ensureReconcilerSchedule, keepReconcilerSchedule } from '../../../worker/schedule';

let environment: TestWorkflowEnvironment;
beforeAll(async () => {
  environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: testServerExecutable('temporal') },
  });
}, 60_000);
afterAll(() => environment.teardown());

const SETTINGS = { intervalMs: 3_600_000, untouchedMs: 300_000 };
const ensure = (change: Partial<typeof SETTINGS> = {}): Promise<void> =>
  ensureReconcilerSchedule(environment.client, { ...SETTINGS, ...change });
const schedule = () => environment.client.schedule.getHandle(RECONCILER_ID);

beforeEach(() => ensure({ intervalMs: 0 }));

test('workers that start at once, and again, make one schedule and leave it as it is', async () => {
  await Promise.all([ensure(), ensure(), ensure()]);
  const { info } = await schedule().describe();
  await ensure();
  const after = await schedule().describe();
  expect(after.info.lastUpdatedAt).toEqual(info.lastUpdatedAt);
  expect(after.spec.intervals?.map(({ every }) => every)).toEqual([SETTINGS.intervalMs]);
  expect(after.policies.overlap).toBe('SKIP');
});

test('changed settings change it, and a pause of an operator stays', async () => {
  await ensure();
  await schedule().pause('maintenance');
  await ensure({ intervalMs: 7_200_000, untouchedMs: 1_000 });
  const { spec, action, state } = await schedule().describe();
  expect(spec.intervals?.map(({ every }) => every)).toEqual([7_200_000]);
  expect(action.args).toEqual([{ untouchedMs: 1_000 }]);
  expect(state).toMatchObject({ paused: true, note: 'maintenance' });
});

test('an interval of 0 takes it away, also when there is none', async () => {
  await ensure();
  await ensure({ intervalMs: 0 });
  await ensure({ intervalMs: 0 });
  await expect(schedule().describe()).rejects.toThrow();
});

test('an engine that is away is asked again until the worker stops', async () => {
  const stopped = new AbortController();
  const warnings: string[] = [];
  const client = {
    schedule: {
      getHandle: () => null,
      create: () => Promise.reject(new Error('away')),
    },
  } as unknown as typeof environment.client;
  await keepReconcilerSchedule(client, SETTINGS, {
    signal: stopped.signal,
    warn: (message) => {
      warnings.push(message);
      stopped.abort();
    },
  });
  expect(warnings).toHaveLength(1);
});
