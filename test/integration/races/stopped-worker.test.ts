/**
 * A worker that stands still in the middle of its calls and wakes when all of them have been decided by others: people and a second worker.
 * What it brings then is too late, and must change nothing and call nobody. Runs from dist: build first.
 */
import { isDeepStrictEqual } from 'node:util';
import { generateRestaurants } from '../../../dev/demo/generator';
import type { Job } from '../../../dev/demo/api-client';
import { isTerminalJob } from '../../../domain/statuses';
import { Operator } from '../../helpers/operator';
import { eventually, NO_RATE_LIMITS, startTestStack, type TestStack } from '../../helpers/stack';
import { callApi } from './desks';

/** Slow enough that four imports can be caught under way at once: the service ends each after 6 s. */
const SPEED = 20;

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    apps: {},
    workers: 2,
    speed: SPEED,
    // Without a reader of the platform only people can tell what became of an import. Nothing waits for a turn or a slot.
    env: {
      ...NO_RATE_LIMITS,
      PLATFORM_READ_BASE_URL: '',
      MAX_PORTAL_SESSIONS: '40',
      ACCOUNT_MIN_INTERVAL_MS: '1',
    },
  });
}, 120_000);
afterAll(() => stack?.stopAll(), 60_000);

const signal = (name: 'SIGSTOP' | 'SIGCONT'): void => {
  const { pid } = stack.service('worker');
  if (pid === null) throw new Error('The worker does not run');
  process.kill(pid, name);
};

interface Row {
  job_id: string;
  key: string;
  status: string;
  generation: number;
  attempt: number;
  error_type: string | null;
}

async function ledger(jobs: readonly Job[]): Promise<Row[]> {
  const { data, error } = await stack.supabase
    .from('registration_sub_steps')
    .select('job_id, key, status, generation, attempt, error_type, output, proof, reason, completed_at')
    .in(
      'job_id',
      jobs.map(({ id }) => id),
    )
    .order('job_id')
    .order('position');
  if (error) throw error;
  return data as Row[];
}

const imports = async (jobs: readonly Job[]): Promise<Row[]> =>
  (await ledger(jobs)).filter(({ key }) => key === 'menuImport');

test('late answers after mark-as-done, skip, reset and cancel, and after a second worker’s attempts', async () => {
  await stack.service('worker-2').stop();
  const operator = await Operator.begin(stack, generateRestaurants(4, 51), async (run, simulator) =>
    simulator.addFaults(
      ...run.map(({ id }) => ({
        id: `hold-${id}`,
        system: 'backend' as const,
        route: 'menuImport',
        restaurantId: id,
        kind: 'hold' as const,
        nth: 1,
      })),
    ),
  );
  const allUnderWay = async (jobs: Job[]): Promise<boolean> =>
    (await imports(jobs)).every(({ status }) => status === 'in_progress');
  const jobs = await operator.until(allUnderWay);
  signal('SIGSTOP');
  const [done, skipped, reset, cancelled] = jobs;
  if (!done || !skipped || !reset || !cancelled) throw new Error('There are not four jobs');
  const reason = 'looked at the platform';
  expect(await callApi(stack, 'POST', `/jobs/${cancelled.id}/cancel`, { reason })).toMatchObject({
    status: 202,
  });
  // Their scripts come to their ends: the answers wait for the worker that stands still.
  await operator.simulator.clearFaults();
  await stack.service('worker-2').start();

  // The second worker can tell of no import what became of it.
  await eventually(async () => {
    const rows = await imports([done, skipped, reset]);
    return rows.every(({ status, error_type }) => status === 'failed' && error_type === 'OutcomeUnclear');
  }, 120_000);
  // So many at once open the batch's circuit breaker: nothing is repaired before a person has looked and resumed it.
  await eventually(async () => {
    const batch = stack.supabase.from('registration_batch_jobs').select('pause_reason');
    const { data } = await batch.eq('id', operator.batchId).single();
    return /circuit breaker/.test(String(data?.pause_reason));
  }, 120_000);
  expect(await callApi(stack, 'POST', `/${operator.batchId}/resume`, { reason })).toMatchObject({
    status: 200,
  });
  const at = (job: Job): string => `/jobs/${job.id}/steps/6/sub-steps/menuImport`;
  const answers = [
    await callApi(stack, 'PATCH', at(done), { status: 'completed', reason }),
    await callApi(stack, 'PATCH', at(skipped), { status: 'skipped', reason }),
    await callApi(stack, 'POST', `${at(reset)}/reset`, { effect_removed: true, reason }),
  ];
  expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
  const ended = await operator.until((all) => all.every((job) => isTerminalJob(job.status)));
  const statusOf = (job: Job): string | undefined => ended.find(({ id }) => id === job.id)?.status;
  expect([done, skipped, reset, cancelled].map(statusOf)).toEqual([
    'completed',
    'completed',
    'completed',
    'cancelled',
  ]);

  const before = await ledger(jobs);
  expect((await imports([reset]))[0]).toMatchObject({ status: 'completed', generation: 2 });
  const calls = await callsFor(operator);
  signal('SIGCONT');
  await stack.service('worker-2').stop();
  // It is awake and through with what it was at when it has done other work from beginning to end.
  const next = await Operator.begin(stack, generateRestaurants(1, 52));
  await next.until((all) => all.every((job) => isTerminalJob(job.status)));
  // Of a call whose outcome nobody knew, a late answer may say that it was done: that is taken, if the worker reads it before it hangs up.
  const after = await ledger(jobs);
  const isLearned = (row: Row, then: Row | undefined): boolean =>
    row.status === 'failed' &&
    row.error_type === 'OutcomeUnclear' &&
    then?.status === 'completed' &&
    then.attempt === row.attempt;
  const unexpected = before.filter(
    (row, index) => !isDeepStrictEqual(row, after[index]) && !isLearned(row, after[index]),
  );
  expect(unexpected).toEqual([]);
  expect(await callsFor(operator)).toBe(calls);
  expect((await operator.jobs()).map(({ status }) => status)).toEqual(ended.map(({ status }) => status));
}, 300_000);

/** Calls that act, for the restaurants of the batch. */
async function callsFor(operator: Operator): Promise<number> {
  const ids = new Set(operator.restaurants.map(({ id }) => id));
  const entries = await operator.simulator.ledger({ system: 'backend' });
  return entries.filter(({ method, restaurantId }) => method === 'POST' && ids.has(restaurantId ?? ''))
    .length;
}
