/** Records the histories of the current release (package.json) afresh: when a scenario is new, or a workflow changed before its release. */
import { WorkflowWorld } from '../helpers/workflows';
import { assertMayRecord, CURRENT_RELEASE, keepHistory } from './histories';
import { SCENARIOS, Stage } from './scenarios';

assertMayRecord(CURRENT_RELEASE, process.env);

const stage = new Stage();
beforeAll(async () => {
  stage.world = await WorkflowWorld.start(stage.activities);
});
afterAll(() => stage.world.stop());

test.each(Object.entries(SCENARIOS))('%s', async (name, scenario) => {
  const handle = await scenario(stage);
  const history = await handle.fetchHistory();
  expect(history.events?.length).toBeGreaterThan(3);
  await keepHistory(name, handle.workflowId, history);
});
