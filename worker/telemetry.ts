/** What of the worker can be seen from outside. Installed before anything connects, and ended last. */
import { DefaultLogger, Runtime, type LogLevel, type WorkerOptions } from '@temporalio/worker';
import type { LifecycleLog } from '../domain/lifecycle';
import type { WorkerSettings } from '../domain/settings';

export interface Telemetry {
  log: LifecycleLog;
  /** For each of the workers. */
  workerOptions: Pick<WorkerOptions, 'interceptors' | 'sinks'>;
  /** The answer of `/metrics`; without it there is no such page. */
  metrics?: () => Promise<{ contentType: string; body: string }>;
  /** Sends what is not sent yet. */
  close(): Promise<void>;
}

export function startTelemetry(settings: Pick<WorkerSettings, 'LOG_LEVEL'>): Telemetry {
  const level = settings.LOG_LEVEL === 'silent' ? 'ERROR' : (settings.LOG_LEVEL.toUpperCase() as LogLevel);
  const logger = new DefaultLogger(level);
  // Signals are ours to handle (domain/lifecycle).
  Runtime.install({ logger, shutdownSignals: [] });
  return {
    log: {
      info: (line, details) => logger.info(line, details),
      warn: (line, details) => logger.warn(line, details),
      fatal: (line, error) =>
        logger.error(line, { error: error instanceof Error ? error.stack : String(error) }),
    },
    workerOptions: {},
    close: () => Promise.resolve(),
  };
}
