/** Who is calling: a Supabase access token, and the profile that gives organisation and role; or a service's own token. */
import { setTimeout as sleep } from 'node:timers/promises';
import type { RequestHandler } from 'express';
import { z } from 'zod';
import { PROFILE_ROLES, type Access, type Role } from './access';
import { ApiError } from './errors';
import type { ServiceToken } from '../domain/settings';
import { isServiceToken, ORGANISATION_HEADER, serviceCaller } from './service-tokens';

export interface Profile {
  organisationId: string | null;
  /** As it stands there: one that is not known may do nothing. */
  role: string | null;
}

export interface Caller {
  /** A user's id; of a service `service:<name>`, which is no user's. */
  userId: string;
  organisationId: string;
  role: Role;
  /** Of a service: what its token may do. */
  grants?: readonly Access[];
  /** When the token is no longer good, milliseconds since the epoch. */
  expiresAt: number;
}

/** Which organisations' rows a caller may read; null = all. Every query takes one. */
export type Scope = string | null;

export function readScope(caller: Caller): Scope {
  return caller.role === 'super_admin' ? null : caller.organisationId;
}

export type TokenVerifier = (token: string) => Promise<Pick<Caller, 'userId' | 'expiresAt'>>;

const AUDIENCE = 'authenticated';
const CLOCK_TOLERANCE_SECONDS = 5;
const KEYS_TIMEOUT_MS = 5_000;
/** Published keys are fetched at most so often for the sake of a key that is not among them. */
const KEYS_COOLDOWN_MS = 1_000;

const unauthenticated = (message: string): ApiError => new ApiError('UNAUTHENTICATED', message);

/** An ES module alone; our own output is CommonJS. */
const loadJose = () => import('jose');
type Jose = Awaited<ReturnType<typeof loadJose>>;
type Claims = { sub?: string | undefined; exp?: number | undefined };

/**
 * Tokens signed by the project's shared secret (HS256), or by one of its published keys; the token's header says which,
 * and only the algorithms of the matching kind are accepted.
 */
export async function createTokenVerifier(options: {
  secret?: string | undefined;
  jwksUrl?: string | undefined;
  keysCooldownMs?: number;
}): Promise<TokenVerifier> {
  const jose = await loadJose();
  const secret = options.secret === undefined ? undefined : new TextEncoder().encode(options.secret);
  const publishedKey =
    options.jwksUrl === undefined
      ? undefined
      : publishedKeys(jose, new URL(options.jwksUrl), options.keysCooldownMs ?? KEYS_COOLDOWN_MS);

  const verify = async (token: string): Promise<Claims> => {
    const common = {
      audience: AUDIENCE,
      clockTolerance: CLOCK_TOLERANCE_SECONDS,
      requiredClaims: ['sub', 'exp'],
    };
    const { alg } = jose.decodeProtectedHeader(token);
    if (alg === 'HS256' && secret) {
      return (await jose.jwtVerify(token, secret, { ...common, algorithms: ['HS256'] })).payload;
    }
    if (alg !== 'HS256' && publishedKey) {
      const algorithms = ['RS256', 'ES256', 'EdDSA'];
      return (await jose.jwtVerify(token, publishedKey, { ...common, algorithms })).payload;
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

type KeyOf = (
  ...asked: Parameters<ReturnType<Jose['createRemoteJWKSet']>>
) => ReturnType<ReturnType<Jose['createRemoteJWKSet']>>;

/**
 * Looks for a token's key among the published ones. Trouble on the way to them says nothing about the token; a key that is not there
 * may have been published since we last looked, so it is called unknown only after another look.
 */
function publishedKeys(jose: Jose, url: URL, cooldownMs: number): KeyOf {
  let fetches = 0;
  const keySet = jose.createRemoteJWKSet(url, {
    timeoutDuration: KEYS_TIMEOUT_MS,
    cooldownDuration: cooldownMs,
    [jose.customFetch]: (...request: Parameters<typeof fetch>) => {
      fetches += 1;
      return fetch(...request);
    },
  });
  const { JOSENotSupported, JWKSMultipleMatchingKeys, JWKSNoMatchingKey } = jose.errors;
  const saysOfToken = (error: unknown): boolean =>
    [JOSENotSupported, JWKSMultipleMatchingKeys, JWKSNoMatchingKey].some((kind) => error instanceof kind);
  const find: KeyOf = async (...asked) => {
    const before = fetches;
    try {
      return await keySet(...asked);
    } catch (error) {
      if (!(error instanceof JWKSNoMatchingKey) || fetches > before) throw error;
      await sleep(cooldownMs);
      return keySet(...asked);
    }
  };
  return async (...asked) => {
    try {
      return await find(...asked);
    } catch (error) {
      throw saysOfToken(error) ? error : keysUnavailable(error);
    }
  };
}

function keysUnavailable(cause: unknown): ApiError {
  const message = 'The sign-in service cannot be reached. Try again.';
  return new ApiError('DATABASE_UNAVAILABLE', message, undefined, { cause });
}

/** What is not the token's fault was told apart where it happened, or is a fault of ours. */
function tokenError(error: unknown, joseErrors: Jose['errors']): unknown {
  if (error instanceof ApiError) return error;
  // The library throws a bare TypeError for what is no token at all.
  if (!(error instanceof joseErrors.JOSEError || error instanceof TypeError)) return error;
  if (error instanceof joseErrors.JWTExpired) return unauthenticated('The token has expired. Sign in again.');
  if (error instanceof joseErrors.JWTClaimValidationFailed)
    return unauthenticated('The token is not for this service.');
  return unauthenticated('The token is not valid.');
}

/** @param organisation What the request's `X-Organisation-Id` says; of use to services alone. */
export type Authenticator = (token: string, organisation?: string) => Promise<Caller>;

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
    const { organisationId } = profile;
    const role = PROFILE_ROLES.find((known) => known === profile.role);
    if (!role) throw new ApiError('FORBIDDEN', 'This user has no role here. Ask an administrator.');
    if (organisationId === null) throw new ApiError('FORBIDDEN', 'This user belongs to no organisation.');
    return { userId, organisationId, role, expiresAt };
  };
}

/** @param services Of `SERVICE_TOKENS`. */
export function withServices(authenticate: Authenticator, services: readonly ServiceToken[]): Authenticator {
  return (token, organisation) =>
    isServiceToken(token)
      ? Promise.resolve().then(() => serviceCaller(services, token, organisation))
      : authenticate(token);
}

export function requireCaller(authenticate: Authenticator): RequestHandler {
  return async (req, res, next) => {
    const [, token] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '') ?? [];
    if (token === undefined) throw unauthenticated('Send a token: "Authorization: Bearer <token>".');
    const caller = await authenticate(token, req.get(ORGANISATION_HEADER));
    res.locals['caller'] = caller;
    res.locals['callerId'] = caller.userId;
    next();
  };
}
