/** How many scripts may be logged in to one owner's account at once: the ledger decides, whoever asks. */
import { randomUUID } from 'node:crypto';
import { type Pool } from 'pg';
import { type BeginAttemptResult, type SubStepRow } from '../../../domain/record';
import { type SubStepKey } from '../../../domain/sub-steps';
import { migratedDatabase, startServer, type TestServer } from './database';
import { snapshot } from '../../helpers/snapshot';
import { apply, call, ledgerRow, seedBatch, type Json } from './record';

let server: TestServer;
let pool: Pool;
beforeAll(async () => {
  server = await startServer();
  pool = await migratedDatabase(server);
});
afterAll(async () => {
  await pool.end();
  await server.stop();
});

const KEY: SubStepKey = 'websiteConfig';
const LONG_MS = 600_000;

interface Asking {
  key?: SubStepKey;
  generation?: number;
  attempt?: number;
  limit?: number;
  scriptMs?: number;
}

/** An owner's account in a batch of so many restaurants, and how its scripts ask to log in. */
async function account(restaurants: number, more: Json = {}) {
  const batch = await seedBatch(pool, restaurants, more);
  const sessionKey = randomUUID();
  const job = (index: number): string => batch.jobIds[index] ?? '';
  const ask = (index: number, asking: Asking = {}): Promise<BeginAttemptResult> =>
    call(pool, 'begin_sub_step_attempt', {
      job_id: job(index),
      key: asking.key ?? KEY,
      generation: asking.generation ?? 0,
      expected_attempt: asking.attempt ?? 0,
      session_key: sessionKey,
      session_limit: asking.limit ?? 1,
      script_ms: asking.scriptMs ?? LONG_MS,
    });
  const write = (index: number, part: Partial<SubStepRow>) =>
    apply(pool, {
      job_id: job(index),
      sub_steps: [{ key: KEY, generation: 0, attempt: 1, status: 'pending', ...part }],
    });
  return { batch, job, ask, write, sessionKey };
}

const busy = (place: number, in_use = 1): BeginAttemptResult => ({
  begun: false,
  refused: 'busy',
  in_use,
  place,
});
const BEGUN = { begun: true };

test('of many that ask at once, as many begin as there are sessions', async () => {
  const { ask } = await account(12);
  const answers = await Promise.all(Array.from({ length: 12 }, (_unused, index) => ask(index, { limit: 3 })));
  expect(answers.filter(({ begun }) => begun)).toHaveLength(3);
  expect(answers.filter((answer) => !answer.begun && answer.refused === 'busy')).toHaveLength(9);
});

test('a refusal begins and counts nothing, and says how many are in use and whose turn it is', async () => {
  const { ask, job } = await account(4);
  expect(await ask(0, { limit: 2 })).toMatchObject(BEGUN);
  expect(await ask(0, { limit: 2, key: 'menuImport' })).toMatchObject(BEGUN);
  const before = await ledgerRow(pool, job(1), KEY);
  expect(await ask(1, { limit: 2 })).toEqual(busy(1, 2));
  expect(await ask(2, { limit: 2 })).toEqual(busy(2, 2));
  expect(await ask(1, { limit: 2 })).toEqual(busy(1, 2));
  expect(await ledgerRow(pool, job(1), KEY)).toEqual(before);
});

test('another account, another organisation and a script that does not log in are not concerned', async () => {
  const one = await account(3);
  expect(await one.ask(0)).toMatchObject(BEGUN);
  const { job_id, ...rest } = {
    job_id: one.job(1),
    key: KEY,
    generation: 0,
    expected_attempt: 0,
    script_ms: LONG_MS,
  };
  const elsewhere = { ...rest, session_key: randomUUID(), session_limit: 1 };
  expect(await call(pool, 'begin_sub_step_attempt', { job_id, ...elsewhere })).toMatchObject(BEGUN);
  const stranger = await seedBatch(pool);
  const same = { ...rest, session_key: one.sessionKey, session_limit: 1, job_id: stranger.jobId };
  expect(await call(pool, 'begin_sub_step_attempt', same)).toMatchObject(BEGUN);
  expect(await call(pool, 'begin_sub_step_attempt', { ...rest, job_id: one.job(2) })).toMatchObject(BEGUN);
});

