/** The API's process: settings, listen, one ready line; SIGTERM and SIGINT let running requests end first. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { SealingError } from '../domain/sealing';
import { SettingsError, readApiSettings } from '../domain/settings';
import { createApp } from './app';
import { composeDeps } from './compose';
import { createHttpServer } from './http/server';
import { createLogger } from './logging';

const DRAIN_MS = 10_000;

async function main(): Promise<void> {
  const settings = readApiSettings(process.env);
  const log = createLogger(settings.LOG_LEVEL);
  const deps = await composeDeps(settings, log);
  const server = await listen(
    createHttpServer(createApp(deps), settings),
    settings.API_PORT,
    settings.API_HOST,
  );
  const { address, port } = server.address() as AddressInfo;
  process.stdout.write(`API ready at http://${address}:${port}\n`);
  await stopSignal();
  // Streams never end by themselves: closed first, or the server would wait for them.
  await deps.watch.close();
  await drain(server);
  await deps.workflows.close();
}

function listen(server: Server, port: number, host: string): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

function stopSignal(): Promise<void> {
  return new Promise((resolve) => {
    for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => resolve());
  });
}

/** Takes no new connection and lets running requests end; after a while it stops waiting for them. */
function drain(server: Server): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(() => server.closeAllConnections(), DRAIN_MS);
    server.close(() => {
      clearTimeout(timer);
      resolve();
    });
    server.closeIdleConnections();
  });
}

main().catch((error: unknown) => {
  const isOurs = error instanceof SettingsError || error instanceof SealingError;
  const isPort = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  const told = isPort ? 'API_PORT is in use: choose another, or stop what uses it.' : error;
  process.stderr.write(
    `The API stopped: ${isOurs && error instanceof Error ? error.message : String(told)}\n`,
  );
  process.exitCode = 1;
});
