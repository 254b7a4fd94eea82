/** `CompanyRecord` on Supabase: tables `restaurants` and `companies_office_search_candidates`. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { MATCH_SOURCES } from '../../domain/company';
import { CANDIDATES_STATUSES } from '../../domain/statuses';
import { readResult } from '../supabase-result';
import type { CompanyRecord, JobScope } from './record';

const RESTAURANTS = 'restaurants';
const CANDIDATES = 'companies_office_search_candidates';

const optional = z.string().nullable();

const restaurantRow = z
  .object({
    name: optional,
    address: optional,
    city: optional,
    additional_contacts_metadata: z.record(z.string(), z.unknown()).nullable().catch(null),
  })
  .transform(({ additional_contacts_metadata: metadata, ...row }) => ({ ...row, metadata }));

const candidate = z.object({
  company_name: z.string(),
  company_number: optional,
  nzbn: z.string(),
  status: z.string(),
  status_code: z.string(),
  registered: z.boolean(),
  incorporation_date: optional,
  registered_address: optional,
  match_sources: z.array(z.enum(MATCH_SOURCES)),
  score: z.number(),
});

const queries = z.object({
  restaurant_name: z.string(),
  street: optional,
  city: optional,
  postcode: optional,
  original: z.object({ restaurant_name: optional, street: optional, city: optional }),
});

const candidatesRow = z.object({
  search_no: z.number(),
  status: z.enum(CANDIDATES_STATUSES),
  // A row that another service made may hold other forms; to us that is a row without results.
  search_queries: queries.nullable().catch(null),
  name_results: z.array(candidate).catch([]),
  combined_results: z.array(candidate).catch([]),
});

const ids = z.array(z.object({ id: z.string() }));

export function createSupabaseCompanyRecord(supabase: SupabaseClient): CompanyRecord {
  const keyOf = ({ organisationId, restaurantId, jobId }: JobScope) => ({
    organisation_id: organisationId,
    restaurant_id: restaurantId,
    registration_job_id: jobId,
  });

  async function ensureRow(scope: JobScope): Promise<void> {
    const result = await supabase
      .from(CANDIDATES)
      .upsert(
        { ...keyOf(scope), search_no: 0, status: 'pending' },
        { onConflict: 'restaurant_id,registration_job_id', ignoreDuplicates: true },
      );
    readResult(z.unknown(), result);
  }

  return {
    async readRestaurant({ restaurantId, organisationId }) {
      const result = await supabase
        .from(RESTAURANTS)
        .select('name, address, city, additional_contacts_metadata')
        .eq('id', restaurantId)
        .eq('organisation_id', organisationId)
        .maybeSingle();
      return readResult(restaurantRow.nullable(), result);
    },

    async saveRestaurant({ restaurantId, organisationId }, values) {
      const result = await supabase
        .from(RESTAURANTS)
        .update({ ...values, updated_at: new Date().toISOString() })
        .eq('id', restaurantId)
        .eq('organisation_id', organisationId)
        .select('id');
      return readResult(ids, result).length > 0;
    },

    async readCandidates(scope) {
      const result = await supabase
        .from(CANDIDATES)
        .select('search_no, status, search_queries, name_results, combined_results')
        .match(keyOf(scope))
        .maybeSingle();
      return readResult(candidatesRow.nullable(), result);
    },

    async writeCandidates(scope, values, { searchNo, from }) {
      await ensureRow(scope);
      const number = searchNo === undefined ? {} : { search_no: searchNo };
      // The guard is a condition of the update itself, so that two writers cannot both pass it.
      const update = () =>
        supabase
          .from(CANDIDATES)
          .update({ ...values, ...number })
          .match(keyOf(scope));
      const same = update().match(number).in('status', from);
      if (readResult(ids, await same.select('id')).length > 0) return true;
      if (searchNo === undefined) return false;
      // A second update: PostgREST 12 applies an `or` of an update to its answer as well, and then finds nothing.
      const older = update().lt('search_no', searchNo);
      return readResult(ids, await older.select('id')).length > 0;
    },
  };
}
