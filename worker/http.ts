/** What probes and scrapers ask the worker. Nothing of anybody's data, and nothing can be changed here. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { mayReadMetrics } from '../domain/metrics-access';
import type { WorkerSettings } from '../domain/settings';
import type { Health } from './health';
import type { Telemetry } from './telemetry';

export interface HealthServer {
  close(): Promise<void>;
}

type HttpSettings = Pick<WorkerSettings, 'WORKER_HTTP_PORT' | 'WORKER_HTTP_HOST' | 'METRICS_TOKEN'>;

/** @returns null when the settings want none. @throws when the port cannot be had */
export async function serveHealth(
  settings: HttpSettings,
  health: Health,
  metrics: Telemetry['metrics'],
  log: { info(line: string): void },
): Promise<HealthServer | null> {
  const { WORKER_HTTP_PORT: port, WORKER_HTTP_HOST: host } = settings;
  if (port === 0) return null;
  const access = { token: settings.METRICS_TOKEN, host };
  const server = createServer((request, response) => {
    answer(request, response, { health, metrics, access }).catch(() => {
      if (response.headersSent) response.destroy();
      else tell(response, 500, { success: false });
    });
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  const { address, port: bound } = server.address() as AddressInfo;
  log.info(`Health is told at http://${address}:${bound}`);
  return {
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

interface Told {
  health: Health;
  metrics: Telemetry['metrics'];
  access: { token: string | undefined; host: string };
}

async function answer(
  { method, url = '/', headers }: IncomingMessage,
  response: ServerResponse,
  { health, metrics, access }: Told,
): Promise<void> {
  if (method !== 'GET' && method !== 'HEAD') return tell(response, 405, { success: false });
  const path = url.split('?', 1)[0];
  // An answer is the proof: with its event loop stuck, the process gives none.
  if (path === '/healthz') return tell(response, 200, { success: true, status: 'alive' });
  if (path === '/readyz') {
    const readiness = await health.readiness();
    return tell(response, readiness.success ? 200 : 503, readiness);
  }
  if (path !== '/metrics' || metrics === undefined) return tell(response, 404, { success: false });
  if (!mayReadMetrics(access, headers.authorization)) return tell(response, 401, { success: false });
  const { contentType, body } = await metrics();
  response.writeHead(200, { 'content-type': contentType }).end(body);
}

function tell(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json', 'cache-control': 'no-store' });
  response.end(JSON.stringify(body));
}
