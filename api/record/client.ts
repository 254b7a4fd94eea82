/** supabase-js with time limits, and the one place where its answers become rows or typed errors. */
import type { SupabaseClient } from '@supabase/supabase-js';
import type { z } from 'zod';
import { createSupabase } from '../../domain/supabase';
import { ApiError } from '../errors';

export type Database = SupabaseClient;

export function connectRecord(options: { url: string; serviceRoleKey: string; timeoutMs: number }): Database {
  return createSupabase(options.url, options.serviceRoleKey, options);
}

interface DatabaseAnswer {
  data: unknown;
  error: { code?: string; message: string } | null;
  count?: number | null;
  status: number;
}

/**
 * The library's own retries are switched off: they would hold an answer back for seven seconds, and our caller is told
 * that it may ask again.
 */
interface DatabaseQuery extends PromiseLike<DatabaseAnswer> {
  retry(enabled: boolean): PromiseLike<DatabaseAnswer>;
}

/** A failure that a repeat will not cure: a query or an answer that is wrong. Its code is PostgREST's or PostgreSQL's. */
export class RecordError extends Error {
  override readonly name = 'RecordError';
  constructor(
    readonly code: string,
    options?: ErrorOptions,
  ) {
    super(`The record refused a query (${code}).`, options);
  }
}

/** PostgREST: no connection, pool exhausted, schema cache not loaded. PostgreSQL: connection, resources, shutdown. */
const TRANSIENT_CODE = /^(PGRST00\d|08\w{3}|53\w{3}|57\w{3}|40001|40P01)$/;

/** The error's own text may quote rows, so it goes nowhere. */
function databaseError({ code = '' }: { code?: string }, status: number): Error {
  if (status === 0 || status >= 502 || code === '' || TRANSIENT_CODE.test(code)) {
    return new ApiError('DATABASE_UNAVAILABLE', 'The database cannot be reached. Try again.', undefined, {
      cause: new RecordError(code || `status ${status}`),
    });
  }
  return new RecordError(code);
}

/** @throws ApiError DATABASE_UNAVAILABLE, RecordError, or a ZodError when the rows are not of the schema. */
export async function ask<S extends z.ZodType>(query: DatabaseQuery, schema: S): Promise<z.output<S>> {
  const { data, error, status } = await query.retry(false);
  if (error) throw databaseError(error, status);
  return schema.parse(data);
}

/** A batch whose scope was checked. Statements about it name its organisation all the same: the service's key is held back by nothing else. */
export interface OwnedBatch {
  id: string;
  organisation_id: string;
}

export const ofBatch = ({ id, organisation_id }: OwnedBatch) => ({ batch_job_id: id, organisation_id });

/** The columns of a row, as PostgREST wants them named; `left` are those that are no columns. */
export const columnsOf = (schema: z.ZodObject, ...left: string[]): string =>
  Object.keys(schema.shape)
    .filter((column) => !left.includes(column))
    .join(', ');

export interface Page<T> {
  rows: T[];
  total: number;
}

/** For queries with `count: 'exact'`. An offset beyond the end is an empty page, which PostgREST calls an error. */
export async function askPage<S extends z.ZodType>(query: DatabaseQuery, row: S): Promise<Page<z.output<S>>> {
  const { data, error, status, count } = await query.retry(false);
  if (error?.code === 'PGRST103') return { rows: [], total: count ?? 0 };
  if (error) throw databaseError(error, status);
  const rows = row.array().parse(data);
  return { rows, total: count ?? rows.length };
}

export async function tell(query: DatabaseQuery): Promise<void> {
  const { error, status } = await query.retry(false);
  if (error) throw databaseError(error, status);
}
