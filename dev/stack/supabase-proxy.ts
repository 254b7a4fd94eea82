import {
  Agent,
  createServer,
  request,
  type IncomingMessage,
  type Server,
  type ServerResponse,
} from 'node:http';
import { StackError, describe, errorCode } from './errors';

export interface SupabaseProxy {
  /** What SUPABASE_URL is set to. */
  url: string;
  close(): Promise<void>;
}

const REST_PREFIX = '/rest/v1';

/**
 * Puts PostgREST where supabase-js looks for it: `/rest/v1/*` of `port` goes to `/*` of `postgrestPort`, headers and
 * bodies unchanged. Any other path is 404, an absent PostgREST 503 in PostgREST's own error shape.
 */
export async function startSupabaseProxy(port: number, postgrestPort: number): Promise<SupabaseProxy> {
  const agent = new Agent({ keepAlive: true, maxSockets: 64 });
  const server = createServer((incoming, outgoing) => forward(incoming, outgoing, agent, postgrestPort));
  await listen(server, port);
  return {
    url: `http://127.0.0.1:${port}`,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      agent.destroy();
      await closed;
    },
  };
}

function forward(
  incoming: IncomingMessage,
  outgoing: ServerResponse,
  agent: Agent,
  postgrestPort: number,
): void {
  const path = postgrestPath(incoming.url ?? '/');
  if (path === null) {
    answer(outgoing, 404, 'NOT_FOUND', `Only ${REST_PREFIX} is served here`);
    return;
  }
  const { method, headers } = incoming;
  const upstream = request({ host: '127.0.0.1', port: postgrestPort, path, method, headers, agent });
  upstream.once('response', (response) => {
    outgoing.writeHead(response.statusCode ?? 502, response.rawHeaders);
    // Either end may break off in the middle: the other end is cut off too, so that nobody takes a part for the whole.
    response.once('error', () => outgoing.destroy());
    response.pipe(outgoing);
  });
  upstream.once('error', (error) => {
    if (outgoing.headersSent) outgoing.destroy();
    else
      answer(
        outgoing,
        503,
        errorCode(error) ?? 'UNAVAILABLE',
        `PostgREST does not answer: ${describe(error)}`,
      );
  });
  outgoing.once('close', () => {
    if (!outgoing.writableFinished) upstream.destroy();
  });
  incoming.pipe(upstream);
}

function postgrestPath(url: string): string | null {
  if (!url.startsWith(REST_PREFIX)) return null;
  const rest = url.slice(REST_PREFIX.length);
  if (rest === '' || rest.startsWith('?')) return `/${rest}`;
  return rest.startsWith('/') ? rest : null;
}

function answer(outgoing: ServerResponse, status: number, code: string, message: string): void {
  outgoing.writeHead(status, { 'content-type': 'application/json' });
  outgoing.end(JSON.stringify({ code, message, details: null, hint: null }));
}

function listen(server: Server, port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    server.once('error', (error) =>
      reject(new StackError(`The port ${port} cannot be opened: ${describe(error)}`)),
    );
    server.listen({ port, host: '127.0.0.1', exclusive: true }, resolve);
  });
}
