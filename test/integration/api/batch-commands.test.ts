import { randomUUID } from 'node:crypto';
import { DEMO_USERS } from '../../../dev/stack/seed';
import { eventually } from '../../helpers/stack';
import { BASE, type Answer, type CallOptions, type CreatedBatch } from './harness';
import { makeFail, newBatch, startStubWorld, WORKED, type StubWorld } from './stub-world';

let world: StubWorld;

beforeAll(async () => {
  world = await startStubWorld({ COMMAND_DEADLINE_MS: '2500' });
}, 120_000);
afterAll(() => world?.stop(), 60_000);

const post = (path: string, body: unknown = {}, options: CallOptions = {}): Promise<Answer> =>
  world.harness.call('POST', `${BASE}${path}`, { body, ...options });
const key = (value: string = randomUUID()) => ({ headers: { 'idempotency-key': value } });
const actor = DEMO_USERS.admin.id;

describe.each([
  ['pause', true],
  ['resume', false],
] as const)('%s', (path, paused) => {
  test('reaches the batch once, with who and why', async () => {
    const { id } = await newBatch(world.harness, 1);
    await world.startBatchStub(id);
    const once = key();
    const first = await post(`/${id}/${path}`, { reason: 'portal down' }, once);
    expect(first).toMatchObject({ status: 200, json: { batch_job_id: id, paused } });
    await post(`/${id}/${path}`, { reason: 'portal down' }, once);
    expect(await world.carried({ batchId: id })).toEqual([
      { name: path, command: { actor, reason: 'portal down' } },
    ]);
    expect(await post(`/${id}/${path}`, { reason: 'another' }, once)).toMatchObject({
      status: 409,
      json: { error: { code: 'IDEMPOTENCY_KEY_REUSED' } },
    });
  });

  test('one that does not run, and one of others', async () => {
    const { id } = await newBatch(world.harness, 1);
    expect(await post(`/${id}/${path}`)).toMatchObject({
      status: 409,
      json: { error: { code: 'INVALID_STATUS', message: expect.stringMatching(/batch/) } },
    });
    expect(await post(`/${id}/${path}`, {}, { token: world.harness.tokens.stranger })).toMatchObject({
      status: 404,
      json: { error: { code: 'BATCH_NOT_FOUND' } },
    });
  });
});

test('a pause answers with what the record shows of it', async () => {
  const { id } = await newBatch(world.harness, 1);
  await world.startBatchStub(id);
  const at = '2026-01-02T03:04:05+00:00';
  await world.harness.sql.query(
    `update registration_batch_jobs set paused_at = $2, pause_reason = 'portal down' where id = $1`,
    [id, at],
  );
  const { json } = await post(`/${id}/pause`, { reason: 'portal down' });
  expect(json).toMatchObject({ paused: true, pause_reason: 'portal down' });
  expect(new Date(String(json['paused_at']))).toEqual(new Date(at));
});

test("the workflow's refusal of a pause is told", async () => {
  const { id } = await newBatch(world.harness, 1);
  await world.startBatchStub(id, { refuses: ['pause'] });
  expect(await post(`/${id}/pause`)).toMatchObject({
    status: 409,
    json: { error: { code: 'INVALID_STATUS', message: 'It is running.' } },
  });
});

