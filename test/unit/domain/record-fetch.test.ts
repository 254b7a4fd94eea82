import { recordFetch } from '../../../domain/record-fetch';
import { createSupabase } from '../../../domain/supabase';
import { closeServers, readBody, serve } from '../../helpers/loopback';

afterEach(closeServers);

describe('what supabase-js makes of it', () => {
  it('calls a function with our key and reads its answer', async () => {
    let seen: unknown;
    const url = await serve((request, response) => {
      void readBody(request).then((body) => {
        seen = { method: request.method, path: request.url, key: request.headers['apikey'], body };
        response.writeHead(200, { 'content-type': 'application/json' }).end('{"name":"Kōwhai"}');
      });
    });
    const { data, error } = await createSupabase(url, 'service-key').rpc('greet', { p: { word: 'Tēnā' } });
    expect({ data: data as unknown, error }).toEqual({ data: { name: 'Kōwhai' }, error: null });
    const body = '{"p":{"word":"Tēnā"}}';
    expect(seen).toEqual({ method: 'POST', path: '/rest/v1/rpc/greet', key: 'service-key', body });
  });

  it('counts rows without reading any', async () => {
    const url = await serve((request, response) => {
      expect(request.method).toBe('HEAD');
      response.writeHead(206, { 'content-range': '0-9/37' }).end();
    });
    const rows = createSupabase(url, 'key').from('rows').select('id', { count: 'exact', head: true });
    expect(await rows).toMatchObject({ count: 37, error: null });
  });

  it('takes an answer without a body', async () => {
    const url = await serve((_request, response) => response.writeHead(204).end());
    const write = createSupabase(url, 'key').from('rows').update({ a: 1 }).eq('id', 1);
    expect(await write).toMatchObject({ data: null, error: null, status: 204 });
  });

  it('gives the database’s own code of an error', async () => {
    const url = await serve((_request, response) => response.writeHead(409).end('{"code":"23505"}'));
    const write = createSupabase(url, 'key').from('rows').insert({ id: 1 });
    expect(await write).toMatchObject({ error: { code: '23505' }, status: 409 });
  });

  it('gives no status when nothing answers in time', async () => {
    const url = await serve(() => undefined);
    const call = createSupabase(url, 'key', { timeoutMs: 20 }).rpc('slow');
    expect(await call).toMatchObject({ data: null, error: {}, status: 0 });
  });

  it('ends with the caller’s signal, with a time limit of its own too', async () => {
    const over = new AbortController();
    const url = await serve(() => over.abort());
    const call = createSupabase(url, 'key', { timeoutMs: 60_000 }).rpc('slow').abortSignal(over.signal);
    expect(await call).toMatchObject({ data: null, error: {}, status: 0 });
  });
});

describe('like fetch', () => {
  it('rejects with the reason of its signal', async () => {
    const reason = new Error('enough');
    const over = new AbortController();
    const url = await serve(() => over.abort(reason));
    await expect(recordFetch(url, { signal: over.signal })).rejects.toBe(reason);
  });

  it('tells why nothing was reached', async () => {
    const url = await serve(() => undefined);
    await closeServers();
    const failed = await recordFetch(url).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(TypeError);
    expect(failed).toMatchObject({ cause: { code: 'ECONNREFUSED' } });
  });

  it('rejects when the answer breaks off', async () => {
    const url = await serve((request, response) => {
      response.writeHead(200, { 'content-length': '100' }).write('{"half":');
      setImmediate(() => request.socket.resetAndDestroy());
    });
    await expect(recordFetch(url)).rejects.toThrow(TypeError);
  });

  it('does not send half of what it was given', async () => {
    await expect(recordFetch('http://127.0.0.1:9', { method: 'POST', body: new FormData() })).rejects.toThrow(
      /a text/,
    );
    await expect(recordFetch(new Request('http://127.0.0.1:9'))).rejects.toThrow(/a text/);
  });
});
