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
