/** What a restaurant costs its batch: the history of the largest batch, 1,000, must stay far below the engine's limit of 51,200 events. */
import { BatchRecord } from '../../helpers/batches';
import { sized } from '../../helpers/size';
import { WorkflowWorld } from '../../helpers/workflows';

const CHILDREN = sized(100, 1_000);
const recorded = new BatchRecord();
let world: WorkflowWorld;
beforeAll(async () => {
  const stub = require.resolve('../../helpers/stub-registration');
  world = await WorkflowWorld.start(recorded.activities, 'real-time', stub);
});
afterAll(() => world.stop());

test('registrations that ask, get their turn and complete cost at most 15 events of the batch each', async () => {
  // Their ends are spread, so that they do not share their workflow tasks by being simultaneous.
  const batch = await recorded.start(world, {
    size: CHILDREN,
    name: 'By itself, within 10000 ms',
  });
  await expect(batch.handle.result()).resolves.toMatchObject({ completed: CHILDREN });
  const { historyLength } = await batch.handle.describe();
  process.stdout.write(`${historyLength} events of the batch, ${historyLength / CHILDREN} a child\n`);
  expect(historyLength / CHILDREN).toBeLessThanOrEqual(15);
}, 300_000);
