/** Records the scenarios' histories afresh. Run it when a workflow changed on purpose; old releases' histories stay in git. */
import { WorkflowWorld } from '../helpers/workflows';
import { keepHistory } from './histories';
import { SCENARIOS, Stage } from './scenarios';

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
