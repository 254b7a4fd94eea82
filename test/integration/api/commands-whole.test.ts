/**
 * Operators' commands from the API to the record, with real processes: what happens outside, what is told, what the trail keeps.
 * Runs from dist: build first.
 */
import { randomUUID } from 'node:crypto';
import { DEMO_USERS } from '../../../dev/stack/seed';
import { generateRestaurants } from '../../../dev/demo/generator';
import type { FaultRule } from '../../../dev/simulator/client';
import type { SubStepKey } from '../../../domain/sub-steps';
import { Operator } from '../../helpers/operator';
import { eventually, NO_RATE_LIMITS, startTestStack, type TestStack } from '../../helpers/stack';
import { BASE, type Method } from './harness';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    apps: {},
    speed: 200,
    env: {
      ...NO_RATE_LIMITS,
      COMMAND_DEADLINE_MS: '15000',
    },
  });
}, 240_000);
afterAll(() => stack?.stopAll(), 60_000);

type Job = Awaited<ReturnType<Operator['jobs']>>[number];
type Json = Record<string, unknown> & { error?: { code: string } };

async function call(
  method: Method,
  path: string,
  body?: object,
  key = randomUUID(),
): Promise<{ status: number; json: Json }> {
  const response = await fetch(`${stack.service('api').url}${BASE}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await stack.token()}`,
      'content-type': 'application/json',
      'idempotency-key': key,
    },
    ...(body ? { body: JSON.stringify(body) } : {}),
  });
  return { status: response.status, json: (await response.json()) as Json };
}

type Broken = Pick<FaultRule & { system: 'backend' }, 'kind'> & { route: SubStepKey };

/** A batch whose restaurants have come to rest in step 6, the nth with the nth fault. */
async function atRest(seed: number, faults: readonly Broken[]): Promise<{ operator: Operator; jobs: Job[] }> {
  const operator = await Operator.begin(stack, generateRestaurants(faults.length, seed), (run, simulator) =>
    simulator.addFaults(
      ...faults.map(
        (fault, index) =>
          ({
            id: `${seed}-${index}`,
            system: 'backend',
            restaurantId: run[index]?.id,
            ...fault,
          }) as FaultRule,
      ),
    ),
  );
  const jobs = await operator.until(
    (all) => all.every((job) => job.status === 'action_required' && job.current_step === 6),
    { withinMs: 240_000 },
  );
  // In the order of the faults.
  return {
    operator,
    jobs: operator.restaurants.flatMap(({ id }) => jobs.filter((job) => job.restaurant_id === id)),
  };
}

const idOf = (jobs: readonly Job[], index = 0): string => jobs[index]?.id ?? '';
const ended = (operator: Operator, status: string): Promise<Job[]> =>
  operator.until((jobs) => jobs.every((job) => job.status === status), {
    answering: false,
    withinMs: 240_000,
  });

/** Lines of the trail of this kind, once there is one. */
async function trail(
  jobId: string,
  kind: string,
): Promise<{ actor: string | null; reason: string | null; at: string }[]> {
  let lines: { actor: string | null; reason: string | null; at: string }[] = [];
  await eventually(async () => {
    const { data } = await stack.supabase
      .from('registration_events')
      .select('actor, reason, at')
      .eq('job_id', jobId)
      .eq('kind', kind);
    lines = data ?? [];
    return lines.length > 0;
  }, 60_000);
  return lines;
}

const byAdmin = (reason: string) => [{ actor: DEMO_USERS.admin.id, reason, at: expect.any(String) }];
const subStepOf = (job: Json, key: SubStepKey) =>
  (job['job'] as { sub_steps: { key: string; status: string; generation: number }[] }).sub_steps.find(
    (row) => row.key === key,
  );