test('a session without its limit or without an end of its script is a mistake', async () => {
  const { batch, sessionKey } = await account(1);
  const claim = {
    job_id: batch.jobId,
    key: KEY,
    generation: 0,
    expected_attempt: 0,
    session_key: sessionKey,
  };
  for (const part of [{ session_limit: 1 }, { script_ms: LONG_MS }]) {
    const claimed = call(pool, 'begin_sub_step_attempt', { ...claim, ...part });
    await expect(claimed).rejects.toMatchObject({ code: '22023' });
  }
});

describe('a session ends', () => {
  test.each<[string, Partial<SubStepRow>]>([
    ['completed', { status: 'completed', output: {} }],
    ['failed for a reason that was told', { status: 'failed', error_type: 'WrongPassword' }],
    ['to be tried again for a reason that was told', { status: 'retrying', error_type: 'RateLimited' }],
  ])('with its answer: %s', async (_name, end) => {
    const { ask, write } = await account(2);
    await ask(0);
    expect(await ask(1)).toEqual(busy(1));
    await write(0, end);
    expect(await ask(1)).toMatchObject(BEGUN);
  });

  test.each<[string, Partial<SubStepRow>[]]>([
    ['the row still runs', []],
    ['unclear', [{ status: 'retrying', error_type: 'OutcomeUnclear' }]],
    ['unclear, a person is asked', [{ status: 'failed', error_type: 'OutcomeUnclear' }]],
    ['cancelled while it ran', [{ status: 'cancelled', attempt: null }]],
    [
      'found before its script has certainly ended',
      [
        { status: 'retrying', error_type: 'OutcomeUnclear' },
        { status: 'completed', output: {}, proof: 'read_back' },
      ],
    ],
  ])('without one, when its script has certainly ended: %s', async (_name, writes) => {
    const { ask, write, job } = await account(2);
    await ask(0);
    for (const part of writes) await write(0, part);
    expect(await ask(1)).toEqual(busy(1));
    await pool.query('update registration_sub_steps set script_until = now() where job_id = $1', [job(0)]);
    expect(await ask(1)).toMatchObject(BEGUN);
  });

  test('of a closed job too', async () => {
    const { ask, job } = await account(2);
    await ask(0);
    await call(pool, 'close_job', { job_id: job(0), status: 'failed', reason: 'Its run was terminated.' });
    expect(await ask(1)).toEqual(busy(1));
    await pool.query('update registration_sub_steps set script_until = now() where job_id = $1', [job(0)]);
    expect(await ask(1)).toMatchObject(BEGUN);
  });

  test('a repeat of the same sub-step does not wait for itself', async () => {
    const { ask, write } = await account(1);
    await ask(0);
    await write(0, { status: 'retrying', error_type: 'OutcomeUnclear' });
    expect(await ask(0, { attempt: 1 })).toMatchObject({ begun: true, attempt: 2 });
  });

  test('a new generation waits for the script of the last one, whether it logs in or not', async () => {
    const { ask, write, job } = await account(1);
    await ask(0);
    await write(0, { status: 'failed', error_type: 'OutcomeUnclear' });
    expect(await ask(0, { generation: 1 })).toEqual(busy(0));
    await write(0, { generation: 1, attempt: 0 });
    const plain = { job_id: job(0), key: KEY, generation: 1, expected_attempt: 0 };
    expect(await call(pool, 'begin_sub_step_attempt', plain)).toEqual(busy(0));
    await pool.query('update registration_sub_steps set script_until = now() where job_id = $1', [job(0)]);
    expect(await call(pool, 'begin_sub_step_attempt', plain)).toMatchObject(BEGUN);
  });
});

