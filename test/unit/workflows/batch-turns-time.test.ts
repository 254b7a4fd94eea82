/** Turns and the passing of time, on a server that skips it. */
import { batchProgress, pauseBatch, resumeBatch } from '../../../workflows/messages';
import { BatchRecord } from '../../helpers/batches';
import { OF_A_FORMER_RUN, order, stubState } from '../../helpers/stub-registration';
import { untilAnswer, WorkflowWorld } from '../../helpers/workflows';

const recorded = new BatchRecord();
let world: WorkflowWorld;
beforeAll(async () => {
  const stub = require.resolve('../../helpers/stub-registration');
  world = await WorkflowWorld.start(recorded.activities, 'time-skipping', stub);
});
afterAll(() => world.stop());

test('a turn whose run is gone without a word does not hold up a sequential batch for long', async () => {
  const restaurants = [OF_A_FORMER_RUN];
  const batch = await recorded.start(world, { size: 2, mode: 'sequential', restaurants });
  const [former, next] = batch.registrations;
  if (!former || !next) throw new Error('unreachable');
  await untilAnswer(
    batch.handle,
    batchProgress,
    ({ waitingForStep6, inStep6 }) => waitingForStep6 + inStep6 === 2,
  );
  await world.environment.sleep('2 hours');
  expect((await next.query(stubState)).turns).toBe(1);
  await next.signal(order, 'complete');
  // Whichever asked first: with the turn given back, nobody waits any more.
  await untilAnswer(
    batch.handle,
    batchProgress,
    ({ completed, waitingForStep6 }) => completed === 1 && waitingForStep6 === 0,
  );
  await former.signal(order, 'complete');
  await expect(batch.handle.result()).resolves.toMatchObject({ completed: 2 });
});

test('a pause of weeks costs the batch nothing: who waits looks whether it still runs, and does not ask it again', async () => {
  const batch = await recorded.start(world, { size: 1 });
  const [handle] = batch.registrations;
  if (!handle) throw new Error('unreachable');
  await untilAnswer(batch.handle, batchProgress, ({ inStep6 }) => inStep6 === 1);
  await untilAnswer(handle, stubState, ({ turns }) => turns === 1);
  await batch.handle.executeUpdate(pauseBatch, { args: [{ actor: 'person-1', reason: null }] });
  await handle.signal(order, 'rest');
  await untilAnswer(handle, stubState, ({ resting }) => resting);
  await handle.signal(order, 'retry');
  await untilAnswer(batch.handle, batchProgress, ({ waitingForStep6 }) => waitingForStep6 === 1);
  const before = (await batch.handle.describe()).historyLength;
  await world.environment.sleep('21 days');
  expect((await batch.handle.describe()).historyLength).toBe(before);
  await batch.handle.executeUpdate(resumeBatch, { args: [{ actor: 'person-1', reason: null }] });
  await untilAnswer(handle, stubState, ({ turns }) => turns === 2);
  await handle.signal(order, 'complete');
  await batch.handle.result();
});
