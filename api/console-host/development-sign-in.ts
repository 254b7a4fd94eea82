/**
 * The sign-in of the embedded stack, which has no Supabase Auth: whoever sits at this machine is one of the invented people that the
 * stack seeded. `DEVELOPMENT_SIGN_IN` names them; the settings refuse it anywhere but there.
 */
import type { Request } from 'express';
import { z } from 'zod';
import { ApiError, parseInput } from '../errors';
import { isLocalRequest } from '../http/local';
import type { ApiSettings } from '../../domain/settings';

const LIFETIME_SECONDS = 12 * 3600;

// jose ships ES modules alone, this code is CommonJS.
const loadJose = () => import('jose');

const body = z.strictObject({ id: z.guid() });

export type DevelopmentSettings = Pick<ApiSettings, 'DEVELOPMENT_SIGN_IN' | 'SUPABASE_JWT_SECRET'>;

export interface DevelopmentSession {
  access_token: string;
  /** Seconds since the epoch. */
  expires_at: number;
  user: { id: string; email: string };
}

/** @throws ApiError NOT_FOUND where there is no such sign-in, FORBIDDEN for another machine's request or an unknown person */
export async function developmentSession(
  { DEVELOPMENT_SIGN_IN: people, SUPABASE_JWT_SECRET: secret }: DevelopmentSettings,
  req: Pick<Request, 'headers' | 'socket' | 'body'>,
): Promise<DevelopmentSession> {
  if (people.length === 0 || secret === undefined)
    throw new ApiError('NOT_FOUND', 'There is no such address.');
  if (!isLocalRequest(req)) throw new ApiError('FORBIDDEN', 'This sign-in is for this machine alone.');
  const { id } = parseInput(body, req.body, 'body');
  const person = people.find((known) => known.id === id);
  if (!person) throw new ApiError('FORBIDDEN', 'Nobody of this id may sign in here.');
  const { SignJWT } = await loadJose();
  const expiresAt = Math.floor(Date.now() / 1000) + LIFETIME_SECONDS;
  const token = await new SignJWT({ role: 'authenticated', email: person.email })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(person.id)
    .setAudience('authenticated')
    .setIssuedAt()
    .setExpirationTime(expiresAt)
    .sign(Buffer.from(secret, 'utf8'));
  return { access_token: token, expires_at: expiresAt, user: { id: person.id, email: person.email } };
}
