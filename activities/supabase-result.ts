/** Reading answers of supabase-js: rows through a schema, errors as typed failures. */
import type { z } from 'zod';
import { activityFailure } from './failure';

interface SupabaseResult {
  data: unknown;
  error: { code?: string | undefined } | null;
}

/** Postgres classes 22 and 23: data or a constraint, e.g. a row that was deleted meanwhile. Trying again changes nothing. */
const REFUSED = /^2[23]/;

/**
 * The answer's data through a schema.
 * @throws ApplicationFailure `RecordUnavailable` (retried), or `RecordRefused` if the database refuses the values or the data has another form.
 */
export function readResult<T extends z.ZodType>(schema: T, result: SupabaseResult): z.infer<T> {
  if (result.error) {
    const code = result.error.code ?? '';
    // The code alone: the text may quote values of the row.
    throw activityFailure(REFUSED.test(code) ? 'RecordRefused' : 'RecordUnavailable', { details: [code] });
  }
  const parsed = schema.safeParse(result.data);
  if (!parsed.success)
    throw activityFailure('RecordRefused', { details: [parsed.error.issues[0]?.path.join('.') ?? null] });
  return parsed.data;
}
