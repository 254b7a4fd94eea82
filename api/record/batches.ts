/** Reads of batches. Each takes the scope of the caller: an organisation's id, or null for a super admin. */
import { z } from 'zod';
import type { Scope } from '../auth';
import { batchRow, MAX_PAGE, type BatchRow, type PageQuery } from '../schemas';
import { BATCH_STATUSES, JOB_STATUSES, STEP_STATUSES, type BatchStatus } from '../../domain/statuses';
import { ask, askPage, columnsOf, type Database, type OwnedBatch, type Page } from './client';

export const BATCH_SORTS = [
  'created_at',
  'updated_at',
  'name',
  'status',
  'current_step',
  'total_restaurants',
] as const;

/** `active`: not over; `needs_you`: something in it waits for a person, whatever else runs; `finished`: over. */
export const BATCH_GROUPS = ['active', 'needs_you', 'finished'] as const;
const FINISHED: readonly BatchStatus[] = ['completed', 'failed', 'cancelled'];
/** Named one by one: an index finds what a status is, not what it is not. */
const ACTIVE = BATCH_STATUSES.filter((status) => !FINISHED.includes(status));

export const batchListQuery = z.object({
  status: z.enum(BATCH_STATUSES).optional(),
  group: z.enum(BATCH_GROUPS).optional(),
  search: z.string().trim().min(1).max(200).optional(),
  current_step: z.coerce.number().int().min(1).max(6).optional(),
  city: z.string().trim().min(1).max(100).optional(),
  cuisine: z.string().trim().min(1).max(100).optional(),
  sort_by: z.enum(BATCH_SORTS).default('created_at'),
  sort_direction: z.enum(['asc', 'desc']).default('desc'),
});
export type BatchListQuery = z.infer<typeof batchListQuery> & PageQuery;

const COLUMNS = columnsOf(batchRow);

const countedJob = z.object({ status: z.enum(JOB_STATUSES), current_step: z.number(), count: z.number() });
const countedStep = z.object({ step_number: z.number(), status: z.enum(STEP_STATUSES), count: z.number() });
/** So many jobs stand at this step so. */
export type CountedJob = z.infer<typeof countedJob>;
export type CountedStep = z.infer<typeof countedStep>;

/** What a progress answer is made of: the batch and its jobs, counted. */
export const progressRow = z.object({
  id: z.guid(),
  status: z.enum(BATCH_STATUSES),
  current_step: z.number(),
  updated_at: z.string(),
  paused_at: z.string().nullable(),
  error_message: z.string().nullable(),
  /** `updated_at`: of the newest of them. */
  jobs: countedJob.extend({ updated_at: z.string() }).array(),
});
export type ProgressRow = z.infer<typeof progressRow>;

const pausedBatch = batchRow
  .pick({ id: true, name: true, pause_reason: true })
  .extend({ paused_at: z.string() });
type PausedBatch = z.infer<typeof pausedBatch>;

const batchOverview = z.object({
  batch_id: z.guid(),
  jobs: countedJob.array(),
  steps: countedStep.array(),
});
export type BatchOverview = z.infer<typeof batchOverview>;

/** `%`, `_` and the escape itself mean themselves. */
export function likeLiteral(text: string): string {
  return text.replace(/[\\%_]/g, (sign) => `\\${sign}`);
}

export function containsPattern(text: string): string {
  return `%${likeLiteral(text)}%`;
}

export function batchReads(db: Database) {
  /** How the jobs of these batches stand, counted. By batch; those of other organisations are left out. */
  const overviews = async (scope: Scope, ids: readonly string[]): Promise<Map<string, BatchOverview>> => {
    if (ids.length === 0) return new Map();
    const query = db.rpc('batch_overviews', { p: { organisation_id: scope, batch_ids: ids } });
    return new Map((await ask(query, batchOverview.array())).map((row) => [row.batch_id, row]));
  };
  return {
    async batch(scope: Scope, id: string): Promise<BatchRow | null> {
      let query = db.from('registration_batch_jobs').select(COLUMNS).eq('id', id);
      if (scope !== null) query = query.eq('organisation_id', scope);
      return ask(query.maybeSingle(), batchRow.nullable());
    },

    async listBatches(scope: Scope, filter: BatchListQuery): Promise<Page<BatchRow>> {
      const byRestaurant = filter.city !== undefined || filter.cuisine !== undefined;
      const columns = [
        COLUMNS,
        ...(byRestaurant ? ['jobs:registration_jobs!inner(restaurants!inner(id))'] : []),
        ...(filter.group === 'needs_you' ? ['waiting:registration_jobs(id)'] : []),
      ];
      let query = db.from('registration_batch_jobs').select(columns.join(', '), { count: 'exact' });
      if (scope !== null) query = query.eq('organisation_id', scope);
      if (filter.status !== undefined) query = query.eq('status', filter.status);
      if (filter.group === 'finished') query = query.in('status', FINISHED);
      else if (filter.group !== undefined) query = query.in('status', ACTIVE);
      if (filter.group === 'needs_you') {
        query = query
          .eq('waiting.status', 'action_required')
          .limit(1, { referencedTable: 'waiting' })
          .or('waiting.not.is.null,paused_at.not.is.null');
      }
      if (filter.current_step !== undefined) query = query.eq('current_step', filter.current_step);
      if (filter.search !== undefined) query = query.ilike('name', containsPattern(filter.search));
      if (filter.city !== undefined)
        query = query.ilike('jobs.restaurants.city', containsPattern(filter.city));
      if (filter.cuisine !== undefined) {
        query = query.contains('jobs.restaurants.cuisine', JSON.stringify([filter.cuisine]));
      }
      query = query
        .order(filter.sort_by, { ascending: filter.sort_direction === 'asc' })
        .order('id')
        .range(filter.offset, filter.offset + filter.limit - 1);
      return askPage(query, batchRow);
    },

    overviews,

    /** Batches that nobody has resumed, longest paused first; at most 100, as a page has. */
    async pausedBatches(scope: Scope): Promise<PausedBatch[]> {
      let query = db
        .from('registration_batch_jobs')
        .select(columnsOf(pausedBatch))
        .not('paused_at', 'is', null)
        .in('status', ['pending', 'in_progress', 'action_required']);
      if (scope !== null) query = query.eq('organisation_id', scope);
      return ask(query.order('paused_at').order('id').limit(MAX_PAGE), pausedBatch.array());
    },

    async progress(scope: Scope, id: string): Promise<ProgressRow | null> {
      const query = db.rpc('batch_progress', { p: { organisation_id: scope, batch_id: id } });
      return ask(query, progressRow.nullable());
    },

    /** How the steps of all jobs of a batch whose scope was checked stand. */
    async stepsOf(batch: OwnedBatch): Promise<CountedStep[]> {
      return (await overviews(batch.organisation_id, [batch.id])).get(batch.id)?.steps ?? [];
    },
  };
}