test('a skip that no worker could take is carried out once when it is sent again; retry-failed wakes the other job', async () => {
  const { operator, jobs } = await atRest(31, [
    { kind: 'wrong_password', route: 'paymentConfig' },
    { kind: 'wrong_password', route: 'paymentConfig' },
  ]);
  const [skipped, retried] = [idOf(jobs, 0), idOf(jobs, 1)];
  const { json: seen } = await call('GET', `/jobs/${skipped}`);
  expect(seen['actions']).toMatchObject({
    job: { edit_configuration: { possible: true }, give_up: { possible: true } },
    sub_steps: {
      paymentConfig: { retry: { possible: true }, skip: { possible: true } },
      menuImport: { retry: { possible: false }, reset: { possible: true, code: 'EFFECT_EXISTS' } },
    },
  });

  await stack.service('worker').stop();
  const key = randomUUID();
  const path = `/jobs/${skipped}/steps/6/sub-steps/paymentConfig`;
  const body = { status: 'skipped', reason: 'paid by invoice' };
  const skip = () => call('PATCH', path, body, key);
  expect(await skip()).toMatchObject({ status: 503, json: { error: { retryable: true } } });
  await stack.service('worker').start();
  const first = await skip();
  expect(first).toMatchObject({
    status: 200,
    json: { changed: [{ key: 'paymentConfig', status: 'skipped', generation: 1 }] },
  });
  expect((await skip()).json['changed']).toEqual(first.json['changed']);
  expect(await trail(skipped, 'sub_step.skipped')).toEqual(byAdmin('paid by invoice'));

  await operator.simulator.clearFaults('31-1');
  const again = await call('POST', `/${operator.batchId}/retry-failed`, { reason: 'vendor is back' });
  expect(again.json).toMatchObject({
    retried: [{ job_id: retried, step: 6, sub_steps: ['paymentConfig'] }],
    counts: { retried: 1, refused: 0 },
  });
  await ended(operator, 'completed');
  expect(await trail(retried, 'step.retried')).toEqual(byAdmin('vendor is back'));
  expect((await operator.simulator.effectsSummary()).duplicates).toBe(0);

  // The record of the batch is lost, and comes back.
  const before = await recordOf(operator.batchId);
  await stack.supabase.from('registration_jobs').delete().eq('batch_job_id', operator.batchId);
  expect((await call('GET', `/jobs/${skipped}`)).status).toBe(404);
  expect((await call('POST', `/${operator.batchId}/republish`, { reason: 'lost' })).json).toMatchObject({
    counts: { republished: 2, refused: 0 },
  });
  expect(await recordOf(operator.batchId)).toEqual(before);
}, 600_000);

/** What a job's rows say: all but the time of the rows themselves, and what was booked before a call. */
async function recordOf(batchId: string): Promise<unknown> {
  const { data } = await stack.supabase
    .from('registration_jobs')
    .select(
      `id, batch_job_id, restaurant_id, organisation_id, position, status, closure, current_step, total_steps, execution_config,
       execution_results, pumpd_user_id, pumpd_restaurant_id, error_message, last_error_details, waiting_reason, note, search_no,
       started_at, completed_at, cancelled_at,
       steps:registration_job_steps(step_number, step_name, step_type, status, started_at, completed_at, duration_ms, error_message,
         error_details, retry_count, max_retries, result_data, sub_step_progress),
       sub_steps:registration_sub_steps(key, phase, position, status, generation, attempt, max_attempts, error, error_type, reason, note,
         output, proof, started_at, completed_at)`,
    )
    .eq('batch_job_id', batchId)
    .order('position')
    .order('step_number', { referencedTable: 'steps' })
    .order('position', { referencedTable: 'sub_steps' });
  return data;
}

test('an edit of the configuration goes on with it; what was done by hand satisfies those that need it', async () => {
  const { operator, jobs } = await atRest(32, [
    { kind: 'address_not_found', route: 'restaurantRegistration' },
    { kind: 'user_exists', route: 'createOnboardingUser' },
  ]);
  const [edited, byHand] = [idOf(jobs, 0), idOf(jobs, 1)];
  const blocked = `/jobs/${edited}/steps/6/sub-steps/menuImport`;
  expect(await call('POST', `${blocked}/retry`, {})).toMatchObject({ status: 409 });
  expect(
    await call('PATCH', `/jobs/${edited}/steps/6/sub-steps/restaurantRegistration`, {
      status: 'completed',
      reason: 'by hand',
    }),
  ).toMatchObject({ status: 400, json: { error: { code: 'VALIDATION_FAILED' } } });

  await operator.simulator.clearFaults('32-0');
  const changes = {
    restaurant: { address: '14 Fern Street, Te Aro, Wellington 6011' },
    website: { theme: 'light' },
  };
  const answer = await call('PATCH', `/jobs/${edited}/configuration`, {
    changes,
    retry: true,
    reason: 'moved',
  });
  expect(answer).toMatchObject({ status: 200, json: { retried: ['restaurantRegistration'] } });
  expect(answer.json['changed_paths']).toEqual(expect.arrayContaining(['restaurant.address']));
  expect(await trail(edited, 'configuration.edited')).toEqual(byAdmin('moved'));

  const done = await call('PATCH', `/jobs/${byHand}/steps/6/sub-steps/createOnboardingUser`, {
    status: 'completed',
    reason: 'it is the owner',
  });
  expect(done).toMatchObject({
    status: 200,
    json: { changed: expect.arrayContaining([expect.objectContaining({ key: 'createOnboardingUser' })]) },
  });
  expect(await trail(byHand, 'sub_step.marked_done')).toEqual(byAdmin('it is the owner'));
  // What it blocked is awake; there it finds that nobody made the user's record.
  const sync = `/jobs/${byHand}/steps/6/sub-steps/syncOnboardingUser`;
  await eventually(async () => {
    return subStepOf((await call('GET', `/jobs/${byHand}`)).json, 'syncOnboardingUser')?.status === 'failed';
  }, 60_000);
  expect((await call('PATCH', sync, { status: 'skipped', reason: 'no record of it' })).status).toBe(200);
  await ended(operator, 'completed');
  const { json } = await call('GET', `/jobs/${edited}`);
  expect(json['job']).toMatchObject({
    execution_config: { restaurant: { address: changes.restaurant.address }, website: { theme: 'light' } },
  });
}, 600_000);

