import { spawn } from 'node:child_process';
import { randomUUID } from 'node:crypto';
import { once } from 'node:events';
import { createServer, get, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import path from 'node:path';
import { createInterface } from 'node:readline';
import { Client } from 'pg';
import { createApp } from '../../../api/app';
import { composeDeps } from '../../../api/compose';
import type { AppDeps } from '../../../api/deps';
import { createLogger } from '../../../api/logging';
import { readApiSettings } from '../../../domain/settings';
import { freePort } from '../../../dev/stack/ports';
import { DEMO_USERS } from '../../../dev/stack/seed';
import { eventually } from '../../helpers/stack';
import { openStream, type OpenStream, type ReceivedEvent } from './event-stream';
import {
  BASE,
  createBatch,
  seedRestaurant,
  sign,
  startHarness,
  type CreatedBatch,
  type Harness,
} from './harness';

let harness: Harness;
const opened: OpenStream[] = [];

beforeAll(async () => {
  harness = await startHarness();
  // One of these tests takes the database away.
  harness.sql.on('error', () => undefined);
}, 90_000);
afterEach(() => {
  for (const stream of opened.splice(0)) stream.close();
});
afterAll(() => harness?.stop(), 30_000);

async function batchOf(size: number): Promise<CreatedBatch> {
  const restaurants = [];
  for (let n = 0; n < size; n += 1) restaurants.push((await seedRestaurant(harness)).id);
  return createBatch(harness, restaurants, { execution_config: { payment: { includeStripeLink: false } } });
}

async function watch(
  id: string,
  {
    from,
    url = harness.url,
    token = harness.tokens.admin,
  }: { from?: number | string; url?: string; token?: string } = {},
): Promise<OpenStream> {
  const stream = await openStream(`${url}${BASE}/${id}/events`, token, from);
  opened.push(stream);
  return stream;
}

const jobOf = ({ data }: ReceivedEvent) =>
  data['registration_job'] as { id: string; waiting_reason: string | null; steps: Record<string, unknown>[] };
const say = (jobId: string | undefined, reason: string, sql: Pick<Client, 'query'> = harness.sql) =>
  sql.query('update registration_jobs set waiting_reason = $2 where id = $1', [jobId, reason]);
const saidIn = (event: ReceivedEvent) => ({ job: jobOf(event).id, reason: jobOf(event).waiting_reason });

/** Another API on the same stack. */
async function withApp(
  env: Record<string, string>,
  use: (url: string, deps: AppDeps) => Promise<void>,
): Promise<void> {
  const settings = readApiSettings({ ...harness.stack.env, ...env });
  const deps = await composeDeps(settings, createLogger('silent'));
  const server = createServer(createApp(deps)).listen(0, '127.0.0.1');
  await once(server, 'listening');
  try {
    await use(`http://127.0.0.1:${(server.address() as AddressInfo).port}`, deps);
  } finally {
    await deps.watch.close();
    await new Promise((resolve) => {
      server.close(resolve);
      server.closeAllConnections();
    });
    await deps.workflows.close();
  }
}

describe('the events of a batch', () => {
  test('begin with its whole state, and no configuration', async () => {
    const { id, jobIds } = await batchOf(2);
    await harness.sql.query(
      `update registration_jobs set execution_config = '{"account":{}}' where id = $1`,
      [jobIds[0]],
    );
    const ready = await (await watch(id)).next();
    expect(ready).toMatchObject({
      type: 'ready',
      data: { batch_job: { id, status: 'pending' }, registration_jobs: jobIds.map((job) => ({ id: job })) },
    });
    const [job] = ready.data['registration_jobs'] as { steps: { step_number: number }[] }[];
    expect(job?.steps.map(({ step_number }) => step_number)).toEqual([1, 2, 3, 4, 5, 6]);
    expect(JSON.stringify(ready.data)).not.toMatch(/execution_config|includeStripeLink/);
  });

  test('tell a change of a job with its steps as one, and a change of the batch', async () => {
    const { id, jobIds } = await batchOf(2);
    const stream = await watch(id);
    const ready = await stream.next();
    await harness.sql.query('begin');
    await say(jobIds[1], 'first');
    await harness.sql.query(`update registration_job_steps set status = 'in_progress' where job_id = $1`, [
      jobIds[1],
    ]);
    await say(jobIds[1], 'last');
    await harness.sql.query('commit');
    const job = await stream.next();
    expect({ type: job.type, ...saidIn(job) }).toEqual({ type: 'job', job: jobIds[1], reason: 'last' });
    expect(new Set(jobOf(job).steps.map((step) => step['status']))).toEqual(new Set(['in_progress']));
    await harness.sql.query('update registration_batch_jobs set paused_at = now() where id = $1', [id]);
    const batch = await stream.next();
    expect(batch).toMatchObject({
      type: 'batch',
      data: { batch_job: { id, paused_at: expect.any(String) } },
    });
    expect([ready.id < job.id, job.id < batch.id]).toEqual([true, true]);
  });

  test('show a sub-step that begins', async () => {
    const { id, jobIds } = await batchOf(1);
    const stream = await watch(id);
    await stream.next();
    const attempt = { job_id: jobIds[0], key: 'codeGeneration', generation: 0, expected_attempt: 0 };
    await harness.sql.query('select begin_sub_step_attempt($1)', [attempt]);
    const step = jobOf(await stream.nextOf('job')).steps[5];
    expect(step).toMatchObject({
      sub_step_progress: { phases: { phase1: { sub_steps: { codeGeneration: { status: 'in_progress' } } } } },
    });
  });

  test('lose nothing of two transactions of which the first to write is the last to commit', async () => {
    const { id, jobIds } = await batchOf(2);
    const stream = await watch(id);
    await stream.next();
    const slow = new Client({ connectionString: harness.stack.env['DATABASE_URL'] });
    await slow.connect();
    try {
      await slow.query('begin');
      await say(jobIds[0], 'wrote first', slow);
      await say(jobIds[1], 'committed first');
      const first = await stream.next();
      await slow.query('commit');
      const second = await stream.next();
      expect([saidIn(first), saidIn(second)]).toEqual([
        { job: jobIds[1], reason: 'committed first' },
        { job: jobIds[0], reason: 'wrote first' },
      ]);
      expect(second.id).toBeGreaterThan(first.id);
    } finally {
      await slow.end();
    }
  });

  test('go on where a broken stream ended: nothing lost, nothing twice', async () => {
    const { id, jobIds } = await batchOf(3);
    const broken = await watch(id);
    await broken.next();
    await say(jobIds[0], 'seen');
    const seen = await broken.next();
    broken.close();
    await say(jobIds[1], 'missed');
    await say(jobIds[2], 'missed, and changed again');
    await say(jobIds[2], 'missed too');
    const stream = await watch(id, { from: seen.id });
    const missed = [await stream.next(), await stream.next()];
    await say(jobIds[0], 'new');
    const all = [...missed, await stream.next()];
    expect(all.map(saidIn)).toEqual([
      { job: jobIds[1], reason: 'missed' },
      { job: jobIds[2], reason: 'missed too' },
      { job: jobIds[0], reason: 'new' },
    ]);
    expect(all.map((event) => event.id)).toEqual(all.map((event) => event.id).toSorted((a, b) => a - b));
  });

  test.each(['nonsense', '-1', 9_000_000_000_000_000])(
    'after %p, which is no position of it, begin anew',
    async (from) => {
      const { id } = await batchOf(1);
      expect(await (await watch(id, { from })).next()).toMatchObject({ type: 'ready' });
    },
  );
});

test('any number of watchers makes one query at a time', async () => {
  const { id, jobIds } = await batchOf(2);
  let open = 0;
  let most = 0;
  let reads = 0;
  const { batchChanges } = harness.deps.record;
  const spy = jest.spyOn(harness.deps.record, 'batchChanges').mockImplementation(async (...asked) => {
    reads += 1;
    most = Math.max(most, ++open);
    try {
      return await batchChanges(...asked);
    } finally {
      open -= 1;
    }
  });
  try {
    const streams = await Promise.all(Array.from({ length: 12 }, () => watch(id)));
    for (const stream of streams) await stream.next();
    reads = 0;
    await say(jobIds[0], 'one change');
    expect(
      new Set((await Promise.all(streams.map((stream) => stream.next()))).map(({ id: number }) => number))
        .size,
    ).toBe(1);
    expect(most).toBe(1);
    // One for the change; at most two more that were under way.
    expect(reads).toBeLessThanOrEqual(3);
  } finally {
    spy.mockRestore();
  }
});

test('by notification and by polling the same is told in the same order', async () => {
  const { id, jobIds } = await batchOf(3);
  await withApp({ DATABASE_URL: '', WATCH_POLL_MS: '50' }, async (url) => {
    const streams = [await watch(id), await watch(id, { url })];
    const told: ReceivedEvent[][] = [[], []];
    const bothTell = () => Promise.all(streams.map(async (stream, i) => told[i]?.push(await stream.next())));
    await bothTell();
    for (const [n, jobId] of [...jobIds, ...jobIds].entries()) {
      await say(jobId, `change ${n}`);
      await bothTell();
    }
    await harness.sql.query('update registration_batch_jobs set start_requested_at = now() where id = $1', [
      id,
    ]);
    await bothTell();
    expect(told[0]).toHaveLength(8);
    expect(told[1]).toEqual(told[0]);
  });
});

describe('who may watch', () => {
  test("another organisation's batch, an unknown one and no batch at all are answered as everywhere, before any stream", async () => {
    const { id } = await batchOf(1);
    const answers = [
      await harness.call('GET', `${BASE}/${id}/events`, { token: harness.tokens.stranger }),
      await harness.call('GET', `${BASE}/${randomUUID()}/events`),
      await harness.call('GET', `${BASE}/not-an-id/events`),
    ];
    for (const answer of answers) {
      expect({ status: answer.status, body: answer.json }).toMatchObject({
        status: 404,
        body: { success: false, error: { code: 'BATCH_NOT_FOUND' } },
      });
    }
    expect((await harness.call('GET', `${BASE}/${id}/events`, { token: null })).status).toBe(401);
    expect(await (await watch(id, { token: harness.tokens.superAdmin })).next()).toMatchObject({
      type: 'ready',
    });
  });

  test('a stream ends with its token', async () => {
    const { id } = await batchOf(1);
    const claims = { sub: DEMO_USERS.admin.id, aud: 'authenticated' };
    const token = await sign(harness.stack.secrets.jwtSecret, claims, { expiresIn: '2s' });
    expect(await (await watch(id, { token })).ended()).toMatchObject([{ type: 'ready' }]);
  });

  test('so many streams and openings a caller', async () => {
    const { id } = await batchOf(1);
    const refused = { status: 429, code: 'RATE_LIMITED' };
    const ask = async (url: string) => {
      const headers = { authorization: `Bearer ${harness.tokens.admin}` };
      const response = await fetch(`${url}${BASE}/${id}/events`, { headers });
      const { error } = (await response.json()) as { error: { code: string } };
      return { status: response.status, code: error.code };
    };
    await withApp({ WATCH_MAX_STREAMS: '1' }, async (url) => {
      const first = await watch(id, { url });
      await first.next();
      expect(await ask(url)).toEqual(refused);
      first.close();
      await eventually(async () => {
        try {
          await watch(id, { url });
          return true;
        } catch {
          return false; // the server has not noticed yet that the first one left
        }
      });
    });
    await withApp({ RATE_LIMIT_PROGRESS: '1' }, async (url) => {
      await watch(id, { url });
      expect(await ask(url)).toEqual(refused);
    });
  });
});

test('the document says what these two routes answer', async () => {
  const { json } = await harness.call('GET', '/openapi.json', { token: null });
  const paths = json['paths'] as Record<string, { get: { responses: Record<string, { content: object }> } }>;
  const typesOf = (route: string) =>
    Object.keys(paths[`${BASE}/{id}/${route}`]?.get.responses['200']?.content ?? {});
  expect([typesOf('events'), typesOf('export.csv')]).toEqual([['text/event-stream'], ['text/csv']]);
});

test('signs of life come while nothing happens', async () => {
  const { id } = await batchOf(1);
  await withApp({ WATCH_HEARTBEAT_MS: '20' }, async (url) => {
    const stream = await watch(id, { url });
    await stream.next();
    const ended = stream.ended().catch((error: unknown) => error);
    await eventually(() => /^:/m.test(stream.raw()));
    stream.close();
    await ended;
  });
});

test('the connection to the database is held only while somebody watches', async () => {
  const listeners = async () => {
    const sql = `select 1 from pg_stat_activity where application_name = 'registration-api-watch'`;
    return (await harness.sql.query(sql)).rowCount;
  };
  const { id } = await batchOf(1);
  await eventually(async () => (await listeners()) === 0);
  const streams = [await watch(id), await watch(id)];
  for (const stream of streams) await stream.next();
  await eventually(async () => (await listeners()) === 1);
  for (const stream of streams) stream.close();
  await eventually(async () => (await listeners()) === 0);
});

test('what changed while the connection to the database was away is told once it is back', async () => {
  const { id, jobIds } = await batchOf(1);
  await withApp({ WATCH_POLL_MS: '600000' }, async (url) => {
    const stream = await watch(id, { url });
    await stream.next();
    await say(jobIds[0], 'it listens');
    await stream.next();
    await harness.sql.query('begin');
    await harness.sql.query(
      `select pg_terminate_backend(pid, 5000) from pg_stat_activity where application_name = 'registration-api-watch'`,
    );
    await say(jobIds[0], 'nobody heard');
    await harness.sql.query('commit');
    expect(saidIn(await stream.next())).toEqual({ job: jobIds[0], reason: 'nobody heard' });
  });
});

test('a database that cannot be listened to is looked at every so often instead', async () => {
  const { id, jobIds } = await batchOf(1);
  const nobody = `postgres://nobody@127.0.0.1:${await freePort()}/none`;
  await withApp({ DATABASE_URL: nobody, WATCH_POLL_MS: '50' }, async (url) => {
    const stream = await watch(id, { url });
    await stream.next();
    await say(jobIds[0], 'seen all the same');
    expect(saidIn(await stream.next())).toEqual({ job: jobIds[0], reason: 'seen all the same' });
  });
});

test('a look at the headers alone opens no stream', async () => {
  const { id } = await batchOf(1);
  const headers = { authorization: `Bearer ${harness.tokens.admin}` };
  const response = await fetch(`${harness.url}${BASE}/${id}/events`, { method: 'HEAD', headers });
  expect([response.status, await response.text()]).toEqual([200, '']);
});

test('SIGTERM ends every open stream properly, and then the process', async () => {
  const { id } = await batchOf(1);
  const main = path.resolve(__dirname, '../../../dist/api/main.js');
  const child = spawn(process.execPath, [main], {
    env: { ...process.env, ...harness.stack.env, API_PORT: '0' },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  try {
    const url = await readyUrl(child.stdout);
    const streams = [
      await rawStream(`${url}${BASE}/${id}/events`),
      await rawStream(`${url}${BASE}/${id}/events`),
    ];
    const exit = once(child, 'exit');
    child.kill('SIGTERM');
    // A server that waited for them would cut them off in the end.
    expect(await Promise.all(streams.map(endsProperly))).toEqual([true, true]);
    expect(await exit).toEqual([0, null]);
  } finally {
    child.kill('SIGKILL');
  }
}, 60_000);

/** By node:http: fetch takes a connection that breaks off for an end, if it was not to be kept alive. */
async function rawStream(url: string): Promise<IncomingMessage> {
  const asked = get(url, { headers: { authorization: `Bearer ${harness.tokens.admin}` } });
  const [response] = (await once(asked, 'response')) as [IncomingMessage];
  await once(response, 'data');
  return response;
}

async function endsProperly(response: IncomingMessage): Promise<boolean> {
  await new Promise((resolve) => response.on('error', resolve).on('close', resolve).resume());
  return response.complete;
}

async function readyUrl(stdout: NodeJS.ReadableStream): Promise<string> {
  for await (const line of createInterface({ input: stdout })) {
    const [, url] = /^API ready at (\S+)$/.exec(line) ?? [];
    if (url !== undefined) return url;
  }
  throw new Error('The API did not start.');
}

// The last one: the connection of the other tests does not survive it.
test('PostgreSQL stops and starts again: streams stay open and miss nothing', async () => {
  const { id, jobIds } = await batchOf(2);
  const stream = await watch(id);
  await stream.next();
  const postgres = harness.stack.service('postgres');
  await postgres.kill();
  await postgres.start();
  const sql = new Client({ connectionString: harness.stack.env['DATABASE_URL'] });
  await sql.connect();
  try {
    await say(jobIds[0], 'while nobody listened', sql);
    expect(saidIn(await stream.next())).toEqual({ job: jobIds[0], reason: 'while nobody listened' });
    await say(jobIds[1], 'and on', sql);
    expect(saidIn(await stream.next())).toEqual({ job: jobIds[1], reason: 'and on' });
  } finally {
    await sql.end();
  }
}, 60_000);
