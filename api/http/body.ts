/** Reading of bodies: JSON of at most 1 MB, not nested without end, passwords taken out before anything else looks. */
import express, { type Request, type RequestHandler } from 'express';
import { ApiError } from '../errors';
import { takePasswords } from '../passwords';

const MAX_BYTES = 1024 * 1024;
export const MAX_DEPTH = 20;

export function jsonBody(): RequestHandler[] {
  return [
    express.json({ limit: MAX_BYTES, type: ['application/json', '+json'] }),
    (req: Request, res, next) => {
      const body: unknown = req.body;
      if (depthExceeds(body, MAX_DEPTH)) {
        throw new ApiError('VALIDATION_FAILED', `The body is nested deeper than ${MAX_DEPTH} levels.`, {
          issues: [],
        });
      }
      const taken = takePasswords(body);
      req.body = taken.body;
      res.locals['passwords'] = taken.passwords;
      next();
    },
  ];
}

/** The bytes as they came, for signatures. */
export function rawBody(): RequestHandler {
  return express.raw({ limit: MAX_BYTES, type: () => true });
}

/** Iterative: a hostile body must not exhaust our stack. */
export function depthExceeds(value: unknown, max: number): boolean {
  const open: { value: unknown; depth: number }[] = [{ value, depth: 0 }];
  for (let item = open.pop(); item; item = open.pop()) {
    if (typeof item.value !== 'object' || item.value === null) continue;
    if (item.depth >= max) return true;
    for (const child of Object.values(item.value)) open.push({ value: child, depth: item.depth + 1 });
  }
  return false;
}
