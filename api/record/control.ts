/** What the API itself writes: batches, requests to start and to cancel, sealed secrets, idempotency keys. All else is the workflows'. */
import { z } from 'zod';
import { SEEDS } from '../../domain/seeds';
import { ask, askPage, tell, type Database } from './client';

export interface NewBatch {
  organisation_id: string;
  name: string;
  /** Null for a service, which is no user. */
  created_by: string | null;
  /** Of the audit trail. */
  actor: string;
  restaurant_ids: readonly string[];
  source_lead_scrape_job_id: string | null;
  execution_mode: 'parallel' | 'sequential';
  failure_policy: 'wait' | 'fail';
  metadata: Record<string, unknown>;
  start_requested: boolean;
}

/** Names one request of a caller, so that a repeat is recognised. */
export interface IdempotencyKey {
  caller: string;
  route: string;
  key: string;
  body_hash: string;
}

const created = z.union([
  z.object({ batch_id: z.guid(), replayed: z.boolean() }),
  z.object({
    error: z.enum(['RESTAURANT_NOT_FOUND', 'RESTAURANT_ALREADY_IN_BATCH', 'IDEMPOTENCY_KEY_REUSED']),
    restaurant_ids: z.guid().array(),
  }),
]);

const startOutcome = z.object({
  outcome: z.enum(['started', 'already_started', 'invalid_status', 'not_found']),
  status: z.string().nullable(),
});

const cancelOutcome = z.object({
  outcome: z.enum(['requested', 'already_requested', 'cancelled', 'terminal', 'not_found']),
  status: z.string().nullable(),
});
export type CancelOutcome = z.infer<typeof cancelOutcome>;

const closed = z.object({ closed: z.boolean(), status: z.string().nullable() });

export interface SealedSecretRow {
  id: string;
  organisation_id: string;
  owner_key: string | null;
  key_id: string;
  ciphertext: string;
}

const storedKey = z.object({
  body_hash: z.string(),
  /** What was to be carried out, where that was worked out at the first request. */
  response: z.record(z.string(), z.unknown()).nullable(),
});
type StoredKey = z.infer<typeof storedKey>;

function keyQuery(db: Database, organisationId: string, { caller, route, key }: IdempotencyKey) {
  return db
    .from('idempotency_keys')
    .select('body_hash, response')
    .eq('organisation_id', organisationId)
    .eq('caller', caller)
    .eq('route', route)
    .eq('key', key);
}

export function controlWrites(db: Database) {
  return {
    /** Created whole or not at all; the same key with the same body answers the first batch (`replayed`). */
    async createBatch(batch: NewBatch, idempotency: IdempotencyKey | null): Promise<z.infer<typeof created>> {
      const p = {
        ...batch,
        ...SEEDS,
        ...(idempotency ? { idempotency } : {}),
      };
      return ask(db.rpc('create_registration_batch', { p }), created);
    },

    async requestStart(
      organisationId: string,
      batchId: string,
      actor: string,
    ): Promise<z.infer<typeof startOutcome>> {
      return ask(
        db.rpc('request_start', { p: { organisation_id: organisationId, batch_id: batchId, actor } }),
        startOutcome,
      );
    },

    /** From this moment on no new outside call of the target begins. */
    async requestCancel(
      organisationId: string,
      target: { batch_id: string } | { job_id: string },
      by: { actor: string; reason: string | null },
    ): Promise<CancelOutcome> {
      return ask(
        db.rpc('request_cancel', { p: { organisation_id: organisationId, ...target, ...by } }),
        cancelOutcome,
      );
    },

    /** For a job that no workflow has ever taken up. */
    async closeUnstartedJob(jobId: string, reason: string): Promise<boolean> {
      const p = { job_id: jobId, status: 'cancelled', reason, expected_revision: 0 };
      return (await ask(db.rpc('close_job', { p }), closed)).closed;
    },

    async closeUnstartedJobs(batchId: string, reason: string): Promise<number> {
      const p = { batch_id: batchId, status: 'cancelled', reason };
      return (await ask(db.rpc('close_unstarted_jobs', { p }), z.object({ closed: z.number() }))).closed;
    },

    /** @returns ids of those that were not there yet. */
    async insertSecrets(rows: readonly SealedSecretRow[]): Promise<string[]> {
      if (rows.length === 0) return [];
      const query = db
        .from('sealed_secrets')
        .upsert([...rows], { onConflict: 'id', ignoreDuplicates: true })
        .select('id');
      return (await ask(query, z.object({ id: z.guid() }).array())).map(({ id }) => id);
    },

    /** Only for secrets that were never handed to a workflow. */
    async deleteSecrets(organisationId: string, ids: readonly string[]): Promise<void> {
      if (ids.length > 0)
        await tell(
          db
            .from('sealed_secrets')
            .delete()
            .eq('organisation_id', organisationId)
            .in('id', [...ids]),
        );
    },

    /** What this key stands for; null: it was not used yet. */
    async idempotencyKey(organisationId: string, claim: IdempotencyKey): Promise<StoredKey | null> {
      return ask(keyQuery(db, organisationId, claim).maybeSingle(), storedKey.nullable());
    },

    /**
     * Takes a key for a body, and keeps `plan` with it, unless it was taken already.
     * @returns what it stands for now: the same for a new key and for an honest repeat
     */
    async claimIdempotencyKey(
      organisationId: string,
      claim: IdempotencyKey,
      plan: Record<string, unknown> | null,
    ): Promise<StoredKey> {
      await tell(
        db
          .from('idempotency_keys')
          .upsert(
            { organisation_id: organisationId, ...claim, response: plan },
            { onConflict: 'organisation_id,caller,route,key', ignoreDuplicates: true },
          ),
      );
      return ask(keyQuery(db, organisationId, claim).single(), storedKey);
    },

    /** Gives back a key that was taken with this plan, for a command that was not carried out. */
    async releaseIdempotencyKey(
      organisationId: string,
      { caller, route, key }: IdempotencyKey,
      plan: Record<string, unknown>,
    ): Promise<void> {
      const query = db
        .from('idempotency_keys')
        .delete()
        .eq('organisation_id', organisationId)
        .eq('caller', caller)
        .eq('route', route)
        .eq('key', key)
        .contains('response', plan);
      await tell(query);
    },

    /** The cheapest question that goes all the way. Throws when the record is out of reach. */
    async ping(): Promise<void> {
      await askPage(db.from('registration_batch_jobs').select('id').limit(1), z.object({ id: z.guid() }));
    },
  };
}
