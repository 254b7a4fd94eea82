import { randomUUID } from 'node:crypto';
import { seal } from '../../../domain/sealing';
import { DEMO_ORGANISATION } from '../../../dev/stack/seed';
import { BASE, createBatch, seedRestaurant, startHarness, type Harness } from './harness';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 90_000);
afterAll(() => harness?.stop(), 30_000);

const WORD = `Mānuka-${randomUUID()}`;

/** Stores a password as the API does; answers its id. */
async function keep(password: string, organisationId: string = DEMO_ORGANISATION.id): Promise<string> {
  const secretId = randomUUID();
  const { keyId, ciphertext } = seal(harness.deps.keyRing, { organisationId, secretId }, password);
  await harness.sql.query(
    'insert into sealed_secrets (id, organisation_id, key_id, ciphertext) values ($1, $2, $3, $4)',
    [secretId, organisationId, keyId, ciphertext],
  );
  return secretId;
}

interface JobSeed {
  passwordRef?: string | null;
  userPasswordRef?: string | null;
  /** Of the ledger: status and output of each sub-step that is not pending. */
  ledger?: Record<string, { status: string; output?: object | null; attemptStartedAt?: string }>;
}

/** A job as step 6 has left it. */
async function jobWith({ passwordRef = null, userPasswordRef = null, ledger = {} }: JobSeed) {
  const { id: restaurantId } = await seedRestaurant(harness);
  const { id: batchId, jobIds } = await createBatch(harness, [restaurantId]);
  const jobId = jobIds[0] ?? '';
  const config = {
    account: { registerNewUser: true, email: 'owner@kitchen.example', passwordRef, ownerKey: 'owner-key' },
    onboarding: { userName: 'Mereana', userEmail: 'mereana@kitchen.example', userPasswordRef },
  };
  await harness.sql.query('update registration_jobs set execution_config = $2 where id = $1', [
    jobId,
    JSON.stringify(config),
  ]);
  for (const [key, { status, output = null, attemptStartedAt = null }] of Object.entries(ledger)) {
    await harness.sql.query(
      `update registration_sub_steps set status = $3, output = $4, attempt_started_at = $5 where job_id = $1 and key = $2`,
      [jobId, key, status, output && JSON.stringify(output), attemptStartedAt],
    );
  }
  await harness.sql.query('select registration.refresh_from_ledger($1)', [jobId]);
  return { jobId, batchId };
}

const reveal = (
  jobId: string,
  body: object,
  options: { token?: string; headers?: Record<string, string> } = {},
) => harness.call('POST', `${BASE}/jobs/${jobId}/credentials/reveal`, { body, ...options });
const asked = { which: 'account', reason: 'The owner asked for it.' };
const trail = async (jobId: string) =>
  (
    await harness.sql.query<{ actor: string; reason: string; data: object }>(
      `select actor, reason, data from registration_events where job_id = $1 and kind = 'credentials.revealed'`,
      [jobId],
    )
  ).rows;

const madeAccount = (secretId: string | null) => ({
  cloudwaitressAccount: {
    status: 'completed',
    output: { email: 'owner@kitchen.example', pumpd_user_id: 'u1', secret_id: secretId, attached: false },
  },
});

describe('an account that exists', () => {
  test('its password is shown with the login, once the trail says to whom and why', async () => {
    const secretId = await keep(WORD);
    const { jobId } = await jobWith({ passwordRef: secretId, ledger: madeAccount(secretId) });
    const answer = await reveal(jobId, asked);
    expect(answer).toMatchObject({
      status: 200,
      json: { job_id: jobId, which: 'account', login: 'owner@kitchen.example', password: WORD },
    });
    expect(answer.headers.get('cache-control')).toBe('no-store');
    // A hash of the answer would let the password be guessed.
    expect(answer.headers.has('etag')).toBe(false);
    expect(await trail(jobId)).toEqual([
      { actor: '0d5e1a00-0000-4000-8000-0000000000a1', reason: asked.reason, data: { which: 'account' } },
    ]);
  });

  test('the password stands in no log, no event and no stored key, and each time is written down', async () => {
    const secretId = await keep(WORD);
    const { jobId } = await jobWith({ passwordRef: secretId, ledger: madeAccount(secretId) });
    const headers = { 'idempotency-key': randomUUID() };
    expect(await reveal(jobId, asked, { headers })).toMatchObject({ status: 200 });
    expect(await reveal(jobId, asked, { headers })).toMatchObject({ status: 200 });
    expect(await trail(jobId)).toHaveLength(2);
    const stored = await harness.sql.query<{ row: string }>(
      `select t::text as row from registration_events t union all select t::text from idempotency_keys t
       union all select t::text from sealed_secrets t`,
    );
    expect(harness.logs.length).toBeGreaterThan(0);
    expect([...harness.logs, ...stored.rows.map(({ row }) => row)].join('\n')).not.toContain(WORD);
  });

  test('of a shared one, the password of the job that made it is shown', async () => {
    const [made, own] = [await keep(WORD), await keep('of a configuration that made nothing')];
    const ledger = {
      cloudwaitressAccount: {
        status: 'completed',
        output: { email: 'Shared@kitchen.example', pumpd_user_id: 'u1', secret_id: made, attached: true },
      },
    };
    const { jobId } = await jobWith({ passwordRef: own, ledger });
    expect((await reveal(jobId, asked)).json).toMatchObject({
      login: 'Shared@kitchen.example',
      password: WORD,
    });
  });

  test('a trail that cannot be written keeps the password in', async () => {
    const secretId = await keep(WORD);
    const { jobId } = await jobWith({ passwordRef: secretId, ledger: madeAccount(secretId) });
    await harness.sql.query('revoke insert on registration_events from service_role');
    try {
      const answer = await reveal(jobId, asked);
      expect(answer.status).toBe(500);
      expect(answer.text).not.toContain(WORD);
    } finally {
      await harness.sql.query('grant insert on registration_events to service_role');
    }
  });
});

