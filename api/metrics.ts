import type { RequestHandler } from 'express';
import { collectDefaultMetrics, Histogram, Registry } from 'prom-client';
import { routeLabel } from './http/endpoint';

export interface Metrics {
  observe: RequestHandler;
  serve: RequestHandler;
}

/** A registry of its own for each app, so that two apps in one process do not mix. */
export function createMetrics(): Metrics {
  const register = new Registry();
  collectDefaultMetrics({ register });
  const durations = new Histogram({
    name: 'http_request_duration_seconds',
    help: 'Duration of HTTP requests by route pattern and status',
    labelNames: ['method', 'route', 'status'],
    buckets: [0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10],
    registers: [register],
  });
  return {
    observe: (req, res, next) => {
      const end = durations.startTimer();
      // The pattern, not the address: ids would make a series of each request.
      res.on('finish', () =>
        end({ method: req.method, route: routeLabel(res), status: String(res.statusCode) }),
      );
      next();
    },
    serve: async (_req, res) => {
      res.type(register.contentType).send(await register.metrics());
    },
  };
}
