import { randomUUID } from 'node:crypto';
import { DEMO_USERS } from '../../../dev/stack/seed';
import { BASE, type Answer, type CallOptions, type Method } from './harness';
import { newBatch, startStubWorld, type StubWorld } from './stub-world';
import type { StubInput } from './stub-workflows';

let world: StubWorld;

beforeAll(async () => {
  world = await startStubWorld({ COMMAND_DEADLINE_MS: '2500' });
}, 120_000);
afterAll(() => world?.stop(), 60_000);

const call = (method: Method, path: string, body: unknown = {}, options: CallOptions = {}): Promise<Answer> =>
  world.harness.call(method, `${BASE}${path}`, { body, ...options });
const key = (value: string = randomUUID()) => ({ headers: { 'idempotency-key': value } });

/** A job whose workflow runs. */
async function running(input: StubInput = {}, queue?: string): Promise<{ id: string; batchId: string }> {
  const batch = await newBatch(world.harness, 1);
  const job = { id: batch.jobIds[0] ?? '', batchId: batch.id };
  await world.register(job, input, queue);
  return job;
}

const MENU = '/steps/6/sub-steps/menuImport';
const actor = DEMO_USERS.admin.id;

/** Each command on a job: how it is asked for, what is answered, what reaches the workflow. */
const COMMANDS: {
  name: string;
  method: Method;
  path: string;
  body: Record<string, unknown>;
  other: Record<string, unknown>;
  answer: Record<string, unknown>;
  command: Record<string, unknown>;
}[] = [
  {
    name: 'retry',
    method: 'POST',
    path: '/retry',
    body: { step: 6, sub_steps: ['menuImport'], reason: 'repaired' },
    other: { step: 2 },
    answer: { step: 6, sub_steps: ['menuImport'] },
    command: { step: 6, subSteps: ['menuImport'], reason: 'repaired' },
  },
  {
    name: 'retry',
    method: 'POST',
    path: `${MENU}/retry`,
    body: {},
    other: { reason: 'another' },
    answer: { step: 6, sub_steps: ['menuImport'] },
    command: { step: 6, subSteps: ['menuImport'], reason: null },
  },
  {
    name: 'skip',
    method: 'PATCH',
    path: MENU,
    body: { status: 'skipped', reason: 'no menu here' },
    other: { status: 'completed', reason: 'no menu here' },
    answer: { changed: [{ key: 'menuImport', status: 'skipped', generation: 1 }] },
    command: { subStep: 'menuImport', reason: 'no menu here' },
  },
  {
    name: 'markDone',
    method: 'PATCH',
    path: '/steps/6/sub-steps/restaurantRegistration',
    body: { status: 'completed', reason: 'done by hand', output: { pumpd_restaurant_id: 7001 } },
    other: { status: 'completed', reason: 'done by hand', output: { pumpd_restaurant_id: 7002 } },
    answer: { changed: [{ key: 'restaurantRegistration', status: 'completed', generation: 1 }] },
    command: { subStep: 'restaurantRegistration', output: { pumpd_restaurant_id: '7001' } },
  },
  {
    name: 'reset',
    method: 'POST',
    path: `${MENU}/reset`,
    body: { effect_removed: true, reason: 'removed it' },
    other: { effect_removed: true, cascade: false, reason: 'removed it' },
    answer: { changed: [{ key: 'menuImport', status: 'pending', generation: 2 }] },
    command: { subStep: 'menuImport', cascade: true, effectRemoved: true, preview: false },
  },
  {
    name: 'giveUp',
    method: 'POST',
    path: '/give-up',
    body: { reason: 'closed down' },
    other: { reason: 'something else' },
    answer: { status: 'failed' },
    command: { reason: 'closed down' },
  },
];

