import type { RequestHandler } from 'express';
import { MINUTE, rateLimit } from 'express-rate-limit';
import { ApiError } from '../errors';
import type { ApiSettings } from '../../domain/settings';

export const LIMIT_CLASSES = ['read', 'progress', 'start', 'completion', 'reveal', 'other'] as const;
export type LimitClass = (typeof LIMIT_CLASSES)[number];

type LimitSettings = Pick<
  ApiSettings,
  | 'RATE_LIMIT_READ'
  | 'RATE_LIMIT_PROGRESS'
  | 'RATE_LIMIT_START'
  | 'RATE_LIMIT_COMPLETION'
  | 'RATE_LIMIT_REVEAL'
  | 'RATE_LIMIT_OTHER'
>;

/** A counter for each class and caller, per minute and process. A bulk answer is one request and counts once. */
export function createLimits(settings: LimitSettings): Record<LimitClass, RequestHandler> {
  const limit = (perMinute: number): RequestHandler =>
    rateLimit({
      windowMs: MINUTE,
      limit: perMinute,
      standardHeaders: 'draft-7',
      legacyHeaders: false,
      validate: false,
      keyGenerator: (_req, res) => {
        const caller: unknown = res.locals['callerId'];
        return typeof caller === 'string' ? caller : 'webhook';
      },
      handler: (_req, _res, next) =>
        next(new ApiError('RATE_LIMITED', 'Too many requests in a minute. Wait and send it again.')),
    });
  return {
    read: limit(settings.RATE_LIMIT_READ),
    progress: limit(settings.RATE_LIMIT_PROGRESS),
    start: limit(settings.RATE_LIMIT_START),
    completion: limit(settings.RATE_LIMIT_COMPLETION),
    reveal: limit(settings.RATE_LIMIT_REVEAL),
    other: limit(settings.RATE_LIMIT_OTHER),
  };
}
