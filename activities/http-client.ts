import { Agent, request as requestWith } from 'undici';
import { headersOf } from '../domain/record-fetch';
import {
  observeCall,
  statusOutcome,
  type CallOutcome,
  type OutsideSystem,
} from '../domain/telemetry/outside-calls';

export interface HttpRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  /** Whom it goes to and the pattern of its path, for metrics and traces: ids and queries are not in it. */
  target: { system: OutsideSystem; route: string };
  headers?: Readonly<Record<string, string>>;
  /** Sent as JSON. */
  body?: unknown;
  /** From the call until the last byte of the answer. */
  timeoutMs: number;
  /** Cancellation from outside, e.g. of the activity. */
  signal?: AbortSignal | undefined;
  /** Sent as `X-Correlation-Id`, so that both sides' logs can be matched. */
  correlationId?: string | undefined;
}

export type NotSentReason = 'refused' | 'dns' | 'unreachable' | 'tls' | 'aborted' | 'invalid_request';
export type LostReason = 'timeout' | 'reset' | 'too_large' | 'aborted';

/**
 * What became of a request. The three kinds differ in what may have happened on the other side:
 * `response` it answered (with any status, redirects included), `not_sent` it never saw the request,
 * `lost` it may have acted and we do not know.
 */
export type HttpOutcome =
  | {
      kind: 'response';
      status: number;
      headers: Headers;
      /** Parsed body; undefined when it is empty, not JSON, or was cut off. */
      json: unknown;
      /** Of the `Retry-After` header, whether in seconds or as a date. */
      retryAfterMs: number | null;
    }
  | { kind: 'not_sent'; reason: NotSentReason }
  | { kind: 'lost'; reason: LostReason };

export const MAX_RESPONSE_BYTES = 5 * 1024 * 1024;
const USER_AGENT = 'registration-orchestrator/0.1';
const CONNECT_TIMEOUT_MS = 10_000;

/**
 * undici's `request` and not its `fetch`, which does the same for this at almost twice the processor time. Its own limits of 300 s for
 * headers and body are off: one call to the set-up backend lasts up to an hour, and each request has its own timeout.
 */
const limits = { headersTimeout: 0, bodyTimeout: 0, connect: { timeout: CONNECT_TIMEOUT_MS } };

/**
 * Only reads go over connections that are kept: one that the server closes just as we send looks like a lost answer. A read is made again
 * for that; of a call that may not be repeated it costs a person's attention.
 */
const kept = new Agent(limits);
const ofItsOwn = new Agent({ ...limits, pipelining: 0 });

/** Codes of failures before the first byte of the request was written. */
const NOT_SENT_BY_CODE: Readonly<Record<string, NotSentReason>> = {
  ECONNREFUSED: 'refused',
  ENOTFOUND: 'dns',
  EAI_AGAIN: 'dns',
  EHOSTUNREACH: 'unreachable',
  ENETUNREACH: 'unreachable',
  EADDRNOTAVAIL: 'unreachable',
  UND_ERR_CONNECT_TIMEOUT: 'unreachable',
  CERT_HAS_EXPIRED: 'tls',
  DEPTH_ZERO_SELF_SIGNED_CERT: 'tls',
  SELF_SIGNED_CERT_IN_CHAIN: 'tls',
  UNABLE_TO_VERIFY_LEAF_SIGNATURE: 'tls',
  UNABLE_TO_GET_ISSUER_CERT_LOCALLY: 'tls',
  ERR_TLS_CERT_ALTNAME_INVALID: 'tls',
  ERR_SSL_WRONG_VERSION_NUMBER: 'tls',
};

/**
 * Sends one JSON request and reads the whole answer, at most 5 MB. Follows no redirect, retries nothing and never throws:
 * trouble of any kind is an outcome. Bodies and headers may hold secrets, so nothing of them goes into a reason or a log.
 */
export function sendRequest(request: HttpRequest): Promise<HttpOutcome> {
  return observeCall(
    { ...request.target, method: request.method },
    (headers) => send({ ...request, headers: { ...request.headers, ...headers } }),
    callOutcome,
  );
}

const callOutcome = (outcome: HttpOutcome): CallOutcome =>
  outcome.kind === 'response' ? statusOutcome(outcome.status) : outcome.kind;

