/** Everything by which a worker is seen from outside: its log, its metrics, its traces. */
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client';
import { OpenTelemetryActivityInboundInterceptor } from '@temporalio/interceptors-opentelemetry/lib/worker';
import type { WorkflowClientInterceptor } from '@temporalio/client';
import { Runtime, type InjectedSinks, type WorkerOptions } from '@temporalio/worker';
import type { LifecycleLog } from '../domain/lifecycle';
import type { WorkerSettings } from '../domain/settings';
import { createLog, lifecycleLog } from '../domain/telemetry/log';
import { startTracing, type Tracing } from '../domain/telemetry/tracing';
import type { TelemetrySinks } from '../workflows/telemetry';
import { activityTelemetry } from './activity-telemetry';
import { coreLogging, sdkLogger } from './logging';
import { createWorkerMetrics, freeLoopbackAddress, WAIT_BUCKETS, type WorkerMetrics } from './metrics';
import { spanOfWorkflow } from './workflow-spans';

export interface Telemetry {
  readonly log: LifecycleLog;
  /** The answer of `/metrics`. */
  metrics(): Promise<{ contentType: string; body: string }>;
  /** For the client through which activities reach workflows. */
  readonly clientInterceptors: WorkflowClientInterceptor[];
  /** For every worker of the process. */
  readonly workerOptions: Pick<WorkerOptions, 'interceptors' | 'sinks'>;
  /** Sends what is left. To be called last; never throws. */
  close(): Promise<void>;
}

type Settings = Pick<
  WorkerSettings,
  | 'LOG_LEVEL'
  | 'temporal'
  | 'WORKER_HTTP_PORT'
  | 'OTEL_EXPORTER_OTLP_ENDPOINT'
  | 'OTEL_EXPORTER_OTLP_HEADERS'
  | 'OTEL_TRACES_SAMPLER_ARG'
>;

/** To be called once, before anything else of the SDK: it installs the SDK's runtime. */
export async function startTelemetry(settings: Settings): Promise<Telemetry> {
  const log = createLog('worker', settings.LOG_LEVEL);
  const tracing = startTracing(settings, 'worker', log);
  // Nobody can ask for the metrics of a worker without a port, so the core is spared the work.
  const coreAddress = settings.WORKER_HTTP_PORT === 0 ? null : await freeLoopbackAddress();
  Runtime.install({
    // Signals are ours to handle (domain/lifecycle).
    shutdownSignals: [],
    logger: sdkLogger(log),
    telemetryOptions: {
      logging: coreLogging(settings.LOG_LEVEL),
      ...(coreAddress && {
        metrics: {
          prometheus: {
            bindAddress: coreAddress,
            useSecondsForDurations: true,
            // The SDK's own end at a quarter of an hour, which is nothing to a queue for browser sessions.
            histogramBucketOverrides: { activity_schedule_to_start_latency: WAIT_BUCKETS },
          },
        },
      }),
    },
  });
  const metrics = createWorkerMetrics(coreAddress, settings.temporal);
  return {
    log: lifecycleLog(log),
    metrics: () => metrics.read(),
    clientInterceptors: tracing ? [new OpenTelemetryWorkflowClientInterceptor()] : [],
    workerOptions: {
      interceptors: {
        workflowModules: [require.resolve('../workflows/telemetry')],
        activity: [
          ...(tracing
            ? [
                (context: ConstructorParameters<typeof OpenTelemetryActivityInboundInterceptor>[0]) => ({
                  inbound: new OpenTelemetryActivityInboundInterceptor(context),
                }),
              ]
            : []),
          activityTelemetry(metrics),
        ],
      },
      sinks: telemetrySinks(metrics, tracing),
    },
    close: async () => tracing?.stop(),
  };
}

/** Registered whether there are traces or not: a run that began under another setting may tell of its spans all the same. */
function telemetrySinks(metrics: WorkerMetrics, tracing: Tracing | null): InjectedSinks<TelemetrySinks> {
  return {
    telemetry: {
      spanEnded: {
        fn: (info, span) => tracing?.processor.onEnd(spanOfWorkflow(tracing.resource, info, span)),
      },
      turnWaited: { fn: (_info, turn, ms) => metrics.turnWaited(turn, ms / 1_000) },
    },
  };
}
