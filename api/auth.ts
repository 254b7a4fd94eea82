/** Who is calling: a Supabase access token, and the profile that gives organisation and role. */
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { ApiError } from './errors';

export const ROLES = ['user', 'admin', 'super_admin'] as const;
export type Role = (typeof ROLES)[number];

export interface Profile {
  organisationId: string | null;
  role: Role;
}

export interface Caller {
  userId: string;
  organisationId: string;
  role: Role;
  /** When the token is no longer good, milliseconds since the epoch. */
  expiresAt: number;
}

/** Which organisations' rows a caller may read; null = all. Every query takes one. */
export type Scope = string | null;

export function readScope(caller: Caller): Scope {
  return caller.role === 'super_admin' ? null : caller.organisationId;
}

/** @throws ApiError FORBIDDEN for a plain user. */
export function requireAdministrator(caller: Caller): void {
  if (caller.role === 'user') throw new ApiError('FORBIDDEN', 'Only an administrator may do this.');
}

export type TokenVerifier = (token: string) => Promise<Pick<Caller, 'userId' | 'expiresAt'>>;

const AUDIENCE = 'authenticated';
const CLOCK_TOLERANCE_SECONDS = 5;

const unauthenticated = (message: string): ApiError => new ApiError('UNAUTHENTICATED', message);

/**
 * Tokens signed by the project's shared secret (HS256), or by one of its published keys; the token's header says which,
 * and only the algorithms of the matching kind are accepted.
 */
export async function createTokenVerifier(options: {
  secret?: string | undefined;
  jwksUrl?: string | undefined;
}): Promise<TokenVerifier> {
  const jose = await loadJose();
  const { decodeProtectedHeader, jwtVerify } = jose;
  const secret = options.secret === undefined ? undefined : new TextEncoder().encode(options.secret);
  const keySet =
    options.jwksUrl === undefined
      ? undefined
      : jose.createRemoteJWKSet(new URL(options.jwksUrl), {
          timeoutDuration: 5_000,
          cooldownDuration: 5_000,
        });

  const verify = async (token: string): Promise<{ sub?: string | undefined; exp?: number | undefined }> => {
    const common = {
      audience: AUDIENCE,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'exp'],
    };
    const { alg } = decodeProtectedHeader(token);
    if (alg === 'HS256' && secret) {
      return (await jwtVerify(token, secret, { ...common, algorithms: ['HS256'] })).payload;
    }
    if (alg !== 'HS256' && keySet) {
      return (await jwtVerify(token, keySet, { ...common, algorithms: ['RS256', 'ES256', 'EdDSA'] })).payload;
    }
    throw unauthenticated('The token is signed in a way that is not accepted.');
  };

  return async (token) => {
    try {
      const { sub, exp = 0 } = await verify(token);
      const userId = z.guid().safeParse(sub);
      if (!userId.success) throw unauthenticated('The token names no user.');
      return { userId: userId.data, expiresAt: exp * 1000 };
    } catch (error) {
      throw tokenError(error, jose.errors);
    }
  };
}

/** An ES module alone; our own output is CommonJS. */
const loadJose = () => import('jose');
type JoseErrors = Awaited<ReturnType<typeof loadJose>>['errors'];

function tokenError(error: unknown, joseErrors: JoseErrors): ApiError {
  if (error instanceof ApiError) return error;
  if (error instanceof joseErrors.JWTExpired) return unauthenticated('The token has expired. Sign in again.');
  if (error instanceof joseErrors.JWTClaimValidationFailed)
    return unauthenticated('The token is not for this service.');
  // Before its subclasses' common parent: the key server is out of reach, the token may be good.
  const keysOutOfReach =
    error instanceof joseErrors.JWKSTimeout ||
    !(error instanceof joseErrors.JOSEError || error instanceof TypeError);
  const fetchFailed = error instanceof TypeError && error.message === 'fetch failed';
  if (keysOutOfReach || fetchFailed) {
    return new ApiError(
      'DATABASE_UNAVAILABLE',
      'The sign-in service cannot be reached. Try again.',
      undefined,
      {
        cause: error,
      },
    );
  }
  return unauthenticated('The token is not valid.');
}

export type Authenticator = (token: string) => Promise<Caller>;

interface Cached {
  profile: Profile | null;
  until: number;
}

const MAX_CACHED = 10_000;

/**
 * @param findProfile Throws ApiError DATABASE_UNAVAILABLE when the record cannot be read: that says nothing about the token.
 * @param cacheSeconds A profile is believed this long; so long a removed user still gets in.
 */
export function createAuthenticator(
  verify: TokenVerifier,
  findProfile: (userId: string) => Promise<Profile | null>,
  cacheSeconds: number,
  now: () => number = Date.now,
): Authenticator {
  const cache = new Map<string, Cached>();
  const profileOf = async (userId: string): Promise<Profile | null> => {
    const cached = cache.get(userId);
    if (cached && cached.until > now()) return cached.profile;
    const profile = await findProfile(userId);
    if (cache.size >= MAX_CACHED) cache.clear();
    cache.set(userId, { profile, until: now() + cacheSeconds * 1000 });
    return profile;
  };
  return async (token) => {
    const { userId, expiresAt } = await verify(token);
    const profile = await profileOf(userId);
    if (!profile) throw new ApiError('FORBIDDEN', 'This user has no profile. Ask an administrator.');
    const { organisationId, role } = profile;
    if (organisationId === null) throw new ApiError('FORBIDDEN', 'This user belongs to no organisation.');
    return { userId, organisationId, role, expiresAt };
  };
}

export function requireCaller(authenticate: Authenticator): RequestHandler {
  return async (req, res, next) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '') ?? [];
    if (token === undefined) throw unauthenticated('Send a token: "Authorization: Bearer <token>".');
    const caller = await authenticate(token);
    res.locals['caller'] = caller;
    res.locals['callerId'] = caller.userId;
    next();
  };
}
