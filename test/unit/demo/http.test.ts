import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { ApiClient } from '../../../dev/demo/api-client';
import { DemoError, requestJson } from '../../../dev/demo/http';

type Handler = (req: IncomingMessage, res: ServerResponse) => void;

/** Answers the nth request with the nth handler, the last one for all that follow. */
function serving(...handlers: Handler[]) {
  const seen: { method: string | undefined; url: string | undefined; headers: IncomingMessage['headers'] }[] =
    [];
  const server: Server = createServer((req, res) => {
    seen.push({ method: req.method, url: req.url, headers: req.headers });
    req.resume();
    handlers[Math.min(seen.length, handlers.length) - 1]?.(req, res);
  });
  return { server, seen };
}

const json =
  (status: number, body: unknown, headers: Record<string, string> = {}): Handler =>
  (_, res) =>
    void res.writeHead(status, { 'content-type': 'application/json', ...headers }).end(JSON.stringify(body));
const reset: Handler = (req) => void req.socket.destroy();

const running: Server[] = [];
afterEach(() => Promise.all(running.splice(0).map((server) => new Promise((done) => server.close(done)))));

async function start(...handlers: Handler[]) {
  const { server, seen } = serving(...handlers);
  running.push(server);
  await new Promise<void>((ready) => server.listen(0, '127.0.0.1', ready));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return { url, seen, api: new ApiClient({ baseUrl: url, token: () => 'a-token' }) };
}

describe('a request', () => {
  it('waits when it is told to, and is sent again', async () => {
    const { url, seen } = await start(
      json(429, {}, { 'retry-after': '0' }),
      json(503, {}, { 'retry-after': '0' }),
      json(200, { a: 1 }),
    );
    await expect(requestJson({ method: 'POST', url, body: {} })).resolves.toMatchObject({
      status: 200,
      json: { a: 1 },
    });
    expect(seen).toHaveLength(3);
  });

  it('is not repeated when it may have arrived, unless it only reads', async () => {
    const posting = await start(reset, json(200, {}));
    await expect(requestJson({ method: 'POST', url: posting.url, body: {} })).rejects.toThrow(DemoError);
    expect(posting.seen).toHaveLength(1);
    const reading = await start(reset, json(200, {}));
    await expect(requestJson({ method: 'GET', url: reading.url })).resolves.toMatchObject({ status: 200 });
  });

  it('is repeated when sending it twice is sending it once', async () => {
    const { api, seen } = await start(reset, json(200, { success: true }));
    await api.command('POST', '/jobs/one/retry', { step: 6 }, 'a-key');
    expect(seen.map(({ headers }) => headers['idempotency-key'])).toEqual(['a-key', 'a-key']);
  });

  it('waits no longer than its caller has patience for', async () => {
    const { url } = await start(json(503, {}, { 'retry-after': '60' }), json(200, {}));
    await expect(requestJson({ method: 'GET', url, longestPauseMs: 1 })).resolves.toMatchObject({
      status: 200,
    });
  });

  it('ends when it is aborted', async () => {
    const { url } = await start(json(429, {}, { 'retry-after': '60' }));
    const stop = new AbortController();
    const asked = requestJson({ method: 'GET', url, signal: stop.signal });
    stop.abort();
    await expect(asked).rejects.toMatchObject({ name: 'AbortError' });
  });
});

describe('the API', () => {
  const progress = { status: 'in_progress', progress_percent: 10 };

  it('is asked for progress with the tag of the last answer', async () => {
    const { api, seen } = await start(
      json(200, progress, { etag: '"one"' }),
      (_, res) => void res.writeHead(304).end(),
    );
    await expect(api.progress('b')).resolves.toMatchObject({ changed: true });
    await expect(api.progress('b')).resolves.toMatchObject({ changed: false, progress });
    expect(seen.map(({ headers }) => headers['if-none-match'])).toEqual([undefined, '"one"']);
    expect(seen[0]?.headers.authorization).toBe('Bearer a-token');
  });

  it('is quoted when it refuses', async () => {
    const { api } = await start(
      json(409, { success: false, error: { code: 'BATCH_ALREADY_STARTED', message: 'It runs.' } }),
    );
    await expect(api.start('b')).rejects.toMatchObject({
      code: 'BATCH_ALREADY_STARTED',
      message: expect.stringContaining('It runs.'),
    });
  });

  it('is told to answer in another form than expected', async () => {
    const { api } = await start(json(200, { status: 'dancing' }));
    await expect(api.progress('b')).rejects.toThrow(/"status"/);
  });

  const jobs = ['1', '2'].map((digit) => `aaaa0000-0000-4000-8000-00000000000${digit}`) as [string, string];

  it('says for each job what came of an answer', async () => {
    const { api } = await start(
      json(200, {
        results: [{ job_id: jobs[0], result: 'ignored', reason: 'first come' }],
        rejected: [{ job_id: jobs[1], code: 'INVALID_STATUS', message: 'Not now.' }],
      }),
    );
    await expect(api.select('b', {})).resolves.toEqual([
      { jobId: jobs[0], result: 'ignored', reason: 'first come' },
      { jobId: jobs[1], result: 'refused', reason: 'Not now.' },
    ]);
  });

  it('refuses single jobs even where it refuses the whole request', async () => {
    const rejected = [
      { job_id: jobs[0], message: 'Incomplete.', issues: [{ path: 'account.email', message: 'missing' }] },
    ];
    const { api } = await start(
      json(400, { error: { code: 'VALIDATION_FAILED', message: 'None', details: { rejected } } }),
    );
    await expect(api.configure('b', {})).resolves.toEqual([
      { jobId: jobs[0], result: 'refused', reason: expect.stringContaining('account.email: missing') },
    ]);
  });
});
