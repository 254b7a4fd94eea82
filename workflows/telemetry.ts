/**
 * What is seen of workflows from outside: the trace that a run belongs to, how long it waited for its turns, and the ids in its log lines.
 * It changes no command and draws no random number: OpenTelemetry's own interceptors take their ids from `Math.random`, from which the
 * workflows draw the names of their turns too, so a run would not replay once traces are switched on or off.
 */
import {
  defaultPayloadConverter,
  defineSearchAttributeKey,
  SearchAttributeType,
  type Headers,
} from '@temporalio/common';
import {
  ContinueAsNew,
  isCancellation,
  proxySinks,
  workflowInfo,
  type Sinks,
  type WorkflowInterceptors,
} from '@temporalio/workflow';
import type { LeaseActivities } from '../activities/leases';
import { jobIdOfWorkflow, SEARCH_ATTRIBUTES } from '../domain/ids';
import { leaseGranted, step6Granted, WORKFLOW_TYPES, type LeaseGranted } from './messages';

/** The header in which OpenTelemetry's interceptors of client and activities hand on a context. */
const TRACE_HEADER = '_tracer-data';

export interface WorkflowSpan {
  name: string;
  traceId: string;
  spanId: string;
  parentSpanId: string;
  /** Milliseconds since the epoch, of the workflow's clock. */
  startedAt: number;
  endedAt: number;
  isError: boolean;
}

export type TurnKind = 'account_gate' | 'owner' | 'step6';

export interface TelemetrySinks extends Sinks {
  telemetry: {
    spanEnded(span: WorkflowSpan): void;
    turnWaited(turn: TurnKind, ms: number): void;
  };
}

const { telemetry: sinks } = proxySinks<TelemetrySinks>();

/** What a run does again was told when it did it first; and who replays a history to check it has nobody to tell. */
const isReplaying = (): boolean => workflowInfo().unsafe.isReplaying;

const keyOf = (name: 'BatchId' | 'OrganisationId') =>
  defineSearchAttributeKey(name, SearchAttributeType[SEARCH_ATTRIBUTES[name]]);
const BATCH_ID = keyOf('BatchId');
const ORGANISATION_ID = keyOf('OrganisationId');

interface TraceContext {
  traceId: string;
  spanId: string;
  flags: string;
}

const TRACEPARENT = /^[\da-f]{2}-([\da-f]{32})-([\da-f]{16})-([\da-f]{2})$/;
const SAMPLED = 1;

function contextOf(headers: Headers): TraceContext | null {
  const payload = headers[TRACE_HEADER];
  if (payload === undefined) return null;
  const { traceparent = '' } = defaultPayloadConverter.fromPayload<{ traceparent?: string }>(payload);
  const [, traceId, spanId, flags] = TRACEPARENT.exec(traceparent) ?? [];
  return traceId && spanId && flags ? { traceId, spanId, flags } : null;
}

/** The same for the same run at every replay, so any worker may tell of a span that another one began. */
const spanIdOfRun = (): string => workflowInfo().runId.replaceAll('-', '').slice(-16);

/** FNV-1a, twice: told apart is all that these ids must be. */
function spanIdOf(text: string): string {
  const hash = (seed: number): string => {
    let value = seed;
    for (let index = 0; index < text.length; index += 1) {
      value = Math.imul(value ^ text.charCodeAt(index), 0x01000193);
    }
    return (value >>> 0).toString(16).padStart(8, '0');
  };
  return hash(0x811c9dc5) + hash(0x9747b28c);
}

/** The trace of this run: a run is traced if what started it was, which its history says whatever the worker's settings are. */
class RunTrace {
  private own: TraceContext | null = null;
  private told = 0;

  begin(headers: Headers): TraceContext | null {
    const parent = contextOf(headers);
    if (parent) this.own = { ...parent, spanId: spanIdOfRun() };
    return parent;
  }

  get traceId(): string | undefined {
    return this.own?.traceId;
  }

  /** Adds the context for whoever is called next. */
  handOn<T extends { readonly headers: Headers }>(input: T): T {
    if (!this.own) return input;
    const { traceId, spanId, flags } = this.own;
    const context = defaultPayloadConverter.toPayload({ traceparent: `00-${traceId}-${spanId}-${flags}` });
    return { ...input, headers: { ...input.headers, [TRACE_HEADER]: context } };
  }