describe('first come, first served', () => {
  /** One session in use, and two that wait for it in this order: job 1, then job 2. */
  async function queue() {
    const made = await account(4);
    await made.ask(0);
    expect(await made.ask(1)).toEqual(busy(1));
    expect(await made.ask(2)).toEqual(busy(2));
    const free = () => made.write(0, { status: 'completed', output: {} });
    return { ...made, free };
  }

  test('whoever asks later waits for those that asked before', async () => {
    const { ask, free } = await queue();
    await free();
    expect(await ask(2)).toEqual(busy(2, 0));
    expect(await ask(3)).toEqual(busy(3, 0));
    expect(await ask(1)).toMatchObject(BEGUN);
    expect(await ask(2)).toEqual(busy(1));
  });

  test.each<[string, (made: Awaited<ReturnType<typeof queue>>) => Promise<unknown>]>([
    [
      'whose job is being cancelled',
      ({ batch, job }) =>
        call(pool, 'request_cancel', { organisation_id: batch.organisationId, job_id: job(1), actor: 'u' }),
    ],
    ['that is cancelled', ({ write }) => write(1, { status: 'cancelled', attempt: null })],
    ['that a person skipped', ({ write }) => write(1, { status: 'skipped', attempt: null })],
    [
      'whose job is closed',
      ({ job }) => apply(pool, { job_id: job(1), job: snapshot({ status: 'failed', closure: 'given_up' }) }),
    ],
    [
      'that asks no more, its run was terminated',
      ({ job }) =>
        pool.query(
          `update registration.session_waits set asked_at = now() - interval '61 seconds' where job_id = $1`,
          [job(1)],
        ),
    ],
  ])('one %s holds nobody up', async (_name, leave) => {
    const made = await queue();
    await made.free();
    expect(await made.ask(2)).toEqual(busy(2, 0));
    await leave(made);
    expect(await made.ask(2)).toMatchObject(BEGUN);
  });

  test('nor do those of a batch that is being cancelled', async () => {
    const { ask, write, sessionKey, batch } = await account(1);
    await ask(0);
    const other = await seedBatch(pool, 1);
    await pool.query('update registration_jobs set organisation_id = $1 where id = $2', [
      batch.organisationId,
      other.jobId,
    ]);
    const claim = { job_id: other.jobId, key: KEY, generation: 0, expected_attempt: 0, script_ms: LONG_MS };
    const waits = await call(pool, 'begin_sub_step_attempt', {
      ...claim,
      session_key: sessionKey,
      session_limit: 1,
    });
    expect(waits).toEqual(busy(1));
    expect(await ask(0, { key: 'menuImport' })).toEqual(busy(2));
    await write(0, { status: 'completed', output: {} });
    expect(await ask(0, { key: 'menuImport' })).toEqual(busy(2, 0));
    const cancel = { organisation_id: other.organisationId, batch_id: other.batchId, actor: 'u' };
    await call(pool, 'request_cancel', cancel);
    expect(await ask(0, { key: 'menuImport' })).toMatchObject(BEGUN);
  });

  test('one that was away keeps its place', async () => {
    const { ask, job, free } = await queue();
    await pool.query(
      `update registration.session_waits set asked_at = now() - interval '5 minutes' where job_id = $1`,
      [job(1)],
    );
    expect(await ask(2)).toEqual(busy(1));
    expect(await ask(1)).toEqual(busy(1));
    await free();
    expect(await ask(2)).toEqual(busy(2, 0));
    expect(await ask(1)).toMatchObject(BEGUN);
  });
});

test('begins, cancels and publications of one account’s jobs, all at once, never lock each other out', async () => {
  const { batch, ask, write, job } = await account(8);
  const cancel = (part: Json): Promise<Json> =>
    call(pool, 'request_cancel', { organisation_id: batch.organisationId, actor: 'u', ...part });
  const work = batch.jobIds.flatMap((_id, index) => [
    ask(index, { limit: 2 }),
    ask(index, { limit: 2, key: 'menuImport' }),
    write(index, { status: 'retrying', error_type: 'RateLimited' }),
    apply(pool, { job_id: job(index), job: snapshot({ revision: index + 1 }) }),
  ]);
  await expect(
    Promise.all([...work, cancel({ job_id: job(3) }), cancel({ batch_id: batch.batchId })]),
  ).resolves.toBeDefined();
});

test('those that hold a session never exceed the limit, whatever the order of events', async () => {
  const { ask, write, job } = await account(6);
  const attempts = new Map<number, number>();
  for (let round = 0; round < 60; round += 1) {
    const index = (round * 7 + (round % 3)) % 6;
    const { status } = (await ledgerRow(pool, job(index), KEY)) as { status: string };
    if (status === 'in_progress')
      await write(index, {
        status: 'retrying',
        error_type: 'RateLimited',
        attempt: attempts.get(index) ?? 1,
      });
    const begun = await ask(index, { limit: 2, attempt: attempts.get(index) ?? 0 });
    if (begun.begun) attempts.set(index, begun.attempt);
    const { rows } = await pool.query<{ n: string }>(
      `select count(*) as n from registration_sub_steps where status = 'in_progress' and job_id = any ($1)`,
      [[0, 1, 2, 3, 4, 5].map(job)],
    );
    expect(Number(rows[0]?.n)).toBeLessThanOrEqual(2);
  }
  expect(attempts.size).toBe(6);
});
