/** The span of a request, under which everything stands that the request brings about: reads, signals, whole runs. */
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import type { RequestHandler } from 'express';
import { routeLabel } from './http/endpoint';

const tracer = trace.getTracer('registration-orchestrator');

/** Named by method and route pattern. No address, no header and no body goes into it; without a receiver of traces it costs nothing. */
export const traceRequests: RequestHandler = (req, res, next) => {
  const caller = propagation.extract(context.active(), req.headers);
  const span = tracer.startSpan(req.method, { kind: SpanKind.SERVER }, caller);
  res.on('close', () => {
    const route = routeLabel(res);
    span.updateName(`${req.method} ${route}`);
    span.setAttributes({
      'http.request.method': req.method,
      'http.route': route,
      'http.response.status_code': res.statusCode,
    });
    if (res.statusCode >= 500) span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  });
  context.with(trace.setSpan(caller, span), next);
};
