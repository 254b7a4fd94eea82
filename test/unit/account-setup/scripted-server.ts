import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface SeenRequest {
  method: string;
  path: string;
  headers: IncomingHttpHeaders;
  body: unknown;
}

/** `hang`: no answer ever; `reset`: the connection breaks after the request was read. `raw` is sent as it is. */
export type ScriptedAnswer =
  | { status?: number; headers?: Record<string, string>; json: unknown }
  | { status?: number; headers?: Record<string, string>; raw: string | Uint8Array }
  | 'hang'
  | 'reset';

export interface ScriptedServer {
  url: string;
  requests: SeenRequest[];
  /** What the next requests are answered with. */
  answer(respond: (request: SeenRequest) => ScriptedAnswer): void;
  close(): Promise<void>;
}

/** A loopback HTTP server whose answers a test writes. */
export async function scriptedServer(): Promise<ScriptedServer> {
  let respond: (request: SeenRequest) => ScriptedAnswer = () => ({ status: 404, json: {} });
  const requests: SeenRequest[] = [];
  const server = createServer((request, response) => {
    let text = '';
    request.on('data', (chunk: Buffer) => (text += chunk.toString('utf8')));
    request.on('end', () => {
      const { method = '', url = '', headers } = request;
      const seen = {
        method,
        path: url,
        headers,
        body: text === '' ? undefined : (JSON.parse(text) as unknown),
      };
      requests.push(seen);
      const answer = respond(seen);
      if (answer === 'hang') return;
      if (answer === 'reset') return void request.socket.resetAndDestroy();
      response.writeHead(answer.status ?? 200, { 'content-type': 'application/json', ...answer.headers });
      response.end('raw' in answer ? answer.raw : JSON.stringify(answer.json));
    });
  });
  await new Promise<void>((listening) => server.listen(0, '127.0.0.1', listening));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    answer: (next) => {
      respond = next;
    },
    close: () =>
      new Promise((done) => {
        server.closeAllConnections();
        server.close(() => done());
      }),
  };
}
