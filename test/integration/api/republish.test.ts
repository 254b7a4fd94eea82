import { randomUUID } from 'node:crypto';
import { DEMO_USERS } from '../../../dev/stack/seed';
import { BASE, createBatch, seedRestaurant, sign, type Answer, type CallOptions } from './harness';
import { newBatch, startStubWorld, type StubWorld } from './stub-world';

let world: StubWorld;
/** An administrator of another organisation. */
let otherAdmin: string;

beforeAll(async () => {
  world = await startStubWorld();
  const { sql, stack, otherOrganisation } = world.harness;
  const id = randomUUID();
  await sql.query('insert into profiles (id, organisation_id, email, role) values ($1, $2, $3, $4)', [
    id,
    otherOrganisation,
    'admin@other.example',
    'admin',
  ]);
  otherAdmin = await sign(stack.secrets.jwtSecret, { sub: id, aud: 'authenticated' });
}, 120_000);
afterAll(() => world?.stop(), 60_000);

const post = (path: string, options: CallOptions = {}): Promise<Answer> =>
  world.harness.call('POST', `${BASE}${path}`, { body: { reason: 'lost' }, ...options });

async function running(size = 1): Promise<{ id: string; jobIds: string[] }> {
  const batch = await newBatch(world.harness, size);
  for (const id of batch.jobIds) await world.register({ id, batchId: batch.id });
  return batch;
}

test('each job of a batch is told once, also when its rows are gone', async () => {
  const batch = await running(2);
  await world.harness.sql.query('delete from registration_jobs where batch_job_id = $1', [batch.id]);
  const headers = { 'idempotency-key': randomUUID() };
  // The engine's list of runs is a moment behind them.
  let first = await post(`/${batch.id}/republish`, { headers });
  while ((first.json['counts'] as { republished: number } | undefined)?.republished !== 2)
    first = await post(`/${batch.id}/republish`, { headers });
  await post(`/${batch.id}/republish`, { headers });
  for (const jobId of batch.jobIds) {
    expect(first.json['republished']).toContainEqual({ job_id: jobId, restored: true, revision: 7 });
    expect(await world.carried({ jobId })).toEqual([
      { name: 'republish', command: { actor: DEMO_USERS.admin.id, reason: 'lost' } },
    ]);
  }
});

test('only administrators, of its own organisation or of all', async () => {
  const batch = await running();
  const [jobId = ''] = batch.jobIds;
  const { user, superAdmin } = world.harness.tokens;
  for (const path of [`/jobs/${jobId}/republish`, `/${batch.id}/republish`]) {
    expect(await post(path, { token: user })).toMatchObject({
      status: 403,
      json: { error: { code: 'FORBIDDEN' } },
    });
    expect((await post(path, { token: otherAdmin })).status).toBe(404);
  }
  expect(await world.carried({ jobId })).toEqual([]);
  expect(await post(`/jobs/${jobId}/republish`, { token: superAdmin })).toMatchObject({
    status: 200,
    json: { job_id: jobId, restored: true, revision: 7 },
  });
});

test('what the engine does not know is not found', async () => {
  const { id } = await seedRestaurant(world.harness);
  const batch = await createBatch(world.harness, [id]);
  expect((await post(`/jobs/${batch.jobIds[0]}/republish`)).json.error?.code).toBe('JOB_NOT_FOUND');
  expect((await post(`/${batch.id}/republish`)).json.error?.code).toBe('BATCH_NOT_FOUND');
});
