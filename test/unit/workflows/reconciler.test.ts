/** The reconciler's run: bounded, going on where the last one stopped, and telling what it did. */
import { randomUUID } from 'node:crypto';
import { ScheduleOverlapPolicy } from '@temporalio/client';
import type { PageReport, ReconcilePage } from '../../../activities/reconciler/types';
import { DEFAULT_TASK_QUEUES, RECONCILER_ID } from '../../../domain/ids';
import { ensureReconcilerSchedule } from '../../../worker/schedule';
import { WORKFLOW_TYPES, type ReconcilerResult } from '../../../workflows/messages';
import { fakeWorld, WorkflowWorld } from '../../helpers/workflows';

/** How many pages of jobs there are; their cursors are their numbers. */
let jobPages = 1;
let looked: (string | null)[] = [];
const forgotten: unknown[] = [];

function page({ after }: ReconcilePage): PageReport {
  const number = Number(after ?? 0) + 1;
  return {
    looked: 2,
    repaired: [{ id: `job-${number}`, repair: 'closed', reason: 'Its run was terminated.' }],
    troubled: 0,
    next: number < jobPages ? String(number) : null,
  };
}

let world: WorkflowWorld;
beforeAll(async () => {
  const { activities } = fakeWorld({
    async reconcileJobs(asked) {
      looked.push(asked.after);
      return page(asked);
    },
    async deleteOldIdempotencyKeys(asked) {
      forgotten.push(asked);
      return 3;
    },
  });
  world = await WorkflowWorld.start(activities);
});
afterAll(() => world.stop());
beforeEach(() => {
  jobPages = 1;
  looked = [];
});

const run = () =>
  world.environment.client.workflow.start(WORKFLOW_TYPES.reconciler, {
    workflowId: randomUUID(),
    taskQueue: DEFAULT_TASK_QUEUES.registrations,
    args: [{ untouchedMs: 1_000 }],
  });

test('looks at all pages, forgets keys older than a week, and shows what it did', async () => {
  jobPages = 3;
  const handle = await run();
  expect(await handle.result()).toEqual({
    nextBatch: null,
    nextJob: null,
    looked: 6,
    repaired: 3,
    troubled: 0,
  });
  expect(looked).toEqual([null, '1', '2']);
  expect(forgotten).toContainEqual(expect.objectContaining({ olderThanMs: 604_800_000 }));
  const details = await handle.query('__temporal_workflow_metadata');
  expect(JSON.stringify(details)).toMatch(/3 repaired.*job-2.*terminated/s);
});

test('a run looks at a limited number of rows, and the next of the schedule goes on there', async () => {
  jobPages = 13;
  const { client } = world.environment;
  await ensureReconcilerSchedule(client, { intervalMs: 3_600_000, untouchedMs: 1_000 });
  const schedule = client.schedule.getHandle(RECONCILER_ID);
  const results: ReconcilerResult[] = [];
  for (let count = 1; count <= 2; count += 1) {
    // As the schedule's own runs are: with the trigger's default a run does not learn what the last one gave back.
    await schedule.trigger(ScheduleOverlapPolicy.SKIP);
    results.push(await resultOfRun(count));
  }
  await schedule.delete();
  expect(results.map(({ nextJob }) => nextJob)).toEqual(['10', null]);
  expect(looked).toEqual([null, ...Array.from({ length: 12 }, (_, index) => String(index + 1))]);
});

async function resultOfRun(count: number): Promise<ReconcilerResult> {
  const { client } = world.environment;
  for (;;) {
    const { info } = await client.schedule.getHandle(RECONCILER_ID).describe();
    const last = info.recentActions[count - 1];
    if (last && info.runningActions.length === 0) {
      const { workflowId, firstExecutionRunId } = last.action.workflow;
      return (await client.workflow.getHandle(workflowId, firstExecutionRunId).result()) as ReconcilerResult;
    }
    await new Promise((resolve) => setTimeout(resolve, 50));
  }
}