describe('retry-failed', () => {
  /** Four jobs: failed in step 2, in step 6 twice over, in step 6 with one sub-step, and one that failed nowhere. */
  async function failedBatch(): Promise<CreatedBatch & { jobs: [string, string, string, string] }> {
    const batch = await newBatch(world.harness, 4);
    const jobs = batch.jobIds as [string, string, string, string];
    await makeFail(world.harness, jobs[0], 2);
    await makeFail(world.harness, jobs[1], 6, ['menuImport', 'codeGeneration']);
    await makeFail(world.harness, jobs[2], 6, ['websiteConfig']);
    return { ...batch, jobs };
  }
  const registerAll = async (batch: CreatedBatch, refusing: string[] = [], queue = WORKED): Promise<void> => {
    for (const id of batch.jobIds) {
      const input = refusing.includes(id) ? { refuses: ['retry'] } : {};
      await world.register({ id, batchId: batch.id }, input, queue);
    }
  };

  test('all that failed run again; one that refuses stops nobody', async () => {
    const batch = await failedBatch();
    const [search, menu, website, fine] = batch.jobs;
    await registerAll(batch, [menu]);
    const answer = await post(`/${batch.id}/retry-failed`, { reason: 'vendor is back' });
    expect(answer).toMatchObject({
      status: 200,
      json: {
        retried: [
          { job_id: search, step: 2 },
          { job_id: website, step: 6 },
        ],
        refused: [{ job_id: menu, code: 'INVALID_STATUS', message: 'It is running.' }],
        counts: { retried: 2, refused: 1 },
      },
    });
    expect(await world.carried({ jobId: website })).toEqual([
      { name: 'retry', command: { actor, reason: 'vendor is back', step: 6 } },
    ]);
    expect(await world.carried({ jobId: fine })).toEqual([]);
  });

  test('steps, sub-steps and jobs can be named', async () => {
    const batch = await failedBatch();
    const [search, menu, website, fine] = batch.jobs;
    await registerAll(batch);
    const only = await post(`/${batch.id}/retry-failed`, { sub_steps: ['menuImport', 'websiteConfig'] });
    expect(only.json).toMatchObject({
      retried: [
        { job_id: menu, sub_steps: ['menuImport'] },
        { job_id: website, sub_steps: ['websiteConfig'] },
      ],
    });
    const steps = await post(`/${batch.id}/retry-failed`, { steps: [2] });
    expect(steps.json).toMatchObject({ retried: [{ job_id: search, step: 2 }] });
    const named = await post(`/${batch.id}/retry-failed`, { job_ids: [website, fine] });
    expect(named.json).toMatchObject({
      retried: [{ job_id: website }],
      refused: [{ job_id: fine, code: 'STEP_NOT_ACTION_REQUIRED' }],
    });
    expect((await post(`/${batch.id}/retry-failed`, { steps: [2], sub_steps: ['itemTags'] })).status).toBe(
      400,
    );
  });

  test('a repeat with the same key is answered the same, whatever the record shows by then', async () => {
    const batch = await failedBatch();
    await registerAll(batch);
    const once = key();
    const first = await post(`/${batch.id}/retry-failed`, {}, once);
    expect(first.json).toMatchObject({ counts: { retried: 3, refused: 0 } });
    await world.harness.sql.query(
      `update registration_jobs set status = 'in_progress' where batch_job_id = $1`,
      [batch.id],
    );
    expect((await post(`/${batch.id}/retry-failed`, {}, once)).json).toEqual(first.json);
    for (const jobId of batch.jobs.slice(0, 3)) expect(await world.carried({ jobId })).toHaveLength(1);
    expect(await post(`/${batch.id}/retry-failed`, {})).toMatchObject({
      status: 409,
      json: { error: { code: 'STEP_NOT_ACTION_REQUIRED' } },
    });
    expect(await post(`/${batch.id}/retry-failed`, { steps: [1] }, once)).toMatchObject({
      json: { error: { code: 'IDEMPOTENCY_KEY_REUSED' } },
    });
  });

  test('without a worker it is 503, soon, however many jobs; the same key later carries each out once', async () => {
    const batch = await newBatch(world.harness, 20);
    for (const id of batch.jobIds) await makeFail(world.harness, id, 2);
    const queue = randomUUID();
    await registerAll(batch, [], queue);
    const once = key();
    expect(await post(`/${batch.id}/retry-failed`, {}, once)).toMatchObject({
      status: 503,
      json: { error: { code: 'TEMPORAL_UNAVAILABLE', retryable: true } },
    });
    await world.work(queue);
    // Those whose run was not reached in time are refused, and asked for again with the same key.
    let again: Awaited<ReturnType<typeof post>> | null = null;
    await eventually(async () => {
      again = await post(`/${batch.id}/retry-failed`, {}, once);
      const { counts } = again.json as { counts?: { retried: number } };
      return counts?.retried === 20;
    }, 60_000);
    expect(again).toMatchObject({ status: 200, json: { counts: { retried: 20, refused: 0 } } });
    for (const jobId of batch.jobIds) expect(await world.carried({ jobId })).toHaveLength(1);
  }, 90_000);

  test("another organisation's batch", async () => {
    const batch = await newBatch(world.harness, 1);
    const { stranger } = world.harness.tokens;
    expect((await post(`/${batch.id}/retry-failed`, {}, { token: stranger })).status).toBe(404);
  });
});
