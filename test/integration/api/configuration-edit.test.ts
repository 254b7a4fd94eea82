import { randomUUID } from 'node:crypto';
import { DEMO_USERS } from '../../../dev/stack/seed';
import { parseKeyRing, unseal } from '../../../domain/sealing';
import { configurationSnapshot } from '../../helpers/configuration';
import { BASE, createBatch, seedRestaurant, type Answer, type CallOptions } from './harness';
import { knownRecord, startStubWorld, type StubWorld } from './stub-world';

let world: StubWorld;

beforeAll(async () => {
  world = await startStubWorld({ COMMAND_DEADLINE_MS: '2500' });
}, 120_000);
afterAll(() => world?.stop(), 60_000);

const patch = (jobId: string, body: object, options: CallOptions = {}): Promise<Answer> =>
  world.harness.call('PATCH', `${BASE}/jobs/${jobId}/configuration`, { body, ...options });
const key = () => ({ headers: { 'idempotency-key': randomUUID() } });

interface Running {
  id: string;
  batchId: string;
}

/** A job in step 6 whose workflow knows its configuration; the record knows none. */
async function configured(
  change: {
    status?: 'completed';
    unconfigured?: true;
    refuses?: string[];
    silent?: true;
    queue?: string;
  } = {},
): Promise<Running> {
  const { harness } = world;
  const restaurant = await seedRestaurant(harness);
  const batch = await createBatch(harness, [restaurant.id]);
  const job = { id: batch.jobIds[0] ?? '', batchId: batch.id };
  const made = configurationSnapshot();
  const execution_config = { ...made, menu: { ...made.menu, selectedMenuId: restaurant.menuId } };
  const record = await knownRecord(harness, job.id, {
    ...(change.status ? { status: change.status } : {}),
    ...(change.unconfigured ? {} : { execution_config }),
  });
  const { refuses = [], silent, queue } = change;
  await world.register(job, { record, refuses, ...(silent ? { silent } : {}) }, queue);
  return job;
}

const edits = async (jobId: string) => (await world.carried({ jobId })).map(({ command }) => command);
const secretCount = async (): Promise<number> =>
  Number((await world.harness.sql.query('select count(*) from sealed_secrets')).rows[0].count);

test('the changes reach the workflow as a whole snapshot, once, with who and why', async () => {
  const job = await configured();
  const body = { changes: { website: { theme: 'light' } }, retry: true, reason: 'owner asked' };
  const once = key();
  const first = await patch(job.id, body, once);
  expect(first).toMatchObject({
    status: 200,
    json: { job_id: job.id, changed_paths: ['website.theme'], retried: ['menuImport'], changed: [] },
  });
  expect((await patch(job.id, body, once)).json).toEqual(first.json);
  expect(await edits(job.id)).toEqual([
    expect.objectContaining({
      actor: DEMO_USERS.admin.id,
      reason: 'owner asked',
      retry: true,
      changedPaths: ['website.theme'],
      configuration: expect.objectContaining({
        website: expect.objectContaining({ theme: 'light', primaryColor: '#F2B705' }),
      }),
    }),
  ]);
  expect(await patch(job.id, { ...body, retry: false }, once)).toMatchObject({
    status: 409,
    json: { error: { code: 'IDEMPOTENCY_KEY_REUSED' } },
  });
});

test('two edits in a row both hold, though the record knows of neither', async () => {
  const job = await configured();
  await patch(job.id, { changes: { website: { theme: 'light' } } });
  await patch(job.id, { changes: { payment: { includeStripeLink: false } } });
  expect(await edits(job.id)).toMatchObject([
    {},
    { configuration: { website: { theme: 'light' }, payment: { includeStripeLink: false } } },
  ]);
});