describe.each(COMMANDS)('$method $path', ({ name, method, path, body, other, answer, command }) => {
  test('reaches the workflow once, with who and why, however often it is sent', async () => {
    const job = await running();
    const once = key();
    const first = await call(method, `/jobs/${job.id}${path}`, body, once);
    expect(first).toMatchObject({ status: 200, json: { success: true, job_id: job.id, ...answer } });
    // Also when the command has closed the job by then.
    expect((await call(method, `/jobs/${job.id}${path}`, body, once)).json).toEqual(first.json);
    expect(await world.carried({ jobId: job.id })).toEqual([
      { name, command: expect.objectContaining({ actor, ...command }) },
    ]);
    expect(await call(method, `/jobs/${job.id}${path}`, other, once)).toMatchObject({
      status: 409,
      json: { error: { code: 'IDEMPOTENCY_KEY_REUSED' } },
    });
  });

  test("another organisation's job, and one that does not run", async () => {
    const job = await running();
    const { stranger } = world.harness.tokens;
    expect(await call(method, `/jobs/${job.id}${path}`, body, { token: stranger })).toMatchObject({
      status: 404,
      json: { error: { code: 'JOB_NOT_FOUND' } },
    });
    expect(await world.carried({ jobId: job.id })).toEqual([]);
    const { jobIds } = await newBatch(world.harness, 1);
    expect(await call(method, `/jobs/${jobIds[0]}${path}`, body)).toMatchObject({
      status: 409,
      json: { error: { code: 'INVALID_STATUS' } },
    });
  });
});

describe('refusals', () => {
  test("the workflow's code and sentence are told", async () => {
    const job = await running({ refuses: ['retry'] });
    expect(await call('POST', `/jobs/${job.id}/retry`, { step: 6 })).toMatchObject({
      status: 409,
      json: { error: { code: 'INVALID_STATUS', message: 'It is running.', retryable: false } },
    });
    expect(await call('POST', `/jobs/${job.id}${MENU}/reset`, { reason: 'again' })).toMatchObject({
      status: 409,
      json: { error: { code: 'EFFECT_EXISTS' } },
    });
    expect(await world.carried({ jobId: job.id })).toEqual([]);
  });

  test('a preview of a reset changes nothing and needs no reason', async () => {
    const job = await running();
    const body = { preview: true, effect_removed: true };
    const answer = await call('POST', `/jobs/${job.id}${MENU}/reset`, body);
    expect(answer).toMatchObject({ status: 200, json: { would_change: [{ key: 'menuImport' }] } });
    expect(answer.json).not.toHaveProperty('changed');
    expect(await world.carried({ jobId: job.id })).toEqual([]);
  });

  const patch = (change: object): object => ({ status: 'completed', reason: 'by hand', ...change });
  test.each([
    ['POST', '/give-up', {}, 'reason'],
    ['POST', '/give-up', { reason: 'a\u0000b' }, 'reason'],
    ['POST', `${MENU}/reset`, {}, 'reason'],
    ['PATCH', MENU, patch({ reason: '' }), 'reason'],
    ['PATCH', MENU, patch({ status: 'failed' }), 'status'],
    ['PATCH', MENU, patch({ status: 'skipped', output: { a: 1 } }), 'output'],
    ['PATCH', MENU, patch({ output: { a: 'x'.repeat(501) } }), 'output.a'],
    ['PATCH', MENU, patch({ output: { a: 1.5 } }), 'output.a'],
    ['PATCH', MENU, patch({ output: { a: { b: 1 } } }), 'output.a'],
    ['PATCH', '/steps/6/sub-steps/restaurantRegistration', patch({}), 'output.pumpd_restaurant_id'],
    ['PATCH', '/steps/6/sub-steps/codeGeneration', patch({ output: { x: 1 } }), 'output.codeInjectionId'],
    ['PATCH', '/steps/6/sub-steps/teaMaking', patch({}), 'key'],
    ['POST', '/steps/6/sub-steps/teaMaking/retry', {}, 'key'],
  ] as const)('%s %s with %j names %s', async (method, path, body, field) => {
    const job = await running();
    const answer = await call(method, `/jobs/${job.id}${path}`, body);
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'VALIDATION_FAILED' } } });
    const { issues } = answer.json.error?.details as { issues: { path: string }[] };
    expect(issues.map((issue) => issue.path)).toEqual([field]);
    expect(await world.carried({ jobId: job.id })).toEqual([]);
  });
});

test('without a worker they are 503; the same key after it is back is carried out once', async () => {
  const queue = randomUUID();
  const job = await running({}, queue);
  const once = key();
  const send = (): Promise<Answer> => call('POST', `/jobs/${job.id}/retry`, { step: 2 }, once);
  expect(await send()).toMatchObject({
    status: 503,
    json: { error: { code: 'TEMPORAL_UNAVAILABLE', retryable: true } },
  });
  await world.work(queue);
  expect(await send()).toMatchObject({ status: 200, json: { step: 2 } });
  expect(await world.carried({ jobId: job.id })).toHaveLength(1);
});
