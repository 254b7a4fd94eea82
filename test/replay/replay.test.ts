/** Whether runs that wait in production would survive the workflows as they are now. */
import { bundleWorkflowCode, Worker, type WorkflowBundleWithSourceMap } from '@temporalio/worker';
import { FAILURE_CONVERTER_PATH } from '../../domain/payload-codec';
import { TEST_DATA_CONVERTER } from '../helpers/payloads';
import { keptHistories } from './histories';
import { SCENARIOS } from './scenarios';
import '../helpers/workflows';

const kept = keptHistories();

test('every scenario has a history, and every history a scenario', () => {
  expect(kept.length).toBeGreaterThan(0);
  expect(kept.map(({ name }) => name)).toEqual(Object.keys(SCENARIOS).sort());
});

describe('replays', () => {
  let workflowBundle: WorkflowBundleWithSourceMap;
  beforeAll(async () => {
    workflowBundle = await bundleWorkflowCode({
      workflowsPath: require.resolve('../../workflows'),
      failureConverterPath: FAILURE_CONVERTER_PATH,
    });
  });

  test.each(kept)('$name', async ({ workflowId, history }) => {
    await Worker.runReplayHistory(
      { workflowBundle, dataConverter: TEST_DATA_CONVERTER },
      history,
      workflowId,
    );
  });
});
