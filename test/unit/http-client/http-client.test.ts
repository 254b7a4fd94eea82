import type { IncomingMessage } from 'node:http';
import { createServer as createTcpServer, type AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';
import { MAX_RESPONSE_BYTES, parseRetryAfter, sendRequest } from '../../../activities/http-client';
import { closeServers, readBody, serve } from '../../helpers/loopback';

const target = { system: 'backend', route: '/' } as const;
afterEach(closeServers);

describe('sendRequest', () => {
  it('sends JSON with our headers and reads a JSON answer of any status', async () => {
    let seen: { headers: IncomingMessage['headers']; body: string } | undefined;
    const url = await serve((request, response) => {
      void readBody(request).then((body) => {
        seen = { headers: request.headers, body };
        response.writeHead(429, { 'content-type': 'application/json', 'retry-after': '7' }).end('{"a":1}');
      });
    });
    const outcome = await sendRequest({
      method: 'POST',
      target,
      url,
      headers: { 'X-Service-Key': 'k' },
      body: { name: 'Kōwhai' },
      timeoutMs: 5_000,
      correlationId: 'c-1',
    });
    expect(outcome).toMatchObject({ kind: 'response', status: 429, json: { a: 1 }, retryAfterMs: 7_000 });
    expect(seen?.body).toBe('{"name":"Kōwhai"}');
    expect(seen?.headers).toMatchObject({
      'content-type': 'application/json',
      'x-service-key': 'k',
      'x-correlation-id': 'c-1',
      'user-agent': expect.stringContaining('registration-orchestrator'),
    });
  });

  it('does not follow a redirect', async () => {
    let requests = 0;
    const url = await serve((_request, response) => {
      requests += 1;
      response.writeHead(302, { location: '/elsewhere' }).end();
    });
    expect(await sendRequest({ method: 'GET', target, url, timeoutMs: 5_000 })).toMatchObject({
      kind: 'response',
      status: 302,
    });
    expect(requests).toBe(1);
  });

  it.each([
    ['HTML', '<html>busy</html>'],
    ['nothing', ''],
    ['truncated JSON', '{"success": tr'],
  ])('gives no JSON for %s', async (_name, body) => {
    const url = await serve((_request, response) => response.writeHead(200).end(body));
    expect(await sendRequest({ method: 'GET', target, url, timeoutMs: 5_000 })).toMatchObject({
      kind: 'response',
      status: 200,
      json: undefined,
    });
  });

  it('gives no JSON for a body that is cut off', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200, { 'content-length': '1000' });
      response.write('{"success":true}', () => response.destroy());
    });
    expect(await sendRequest({ method: 'GET', target, url, timeoutMs: 5_000 })).toMatchObject({
      kind: 'response',
      json: undefined,
    });
  });

  it('stops reading past the size cap', async () => {
    const url = await serve((_request, response) => {
      response.writeHead(200);
      response.end(Buffer.alloc(MAX_RESPONSE_BYTES + 1, 32));
    });
    expect(await sendRequest({ method: 'GET', target, url, timeoutMs: 10_000 })).toEqual({
      kind: 'lost',
      reason: 'too_large',
    });
  });

  it('tells a timeout from a cancellation, before and while the body arrives', async () => {
    let answered: () => void = () => undefined;
    const url = await serve((request, response) => {
      if (request.url === '/body') response.writeHead(200).write('{');
      answered();
    });
    expect(await sendRequest({ method: 'POST', target, url, timeoutMs: 100 })).toEqual({
      kind: 'lost',
      reason: 'timeout',
    });
    expect(await sendRequest({ method: 'POST', target, url: `${url}/body`, timeoutMs: 100 })).toEqual({
      kind: 'lost',
      reason: 'timeout',
    });
    const abort = new AbortController();
    answered = () => abort.abort();
    expect(
      await sendRequest({ method: 'POST', target, url, timeoutMs: 20_000, signal: abort.signal }),
    ).toEqual({
      kind: 'lost',
      reason: 'aborted',
    });
    expect(
      await sendRequest({ method: 'POST', target, url, timeoutMs: 20_000, signal: abort.signal }),
    ).toEqual({
      kind: 'not_sent',
      reason: 'aborted',
    });
  });

  it('calls an answer lost when the connection breaks after sending', async () => {
    const url = await serve((request) => request.socket.resetAndDestroy());
    expect(await sendRequest({ method: 'POST', target, url, body: {}, timeoutMs: 5_000 })).toEqual({
      kind: 'lost',
      reason: 'reset',
    });
  });

  it('keeps connections open for reads alone', async () => {
    const ports: Record<string, Set<unknown>> = {};
    const url = await serve((request, response) => {
      (ports[request.method ?? ''] ??= new Set()).add(request.socket.remotePort);
      response.end('{}');
    });
    for (const method of ['GET', 'POST', 'GET', 'POST', 'GET', 'POST'] as const) {
      await sendRequest({ method, target, url, timeoutMs: 5_000 });
    }
    expect(ports['GET']?.size).toBe(1);
    expect(ports['POST']?.size).toBe(3);
  });

  it('knows that nothing was sent when nobody listens', async () => {
    const closed = createTcpServer();
    await new Promise<void>((listening) => closed.listen(0, '127.0.0.1', listening));
    const { port } = closed.address() as AddressInfo;
    await new Promise((done) => closed.close(done));
    expect(
      await sendRequest({ method: 'POST', target, url: `http://127.0.0.1:${port}`, timeoutMs: 5_000 }),
    ).toEqual({
      kind: 'not_sent',
      reason: 'refused',
    });
  });

  it('knows that nothing was sent when the name does not resolve', async () => {
    const outcome = await sendRequest({
      method: 'GET',
      target,
      url: 'http://nowhere.invalid',
      timeoutMs: 9_000,
    });
    expect(outcome).toEqual({ kind: 'not_sent', reason: 'dns' });
  });

  it.each([
    'http://127.0.0.1:9/api/upload-batches/../retry',
    'http://127.0.0.1:9/api/upload-batches/%2E%2e/retry',
    'http://127.0.0.1:9/api/./x',
    'http://127.0.0.1:9/api\\..\\x',
    'http://name:word@127.0.0.1:9/',
    'data:application/json,{"success":true}',
    'file:///etc/passwd',
    'blob:nodedata:x',
    'no address',
  ])('asks no address that is not what it looks like: %s', async (url) => {
    expect(await sendRequest({ method: 'GET', target, url, timeoutMs: 1_000 })).toEqual({
      kind: 'not_sent',
      reason: 'invalid_request',
    });
  });

  it('asks for nothing packed, and unpacks nothing that comes so all the same', async () => {
    let asked: string | string[] | undefined = 'not called';
    const url = await serve((request, response) => {
      asked = request.headers['accept-encoding'];
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(gzipSync(Buffer.alloc(20 * MAX_RESPONSE_BYTES, 32)));
    });
    expect(await sendRequest({ method: 'GET', target, url, timeoutMs: 20_000 })).toMatchObject({
      kind: 'response',
      status: 200,
      json: undefined,
    });
    expect(asked).toBeUndefined();
  });

  it('refuses a header that cannot be sent without quoting it', async () => {
    const outcome = await sendRequest({
      method: 'GET',
      target,
      url: 'http://127.0.0.1:9999',
      headers: { 'X-Service-Key': 'key\nwith newline' },
      timeoutMs: 1_000,
    });
    expect(outcome).toEqual({ kind: 'not_sent', reason: 'invalid_request' });
  });
});

describe('parseRetryAfter', () => {
  const now = Date.parse('2026-11-25T00:00:00Z');
  it.each([
    [null, null],
    ['3', 3_000],
    ['0', 0],
    ['Wed, 25 Nov 2026 00:01:00 GMT', 60_000],
    ['Tue, 24 Nov 2026 00:00:00 GMT', 0],
    ['soon', null],
    ['99999999999999999999999', 86_400_000],
    ['Fri, 31 Dec 9999 23:59:59 GMT', 86_400_000],
  ])('reads %s', (value, expected) => {
    expect(parseRetryAfter(value, now)).toBe(expected);
  });
});
