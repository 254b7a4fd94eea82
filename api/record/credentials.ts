/** What the revealing of a password reads of the record, and the trace that it leaves. */
import { z } from 'zod';
import { SUB_STEP_STATUSES } from '../../domain/statuses';
import { SUB_STEP_KEYS } from '../../domain/sub-steps';
import type { Sealed } from '../../domain/sealing';
import { ask, tell, type Database } from './client';

const maybeText = z.string().nullish();

/** Read with the references that no other read of the API gives. */
const credentialsRow = z.object({
  execution_config: z
    .object({
      account: z.object({ email: z.string(), passwordRef: maybeText }),
      onboarding: z.object({ userEmail: z.string(), userPasswordRef: maybeText }),
    })
    .nullable(),
  sub_steps: z
    .object({
      key: z.enum(SUB_STEP_KEYS),
      status: z.enum(SUB_STEP_STATUSES),
      output: z.record(z.string(), z.unknown()).nullable(),
      attempt_started_at: z.string().nullable(),
    })
    .array(),
});
export type CredentialsRow = z.infer<typeof credentialsRow>;

const secretRow = z.object({ key_id: z.string(), ciphertext: z.string(), created_at: z.string() });

export interface StoredSecret extends Sealed {
  createdAt: string;
}

export interface Revealing {
  /** Of this request; one event each. */
  id: string;
  organisationId: string;
  batchId: string;
  jobId: string;
  actor: string;
  reason: string;
  which: string;
}

export function credentialReads(db: Database) {
  return {
    async credentialsOf(organisationId: string, jobId: string): Promise<CredentialsRow> {
      const query = db
        .from('registration_jobs')
        .select('execution_config, sub_steps:registration_sub_steps(key, status, output, attempt_started_at)')
        .eq('organisation_id', organisationId)
        .eq('id', jobId)
        .in('sub_steps.key', ['cloudwaitressAccount', 'createOnboardingUser'])
        .single();
      return ask(query, credentialsRow);
    },

    async sealedSecret(organisationId: string, id: string): Promise<StoredSecret | null> {
      const query = db
        .from('sealed_secrets')
        .select('key_id, ciphertext, created_at')
        .eq('organisation_id', organisationId)
        .eq('id', id)
        .maybeSingle();
      const row = await ask(query, secretRow.nullable());
      return row && { keyId: row.key_id, ciphertext: row.ciphertext, createdAt: row.created_at };
    },

    async recordRevealing({
      id,
      organisationId,
      batchId,
      jobId,
      actor,
      reason,
      which,
    }: Revealing): Promise<void> {
      await tell(
        db.from('registration_events').insert({
          id: `job:${jobId}:revealed:${id}`,
          organisation_id: organisationId,
          batch_job_id: batchId,
          job_id: jobId,
          kind: 'credentials.revealed',
          actor,
          reason,
          data: { which },
        }),
      );
    },
  };
}