test('reset, refusals while it runs, pause, and give up; of a closed job nothing is taken any more', async () => {
  const { operator, jobs } = await atRest(33, [{ kind: 'wrong_password', route: 'paymentConfig' }]);
  const id = idOf(jobs);
  const restaurantId = jobs[0]?.restaurant_id ?? '';
  const sub = (key: SubStepKey, rest = ''): string => `/jobs/${id}/steps/6/sub-steps/${key}${rest}`;

  expect(await call('POST', sub('menuImport', '/reset'), { reason: 'wrong menu' })).toMatchObject({
    status: 409,
    json: { error: { code: 'EFFECT_EXISTS' } },
  });
  const preview = await call('POST', sub('menuImport', '/reset'), { preview: true, effect_removed: true });
  expect((preview.json['would_change'] as { key: string }[]).map(({ key }) => key)).toEqual(
    expect.arrayContaining(['menuImport', 'itemTags']),
  );
  expect(subStepOf((await call('GET', `/jobs/${id}`)).json, 'menuImport')).toMatchObject({ generation: 1 });

  await operator.simulator.addFaults({
    id: 'held',
    system: 'backend',
    route: 'servicesConfig',
    restaurantId,
    kind: 'hold',
  });
  expect(await call('POST', sub('servicesConfig', '/reset'), { reason: 'new hours' })).toMatchObject({
    status: 200,
    json: { changed: [{ key: 'servicesConfig', generation: 2 }] },
  });
  await eventually(async () => {
    const row = subStepOf((await call('GET', `/jobs/${id}`)).json, 'servicesConfig');
    return row?.status === 'in_progress' && row.generation === 2;
  }, 60_000);
  const whileItRuns = [
    await call('PATCH', sub('servicesConfig'), { status: 'skipped', reason: 'x' }),
    await call('POST', sub('servicesConfig', '/reset'), { reason: 'x' }),
    await call('POST', `/jobs/${id}/give-up`, { reason: 'x' }),
    await call('PATCH', `/jobs/${id}/configuration`, { changes: { website: { theme: 'light' } } }),
  ];
  expect(whileItRuns.map(({ status, json }) => [status, json.error?.code])).toEqual(
    Array(4).fill([409, 'INVALID_STATUS']),
  );

  const paused = await call('POST', `/${operator.batchId}/pause`, { reason: 'portal is down' });
  expect(paused).toMatchObject({ status: 200, json: { paused: true } });
  expect(await call('POST', `/${operator.batchId}/pause`, {})).toMatchObject({ status: 409 });
  expect(await call('POST', `/${operator.batchId}/resume`, {})).toMatchObject({ json: { paused: false } });

  await operator.simulator.clearFaults('held');
  await operator.until((all) => all.every((job) => job.status === 'action_required'), { answering: false });
  const key = randomUUID();
  const giveUp = () => call('POST', `/jobs/${id}/give-up`, { reason: 'closed down' }, key);
  expect(await giveUp()).toMatchObject({ status: 200, json: { status: 'failed' } });
  await ended(operator, 'failed');
  // Its repeat is answered as the first, although the job has ended.
  expect(await giveUp()).toMatchObject({ status: 200, json: { status: 'failed' } });
  expect(await trail(id, 'job.given_up')).toEqual(byAdmin('closed down'));
  for (const [method, path, body] of [
    ['POST', `/jobs/${id}/retry`, { step: 6 }],
    ['PATCH', sub('paymentConfig'), { status: 'skipped', reason: 'x' }],
    ['PATCH', `/jobs/${id}/configuration`, { changes: { website: { theme: 'light' } } }],
    ['POST', `/jobs/${id}/give-up`, { reason: 'closed down' }],
    ['POST', `/${operator.batchId}/resume`, {}],
  ] as const) {
    expect(await call(method, path, body)).toMatchObject({
      status: 409,
      json: { error: { code: 'INVALID_STATUS' } },
    });
  }
  expect(await call('POST', `/jobs/${id}/republish`, {})).toMatchObject({
    status: 200,
    json: { job_id: id },
  });
}, 600_000);