describe('passwords', () => {
  const SECRET = 'Hunter2-Existing-Account';
  const answer = { account: { registerNewUser: false, password: SECRET } };

  test('are sealed before anything else sees them, once however often the request is sent', async () => {
    const job = await configured();
    const before = await secretCount();
    const once = key();
    const first = await patch(job.id, { changes: answer, retry: true }, once);
    expect(first.json).toMatchObject({ changed_paths: ['account.registerNewUser', 'account.password'] });
    expect((await patch(job.id, { changes: answer, retry: true }, once)).json).toEqual(first.json);
    expect(await secretCount()).toBe(before + 1);

    const carried = await edits(job.id);
    const { account } = carried[0]?.['configuration'] as { account: { passwordRef: string } };
    const { passwordRef } = account;
    const { rows } = await world.harness.sql.query('select * from sealed_secrets where id = $1', [
      passwordRef,
    ]);
    const [row] = rows;
    const keyRing = parseKeyRing(world.harness.stack.env['SEAL_KEYS']);
    const identity = { organisationId: row.organisation_id, secretId: passwordRef };
    expect(unseal(keyRing, identity, { keyId: row.key_id, ciphertext: row.ciphertext })).toBe(SECRET);

    const { rows: kept } = await world.harness.sql.query('select * from idempotency_keys');
    for (const place of [
      first.text,
      JSON.stringify(carried),
      JSON.stringify(kept),
      world.harness.logs.join(''),
    ])
      expect(place).not.toContain(SECRET);

    const other = { account: { registerNewUser: false, password: `${SECRET}-2` } };
    expect((await patch(job.id, { changes: other, retry: true }, once)).json.error?.code).toBe(
      'IDEMPOTENCY_KEY_REUSED',
    );
    expect(await secretCount()).toBe(before + 1);
  });

  test('that the workflow refused are not kept', async () => {
    const job = await configured({ refuses: ['edit'] });
    const before = await secretCount();
    expect(await patch(job.id, { changes: answer })).toMatchObject({
      status: 409,
      json: { error: { code: 'INVALID_STATUS', message: 'It is running.' } },
    });
    expect(await secretCount()).toBe(before);
  });

  test('stay while nobody has answered, since the command may have been taken', async () => {
    const job = await configured({ silent: true });
    const before = await secretCount();
    expect((await patch(job.id, { changes: answer })).status).toBe(503);
    expect(await edits(job.id)).toHaveLength(1);
    expect(await secretCount()).toBe(before + 1);
  });

  test('that were sent while no worker was there are stored once when they are sent again', async () => {
    const queue = randomUUID();
    const job = await configured({ queue });
    const once = key();
    const send = (): Promise<Answer> => patch(job.id, { changes: answer }, once);
    expect(await send()).toMatchObject({ status: 503, json: { error: { retryable: true } } });
    await world.work(queue);
    expect((await send()).status).toBe(200);
    const before = await secretCount();
    expect((await send()).status).toBe(200);
    expect(await secretCount()).toBe(before);
    expect(await edits(job.id)).toHaveLength(1);
  });

  test('one that is missing is asked for by its path', async () => {
    const job = await configured();
    const refused = await patch(job.id, { changes: { account: { registerNewUser: false } } });
    expect(refused).toMatchObject({
      status: 400,
      json: {
        error: { code: 'VALIDATION_FAILED', details: { issues: [{ path: 'changes.account.password' }] } },
      },
    });
    expect(await edits(job.id)).toEqual([]);
  });
});

test('what is there already changes nothing', async () => {
  const job = await configured();
  expect(await patch(job.id, { changes: { website: { theme: 'dark' } } })).toMatchObject({
    status: 200,
    json: { changed_paths: [], retried: [], changed: [] },
  });
  expect(await edits(job.id)).toEqual([]);
});

test.each([
  ['before step 5', { unconfigured: true as const }, 'STEP_NOT_ACTION_REQUIRED'],
  ['of a closed job', { status: 'completed' as const }, 'INVALID_STATUS'],
])('%s it is refused', async (_name, change, code) => {
  const job = await configured(change);
  expect(await patch(job.id, { changes: { website: { theme: 'light' } } })).toMatchObject({
    status: 409,
    json: { error: { code } },
  });
  expect(await edits(job.id)).toEqual([]);
});

test.each([
  [{ changes: {} }, 'changes'],
  [{ changes: { website: { theme: 'beige' } } }, 'changes.website.theme'],
  [{ changes: { account: { passwordRef: randomUUID() } } }, 'changes.account.passwordRef'],
])('%j is refused by its path', async (body, path) => {
  const job = await configured();
  const answer = await patch(job.id, body);
  expect(answer).toMatchObject({ status: 400, json: { error: { details: { issues: [{ path }] } } } });
});

test("another organisation's job", async () => {
  const job = await configured();
  const { stranger } = world.harness.tokens;
  expect(
    await patch(job.id, { changes: { website: { theme: 'light' } } }, { token: stranger }),
  ).toMatchObject({
    status: 404,
    json: { error: { code: 'JOB_NOT_FOUND' } },
  });
});
