/** Traces (OpenTelemetry, OTLP over HTTP): off unless a receiver is named. Without one, everything that asks for a span gets one that does nothing. */
import { context, diag, DiagLogLevel, propagation, trace } from '@opentelemetry/api';
import { AsyncLocalStorageContextManager } from '@opentelemetry/context-async-hooks';
import { baggageUtils, W3CTraceContextPropagator, type ExportResult } from '@opentelemetry/core';
import { OTLPTraceExporter } from '@opentelemetry/exporter-trace-otlp-http';
import { Resource } from '@opentelemetry/resources';
import {
  BasicTracerProvider,
  BatchSpanProcessor,
  ParentBasedSampler,
  TraceIdRatioBasedSampler,
  type ReadableSpan,
  type SpanExporter,
  type SpanProcessor,
  type TimedEvent,
} from '@opentelemetry/sdk-trace-base';
import type { Logger } from 'pino';
import type { Service } from './log';

export interface TracingSettings {
  OTEL_EXPORTER_OTLP_ENDPOINT?: string | undefined;
  OTEL_EXPORTER_OTLP_HEADERS?: string | undefined;
  OTEL_TRACES_SAMPLER_ARG: number;
}

export interface Tracing {
  /** Takes spans that were made elsewhere, e.g. inside a workflow. */
  readonly processor: SpanProcessor;
  readonly resource: Resource;
  /** Sends what is left and makes no more. Never throws: traces hold nobody up. */
  stop(): Promise<void>;
}

/** Null when no receiver is named. To be called before anything is traced; once a process. */
export function startTracing(settings: TracingSettings, service: Service, log: Logger): Tracing | null {
  const endpoint = settings.OTEL_EXPORTER_OTLP_ENDPOINT;
  if (endpoint === undefined) return null;
  tellTrouble(log);
  const resource = new Resource({ 'service.name': `registration-${service}` });
  const exporter = new OTLPTraceExporter({
    url: `${endpoint.replace(/\/+$/, '')}/v1/traces`,
    headers: baggageUtils.parseKeyPairsIntoRecord(settings.OTEL_EXPORTER_OTLP_HEADERS ?? ''),
  });
  const processor = new BatchSpanProcessor(new WithoutTexts(exporter));
  const sampler = new ParentBasedSampler({
    root: new TraceIdRatioBasedSampler(settings.OTEL_TRACES_SAMPLER_ARG),
  });
  const provider = new BasicTracerProvider({ resource, sampler, spanProcessors: [processor] });
  provider.register({
    contextManager: new AsyncLocalStorageContextManager(),
    propagator: new W3CTraceContextPropagator(),
  });
  return {
    processor,
    resource,
    async stop() {
      try {
        await provider.shutdown();
      } catch (error) {
        log.warn({ err: error }, 'the last traces could not be sent');
      }
      trace.disable();
      context.disable();
      propagation.disable();
      diag.disable();
    },
  };
}

/** The library swallows what goes wrong unless it is given somebody to tell. */
function tellTrouble(log: Logger): void {
  const tell = (message: string): void => log.warn({ said: message.slice(0, 300) }, 'traces cannot be sent');
  const quiet = (): void => undefined;
  diag.setLogger({ error: tell, warn: tell, info: quiet, debug: quiet, verbose: quiet }, DiagLogLevel.WARN);
}

/**
 * Leaves the texts of errors at home, and keeps their class: a text may quote a name or an answer, and whoever reads traces is not
 * meant to read those.
 */
class WithoutTexts implements SpanExporter {
  constructor(private readonly next: SpanExporter) {}

  export(spans: ReadableSpan[], done: (result: ExportResult) => void): void {
    this.next.export(spans.map(withoutTexts), done);
  }

  shutdown(): Promise<void> {
    return this.next.shutdown();
  }

  async forceFlush(): Promise<void> {
    await this.next.forceFlush?.();
  }
}

function withoutTexts(span: ReadableSpan): ReadableSpan {
  return Object.create(span, {
    status: { value: { code: span.status.code } },
    events: { value: span.events.map(withoutText) },
  }) as ReadableSpan;
}

function withoutText({ attributes = {}, ...event }: TimedEvent): TimedEvent {
  const { 'exception.message': _message, 'exception.stacktrace': _stack, ...kept } = attributes;
  return { ...event, attributes: kept };
}
