/** What our record knows of accounts at the vendor (`pumpd_accounts`). */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { readResult } from '../supabase-result';

const accountRow = z.object({
  id: z.string(),
  restaurant_id: z.string().nullable(),
  email: z.string().nullable(),
  pumpd_user_id: z.string().nullable(),
  secret_id: z.string().nullable(),
  registration_status: z.string().nullable(),
  created_by_job: z.string().nullable(),
  verify_started_at: z.string().nullable(),
});

export type KnownAccount = z.infer<typeof accountRow>;

export interface Accounts {
  /** Accounts of the organisation with this e-mail (any case), those of other restaurants included; oldest first. */
  withEmail(organisationId: string, email: string): Promise<KnownAccount[]>;
  /** Notes that this job is about to verify: an account that "already exists" afterwards is its own. */
  aboutToVerify(note: {
    organisationId: string;
    restaurantId: string;
    jobId: string;
    email: string;
    phone: string;
    secretId: string | null;
  }): Promise<void>;
}

/** In an `ilike` pattern these stand for themselves only when escaped. */
const literally = (text: string): string => text.replace(/[\\%_]/g, '\\$&');

/** PostgREST reads `*` as `%`, and an e-mail may hold one: the database narrows, this decides. */
const sameEmail = (a: string | null, b: string): boolean => a?.toLowerCase() === b.toLowerCase();

export function createAccounts(supabase: SupabaseClient): Accounts {
  return {
    async withEmail(organisationId, email) {
      const rows = readResult(
        z.array(accountRow),
        await supabase
          .from('pumpd_accounts')
          .select(Object.keys(accountRow.shape).join(', '))
          .eq('organisation_id', organisationId)
          .ilike('email', literally(email))
          .order('created_at')
          .limit(50),
      );
      return rows.filter((row) => sameEmail(row.email, email));
    },

    async aboutToVerify({ organisationId, restaurantId, jobId, email, phone, secretId }) {
      const row = {
        organisation_id: organisationId,
        restaurant_id: restaurantId,
        email,
        phone,
        secret_id: secretId,
        registration_status: 'pending',
        created_by_job: jobId,
        verify_started_at: new Date().toISOString(),
      };
      const table = supabase.from('pumpd_accounts');
      const [newest] = readResult(
        z.array(accountRow.pick({ id: true, email: true, registration_status: true })),
        await supabase
          .from('pumpd_accounts')
          .select('id, email, registration_status')
          .eq('organisation_id', organisationId)
          .eq('restaurant_id', restaurantId)
          .order('created_at', { ascending: false })
          .limit(1),
      );
      // What is known of a finished account under another e-mail is kept.
      const own =
        newest && newest.registration_status === 'completed' && !sameEmail(newest.email, email)
          ? undefined
          : newest;
      readResult(z.unknown(), await (own ? table.update(row).eq('id', own.id) : table.insert(row)));
    },
  };
}
