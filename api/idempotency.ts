/** `Idempotency-Key`: one key of one caller on one route stands for one body. */
import { createHash, createHmac, randomUUID } from 'node:crypto';
import type { Request } from 'express';
import { z } from 'zod';
import type { Caller } from './auth';
import { ApiError, parseInput } from './errors';
import type { PasswordVault } from './passwords';
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

export const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');

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
 * A body with passwords as it is hashed: a placeholder is another one in each request, and a bare hash of a password could be guessed.
 * @param secret The API's own.
 */
export function withFingerprints(body: unknown, passwords: PasswordVault, secret: string): unknown {
  if (Array.isArray(body)) return body.map((child: unknown) => withFingerprints(child, passwords, secret));
  if (typeof body === 'object' && body !== null) {
    const entries = Object.entries(body);
    return Object.fromEntries(
      entries.map(([key, child]) => [key, withFingerprints(child, passwords, secret)]),
    );
  }
  const password = typeof body === 'string' ? passwords.get(body) : undefined;
  return password
    ? createHmac('sha256', secret).update(`idempotency:${password.reveal()}`).digest('hex')
    : body;
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
  const { body_hash } = await record.claimIdempotencyKey(organisationId, idempotency, null);
  if (body_hash !== idempotency.body_hash) throw keyReused();
  return idOf(idempotency);
}

function idOf({ caller, route, key }: IdempotencyKey): string {
  return sha256(JSON.stringify([caller, route, key]));
}

/**
 * For a command that is worked out from the state of the moment (which jobs, which values): a repeat with the same key carries out
 * what was worked out the first time, whatever the state is by then.
 * @param prepare Its result is kept with the key, so it must hold no secret.
 * @throws ApiError IDEMPOTENCY_KEY_REUSED
 */
export async function plannedOnce<S extends z.ZodType<Record<string, unknown>>>(
  record: ApiRecord,
  organisationId: string,
  idempotency: IdempotencyKey | null,
  schema: S,
  prepare: (commandId: string) => Promise<z.output<S>>,
): Promise<{ id: string; plan: z.output<S> }> {
  if (!idempotency) {
    const id = randomUUID();
    return { id, plan: await prepare(id) };
  }
  const id = idOf(idempotency);
  const stored =
    (await record.idempotencyKey(organisationId, idempotency)) ??
    (await record.claimIdempotencyKey(organisationId, idempotency, await prepare(id)));
  if (stored.body_hash !== idempotency.body_hash) throw keyReused();
  return { id, plan: schema.parse(stored.response) };
}

export function keyReused(): ApiError {
  return new ApiError('IDEMPOTENCY_KEY_REUSED', 'This Idempotency-Key was used with another body.');
}
