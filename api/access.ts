/** Who may do what. Every route names the kind of access it needs; this table says which roles have it. */
import type { Caller } from './auth';
import { ApiError } from './errors';

/** Of people, as their profile says. */
export const PROFILE_ROLES = ['user', 'admin', 'super_admin'] as const;
export type ProfileRole = (typeof PROFILE_ROLES)[number];
/** `service`: another system with a token of its own (`service-tokens.ts`). */
export type Role = ProfileRole | 'service';

/**
 * All but a super admin see their own organisation alone. A super admin, who helps all of them, may also act in any; what is done is
 * written down under its name in the organisation that it was done to.
 */
export const ACCESS = {
  /** Look: batches, jobs, restaurants, streams, exports. */
  read: ['user', 'admin', 'super_admin', 'service'],
  /** Answer what waits for a person: the company, the account settings, an extraction that failed. */
  answer: ['user', 'admin', 'super_admin'],
  /** Make a batch, and with `auto_start` begin it. */
  create: ['user', 'admin', 'super_admin', 'service'],
  /** The daily work of operations staff: start, pause, cancel; retry, skip, reset, edit, give up. */
  operate: ['user', 'admin', 'super_admin'],
  /** Rebuild the record from the workflows. */
  administer: ['admin', 'super_admin'],
  /** See a password. */
  reveal: ['admin', 'super_admin'],
} as const satisfies Record<string, readonly Role[]>;

export type Access = keyof typeof ACCESS;

export function rolesFor(access: Access): readonly Role[] {
  return ACCESS[access];
}

/** @throws ApiError FORBIDDEN */
export function assertMay(caller: Pick<Caller, 'role' | 'grants'>, access: Access): void {
  const isGranted = caller.role !== 'service' || (caller.grants?.includes(access) ?? false);
  if (isGranted && rolesFor(access).includes(caller.role)) return;
  throw new ApiError('FORBIDDEN', `Only ${rolesFor(access).join(', ')} may do this.`);
}