describe('there is nothing to show', () => {
  test.each([
    ['before there is an account', 'account', { cloudwaitressAccount: { status: 'in_progress' } }],
    ['when a person skipped it', 'account', { cloudwaitressAccount: { status: 'skipped' } }],
    ['before there is a user', 'onboarding', { createOnboardingUser: { status: 'failed' } }],
    ['for an account whose password we never had', 'account', madeAccount(null)],
    ['for a password that is not stored any more', 'account', madeAccount(randomUUID())],
    ["for a secret that is another organisation's", 'account', null],
    [
      'for a password that came after the user was made',
      'onboarding',
      { createOnboardingUser: { status: 'completed', output: {}, attemptStartedAt: '2020-01-01T00:00:00Z' } },
    ],
  ] as const)('%s', async (_when, which, given) => {
    const ledger = given ?? madeAccount(await keep(WORD, harness.otherOrganisation));
    const [passwordRef, userPasswordRef] = [await keep(WORD), await keep(WORD)];
    const { jobId } = await jobWith({ passwordRef, userPasswordRef, ledger });
    const answer = await reveal(jobId, { ...asked, which });
    expect(answer).toMatchObject({ status: 409, json: { error: { code: 'INVALID_STATUS' } } });
    expect(answer.text).not.toContain(WORD);
    expect(await trail(jobId)).toEqual([]);
  });
});

test('the password of an onboarding user is its own', async () => {
  const userPasswordRef = await keep(WORD);
  const ledger = {
    createOnboardingUser: { status: 'completed', output: {}, attemptStartedAt: '2100-01-01T00:00:00Z' },
  };
  const { jobId } = await jobWith({ passwordRef: await keep('another'), userPasswordRef, ledger });
  expect((await reveal(jobId, { ...asked, which: 'onboarding' })).json).toMatchObject({
    login: 'mereana@kitchen.example',
    password: WORD,
  });
});

describe('who may', () => {
  test('a plain user may not; an administrator of another organisation finds no such job; support may', async () => {
    const secretId = await keep(WORD);
    const { jobId } = await jobWith({ passwordRef: secretId, ledger: madeAccount(secretId) });
    const { user, stranger, superAdmin } = harness.tokens;
    expect(await reveal(jobId, asked, { token: user })).toMatchObject({
      status: 403,
      json: { error: { code: 'FORBIDDEN' } },
    });
    const others = await reveal(jobId, asked, { token: stranger });
    const unknown = await reveal(randomUUID(), asked, { token: stranger });
    expect([others.status, others.text]).toEqual([404, unknown.text]);
    expect(await trail(jobId)).toEqual([]);
    expect(await reveal(jobId, asked, { token: superAdmin })).toMatchObject({ status: 200 });
  });

  test('nobody without a reason', async () => {
    const secretId = await keep(WORD);
    const { jobId } = await jobWith({ passwordRef: secretId, ledger: madeAccount(secretId) });
    for (const body of [{ which: 'account' }, { which: 'account', reason: ' ' }]) {
      expect(await reveal(jobId, body)).toMatchObject({
        status: 400,
        json: { error: { code: 'VALIDATION_FAILED' } },
      });
    }
  });
});

test('ids of secrets and owners stand in no answer', async () => {
  const secretId = await keep(WORD);
  const userPasswordRef = await keep(WORD);
  const { jobId, batchId } = await jobWith({
    passwordRef: secretId,
    userPasswordRef,
    ledger: madeAccount(secretId),
  });
  await harness.sql.query(
    `update registration_jobs set execution_results = jsonb_build_object('cloudwaitressAccount', $2::jsonb) where id = $1`,
    [jobId, JSON.stringify(madeAccount(secretId).cloudwaitressAccount.output)],
  );
  const paths = [
    `/jobs/${jobId}`,
    `/jobs/${jobId}/events`,
    `/${batchId}`,
    `/${batchId}/steps/6`,
    '/action-required',
  ];
  const texts = [];
  for (const path of paths) texts.push((await harness.call('GET', `${BASE}${path}`)).text);
  const watching = new AbortController();
  const stream = await fetch(`${harness.url}${BASE}/${batchId}/events`, {
    headers: { authorization: `Bearer ${harness.tokens.admin}` },
    signal: watching.signal,
  });
  const decoder = new TextDecoder();
  let events = '';
  for await (const bytes of stream.body ?? []) {
    events += decoder.decode(bytes as Uint8Array, { stream: true });
    if (events.includes('event: ready') && events.trimEnd().endsWith('}')) break;
  }
  watching.abort();
  const told = [...texts, events].join('\n');
  // What else the account gave is told.
  expect(told.match(/pumpd_user_id":"u1"/g)?.length).toBeGreaterThanOrEqual(4);
  for (const hidden of [secretId, userPasswordRef, 'owner-key', 'secret_id'])
    expect(told).not.toContain(hidden);
});

test('who marks an account as done by hand names no stored secret', async () => {
  const { jobId } = await jobWith({});
  const answer = await harness.call('PATCH', `${BASE}/jobs/${jobId}/steps/6/sub-steps/cloudwaitressAccount`, {
    body: { status: 'completed', reason: 'By hand.', output: { secret_id: await keep(WORD) } },
  });
  expect(answer).toMatchObject({ status: 400, json: { error: { code: 'VALIDATION_FAILED' } } });
});
