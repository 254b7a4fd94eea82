/** Whether runs that wait in production would survive the workflows as they are now. */
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../../domain/payload-codec';
import { TEST_DATA_CONVERTER } from '../helpers/payloads';
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
  let workflowBundle: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    workflowBundle = await bundleWorkflowCode({
      workflowsPath: require.resolve('../../workflows'),
      failureConverterPath: FAILURE_CONVERTER_PATH,
      // As the workers have them: what watches a run must not change it.
      workflowInterceptorModules: [require.resolve('../../workflows/telemetry')],
    });
  });

  test.each(kept)('$release $name', async ({ workflowId, history }) => {
    await Worker.runReplayHistory(
      { workflowBundle, dataConverter: TEST_DATA_CONVERTER },
      history,
      workflowId,
    );
  });
});
