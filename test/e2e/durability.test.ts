/**
 * The promises that only the whole can keep: real processes, killed and restarted, and the simulator's ledger as the witness.
 * Runs from dist: build first.
 */
import { generateRestaurants } from '../../dev/demo/generator';
import type { LedgerEntry } from '../../dev/simulator/client';
import { isTerminalJob } from '../../domain/statuses';
import { expectEachEffectOnce } from '../helpers/effects';
import { Operator } from '../helpers/operator';
import { SignalStream } from '../helpers/signal-stream';
import { sized } from '../helpers/size';
import { eventually, NO_RATE_LIMITS, startTestStack, type TestStack } from '../helpers/stack';

const SPEED = 200;
const RESTAURANTS = sized(3, 6);
const step = (number: number, status: string) => (jobs: Awaited<ReturnType<Operator['jobs']>>) =>
  jobs.every((job) => job.steps[number - 1]?.status === status);
const allEnded = (jobs: Awaited<ReturnType<Operator['jobs']>>) =>
  jobs.every((job) => isTerminalJob(job.status));
const statuses = (jobs: Awaited<ReturnType<Operator['jobs']>>) => jobs.map((job) => job.status);

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    apps: {},
    speed: SPEED,
    env: NO_RATE_LIMITS,
  });
}, 120_000);
afterAll(() => stack.stopAll(), 60_000);

test('a worker killed in the middle of step 6 loses nothing, and nothing is done twice or at once', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(RESTAURANTS, 11));
  const inFlight = async (): Promise<string[]> => {
    const { data } = await stack.supabase
      .from('registration_sub_steps')
      .select('job_id, key')
      .eq('status', 'in_progress');
    return (data ?? []).map((row) => String(row.key));
  };
  // Answers until calls of the second phase, which cannot all be repeated, are under way.
  const risky = new Set(['restaurantRegistration', 'menuImport', 'optionSets', 'websiteConfig']);
  await operator.until(async () => (await inFlight()).some((key) => risky.has(key)));
  await stack.service('worker').kill();
  await stack.service('worker').start();
  expect(statuses(await operator.until(allEnded))).toEqual(Array(RESTAURANTS).fill('completed'));
  await expectEachEffectOnce(operator);
}, 180_000);

async function killAndStart(name: 'temporal' | 'postgrest' | 'postgres'): Promise<void> {
  await stack.service(name).kill();
  await stack.service(name).start();
}

test('Temporal, PostgREST and PostgreSQL killed while jobs wait at step 3 and signals come in: nothing is lost, the choices go through', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(2, 12));
  await operator.until(step(3, 'action_required'), { answering: false });
  const signals = await SignalStream.start(stack);
  await signals.reached(50);
  await killAndStart('temporal');
  const { acknowledged, kept } = await signals.kept();
  expect(acknowledged.length).toBeGreaterThanOrEqual(50);
  expect(kept).toEqual(expect.arrayContaining(acknowledged));
  await killAndStart('postgrest');
  await killAndStart('postgres');
  expect(statuses(await operator.until(allEnded))).toEqual(Array(2).fill('completed'));
  await expectEachEffectOnce(operator);
}, 180_000);

test('a choice is accepted while no worker runs, and takes effect when one does', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(1, 13));
  const [job] = await operator.until(step(3, 'action_required'), { answering: false });
  if (!job) throw new Error('There is no job');
  await stack.service('worker').stop();
  const verdicts = await operator.api.select(operator.batchId, { [job.id]: { no_match: true } });
  expect(verdicts).toEqual([expect.objectContaining({ jobId: job.id, result: 'pending' })]);
  await stack.service('worker').start();
  await operator.until(step(3, 'completed'), { answering: false });
  expect(statuses(await operator.until(allEnded))).toEqual(['completed']);
}, 120_000);

