/** The SDK's logger over ours: its own lines, those of workflows and activities, and those of its native core come out alike. */
import type { LogExporterConfig, Logger as SdkLogger, LogLevel, LogMetadata } from '@temporalio/worker';
import type { Level, Logger } from 'pino';

const LEVELS: Readonly<Record<LogLevel, Level>> = {
  TRACE: 'trace',
  DEBUG: 'debug',
  INFO: 'info',
  WARN: 'warn',
  ERROR: 'error',
};

export function sdkLogger(log: Logger): SdkLogger {
  const write = (level: LogLevel, message: string, meta?: LogMetadata): void =>
    log[LEVELS[level]](meta ?? {}, message);
  return {
    log: write,
    trace: (message, meta) => write('TRACE', message, meta),
    debug: (message, meta) => write('DEBUG', message, meta),
    info: (message, meta) => write('INFO', message, meta),
    warn: (message, meta) => write('WARN', message, meta),
    error: (message, meta) => write('ERROR', message, meta),
  };
}

/** What the native core may say: warnings, and more of its own doing when the level asks for it. It knows no level above `ERROR`. */
export function coreLogging(level: string): LogExporterConfig {
  const core =
    level === 'trace' || level === 'debug'
      ? 'DEBUG'
      : level === 'info' || level === 'warn'
        ? 'WARN'
        : 'ERROR';
  return { filter: { core, other: 'ERROR' }, forward: {} };
}
