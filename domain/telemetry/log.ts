/** How both processes log: JSON lines, one shape, secrets cut out whatever object they come in. */
import { trace } from '@opentelemetry/api';
import pino, { type DestinationStream, type Logger } from 'pino';
import type { LifecycleLog } from '../lifecycle';

/** Never logged. Bodies, headers and arguments are not logged at all; this is the second net. */
const SECRET_KEYS = [
  'password',
  'userPassword',
  'authorization',
  'token',
  'ciphertext',
  'apikey',
  'apiKey',
  'serviceKey',
  'secret',
];

const REDACTED_PATHS = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]);

export type Service = 'api' | 'worker';

/** @param level one of LOG_LEVEL, `silent` included */
export function createLog(service: Service, level: string, destination?: DestinationStream): Logger {
  const options = {
    level,
    base: { service },
    timestamp: pino.stdTimeFunctions.isoTime,
    formatters: { level: (label: string) => ({ level: label }) },
    // The SDK calls it `error`, pino itself `err`: both are written with type, message and stack.
    serializers: { error: pino.stdSerializers.err, err: pino.stdSerializers.err },
    redact: { paths: REDACTED_PATHS, censor: '[redacted]' },
    mixin: traceOfTheMoment,
  };
  return destination ? pino(options, destination) : pino(options);
}

/** Names the trace that a line belongs to; nothing while no traces are made. */
export function traceOfTheMoment(): { trace_id?: string; span_id?: string } {
  const span = trace.getActiveSpan()?.spanContext();
  return span ? { trace_id: span.traceId, span_id: span.spanId } : {};
}

/** For what a process says of its own start and end. */
export const lifecycleLog = (log: Logger): LifecycleLog => ({
  info: (line, details = {}) => log.info(details, line),
  warn: (line, details = {}) => log.warn(details, line),
  fatal: (line, err) => log.fatal({ err }, line),
});
