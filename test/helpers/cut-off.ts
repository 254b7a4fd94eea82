/** An HTTP server before another one that loses an answer: deterministic where killing at the right moment would be luck. */
import { createServer, request, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface CutOff {
  url: string;
  close(): Promise<void>;
}

export interface CutOffOptions {
  /** Takes the first request. Its answer never reaches the client. */
  first: string;
  /** Runs when the first answer has come, before the client's connection is cut. */
  whenAnswered: () => Promise<void>;
  /** Takes all other requests. */
  later: string;
}

export async function startCutOff({ first, whenAnswered, later }: CutOffOptions): Promise<CutOff> {
  let isFirst = true;
  const server = createServer((incoming, outgoing) => {
    const cut = isFirst;
    isFirst = false;
    const upstream = forward(incoming, cut ? first : later);
    upstream.once('error', () => outgoing.destroy());
    upstream.once('response', (response: IncomingMessage) => {
      if (!cut) return void pass(response, outgoing);
      response.resume();
      void whenAnswered().finally(() => outgoing.destroy());
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    close: () => end(server),
  };
}

function forward(incoming: IncomingMessage, base: string): ReturnType<typeof request> {
  const { method, headers, url } = incoming;
  const upstream = request(new URL(url ?? '/', base), { method, headers, agent: false });
  incoming.pipe(upstream);
  return upstream;
}

function pass(response: IncomingMessage, outgoing: ServerResponse): void {
  outgoing.writeHead(response.statusCode ?? 502, response.headers);
  response.pipe(outgoing);
}

async function end(server: Server): Promise<void> {
  const closed = new Promise<void>((resolve) => server.close(() => resolve()));
  server.closeAllConnections();
  await closed;
}
