/** The outside world of the comparison: takes any call, keeps a ledger of them, and answers after a set time. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { freePort } from '../../dev/stack/ports';
import { CALLS } from './flow';
import { CallLedger } from './ledger';

export interface Target {
  readonly url: string;
  readonly ledger: CallLedger;
  /** How long each call takes, ms. */
  callMs: number;
  close(): Promise<void>;
}

/** `POST /calls/:jobId/:call` acts; `GET` on the same path tells whether the effect is there (200) or not (404). */
export async function startTarget(): Promise<Target> {
  const ledger = new CallLedger();
  const port = await freePort();
  const server = createServer((request, response) => {
    serve(target, request, response).catch((error: unknown) => response.destroy(error as Error));
  });
  const target: Target = {
    url: `http://127.0.0.1:${port}`,
    ledger,
    callMs: 0,
    close: async () => {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      server.closeAllConnections();
      await closed;
    },
  };
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1' }, resolve);
  });
  return target;
}

async function serve(
  { ledger, callMs }: Target,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const named = /^\/calls\/([\w-]+)\/(\w+)$/.exec(request.url ?? '');
  const call = CALLS.find((known) => known === named?.[2]);
  const jobId = named?.[1];
  if (!call || !jobId) return answer(response, 404);
  if (request.method === 'GET') return answer(response, ledger.hasEffect(jobId, call) ? 200 : 404);
  ledger.arrived({ jobId, call, at: performance.now() });
  request.resume();
  if (callMs > 0) await sleep(callMs);
  ledger.tookEffect(jobId, call);
  answer(response, 200);
}

function answer(response: ServerResponse, status: 200 | 404): void {
  response.writeHead(status, { 'content-type': 'application/json' });
  response.end(status === 200 ? '{"success":true}' : '{"success":false}');
}
