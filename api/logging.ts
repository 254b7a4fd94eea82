import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import pino, { type DestinationStream, type Logger } from 'pino';
import { routeLabel } from './http/endpoint';

/** Never logged, whatever object they may come in. Bodies and headers are not logged at all; this is the second net. */
const SECRET_KEYS = ['password', 'userPassword', 'authorization', 'token', 'ciphertext', 'apikey'];

export function createLogger(level: string, destination?: DestinationStream): Logger {
  const paths = SECRET_KEYS.flatMap((key) => [key, `*.${key}`, `*.*.${key}`, `*.*.*.${key}`]);
  const options = { level, base: { service: 'api' }, redact: { paths, censor: '[redacted]' } };
  return destination ? pino(options, destination) : pino(options);
}

/** One line a request: who, which route, what came of it, how long. No body, no header, no query. */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const started = process.hrtime.bigint();
    const requestId = randomUUID();
    res.locals['requestId'] = requestId;
    res.setHeader('X-Request-Id', requestId);
    res.on('finish', () => {
      const ms = Number(process.hrtime.bigint() - started) / 1e6;
      const caller: unknown = res.locals['callerId'];
      const line = {
        requestId,
        method: req.method,
        route: routeLabel(res),
        status: res.statusCode,
        ms,
        caller,
      };
      log[res.statusCode >= 500 ? 'warn' : 'info'](line, 'request');
    });
    next();
  };
}
