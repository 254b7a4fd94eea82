import { randomUUID } from 'node:crypto';
import type { IdempotencyKey } from '../../../api/record/control';
import { ORGANISATION } from './edge-app';

export interface StoredClaim {
  body_hash: string;
  response: Record<string, unknown> | null;
}

/** As much of the record as the webhook asks, in memory: every restaurant has a live job. */
export function webhookRecord(claims: Map<string, StoredClaim>) {
  const place = (organisationId: string, { caller, route, key }: IdempotencyKey): string =>
    [organisationId, caller, route, key].join(' ');
  return {
    organisationOf: () => Promise.resolve(ORGANISATION),
    liveJobOf: () => Promise.resolve(randomUUID()),
    claimIdempotencyKey(organisationId: string, claim: IdempotencyKey, response: StoredClaim['response']) {
      const at = place(organisationId, claim);
      const stored = claims.get(at) ?? { body_hash: claim.body_hash, response };
      claims.set(at, stored);
      return Promise.resolve(stored);
    },
    releaseIdempotencyKey(organisationId: string, claim: IdempotencyKey) {
      claims.delete(place(organisationId, claim));
      return Promise.resolve();
    },
  };
}
