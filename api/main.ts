/** The API's process: settings, listen, what it waits for, one ready line, and its end. */
import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { Connection } from '@temporalio/client';
import {
  endOnUncaught,
  listenForStop,
  recordNeed,
  runProgram,
  StartupError,
  temporalNeed,
  waitForNeeds,
  type LifecycleLog,
  type Stop,
} from '../domain/lifecycle';
import { RECONNECTING, SettingsError, readApiSettings, type ApiSettings } from '../domain/settings';
import { lifecycleLog } from '../domain/telemetry/log';
import { startTracing } from '../domain/telemetry/tracing';
import { waitOrAbort } from '../domain/wait';
import { createApp } from './app';
import { composeDeps } from './compose';
import type { AppDeps, Phase } from './deps';
import { createHttpServer } from './http/server';
import { createLogger } from './logging';

async function main(): Promise<void> {
  const settings = readApiSettings(process.env);
  const logger = createLogger(settings.LOG_LEVEL);
  const log = lifecycleLog(logger);
  endOnUncaught(log);
  const tracing = startTracing(settings, 'api', logger);
  const { SHUTDOWN_DELAY_MS: delayMs, SHUTDOWN_GRACE_MS: graceMs, SHUTDOWN_FORCE_MS: forceMs } = settings;
  const stop = listenForStop(delayMs + graceMs + forceMs, log);
  const phase: Phase = { started: false, draining: false };
  stop.signal.addEventListener('abort', () => void (phase.draining = true));
  const deps = await composeDeps(settings, logger, phase);
  // First of all, so that a probe is answered while the API still waits.
  const server = await listen(createHttpServer(createApp(deps), settings), settings);
  try {
    if (await isThere(settings, stop, log)) await serve(deps, server, stop);
  } finally {
    await drain(deps, server);
    await deps.workflows.close();
    await tracing?.stop();
  }
}

/** Waits for Temporal and the database; false: the API was asked to end meanwhile. */
async function isThere(settings: ApiSettings, { signal }: Stop, log: LifecycleLog): Promise<boolean> {
  const { temporal, STARTUP_TIMEOUT_MS: timeoutMs } = settings;
  const connection = Connection.lazy({ ...temporal.connection, ...RECONNECTING });
  try {
    const needs = [temporalNeed(connection, temporal), recordNeed(settings)];
    return await waitForNeeds(needs, { timeoutMs, signal, say: (line) => log.warn(line) });
  } finally {
    await connection.close();
  }
}

/** Until the end is asked for, and for as long after that as load balancers take to see it at `/readyz`. */
async function serve({ phase, settings }: AppDeps, server: Server, stop: Stop): Promise<void> {
  phase.started = true;
  const { address, port } = server.address() as AddressInfo;
  process.stdout.write(`API ready at http://${address}:${port}\n`);
  await stop.happened;
  await waitOrAbort(settings.SHUTDOWN_DELAY_MS, new AbortController().signal);
}

function listen(server: Server, { API_PORT: port, API_HOST: host }: ApiSettings): Promise<Server> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => resolve(server));
  });
}

/** How often connections are looked for whose last answer has been given. */
const CLOSE_IDLE_EVERY_MS = 100;

/** Takes no new connection and lets running requests end; after the grace it cuts them off. */
async function drain({ phase, watch, settings }: AppDeps, server: Server): Promise<void> {
  phase.draining = true;
  // Streams never end by themselves: closed first, or the server would wait for them.
  await watch.close();
  await new Promise<void>((resolve) => {
    const idle = setInterval(() => server.closeIdleConnections(), CLOSE_IDLE_EVERY_MS);
    const late = setTimeout(() => server.closeAllConnections(), settings.SHUTDOWN_GRACE_MS);
    server.close(() => {
      clearInterval(idle);
      clearTimeout(late);
      resolve();
    });
  });
}

runProgram('The API', main, (error) => {
  if (error instanceof SettingsError || error instanceof StartupError) return error.message;
  const isPort = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return isPort ? 'API_PORT is in use: choose another, or stop what uses it.' : undefined;
});
