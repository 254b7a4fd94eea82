/** Opening sealed passwords. Only the activity that sends a password opens it, and keeps it no longer than its call. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { SealingError, unseal, type KeyRing } from '../domain/sealing';
import { activityFailure } from './failure';
import { readResult } from './supabase-result';

const secretRow = z.object({ key_id: z.string(), ciphertext: z.string() }).nullable();

export interface Secrets {
  /** @throws ApplicationFailure `SecretUnavailable` when there is none or no key opens it */
  open(organisationId: string, secretId: string): Promise<string>;
}

export function createSecrets(supabase: SupabaseClient, keys: KeyRing): Secrets {
  return {
    async open(organisationId, secretId) {
      const row = readResult(
        secretRow,
        await supabase
          .from('sealed_secrets')
          .select('key_id, ciphertext')
          .eq('id', secretId)
          .eq('organisation_id', organisationId)
          .maybeSingle(),
      );
      if (!row) throw activityFailure('SecretUnavailable');
      try {
        return unseal(keys, { organisationId, secretId }, { keyId: row.key_id, ciphertext: row.ciphertext });
      } catch (error) {
        if (error instanceof SealingError) throw activityFailure('SecretUnavailable');
        throw error;
      }
    },
  };
}
