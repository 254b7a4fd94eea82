/** Reading of bodies: JSON of at most 1 MB, not nested without end, passwords taken out before anything else looks. */
import express, { type Request, type RequestHandler } from 'express';
import { ApiError } from '../errors';
import { takePasswords } from '../passwords';

const MAX_BYTES = 1024 * 1024;
export const MAX_DEPTH = 20;

/** No field of ours; where an object is copied by assignment, these would change the copy's prototype. */
const RESERVED_KEYS: ReadonlySet<string> = new Set(['__proto__', 'constructor', 'prototype']);

export function jsonBody(): RequestHandler[] {
  return [
    express.json({ limit: MAX_BYTES, type: ['application/json', '+json'] }),
    (req: Request, res, next) => {
      const body: unknown = req.body;
      refuseHostileShape(body);
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

/** @throws ApiError VALIDATION_FAILED for a body that is nested too deep or holds a reserved key, wherever it stands. */
export function refuseHostileShape(body: unknown): void {
  const refused = (sentence: string): ApiError => new ApiError('VALIDATION_FAILED', sentence, { issues: [] });
  if (depthExceeds(body, MAX_DEPTH)) throw refused(`The body is nested deeper than ${MAX_DEPTH} levels.`);
  if (holdsReservedKey(body)) throw refused('The body holds a key that no field has.');
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

/** Of a body whose depth is known to be small. */
function holdsReservedKey(value: unknown): boolean {
  if (Array.isArray(value)) return value.some(holdsReservedKey);
  if (typeof value !== 'object' || value === null) return false;
  return Object.entries(value).some(([key, child]) => RESERVED_KEYS.has(key) || holdsReservedKey(child));
}
