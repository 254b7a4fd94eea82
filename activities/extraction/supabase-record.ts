/** `ExtractionRecord` on Supabase: tables `restaurants`, `extraction_jobs`, `menus`. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { activityFailure } from '../failure';
import { readResult } from '../supabase-result';
import { EXTRACTION_JOB_TYPES, type ExtractionRecord } from './record';

const text = z
  .string()
  .nullable()
  .transform((value) => value?.trim() || null);

const restaurantRow = z.object({
  ubereats_url: text,
  doordash_url: text,
  website_url: text,
  primary_color: text,
  secondary_color: text,
});
const jobRows = z.array(z.object({ job_type: z.string(), status: z.string() }));
const menuRows = z.array(z.object({ id: z.string() }));

export function createSupabaseExtractionRecord(supabase: SupabaseClient): ExtractionRecord {
  return {
    async readExtraction({ restaurantId, organisationId }) {
      const of = { restaurant_id: restaurantId, organisation_id: organisationId };
      // The job before the menu: a job that ends between the two reads is then seen as running, never as one without menu.
      const job = readResult(
        jobRows,
        await supabase
          .from('extraction_jobs')
          .select('job_type, status')
          .match(of)
          .in('job_type', EXTRACTION_JOB_TYPES)
          .order('created_at', { ascending: false })
          .limit(1),
      )[0];
      const [restaurant, menus] = await Promise.all([
        supabase
          .from('restaurants')
          .select(Object.keys(restaurantRow.shape).join(', '))
          .eq('id', restaurantId)
          .eq('organisation_id', organisationId)
          .maybeSingle(),
        supabase
          .from('menus')
          .select('id')
          .match(of)
          .order('is_active', { ascending: false, nullsFirst: false })
          .order('created_at', { ascending: false })
          .limit(1),
      ]);
      const row = readResult(restaurantRow.nullable(), restaurant);
      if (row === null) throw activityFailure('RecordRefused');
      return {
        job: job ? { type: job.job_type, status: job.status } : null,
        hasSource: [row.ubereats_url, row.doordash_url, row.website_url].some((url) => url !== null),
        hasColours: row.primary_color !== null && row.secondary_color !== null,
        menuId: readResult(menuRows, menus)[0]?.id ?? null,
      };
    },
  };
}
