import { signWebhook } from '../../../api/webhook-signature';
import { eventually } from '../../helpers/stack';
import {
  createBatch,
  seedRestaurant,
  signalsOf,
  startHarness,
  startRegistration,
  type Answer,
  type Harness,
} from './harness';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 90_000);
afterAll(() => harness?.stop(), 30_000);

/** A signed call, to be sent as often as wanted. */
function signedCall(restaurantId: string): () => Promise<Answer> {
  const raw = JSON.stringify({ restaurant_id: restaurantId, job_type: 'full_menu', status: 'completed' });
  const timestamp = String(Math.floor(Date.now() / 1000));
  const signature = signWebhook(harness.stack.secrets.webhookSecret, timestamp, raw);
  const headers = { 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signature };
  return () => harness.call('POST', '/api/webhooks/extractions', { token: null, raw, headers });
}

async function runningJob(): Promise<{ restaurantId: string; jobId: string }> {
  const { id } = await seedRestaurant(harness);
  const [jobId = ''] = (await createBatch(harness, [id])).jobIds;
  await startRegistration(harness, jobId);
  return { restaurantId: id, jobId };
}

test('a signed call that is sent again is refused, at once and at the same moment', async () => {
  const { restaurantId, jobId } = await runningJob();
  const call = signedCall(restaurantId);
  const statuses = (await Promise.all([call(), call(), call(), call()])).map(({ status }) => status);
  expect(statuses.sort()).toEqual([202, 409, 409, 409]);
  expect(await call()).toMatchObject({ status: 409, json: { error: { code: 'IDEMPOTENCY_KEY_REUSED' } } });
  expect(await signalsOf(harness, jobId)).toHaveLength(1);
  const { rows } = await harness.sql.query(
    `select o.organisation_id = r.organisation_id as own from idempotency_keys o, restaurants r
     where o.caller = 'webhook' and r.id = $1`,
    [restaurantId],
  );
  expect(rows).toEqual([{ own: true }]);
});

test('a restaurant that nobody knows is taken and leaves nothing behind', async () => {
  const count = async (): Promise<unknown> =>
    (await harness.sql.query('select count(*) from idempotency_keys')).rows;
  const before = await count();
  const answer = await signedCall('00000000-0000-4000-8000-0000000000e1')();
  expect(answer).toMatchObject({ status: 202, json: { signalled: false } });
  expect(await count()).toEqual(before);
});

// Last: it ends a service.
test('a signed call that the engine missed may be sent again as it is', async () => {
  const { restaurantId, jobId } = await runningJob();
  const call = signedCall(restaurantId);
  const temporal = harness.stack.service('temporal');
  await temporal.stop();
  expect(await call()).toMatchObject({ status: 503, json: { error: { code: 'TEMPORAL_UNAVAILABLE' } } });
  await temporal.start();
  await eventually(async () => (await call()).status === 202, 30_000);
  expect(await signalsOf(harness, jobId)).toHaveLength(1);
}, 60_000);
