import type { z } from 'zod';
import { FAILURES, type FailureType } from '../../../domain/failures';
import { idempotencyKey } from '../../../domain/ids';
import type { SubStepKey } from '../../../domain/sub-steps';
import { waitOrAbort } from '../../../domain/wait';
import { asRouted, type RoutedPath } from '../../../domain/telemetry/outside-calls';
import { sendRequest, type HttpOutcome, type HttpRequest } from '../../http-client';
import type { BackendLimits } from './limits';
import type { SubStepCall } from './request-types';

export interface BackendSettings {
  /** The backend's direct origin: proxies cut long calls. */
  baseUrl: string;
  serviceKey: string;
  limits: BackendLimits;
  /** Base URL of the optional reader of the platform's state; null = none. */
  platformReadBaseUrl: string | null;
}

/** A read's value, null where the other side knows no such thing (404). */
export type ReadResult<T> =
  { ok: true; value: T | null } | { ok: false; failure: FailureType; retryAfterMs?: number; detail?: string };

const READ_TRIES = 3;

export const joinUrl = (baseUrl: string, path: string): string => `${baseUrl.replace(/\/+$/, '')}${path}`;

/** The path of the first field that does not fit; made of our own schema's words. */
export const firstPath = (error: z.ZodError): string => error.issues[0]?.path.join('.') || '(body)';

/** One POST to the backend. `X-Organisation-ID` comes from the job alone: the key opens every organisation. */
export function postToBackend(
  settings: BackendSettings,
  key: SubStepKey,
  call: SubStepCall,
  to: string | RoutedPath,
  body: unknown,
  timeoutMs: number,
): Promise<HttpOutcome> {
  const { path, route } = asRouted(to);
  return sendRequest({
    method: 'POST',
    url: joinUrl(settings.baseUrl, path),
    target: { system: 'backend', route },
    headers: backendHeaders(settings, key, call),
    body,
    timeoutMs,
    signal: call.signal,
    correlationId: correlationId(key, call),
  });
}

export function backendHeaders(
  settings: BackendSettings,
  key: SubStepKey,
  call: SubStepCall,
): Record<string, string> {
  return {
    'Content-Type': 'application/json',
    'X-Service-Key': settings.serviceKey,
    'X-Organisation-ID': call.organisationId,
    'Idempotency-Key': idempotencyKey(call.jobId, key, call.generation),
  };
}

export const correlationId = (key: SubStepKey, call: SubStepCall): string =>
  `${idempotencyKey(call.jobId, key, call.generation)}:${call.attempt}`;

export interface ReadRequest<T> {
  url: string;
  target: HttpRequest['target'];
  headers: Record<string, string>;
  schema: z.ZodType<T>;
  key: SubStepKey;
  call: SubStepCall;
  limits: BackendLimits;
}

/**
 * A GET, tried up to three times in place: reads are harmless, and a flake after a success would cost its proof.
 * Only what the schema names is kept: these bodies hold stored passwords and megabytes of images.
 */
export async function read<T>(request: ReadRequest<T>): Promise<ReadResult<T>> {
  for (let attempt = 1; ; attempt += 1) {
    const result = await readOnce(request);
    const again = !result.ok && FAILURES[result.failure].retryable && attempt < READ_TRIES;
    if (!again || request.call.signal.aborted) return result;
    await pauseFor(result.retryAfterMs ?? request.limits.readRetryMs * attempt, request);
  }
}

async function pauseFor(ms: number, { limits, call }: ReadRequest<unknown>): Promise<void> {
  await waitOrAbort(Math.min(ms, limits.pollMaxMs), call.signal);
}

async function readOnce<T>({
  url,
  target,
  headers,
  schema,
  key,
  call,
  limits,
}: ReadRequest<T>): Promise<ReadResult<T>> {
  const outcome = await sendRequest({
    method: 'GET',
    url,
    target,
    headers,
    timeoutMs: limits.readTimeoutMs,
    signal: call.signal,
    correlationId: correlationId(key, call),
  });
  if (outcome.kind !== 'response') return { ok: false, failure: 'BackendUnavailable' };
  if (outcome.status === 404) return { ok: true, value: null };
  if (outcome.status === 401 || outcome.status === 403) return { ok: false, failure: 'BackendAuthError' };
  if (outcome.status === 429) {
    return { ok: false, failure: 'RateLimited', ...retryAfter(outcome.retryAfterMs) };
  }
  // A body that is not JSON is cut or comes from a proxy: another try may bring the real one.
  if (outcome.status >= 500 || outcome.json === undefined)
    return { ok: false, failure: 'BackendUnavailable' };
  const parsed = outcome.status < 300 ? schema.safeParse(outcome.json) : null;
  if (parsed?.success) return { ok: true, value: parsed.data };
  return {
    ok: false,
    failure: 'BackendContractError',
    detail: parsed ? firstPath(parsed.error) : '(status)',
  };
}

export const retryAfter = (ms: number | null): { retryAfterMs?: number } =>
  ms === null ? {} : { retryAfterMs: ms };
