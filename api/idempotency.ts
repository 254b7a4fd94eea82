/** `Idempotency-Key`: one key of one caller on one route stands for one body. */
import { createHash, randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import type { Caller } from './auth';
import { ApiError, parseInput } from './errors';
import type { ApiRecord } from './record';
import type { IdempotencyKey } from './record/control';

const keySchema = z
  .string()
  .min(1)
  .max(200)
  .regex(/^[\x21-\x7e]+$/, 'Use printable ASCII without blanks.');

/** The same for every order of keys. */
export function canonicalJson(value: unknown): string {
  if (Array.isArray(value)) return `[${value.map(canonicalJson).join(',')}]`;
  if (typeof value !== 'object' || value === null) return JSON.stringify(value) ?? 'null';
  const entries = Object.entries(value)
    .filter(([, child]) => child !== undefined)
    .sort(([a], [b]) => (a < b ? -1 : 1));
  return `{${entries.map(([key, child]) => `${JSON.stringify(key)}:${canonicalJson(child)}`).join(',')}}`;
}

const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

/** @returns null without the header. */
export function idempotencyOf(
  req: Request,
  caller: Caller,
  route: string,
  body: unknown,
): IdempotencyKey | null {
  const header = req.headers['idempotency-key'];
  if (header === undefined) return null;
  const key = parseInput(keySchema, header, 'Idempotency-Key');
  return { caller: caller.userId, route, key, body_hash: sha256(canonicalJson(body)) };
}

/**
 * Id of an operator's command: the same for a repeat with the same key, so that the workflow carries it out once.
 * @throws ApiError IDEMPOTENCY_KEY_REUSED
 */
export async function commandId(
  record: ApiRecord,
  organisationId: string,
  idempotency: IdempotencyKey | null,
): Promise<string> {
  if (!idempotency) return randomUUID();
  if (!(await record.claimIdempotencyKey(organisationId, idempotency))) throw keyReused();
  const { caller, route, key } = idempotency;
  return sha256(JSON.stringify([caller, route, key]));
}

export function keyReused(): ApiError {
  return new ApiError('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used with another body.');
}
