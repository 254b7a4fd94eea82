/** What a call of ours to somebody else is measured and traced by, whoever makes it. Labels hold patterns, never what they stand for. */
import { context, propagation, SpanKind, SpanStatusCode, trace } from '@opentelemetry/api';
import { Histogram } from 'prom-client';

/** `register`: the Companies Office; `vendor`: makes accounts; `backend`, `platform`: of step 6; `record`: our own database. */
export type OutsideSystem = 'register' | 'vendor' | 'backend' | 'platform' | 'record';

export interface OutsideCall {
  system: OutsideSystem;
  method: string;
  /** The path's pattern: `/entities/:id`. */
  route: string;
}

/** `throttled`: 429. `not_sent`: it never left. `lost`: it may have arrived, and no answer came. */
export type CallOutcome = '2xx' | '3xx' | '4xx' | 'throttled' | '5xx' | 'not_sent' | 'lost';

/** Seconds: from a read of our own record to a script of an hour. In no registry by itself: each process puts it into its own. */
export const outsideCallDuration = new Histogram({
  name: 'registration_outside_call_duration_seconds',
  help: 'Calls to outside systems and to the record, by system, route pattern and what came of them',
  labelNames: ['system', 'method', 'route', 'outcome'],
  buckets: [0.01, 0.05, 0.1, 0.25, 0.5, 1, 2.5, 5, 10, 30, 60, 120, 300, 600, 1_800, 3_600],
  registers: [],
});

const tracer = trace.getTracer('registration-orchestrator');

/**
 * Makes the call under a span of its own and measures it. A call that throws counts as lost.
 * @param make is given what to add to the request's headers: the trace's context while there are traces, else nothing
 */
export async function observeCall<T>(
  call: OutsideCall,
  make: (headers: Record<string, string>) => Promise<T>,
  outcomeOf: (result: T) => CallOutcome,
): Promise<T> {
  const end = outsideCallDuration.startTimer({ ...call });
  const span = tracer.startSpan(`${call.method} ${call.system}${call.route}`, {
    kind: SpanKind.CLIENT,
    attributes: {
      'http.request.method': call.method,
      'url.template': call.route,
      'peer.service': call.system,
    },
  });
  let outcome: CallOutcome = 'lost';
  try {
    const within = trace.setSpan(context.active(), span);
    const headers: Record<string, string> = {};
    propagation.inject(within, headers);
    const result = await context.with(within, () => make(headers));
    outcome = outcomeOf(result);
    return result;
  } finally {
    end({ outcome });
    span.setAttribute('registration.outcome', outcome);
    if (outcome !== '2xx' && outcome !== '3xx') span.setStatus({ code: SpanStatusCode.ERROR });
    span.end();
  }
}

export function statusOutcome(status: number): CallOutcome {
  if (status === 429) return 'throttled';
  if (status >= 500) return '5xx';
  if (status >= 400) return '4xx';
  return status >= 300 ? '3xx' : '2xx';
}

/** A path whose changing parts are ids: what is sent, and what may be said of it in metrics and traces. */
export interface RoutedPath {
  path: string;
  route: string;
}

/** Makes one from a template: routed`/api/menus/${menuId}/cdn-stats`. Ids are encoded. */
export function routed(parts: TemplateStringsArray, ...ids: string[]): RoutedPath {
  const fill = (of: (id: string) => string): string => String.raw({ raw: parts }, ...ids.map(of));
  return { path: fill(encodeURIComponent), route: fill(() => ':id') };
}

/** A path without ids is its own pattern. */
export const asRouted = (path: string | RoutedPath): RoutedPath =>
  typeof path === 'string' ? { path, route: path } : path;

/** `fetch` of supabase-js: the table or function is the pattern, the query is left out. */
export function observedRecordFetch(fetch: typeof globalThis.fetch): typeof globalThis.fetch {
  return (input, init) => {
    const url = new URL(input instanceof Request ? input.url : input);
    const route = url.pathname.replace(/^.*\/rest\/v1\b/, '');
    const method = init?.method ?? (input instanceof Request ? input.method : 'GET');
    return observeCall(
      { system: 'record', method, route },
      () => fetch(input, init),
      ({ status }) => statusOutcome(status),
    );
  };
}
