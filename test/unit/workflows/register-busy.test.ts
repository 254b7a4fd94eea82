/** Our own pace at the register is nobody's decision to make: a search that finds no turn waits, and asks no person. */
import { activityFailure } from '../../../activities/failure';
import { fakeWorld, registrationInput, until, WorkflowWorld } from '../../helpers/workflows';

let refusals = 0;
const { activities } = fakeWorld({
  async searchCompaniesByName() {
    if (refusals-- > 0) throw activityFailure('RegisterBusy', { nextRetryDelayMs: 20_000 });
    return { found: 0, nzbnsToCheck: [] };
  },
});

let world: WorkflowWorld;
beforeAll(async () => {
  world = await WorkflowWorld.start(activities, 'time-skipping');
});
afterAll(() => world.stop());

test('however often its turn is too far off, step 2 does not fail', async () => {
  refusals = 9;
  const handle = await world.register(registrationInput());
  for (let passed = 0; refusals >= 0 && passed < 60; passed += 1) await world.environment.sleep('20 seconds');
  const state = await until(handle, ({ awaiting }) => awaiting !== null);
  expect(state).toMatchObject({ awaiting: 'company_selection', searchNo: 1 });
  await handle.cancel();
});
