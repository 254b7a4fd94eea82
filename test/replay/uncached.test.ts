/**
 * Scenarios that go through every kind of workflow and command, by workers that keep no run in memory: each workflow task replays its run from the start, as it is after a restart,
 * on another worker, and for most of thousands of runs that wait.
 */
import { WorkflowWorld } from '../helpers/workflows';
import { SCENARIOS, Stage } from './scenarios';

const stage = new Stage();
beforeAll(async () => {
  stage.world = await WorkflowWorld.start(stage.activities, 'real-time', undefined, {
    limits: { maxCachedWorkflows: 0 },
  });
}, 60_000);
afterAll(() => stage.world.stop());

const LIVED_THROUGH: (keyof typeof SCENARIOS)[] = [
  'registration-searched-again-no-match',
  'registration-marked-done-and-edited',
  'registration-cancelled-in-step-6',
  'registration-through-the-account-gate',
  'batch-paused-and-resumed',
];

test.each(LIVED_THROUGH)(
  '%s',
  async (name) => {
    const handle = await SCENARIOS[name](stage);
    const { events } = await handle.fetchHistory();
    // Nor did it get there by a task that failed and was tried again.
    const failed = events?.flatMap(
      (event) => event.workflowTaskFailedEventAttributes?.failure?.message ?? [],
    );
    expect(failed).toEqual([]);
    // A query that meets a task makes the worker drop it here, and the engine gives it out again after ten seconds.
  },
  180_000,
);
