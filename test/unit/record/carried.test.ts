/** Activities that write to the record on behalf of their run. */
import { MockActivityEnvironment } from '@temporalio/testing';
import { activityFailure } from '../../../activities/failure';
import { withCarriers, type Told } from '../../../activities/record/carried';
import type { SnapshotResult, SnapshotWrite, StepRow } from '../../../domain/record';
import { snapshot } from '../../helpers/snapshot';
import { fakeWorld } from '../../helpers/workflows';

const steps = (...statuses: StepRow['status'][]): StepRow[] =>
  statuses.map((status, index) => ({
    step_number: (index + 1) as StepRow['step_number'],
    status,
    started_at: null,
    completed_at: null,
    error_message: null,
    error_details: null,
    retry_count: 0,
    result_data: null,
  }));

const job = snapshot({
  current_step: 2,
  revision: 7,
  steps: steps('completed', 'in_progress', 'pending', 'pending', 'pending', 'pending'),
});
const write: SnapshotWrite = { job_id: 'job', job: { ...job, revision: 6 } };
const follow = { job_id: 'job', job };
const search = {
  jobId: 'job',
  restaurantId: 'restaurant',
  organisationId: 'organisation',
  searchNo: 1,
  nzbnsToCheck: [],
};

/** @param answer to the write that tells what follows */
function worldWith(answer: () => Promise<SnapshotResult['job']> = () => Promise.resolve('applied')) {
  const done: string[] = [];
  const written: SnapshotWrite[] = [];
  const { activities } = fakeWorld({
    async publishSnapshot(one) {
      const isFollowUp = done.includes('work');
      const told = isFollowUp ? await answer() : 'applied';
      done.push('write');
      written.push(one);
      return { job: told, sub_steps_ignored: [] };
    },
    async completeSearch(input) {
      expect(input).toEqual(search);
      done.push('work');
      return { count: 1, choices: [], partial: null };
    },
    async checkExtractions() {
      done.push('work');
      return { menu: 'waiting', branding: 'ready', menuId: null, summary: 'It is being extracted.' };
    },
  });
  const carriers = withCarriers({
    ...activities,
    requestLease: () => Promise.resolve(),
    requestStep6: () => Promise.resolve(true),
    grantStep6: () => Promise.resolve(true),
    openRun: () => Promise.resolve(null),
    followRegistrations: () => Promise.resolve([]),
  });
  const run = <T>(call: () => Promise<T>): Promise<T> =>
    new MockActivityEnvironment().run(call) as Promise<T>;
  return { done, written, carriers, run };
}

it('what changed is written before the work, what follows from it after', async () => {
  const { done, written, carriers, run } = worldWith();
  const result = await run(() => carriers.completeSearch({ ...search, write, follow }));
  expect(result).toEqual({ count: 1, choices: [], partial: null, toldAt: expect.any(String) });
  expect(done).toEqual(['write', 'work', 'write']);
  expect(written[0]).toEqual(write);
  expect(written[1]?.job).toMatchObject({
    revision: 7,
    status: 'action_required',
    current_step: 3,
    waiting_reason: expect.stringContaining('Choose the company'),
    steps: [
      { status: 'completed' },
      { status: 'completed', result_data: { count: 1, partial: null }, completed_at: expect.any(String) },
      { status: 'action_required', started_at: expect.any(String) },
      { status: 'pending' },
      { status: 'pending' },
      { status: 'pending' },
    ],
  });
});

it('nothing is told of work that is not through', async () => {
  const { done, carriers, run } = worldWith();
  const input = { restaurantId: 'restaurant', organisationId: 'organisation', follow };
  const result: Told = await run(() => carriers.checkExtractions(input));
  expect(result.toldAt).toBeUndefined();
  expect(done).toEqual(['work']);
});

it('without a write the activity does its work alone', async () => {
  const { done, carriers, run } = worldWith();
  await run(() => carriers.completeSearch(search));
  expect(done).toEqual(['work']);
});

it('no work is done while the record cannot be reached', async () => {
  const { done, carriers, run } = worldWith();
  const away = withCarriers({
    ...carriers,
    publishSnapshot: () => Promise.reject(activityFailure('RecordUnavailable')),
  });
  await expect(run(() => away.completeSearch({ ...search, write, follow }))).rejects.toMatchObject({
    type: 'RecordUnavailable',
  });
  expect(done).toEqual([]);
});

it.each([
  ['has something newer', () => Promise.resolve('stale' as const)],
  ['cannot be reached after the work', () => Promise.reject(activityFailure('RecordUnavailable'))],
])('a record that %s is left to the run', async (_when, answer) => {
  const { carriers, run } = worldWith(answer);
  const result: Told = await run(() => carriers.completeSearch({ ...search, follow }));
  expect(result).toMatchObject({ count: 1, toldAt: null });
});
