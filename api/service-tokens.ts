/**
 * Tokens of other systems, such as the lead conversion. The settings hold their SHA-256 alone, which is enough for what is random and
 * long; a token names its organisation and what it may do, and opens nothing but this API.
 */
import { createHash, timingSafeEqual } from 'node:crypto';
import { z } from 'zod';
import type { ServiceToken } from '../domain/settings';
import type { Caller } from './auth';
import { ApiError } from './errors';

/** 256 bits at least: a hash of something shorter could be guessed back. */
const TOKEN = /^svc_[A-Za-z0-9_-]{43,128}$/;
const PREFIX = 'svc_';
export const ORGANISATION_HEADER = 'x-organisation-id';

export function isServiceToken(token: string): boolean {
  return token.startsWith(PREFIX);
}

/**
 * @param organisation What the request's `X-Organisation-Id` says.
 * @throws ApiError UNAUTHENTICATED for a token that is not known, VALIDATION_FAILED or FORBIDDEN for the organisation
 */
export function serviceCaller(
  services: readonly ServiceToken[],
  token: string,
  organisation: string | undefined,
): Caller {
  const service = TOKEN.test(token) ? serviceOf(services, token) : undefined;
  if (!service) throw new ApiError('UNAUTHENTICATED', 'The token is not valid.');
  return {
    userId: `service:${service.name}`,
    organisationId: organisationOf(service, organisation),
    role: 'service',
    grants: service.may,
    expiresAt: Number.POSITIVE_INFINITY,
  };
}

/** Compared with every hash to the last byte, so that the time tells nothing. */
function serviceOf(services: readonly ServiceToken[], token: string): ServiceToken | undefined {
  const given = createHash('sha256').update(token).digest();
  let found: ServiceToken | undefined;
  for (const service of services) {
    for (const hash of service.sha256) {
      if (timingSafeEqual(given, Buffer.from(hash, 'hex'))) found = service;
    }
  }
  return found;
}

function organisationOf({ organisation }: ServiceToken, asked: string | undefined): string {
  const named = z.guid().optional().safeParse(asked);
  if (!named.success) throw badOrganisation('It must be the id of an organisation.');
  const id = named.data?.toLowerCase();
  if (organisation === 'all') {
    if (id === undefined) throw badOrganisation('This token serves all organisations: say which one.');
    return id;
  }
  if (id !== undefined && id !== organisation)
    throw new ApiError('FORBIDDEN', 'This token is of another organisation.');
  return organisation;
}

function badOrganisation(message: string): ApiError {
  return new ApiError('VALIDATION_FAILED', 'The request is not valid.', {
    issues: [{ path: ORGANISATION_HEADER, message, code: 'INVALID_VALUE' }],
  });
}
