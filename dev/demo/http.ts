/** JSON over HTTP for the demo's two servers: waits when it is asked to, repeats what may be repeated. */
import { setTimeout as sleep } from 'node:timers/promises';

/** What went wrong, in one line a person can act on; `code` is the API's where it gave one. */
export class DemoError extends Error {
  override readonly name = 'DemoError';
  constructor(
    message: string,
    readonly code: string | null = null,
    readonly details: unknown = undefined,
  ) {
    super(message);
  }
}

export interface JsonRequest {
  method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  url: string;
  headers?: Record<string, string>;
  body?: unknown;
  /** Sending it twice is sending it once: repeated after trouble of the connection too. Default: of a GET alone. */
  repeatable?: boolean | undefined;
  /** Between two tries, ms; shorter than what the server asks for only where that is known to be too long. */
  longestPauseMs?: number | undefined;
  signal?: AbortSignal | undefined;
}

export interface JsonAnswer {
  status: number;
  headers: Headers;
  /** undefined when there is no body, or it is not JSON. */
  json: unknown;
}

const TIMEOUT_MS = 30_000;
/** Answers that say "not now": nothing was done. */
const NOT_NOW = new Set([429, 503]);
const MOST_TRIES = 8;
const FIRST_PAUSE_MS = 500;
const LONGEST_PAUSE_MS = 10_000;

function pauseMs(headers: Headers | null, tries: number): number {
  const seconds = Number(headers?.get('retry-after') ?? NaN);
  if (Number.isFinite(seconds)) return Math.min(seconds * 1_000, 60_000);
  return Math.min(FIRST_PAUSE_MS * 2 ** (tries - 1), LONGEST_PAUSE_MS);
}

async function once({ method, url, headers, body, signal }: JsonRequest): Promise<JsonAnswer> {
  const timeout = AbortSignal.timeout(TIMEOUT_MS);
  const response = await fetch(url, {
    method,
    headers: {
      accept: 'application/json',
      ...(body === undefined ? {} : { 'content-type': 'application/json' }),
      ...headers,
    },
    ...(body === undefined ? {} : { body: JSON.stringify(body) }),
    signal: signal === undefined ? timeout : AbortSignal.any([signal, timeout]),
  });
  const text = await response.text();
  return { status: response.status, headers: response.headers, json: parse(text) };
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    return undefined;
  }
}

/**
 * Any HTTP answer but "not now". A 429 or 503 is waited out as long as Retry-After says; what is repeatable, or any request that
 * never arrived, is repeated after trouble of the connection. Throws a DemoError once the patience is over, and the
 * signal's reason when it is aborted.
 */
export async function requestJson(request: JsonRequest): Promise<JsonAnswer> {
  for (let tries = 1; ; tries += 1) {
    let headers: Headers | null = null;
    let trouble: string;
    try {
      const answer = await once(request);
      if (!NOT_NOW.has(answer.status) || (tries >= MOST_TRIES && answer.status !== 429)) return answer;
      ({ headers } = answer);
      trouble = `HTTP ${answer.status}`;
    } catch (error) {
      if (request.signal?.aborted) throw error;
      trouble = troubleOf(error);
      const repeatable = request.repeatable ?? request.method === 'GET';
      if (!repeatable && trouble !== 'ECONNREFUSED') throw unreachable(request, trouble);
    }
    if (tries >= 2 * MOST_TRIES) throw unreachable(request, trouble);
    await sleep(
      Math.min(pauseMs(headers, tries), request.longestPauseMs ?? Infinity),
      undefined,
      request.signal === undefined ? {} : { signal: request.signal },
    );
  }
}

/** `fetch failed` hides why. */
function troubleOf(error: unknown): string {
  const cause = error instanceof Error ? error.cause : undefined;
  if (cause instanceof Error && 'code' in cause && typeof cause.code === 'string') return cause.code;
  return error instanceof Error ? error.message : String(error);
}

function unreachable({ method, url }: JsonRequest, trouble: string): DemoError {
  return new DemoError(`${method} ${new URL(url).pathname} got no answer (${trouble})`);
}