async function send(request: HttpRequest): Promise<HttpOutcome> {
  const prepared = prepare(request);
  if (prepared === null) return { kind: 'not_sent', reason: 'invalid_request' };
  if (request.signal?.aborted) return { kind: 'not_sent', reason: 'aborted' };

  const timeout = AbortSignal.timeout(request.timeoutMs);
  const signal = request.signal ? AbortSignal.any([request.signal, timeout]) : timeout;
  const stopped = (): LostReason | null =>
    timeout.aborted ? 'timeout' : request.signal?.aborted ? 'aborted' : null;

  let response;
  try {
    const dispatcher = request.method === 'GET' ? kept : ofItsOwn;
    response = await requestWith(prepared.url, { ...prepared.init, signal, dispatcher });
  } catch (error) {
    return sendingFailed(error, stopped());
  }
  const body = await readCapped(response.body, stopped);
  if (body.lost) return { kind: 'lost', reason: body.lost };
  const headers = headersOf(response.headers);
  return {
    kind: 'response',
    status: response.statusCode,
    headers,
    json: parseJson(body.text),
    retryAfterMs: parseRetryAfter(headers.get('retry-after'), Date.now()),
  };
}

/** A segment that leads elsewhere in the path: an id from outside may be one, and encoding leaves its dots as they are. */
const DOT_SEGMENT = /^(?:\.|%2e){1,2}$/i;

/** Null for an address that is not asked as it is written: of another protocol, with a name and password, or with dots that climb. */
function plainUrl(text: string): URL | null {
  const [path = ''] = text.split(/[?#]/, 1);
  const url = new URL(text);
  const isPlain =
    (url.protocol === 'https:' || url.protocol === 'http:') &&
    url.username === '' &&
    url.password === '' &&
    !path.split(/[\\/]/).some((segment) => DOT_SEGMENT.test(segment));
  return isPlain ? url : null;
}

/** Null for a URL or header that cannot be sent; the error would quote the value, which may be a key. */
function prepare(request: HttpRequest) {
  try {
    const headers = new Headers({ accept: 'application/json', 'user-agent': USER_AGENT, ...request.headers });
    if (request.correlationId !== undefined) headers.set('x-correlation-id', request.correlationId);
    if (request.body !== undefined) headers.set('content-type', 'application/json');
    const body = request.body === undefined ? null : JSON.stringify(request.body);
    const url = plainUrl(request.url);
    return url && { url, init: { method: request.method, headers: Object.fromEntries(headers), body } };
  } catch {
    return null;
  }
}

function sendingFailed(error: unknown, stopped: LostReason | null): HttpOutcome {
  if (stopped) return { kind: 'lost', reason: stopped };
  const reason = NOT_SENT_BY_CODE[errorCode(error) ?? ''];
  return reason ? { kind: 'not_sent', reason } : { kind: 'lost', reason: 'reset' };
}

/** The first code along the chain of causes. Errors may come from another realm. */
function errorCode(error: unknown): string | undefined {
  if (typeof error !== 'object' || error === null) return undefined;
  if ('code' in error && typeof error.code === 'string') return error.code;
  return 'cause' in error ? errorCode(error.cause) : undefined;
}

interface Body {
  text: string | undefined;
  lost?: LostReason;
}

async function readCapped(
  stream: AsyncIterable<Uint8Array>,
  stopped: () => LostReason | null,
): Promise<Body> {
  const chunks: Uint8Array[] = [];
  let size = 0;
  try {
    for await (const chunk of stream) {
      size += chunk.byteLength;
      if (size > MAX_RESPONSE_BYTES) return { text: undefined, lost: 'too_large' };
      chunks.push(chunk);
    }
  } catch {
    // The status is known, so a cut body is an answer without JSON; only our own stop makes it a lost one.
    const reason = stopped();
    return reason ? { text: undefined, lost: reason } : { text: undefined };
  }
  return { text: Buffer.concat(chunks).toString('utf8') };
}

function parseJson(text: string | undefined): unknown {
  if (text === undefined || text === '') return undefined;
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/** Nobody means a longer wait, and the engine takes no number without end. */
const LONGEST_RETRY_AFTER_MS = 24 * 60 * 60 * 1000;

/** Milliseconds to wait, a day at most: the header holds seconds or an HTTP date. Null when it is absent or makes no sense. */
export function parseRetryAfter(value: string | null, nowMs: number): number | null {
  if (value === null) return null;
  if (/^\d+(\.\d+)?$/.test(value.trim())) {
    return Math.min(Math.ceil(Number(value) * 1000), LONGEST_RETRY_AFTER_MS);
  }
  const date = Date.parse(value);
  return Number.isNaN(date) ? null : Math.min(Math.max(0, date - nowMs), LONGEST_RETRY_AFTER_MS);
}