test('one restaurant stuck at step 2 holds nobody up; when the register is back it goes on', async () => {
  let stuck = '';
  const operator = await Operator.begin(
    stack,
    generateRestaurants(RESTAURANTS, 14),
    async ([first], simulator) => {
      stuck = first?.id ?? '';
      await simulator.addFaults({
        id: 'stuck',
        system: 'nzbn',
        term: first?.restaurant.name ?? '',
        kind: 'slow',
        delayMs: 600_000,
      });
    },
  );
  const isStuck = (job: { restaurant_id: string }): boolean => job.restaurant_id === stuck;
  const jobs = await operator.until((all) =>
    all.filter((job) => !isStuck(job)).every((job) => job.status === 'completed'),
  );
  expect(jobs.filter(isStuck)).toEqual([expect.objectContaining({ current_step: 2 })]);
  await operator.simulator.clearFaults('stuck');
  await eventually(async () => {
    const [job] = (await operator.jobs()).filter(isStuck);
    if (job?.status === 'action_required' && job.current_step === 2) await retry(stack, job.id);
    return (job?.current_step ?? 0) > 2;
  }, 120_000);
  expect(statuses(await operator.until(allEnded))).toEqual(Array(RESTAURANTS).fill('completed'));
}, 240_000);

async function retry(of: TestStack, jobId: string): Promise<void> {
  await fetch(`${of.service('api').url}/api/registration-batches/jobs/${jobId}/retry`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await of.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ step: 2 }),
  });
}

interface Claim {
  key: string;
  generation: number;
  attempt: number;
  status: string;
  attempt_started_at: string | null;
}

/** What was claimed last for each sub-step, and when the cancel was taken: both by the database's clock. */
async function claims(jobId: string): Promise<{ rows: Claim[]; cancelledAt: number }> {
  const [rows, job] = await Promise.all([
    stack.supabase
      .from('registration_sub_steps')
      .select('key, generation, attempt, status, attempt_started_at')
      .eq('job_id', jobId),
    stack.supabase.from('registration_jobs').select('cancel_requested_at').eq('id', jobId).single(),
  ]);
  return { rows: rows.data ?? [], cancelledAt: Date.parse(String(job.data?.cancel_requested_at)) };
}

/** A call's correlation id is its idempotency key and the number of its attempt. */
const attemptOf = ({ headers }: LedgerEntry): number =>
  Number(String(headers['x-correlation-id']).split(':').at(-1));

test('a job cancelled in step 6 makes no new call afterwards, and its end is recorded', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(1, 15));
  const [job] = await operator.until((jobs) => jobs.some((one) => one.steps[5]?.status === 'in_progress'));
  if (!job) throw new Error('There is no job');
  const answer = await fetch(`${stack.service('api').url}/api/registration-batches/jobs/${job.id}/cancel`, {
    method: 'POST',
    headers: { authorization: `Bearer ${await stack.token()}`, 'content-type': 'application/json' },
    body: JSON.stringify({ reason: 'the owner changed their mind' }),
  });
  expect(answer.status).toBeLessThan(300);
  const [closed] = await operator.until(allEnded, { answering: false });
  expect(closed?.status).toBe('cancelled');
  const { rows, cancelledAt } = await claims(job.id);
  // A call that was claimed before the cancel may arrive a moment after it; one that was not claimed may not at all.
  const isClaimed = (call: LedgerEntry): boolean => {
    const row = rows.find(({ key, generation }) => call.idempotencyKey === `${job.id}:${key}:${generation}`);
    return attemptOf(call) <= (row?.attempt ?? 0) && Date.parse(row?.attempt_started_at ?? '') <= cancelledAt;
  };
  const calls = (await operator.simulator.ledger()).filter(
    (entry) => entry.method === 'POST' && entry.restaurantId === job.restaurant_id,
  );
  expect(calls).not.toEqual([]);
  expect(calls.filter((call) => !isClaimed(call))).toEqual([]);
  expect(
    rows.filter(({ status }) => ['pending', 'in_progress', 'retrying', 'blocked'].includes(status)),
  ).toEqual([]);
}, 120_000);
