/** The worker's process: settings, telemetry, health, what it waits for, its workers, and its end. */
import type { Client } from '@temporalio/client';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import {
  endOnUncaught,
  engineOfRecord,
  listenForStop,
  OTHER_ENGINE,
  readNamespace,
  recordClient,
  runProgram,
  StartupError,
  waitForNeeds,
  type LifecycleLog,
  type Stop,
} from '../domain/lifecycle';
import { readWorkerSettings, SettingsError, type WorkerSettings } from '../domain/settings';
import { createActivities } from './activities';
import { outsideOf, type Outside } from './connect';
import { Health } from './health';
import { serveHealth } from './http';
import { runUntilStopped } from './run';
import { keepReconcilerSchedule } from './schedule';
import { startTelemetry, type Telemetry } from './telemetry';
import { deploymentVersion, tellWhetherCurrent } from './versioning';
import { createWorkers, workflowCode, type WorkerLimits } from './workers';

/** What the steps below share. */
interface Parts {
  settings: WorkerSettings;
  /** Null: versioning is off. */
  version: WorkerDeploymentVersion | null;
  telemetry: Telemetry;
  stop: Stop;
  outside: Outside;
  health: Health;
}

async function main(): Promise<void> {
  const settings = readWorkerSettings(process.env);
  const version = deploymentVersion(settings);
  const telemetry = await startTelemetry(settings);
  endOnUncaught(telemetry.log);
  const stop = listenForStop(settings.SHUTDOWN_GRACE_MS + settings.SHUTDOWN_FORCE_MS, telemetry.log);
  const outside = outsideOf(settings, telemetry.clientInterceptors);
  const health = new Health(outside, stop.signal);
  const parts: Parts = { settings, version, telemetry, stop, outside, health };
  // First of all, so that a probe is answered while the worker still waits.
  const server = await serveHealth(settings, health, telemetry.metrics, telemetry.log);
  try {
    if (await isThere(parts)) await work(parts);
  } finally {
    await server?.close();
    await outside.close();
    await telemetry.close();
  }
}

/** Waits for Temporal and the database; false: the worker was asked to end meanwhile. */
function isThere({ outside, settings, stop, telemetry }: Parts): Promise<boolean> {
  return waitForNeeds([outside.temporal, outside.database], {
    timeoutMs: settings.STARTUP_TIMEOUT_MS,
    signal: stop.signal,
    say: (line) => telemetry.log.warn(line),
  });
}

async function work({ settings, version, telemetry, stop, outside, health }: Parts): Promise<void> {
  const engine = { ...(await outside.connect()), ...telemetry.workerOptions };
  const activities = createActivities(settings, outside.client);
  const workers = await createWorkers(engine, activities, limitsOf(settings), workflowCode(), version);
  const ended = new AbortController();
  const beside = keepBeside(
    { settings, version, telemetry, outside },
    AbortSignal.any([stop.signal, ended.signal]),
  );
  const running = runUntilStopped(workers, stop.signal);
  health.watch(workers);
  process.stdout.write('worker ready\n');
  try {
    await running;
  } finally {
    ended.abort();
    await beside;
  }
}

/** Only told: its own runs are safe with it, and the reconciler refuses to work (activities/reconciler). */
async function tellOfOtherEngine(settings: WorkerSettings, client: Client, log: LifecycleLog): Promise<void> {
  try {
    const here = await readNamespace(client, client.options.namespace);
    const ours = await engineOfRecord(recordClient(settings), here);
    if (ours.id !== here.id) log.warn(OTHER_ENGINE);
  } catch (error) {
    log.warn('Whether the record belongs to this namespace is not known', { error: String(error) });
  }
}

/** What a worker does besides its tasks, until the signal. */
async function keepBeside(
  { settings, version, telemetry: { log }, outside: { client } }: Omit<Parts, 'stop' | 'health'>,
  signal: AbortSignal,
): Promise<void> {
  const schedule = {
    intervalMs: settings.RECONCILE_INTERVAL_MS,
    untouchedMs: settings.RECONCILE_UNTOUCHED_MS,
  };
  await Promise.all([
    keepReconcilerSchedule(client, schedule, { signal, warn: (line, details) => log.warn(line, details) }),
    tellOfOtherEngine(settings, client, log),
    version && tellWhetherCurrent(client, version, { signal, logger: log }),
  ]);
}

function limitsOf(settings: WorkerSettings): WorkerLimits {
  return {
    registerRatePerSecond: settings.NZBN_RATE_PER_SECOND,
    registerConcurrency: settings.NZBN_CONCURRENCY,
    portalSessions: settings.MAX_PORTAL_SESSIONS,
    shutdownGraceMs: settings.SHUTDOWN_GRACE_MS,
    maxCachedWorkflows: settings.WORKER_MAX_CACHED_WORKFLOWS,
  };
}

runProgram('The worker', main, (error) => {
  if (error instanceof SettingsError || error instanceof StartupError) return error.message;
  const isPort = error instanceof Error && 'code' in error && error.code === 'EADDRINUSE';
  return isPort ? 'WORKER_HTTP_PORT is in use: choose another, or stop what uses it.' : undefined;
});
