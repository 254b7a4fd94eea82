/** Spans that a workflow tells of, in the form that exporters take. The workflow names their ids, so that they are the same at every replay. */
import { SpanKind, SpanStatusCode, TraceFlags, type SpanContext } from '@opentelemetry/api';
import { millisToHrTime } from '@opentelemetry/core';
import type { Resource } from '@opentelemetry/resources';
import type { ReadableSpan } from '@opentelemetry/sdk-trace-base';
import type { WorkflowInfo } from '@temporalio/workflow';
import type { WorkflowSpan } from '../workflows/telemetry';

export function spanOfWorkflow(
  resource: Resource,
  { workflowId, runId }: Pick<WorkflowInfo, 'workflowId' | 'runId'>,
  { name, traceId, spanId, parentSpanId, startedAt, endedAt, isError }: WorkflowSpan,
): ReadableSpan {
  const context: SpanContext = { traceId, spanId, traceFlags: TraceFlags.SAMPLED };
  return {
    name,
    kind: SpanKind.INTERNAL,
    spanContext: () => context,
    parentSpanId,
    startTime: millisToHrTime(startedAt),
    endTime: millisToHrTime(endedAt),
    duration: millisToHrTime(endedAt - startedAt),
    status: { code: isError ? SpanStatusCode.ERROR : SpanStatusCode.OK },
    attributes: { temporalWorkflowId: workflowId, run_id: runId },
    links: [],
    events: [],
    ended: true,
    resource,
    instrumentationLibrary: { name: 'registration-orchestrator' },
    droppedAttributesCount: 0,
    droppedEventsCount: 0,
    droppedLinksCount: 0,
  };
}
