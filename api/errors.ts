/** What goes wrong, as callers see it: codes of the contract, one envelope, no stack and no foreign text. */
import type { ErrorRequestHandler, RequestHandler } from 'express';
import type { Logger } from 'pino';
import { z } from 'zod';
import { fieldIssues, type FieldIssue } from '../domain/configuration';

export const ERROR_STATUS = {
  VALIDATION_FAILED: 400,
  MISSING_SELECTIONS: 400,
  UNAUTHENTICATED: 401,
  FORBIDDEN: 403,
  NOT_FOUND: 404,
  BATCH_NOT_FOUND: 404,
  JOB_NOT_FOUND: 404,
  RESTAURANT_NOT_FOUND: 404,
  INVALID_STATUS: 409,
  STEP_NOT_ACTION_REQUIRED: 409,
  BATCH_ALREADY_STARTED: 409,
  EFFECT_EXISTS: 409,
  IDEMPOTENCY_KEY_REUSED: 409,
  RESTAURANT_ALREADY_IN_BATCH: 409,
  PAYLOAD_TOO_LARGE: 413,
  RATE_LIMITED: 429,
  INTERNAL_ERROR: 500,
  TEMPORAL_UNAVAILABLE: 503,
  DATABASE_UNAVAILABLE: 503,
} as const;

export type ErrorCode = keyof typeof ERROR_STATUS;

export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERROR_STATUS, value);
}

export const errorAnswer = z.object({
  success: z.literal(false),
  error: z.object({
    code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
    message: z.string(),
    /** The same request may be sent again. */
    retryable: z.boolean(),
    details: z.unknown().optional(),
  }),
});

/** A refusal that the caller may read. `details` are ours: ids, paths, sentences; never what was sent. */
export class ApiError extends Error {
  override readonly name = 'ApiError';
  readonly status: number;
  readonly retryable: boolean;
  constructor(
    readonly code: ErrorCode,
    message: string,
    readonly details?: unknown,
    options?: ErrorOptions,
  ) {
    super(message, options);
    this.status = ERROR_STATUS[code];
    this.retryable = this.status === 503 || this.status === 429;
  }

  toBody(): z.infer<typeof errorAnswer> {
    const { code, message, details, retryable } = this;
    return {
      success: false,
      error: { code, message, retryable, ...(details === undefined ? {} : { details }) },
    };
  }
}

export function validationFailed(issues: readonly FieldIssue[]): ApiError {
  return new ApiError('VALIDATION_FAILED', 'The request is not valid.', { issues });
}

/**
 * Parses what came from outside.
 * @param at Where it stood, e.g. `body`, put in front of each path.
 * @throws ApiError VALIDATION_FAILED with the path of each field; values are never repeated.
 */
export function parseInput<S extends z.ZodType>(schema: S, input: unknown, at: string): z.output<S> {
  const result = schema.safeParse(input);
  if (result.success) return result.data;
  const issues = fieldIssues(result.error).map((issue) => ({
    ...issue,
    path: issue.path === '' ? at : at === 'body' ? issue.path : `${at}.${issue.path}`,
  }));
  throw validationFailed(issues);
}

/** What express and its body parser throw: `http-errors` with a `type`; their texts may quote the body. */
const httpErrorSchema = z.object({ status: z.number().int().min(400).max(499), type: z.string().optional() });

export function toApiError(error: unknown): ApiError {
  if (error instanceof ApiError) return error;
  const http = httpErrorSchema.safeParse(error);
  if (http.success) {
    return http.data.status === 413
      ? new ApiError('PAYLOAD_TOO_LARGE', 'The body is larger than 1 MB.')
      : new ApiError('VALIDATION_FAILED', sentenceOfHttpError(http.data.type), { issues: [] });
  }
  return new ApiError('INTERNAL_ERROR', 'Something went wrong on our side. It was logged.', undefined, {
    cause: error,
  });
}

const HTTP_ERROR_SENTENCES: Readonly<Record<string, string>> = {
  'entity.parse.failed': 'The body is not valid JSON.',
  'encoding.unsupported': 'The encoding of the body is not supported; send UTF-8 JSON.',
  'charset.unsupported': 'The encoding of the body is not supported; send UTF-8 JSON.',
};

function sentenceOfHttpError(type = ''): string {
  return HTTP_ERROR_SENTENCES[type] ?? 'The request cannot be read.';
}

export const unknownRoute: RequestHandler = () => {
  throw new ApiError('NOT_FOUND', 'There is no such address.');
};

/** The one place where errors become answers. Only what is ours to repair is logged with its stack. */
export function errorHandler(log: Logger): ErrorRequestHandler {
  return (error: unknown, _req, res, next) => {
    const answer = toApiError(error);
    const requestId: unknown = res.locals['requestId'];
    res.locals['errorCode'] = answer.code;
    if (answer.code === 'INTERNAL_ERROR')
      log.error({ requestId, err: answer.cause ?? answer }, 'request failed');
    else if (answer.status === 503)
      log.warn({ requestId, code: answer.code, cause: causeOf(answer) }, answer.message);
    if (res.headersSent) {
      next(error);
      return;
    }
    if (answer.status === 503) res.setHeader('Retry-After', '5');
    res.status(answer.status).json(answer.toBody());
  };
}

/** Name and code of the cause alone: its text may be foreign. */
function causeOf(error: Error): { name: string; code?: unknown } | undefined {
  const { cause } = error;
  if (!(cause instanceof Error)) return undefined;
  return 'code' in cause ? { name: cause.name, code: cause.code } : { name: cause.name };
}
