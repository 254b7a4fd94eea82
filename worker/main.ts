/** The worker's process. */
import { Client, Connection } from '@temporalio/client';
import { DefaultLogger, NativeConnection, Runtime, type LogLevel } from '@temporalio/worker';
import { createDataConverter, parsePayloadKeys } from '../domain/payload-codec';
import { SealingError } from '../domain/sealing';
import { RECONNECTING, readWorkerSettings, SettingsError } from '../domain/settings';
import { createActivities } from './activities';
import { keepReconcilerSchedule } from './schedule';
import { deploymentVersion, tellWhetherCurrent } from './versioning';
import { createWorkers, workflowCode } from './workers';

async function main(): Promise<void> {
  const settings = readWorkerSettings(process.env);
  const version = deploymentVersion(settings);
  const dataConverter = createDataConverter(parsePayloadKeys(settings.PAYLOAD_KEYS));
  const level = settings.LOG_LEVEL === 'silent' ? 'ERROR' : (settings.LOG_LEVEL.toUpperCase() as LogLevel);
  Runtime.install({ logger: new DefaultLogger(level), shutdownSignals: ['SIGTERM', 'SIGINT'] });
  const { connection: target, namespace } = settings.temporal;
  const [connection, clientConnection] = await Promise.all([
    NativeConnection.connect(target),
    Connection.connect({ ...target, ...RECONNECTING }),
  ]);
  const client = new Client({ connection: clientConnection, namespace, dataConverter });
  const engine = { connection, namespace, dataConverter };
  const limits = {
    registerRatePerSecond: settings.NZBN_RATE_PER_SECOND,
    registerConcurrency: settings.NZBN_CONCURRENCY,
    portalSessions: settings.MAX_PORTAL_SESSIONS,
    shutdownGraceMs: settings.SHUTDOWN_GRACE_MS,
    maxCachedWorkflows: settings.WORKER_MAX_CACHED_WORKFLOWS,
  };
  const activities = createActivities(settings, client);
  const workers = await createWorkers(engine, activities, limits, workflowCode(), version);
  const stopped = new AbortController();
  const { logger } = Runtime.instance();
  const telling = version && tellWhetherCurrent(client, version, { signal: stopped.signal, logger });
  const schedule = keepReconcilerSchedule(
    client,
    { intervalMs: settings.RECONCILE_INTERVAL_MS, untouchedMs: settings.RECONCILE_UNTOUCHED_MS },
    { signal: stopped.signal, warn: (message, details) => Runtime.instance().logger.warn(message, details) },
  );
  process.stdout.write('worker ready\n');
  try {
    await Promise.all(workers.map((worker) => worker.run()));
  } finally {
    stopped.abort();
    await Promise.all([schedule, telling]);
  }
  await Promise.all([connection.close(), clientConnection.close()]);
}

main().catch((error: unknown) => {
  const isOurs = error instanceof SettingsError || error instanceof SealingError;
  process.stderr.write(`${isOurs ? error.message : String(error)}\n`);
  process.exitCode = 1;
});
