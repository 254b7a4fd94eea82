/** Whether the record can be worked with: the service answers, takes our key, and has the tables. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { migrationVersions } from '../migrations';
import { createSupabase } from '../supabase';
import type { Need } from './needs';

const LOOK_MS = 5_000;

interface RecordSettings {
  SUPABASE_URL: string;
  SUPABASE_SERVICE_ROLE_KEY: string;
}

/** For looking alone: no call of it takes longer than a look may. */
export function recordClient({
  SUPABASE_URL: url,
  SUPABASE_SERVICE_ROLE_KEY: key,
}: RecordSettings): SupabaseClient {
  return createSupabase(url, key, { timeoutMs: LOOK_MS });
}

export function recordNeed(settings: RecordSettings): Need {
  const supabase = recordClient(settings);
  return {
    name: `the database at ${settings.SUPABASE_URL}`,
    async missing() {
      const answer = await missingMigrations(supabase);
      if ('problem' in answer) return answer.problem;
      const { lacking } = answer;
      return lacking.length === 0 ? null : `lacks ${lacking.length} migrations (${lacking.join(', ')})`;
    },
  };
}

const versions = z.array(z.string());

/** Which of this code's migrations the database lacks, else why that is not known. */
export async function missingMigrations(
  supabase: SupabaseClient,
): Promise<{ lacking: string[] } | { problem: string }> {
  const p = { versions: migrationVersions() };
  const { data, error, status } = await supabase.rpc('missing_migrations', { p }).retry(false);
  return error ? { problem: recordProblem(error.code, status) } : { lacking: versions.parse(data) };
}

/** PostgREST's and PostgreSQL's codes for a table or function that is not there. */
const UNKNOWN = new Set(['PGRST202', 'PGRST205', '42P01', '42883']);

/** As the end of "the database at …". The service's own words stay out of it. */
export function recordProblem(code: string | undefined, status: number): string {
  if (status === 0 || status >= 500) return 'does not answer';
  if (status === 401 || status === 403) return 'refuses SUPABASE_SERVICE_ROLE_KEY';
  if (UNKNOWN.has(code ?? '')) return 'lacks our tables: apply the migrations';
  return `answers with an error (${code || `status ${status}`})`;
}