  /** Tells of a message that came in another trace, e.g. of a person's request. */
  tellOfMessage(name: string, headers: Headers, handled: Promise<unknown>): void {
    const from = contextOf(headers);
    if (!from || from.traceId === this.own?.traceId) return;
    this.told += 1;
    this.tell(name, from, spanIdOf(`${workflowInfo().runId}/${this.told}`), Date.now(), handled);
  }

  /** Tells of a span once it is over; what is awaited is not touched, so nothing comes a moment later than it would. */
  tell(name: string, parent: TraceContext, spanId: string, startedAt: number, over: Promise<unknown>): void {
    if ((parseInt(parent.flags, 16) & SAMPLED) === 0) return;
    const end = (isError: boolean): void => {
      if (isReplaying()) return;
      sinks.spanEnded({
        name,
        traceId: parent.traceId,
        spanId,
        parentSpanId: parent.spanId,
        startedAt,
        endedAt: Date.now(),
        isError,
      });
    };
    over.then(
      () => end(false),
      (error: unknown) => end(!(error instanceof ContinueAsNew) && !isCancellation(error)),
    );
  }
}

/** When a turn was asked for, by the request's id, until it is granted. */
class TurnWaits {
  private readonly askedAt = new Map<string, { turn: TurnKind; at: number }>();

  asked(turn: TurnKind, requestId: string): void {
    if (!this.askedAt.has(requestId)) this.askedAt.set(requestId, { turn, at: Date.now() });
  }

  granted(requestId: string): void {
    const asked = this.askedAt.get(requestId);
    if (!asked) return;
    this.askedAt.delete(requestId);
    if (!isReplaying()) sinks.turnWaited(asked.turn, Date.now() - asked.at);
  }
}

type LeaseAsked = Parameters<LeaseActivities['requestLease']>[0];
type Step6Asked = Parameters<LeaseActivities['requestStep6']>[0];

/** The ids by which people look for lines. The search attributes are what the run was started with. */
function idsOfRun(): Record<string, string> {
  const { workflowId, typedSearchAttributes } = workflowInfo();
  const jobId = jobIdOfWorkflow(workflowId);
  const ids = {
    jobId,
    batchId: typedSearchAttributes.get(BATCH_ID),
    organisationId: typedSearchAttributes.get(ORGANISATION_ID),
  };
  return Object.fromEntries(Object.entries(ids).flatMap(([name, id]) => (id ? [[name, id]] : [])));
}

/** Loaded into every run, by the bundle and by workers that have none. */
export function interceptors(): WorkflowInterceptors {
  const trace = new RunTrace();
  const waits = new TurnWaits();
  return {
    inbound: [
      {
        execute(input, next) {
          const { workflowType, startTime } = workflowInfo();
          // A lease serves whoever asks, so it belongs to nobody's trace.
          const parent = workflowType === WORKFLOW_TYPES.lease ? null : trace.begin(input.headers);
          const result = next(input);
          if (parent)
            trace.tell(`RunWorkflow:${workflowType}`, parent, spanIdOfRun(), startTime.getTime(), result);
          return result;
        },
        handleSignal(input, next) {
          const { signalName, args, headers } = input;
          if (signalName === step6Granted.name || signalName === leaseGranted.name) {
            waits.granted((args[0] as Pick<LeaseGranted, 'requestId'>).requestId);
          }
          const handled = next(input);
          trace.tellOfMessage(`HandleSignal:${signalName}`, headers, handled);
          return handled;
        },
        handleUpdate(input, next) {
          const handled = next(input);
          trace.tellOfMessage(`HandleUpdate:${input.name}`, input.headers, handled);
          return handled;
        },
      },
    ],
    outbound: [
      {
        scheduleActivity(input, next) {
          if (input.activityType === ('requestStep6' satisfies keyof LeaseActivities)) {
            const { request } = input.args[0] as Step6Asked;
            waits.asked('step6', request.requestId);
          }
          if (input.activityType === ('requestLease' satisfies keyof LeaseActivities)) {
            const { request, options } = input.args[0] as LeaseAsked;
            waits.asked(options.minIntervalMs > 0 ? 'account_gate' : 'owner', request.requestId);
          }
          return next(trace.handOn(input));
        },
        scheduleLocalActivity: (input, next) => next(trace.handOn(input)),
        startChildWorkflowExecution: (input, next) => next(trace.handOn(input)),
        continueAsNew: (input, next) => next(trace.handOn(input)),
        signalWorkflow: (input, next) => next(trace.handOn(input)),
        getLogAttributes(attributes, next) {
          const { traceId } = trace;
          return next({ ...attributes, ...idsOfRun(), ...(traceId ? { trace_id: traceId } : {}) });
        },
      },
    ],
  };
}
