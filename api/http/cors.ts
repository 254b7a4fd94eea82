import type { RequestHandler } from 'express';

const METHODS = 'GET, POST, PATCH';
const REQUEST_HEADERS = 'Authorization, Content-Type, Idempotency-Key, If-None-Match, Last-Event-ID';
const ANSWER_HEADERS = 'ETag, Retry-After, RateLimit, RateLimit-Policy, X-Request-Id, Content-Disposition';
const PREFLIGHT_SECONDS = '600';

/**
 * Lets pages of these origins read answers, by exact comparison; all others get no header and so nothing from their browser.
 * Callers prove themselves by a token that a page must hold, never by cookies, so no credentials are allowed.
 */
export function allowOrigins(origins: readonly string[]): RequestHandler {
  const allowed: ReadonlySet<string> = new Set(origins);
  return (req, res, next) => {
    if (allowed.size > 0) res.vary('Origin');
    const { origin } = req.headers;
    if (origin === undefined || !allowed.has(origin)) {
      next();
      return;
    }
    res.setHeader('Access-Control-Allow-Origin', origin);
    res.setHeader('Access-Control-Expose-Headers', ANSWER_HEADERS);
    if (req.method !== 'OPTIONS' || req.headers['access-control-request-method'] === undefined) {
      next();
      return;
    }
    res.setHeader('Access-Control-Allow-Methods', METHODS);
    res.setHeader('Access-Control-Allow-Headers', REQUEST_HEADERS);
    res.setHeader('Access-Control-Max-Age', PREFLIGHT_SECONDS);
    res.status(204).end();
  };
}
