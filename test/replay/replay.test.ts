/** Whether runs that wait in production would survive the workflows as they are now. */
import { Worker } from '@temporalio/worker';
import { TEST_DATA_CONVERTER } from '../helpers/payloads';
import { workflowBundle } from '../helpers/workflow-bundle';
import { CURRENT_RELEASE, keptHistories } from './histories';
import { SCENARIOS } from './scenarios';
import '../helpers/workflows';

const kept = keptHistories();

test('every scenario has a history of the current release, and every history a scenario', () => {
  const scenarios = Object.keys(SCENARIOS).sort();
  expect(kept.length).toBeGreaterThan(0);
  expect(keptHistories(CURRENT_RELEASE).map(({ name }) => name)).toEqual(scenarios);
  // An older release may lack what is new since.
  expect(scenarios).toEqual(expect.arrayContaining(kept.map(({ name }) => name)));
});

/**
 * What a registration without failures costs the engine, and mostly our own processes too (docs/performance.md). How many workflow tasks
 * there are depends a little on what ended together when it was recorded; the other events do not.
 */
test.each([
  ['registration-completed', { all: 143, withoutTasks: 76 }],
  ['registration-through-the-account-gate', { all: 157, withoutTasks: 84 }],
])('%s takes no more events than it needs (%j)', (name, most) => {
  const [registration] = keptHistories(CURRENT_RELEASE).filter((history) => history.name === name);
  const { events } = registration?.history as { events: { eventType: string }[] };
  const withoutTasks = events.filter(({ eventType }) => !eventType.includes('WORKFLOW_TASK'));
  expect(withoutTasks.length).toBeGreaterThan(60);
  expect(withoutTasks.length).toBeLessThanOrEqual(most.withoutTasks);
  expect(events.length).toBeLessThanOrEqual(most.all);
});

describe('replays', () => {
  let code: { codePath: string };
  beforeAll(async () => {
    // With the interceptors that the workers have: what watches a run must not change it.
    code = await workflowBundle(require.resolve('../../workflows'), [
      require.resolve('../../workflows/telemetry'),
    ]);
  });

  test.each(kept)('$release $name', async ({ workflowId, history }) => {
    await Worker.runReplayHistory(
      { workflowBundle: code, dataConverter: TEST_DATA_CONVERTER },
      history,
      workflowId,
    );
  });
});
