/** What goes wrong when the API is asked, in one form: its own refusals, and everything that keeps an answer from coming. */
import type { paths } from './schema';

type Refusal =
  paths['/api/registration-batches']['get']['responses'][503]['content']['application/json']['error'];

/** The API's codes; `OFFLINE`: no answer came; `UNREADABLE`: one came that is not the API's. */
export type FailureCode = Refusal['code'] | 'OFFLINE' | 'UNREADABLE';

export interface FieldIssue {
  /** Where in what was sent, e.g. `restaurant_ids.3`. */
  path: string;
  message: string;
  code?: string;
}

export class ApiFailure extends Error {
  override readonly name = 'ApiFailure';

  constructor(
    readonly code: FailureCode,
    /** A sentence for people. */
    message: string,
    /** The same request may be sent again. */
    readonly retryable: boolean,
    readonly details: unknown = undefined,
    /** Seconds after which it is worth while. */
    readonly retryAfter: number | null = null,
  ) {
    super(message);
  }

  /** Of VALIDATION_FAILED: which fields, and why. */
  get issues(): readonly FieldIssue[] {
    const { details } = this;
    if (typeof details !== 'object' || details === null || !('issues' in details)) return [];
    return Array.isArray(details.issues) ? (details.issues as FieldIssue[]) : [];
  }
}

/** What the API says to programs of a question that nobody asks any more; to a person, that somebody else was there first. */
export const sentenceOf = ({ code, message }: { code: string; message: string }): string =>
  code === 'STEP_NOT_ACTION_REQUIRED'
    ? 'It was answered before your answer came, so yours was not taken.'
    : message;

export function offline(): ApiFailure {
  return new ApiFailure('OFFLINE', 'The server cannot be reached. Your network or the server is down.', true);
}

/** @param body As it was parsed; anything. */
export function failureOf(response: Response, body: unknown): ApiFailure {
  const wait = Number(response.headers.get('Retry-After') ?? Number.NaN);
  const retryAfter = Number.isFinite(wait) ? wait : null;
  const refusal = isRefusal(body) ? body.error : null;
  if (refusal) {
    return new ApiFailure(refusal.code, sentenceOf(refusal), refusal.retryable, refusal.details, retryAfter);
  }
  // A proxy's own page, while the API behind it is restarted.
  const isPassing = response.status >= 500;
  return new ApiFailure(
    'UNREADABLE',
    isPassing
      ? 'The server is not available at the moment.'
      : 'The server gave an answer that cannot be read.',
    isPassing,
    undefined,
    retryAfter,
  );
}

function isRefusal(body: unknown): body is { error: Refusal } {
  if (typeof body !== 'object' || body === null || !('error' in body)) return false;
  const { error } = body;
  return typeof error === 'object' && error !== null && 'code' in error && 'message' in error;
}
