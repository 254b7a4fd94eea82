/** Before step 6: the submitted snapshot is saved to the restaurant's row, since the backend reads that row, not its requests. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import type { ConfigurationSnapshot } from '../../domain/configuration/types';
import { readResult } from '../supabase-result';
import type { JobRef, SavedConfiguration } from './types';

const text = z.string().nullable();

const existingRows = z.object({
  code_injection_id: text,
  pumpd_accounts: z.array(
    z.object({ email: text, pumpd_user_id: text, secret_id: text, registration_status: text }),
  ),
  pumpd_restaurants: z.array(
    z.object({ pumpd_restaurant_id: text, pumpd_subdomain: text, dashboard_url: text }),
  ),
});

export interface ConfigurationActivities {
  /** Saves the snapshot and says which of the things that step 6 would make exist already. Never writes a password. */
  saveConfiguration(input: JobRef & { configuration: ConfigurationSnapshot }): Promise<SavedConfiguration>;
}

export function createConfigurationActivities(deps: { supabase: SupabaseClient }): ConfigurationActivities {
  const { supabase } = deps;
  return {
    async saveConfiguration({ restaurantId, organisationId, configuration }) {
      readResult(
        z.unknown(),
        await supabase
          .from('restaurants')
          .update(restaurantColumns(configuration))
          .eq('id', restaurantId)
          .eq('organisation_id', organisationId),
      );
      const row = readResult(
        existingRows,
        await supabase
          .from('restaurants')
          .select(
            'code_injection_id, pumpd_accounts(email, pumpd_user_id, secret_id, registration_status), pumpd_restaurants(pumpd_restaurant_id, pumpd_subdomain, dashboard_url)',
          )
          .eq('id', restaurantId)
          .eq('organisation_id', organisationId)
          .single(),
      );
      return { existing: existingOutputs(row, configuration) };
    },
  };
}

function restaurantColumns({ account, restaurant, website }: ConfigurationSnapshot): Record<string, unknown> {
  return {
    name: restaurant.name,
    phone: restaurant.phone,
    address: restaurant.address,
    city: restaurant.city,
    opening_hours: restaurant.opening_hours,
    theme: website.theme,
    cuisine: website.cuisines,
    // Without colours nothing is set up that needs them; what is there is not erased.
    ...(website.primaryColor === null ? {} : { primary_color: website.primaryColor }),
    ...(website.secondaryColor === null ? {} : { secondary_color: website.secondaryColor }),
    user_email: account.email,
  };
}

function existingOutputs(
  row: z.infer<typeof existingRows>,
  { account }: ConfigurationSnapshot,
): SavedConfiguration['existing'] {
  const existing: SavedConfiguration['existing'] = {};
  const made = row.pumpd_accounts.find((candidate) => candidate.registration_status === 'completed');
  if (made) {
    const { email, pumpd_user_id, secret_id } = made;
    existing.cloudwaitressAccount = {
      email: email ?? account.email,
      pumpd_user_id,
      secret_id,
      attached: false,
    };
  } else if (!account.registerNewUser) {
    existing.cloudwaitressAccount = {
      email: account.email,
      pumpd_user_id: null,
      secret_id: account.passwordRef,
      attached: true,
    };
  }
  if (row.code_injection_id !== null) existing.codeGeneration = { codeInjectionId: row.code_injection_id };
  const registered = row.pumpd_restaurants.find((candidate) => candidate.pumpd_restaurant_id !== null);
  if (registered) existing.restaurantRegistration = registered;
  return existing;
}
