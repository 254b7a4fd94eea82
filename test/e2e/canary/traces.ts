/** What API and worker sent to a receiver of traces. */
import { randomBytes } from 'node:crypto';
import { SpanStatusCode, trace } from '@opentelemetry/api';
import { createLog } from '../../../domain/telemetry/log';
import { startTracing } from '../../../domain/telemetry/tracing';
import type { OtlpReceiver } from '../../helpers/otlp-receiver';
import { eventually } from '../../helpers/stack';
import type { Place } from './needles';

/** With all that the API has sent of requests before this one: they are sent in the order in which they ended. */
export async function tracesOf({ bodies, spans }: OtlpReceiver, apiUrl: string): Promise<Place> {
  const traceId = randomBytes(16).toString('hex');
  await fetch(`${apiUrl}/api/no-such-page`, {
    headers: { traceparent: `00-${traceId}-${randomBytes(8).toString('hex')}-01` },
  });
  await eventually(() => spans.some((span) => span.traceId === traceId));
  return { name: 'traces that were sent', bytes: Buffer.from(bodies.join('\n')) };
}

/** Sends a span with this word by what API and worker send theirs with; an error's text is left out on that way. */
export async function plantSpan({ url }: OtlpReceiver, word: string, inError: string): Promise<void> {
  const settings = { OTEL_EXPORTER_OTLP_ENDPOINT: url, OTEL_TRACES_SAMPLER_ARG: 1 };
  const tracing = startTracing(settings, 'api', createLog('api', 'silent'));
  const span = trace.getTracer('planted').startSpan('planted', { attributes: { word } });
  span.recordException(new Error(inError));
  span.setStatus({ code: SpanStatusCode.ERROR, message: inError });
  span.end();
  await tracing?.stop();
}
