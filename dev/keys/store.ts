/** `sealed_secrets` through the service's API, as far as a change of keys needs it. It serves all organisations at once. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import type { Sealed } from '../../domain/sealing';

export interface SecretRow extends Sealed {
  id: string;
  organisationId: string;
}

export interface SecretStore {
  /** In the order of their ids, behind `after`. */
  notUnder(keyId: string, after: string | null, limit: number): Promise<SecretRow[]>;
  countNotUnder(keyId: string): Promise<number>;
  /** Compare-and-set: false if the row is not any more as it was read. */
  replace(row: SecretRow, sealed: Sealed): Promise<boolean>;
}

/** Its text is a code: the service's own words may quote rows. */
export class SecretStoreError extends Error {
  override readonly name = 'SecretStoreError';
}

const secretRow = z
  .object({ id: z.string(), organisation_id: z.string(), key_id: z.string(), ciphertext: z.string() })
  .transform(({ id, organisation_id, key_id, ciphertext }): SecretRow => {
    return { id, organisationId: organisation_id, keyId: key_id, ciphertext };
  });

interface Answer {
  data: unknown;
  error: { code?: string } | null;
  count?: number | null;
  status: number;
}

function checked({ error, status, ...answer }: Answer): Omit<Answer, 'error' | 'status'> {
  if (error) throw new SecretStoreError(`The record refused (${error.code || `status ${status}`}).`);
  return answer;
}

export function createSecretStore(supabase: SupabaseClient): SecretStore {
  const table = () => supabase.from('sealed_secrets');
  return {
    async notUnder(keyId, after, limit) {
      let query = table().select('id, organisation_id, key_id, ciphertext').neq('key_id', keyId);
      if (after !== null) query = query.gt('id', after);
      return secretRow.array().parse(checked(await query.order('id').limit(limit)).data);
    },

    async countNotUnder(keyId) {
      const query = table().select('id', { count: 'exact' }).neq('key_id', keyId).limit(1);
      return z.number().parse(checked(await query).count);
    },

    async replace({ id, organisationId, keyId, ciphertext }, sealed) {
      const query = table()
        .update({ key_id: sealed.keyId, ciphertext: sealed.ciphertext })
        .eq('id', id)
        .eq('organisation_id', organisationId)
        .eq('key_id', keyId)
        .eq('ciphertext', ciphertext)
        .select('id');
      return z.array(z.unknown()).parse(checked(await query).data).length === 1;
    },
  };
}
