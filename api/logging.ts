import { AsyncResource } from 'node:async_hooks';
import { randomUUID } from 'node:crypto';
import type { RequestHandler } from 'express';
import type { DestinationStream, Logger } from 'pino';
import { createLog } from '../domain/telemetry/log';
import type { Caller } from './auth';
import { routeLabel } from './http/endpoint';

export function createLogger(level: string, destination?: DestinationStream): Logger {
  return createLog('api', level, destination);
}

/** One line a request: who, which route, what came of it, how long. No body, no header, no query. */
export function requestLog(log: Logger): RequestHandler {
  return (req, res, next) => {
    const started = process.hrtime.bigint();
    const requestId = randomUUID();
    res.locals['requestId'] = requestId;
    res.setHeader('X-Request-Id', requestId);
    const logLine = (): void => {
      const ms = Number(process.hrtime.bigint() - started) / 1e6;
      const caller = res.locals['caller'] as Caller | undefined;
      const line = {
        requestId,
        method: req.method,
        route: routeLabel(res),
        status: res.statusCode,
        ms,
        caller: caller?.userId ?? (res.locals['callerId'] as string | undefined),
        organisationId: caller?.organisationId,
        ...(res.locals['ids'] as Record<string, string> | undefined),
      };
      log[res.statusCode >= 500 ? 'warn' : 'info'](line, 'request');
    };
    // The answer ends outside the request's trace, whose id its line should have.
    res.on('finish', AsyncResource.bind(logLine));
    next();
  };
}
