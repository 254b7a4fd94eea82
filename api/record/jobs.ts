/** Reads of jobs and what hangs on them. */
import { z } from 'zod';
import type { Scope } from '../auth';
import {
  candidatesRow,
  eventRow,
  jobRow,
  jobWithSteps,
  pageQuery,
  shownObject,
  stepRow,
  subStepRow,
  type CandidatesRow,
  type JobRow,
  type JobWithSteps,
  type PageQuery,
  type ShownEvent,
} from '../schemas';
import { ask, askPage, columnsOf, ofBatch, type Database, type OwnedBatch, type Page } from './client';

const RESTAURANT = 'restaurant:restaurants(id, name, city)';
const JOB = `${columnsOf(jobRow, 'restaurant')}, ${RESTAURANT}`;
const STEPS = `steps:registration_job_steps(${columnsOf(stepRow)})`;
export const JOB_WITH_STEPS = `${JOB}, ${STEPS}`;

export const jobDetail = z.object({
  ...jobWithSteps.shape,
  execution_config: shownObject.nullable(),
  execution_results: shownObject,
  sub_steps: subStepRow.array(),
});
export type JobDetail = z.infer<typeof jobDetail>;

export const eventsQuery = z.object({
  ...pageQuery.shape,
  order: z.enum(['oldest', 'newest']).default('oldest'),
  /** Only events of this kind, e.g. `decision.applied`. */
  kind: z.string().min(1).max(100).optional(),
});
export type EventsQuery = z.infer<typeof eventsQuery>;

/** A job as decisions see it: where it stands, and its batch's name. */
export const waitingJob = z.object({
  ...jobRow.shape,
  batch: z.object({ id: z.guid(), name: z.string(), status: z.string(), paused_at: z.string().nullable() }),
  steps: z
    .object({
      step_number: z.number(),
      step_name: z.string(),
      status: stepRow.shape.status,
      error_message: z.string().nullable(),
      updated_at: z.string(),
    })
    .array(),
});
export type WaitingJob = z.infer<typeof waitingJob>;
const WAITING_JOB = `${JOB}, batch:registration_batch_jobs(id, name, status, paused_at), steps:registration_job_steps(step_number, step_name, status, error_message, updated_at)`;

/** Ids go into the address; so many fit. */
const IDS_PER_QUERY = 100;

export async function inChunks<T>(
  ids: readonly string[],
  read: (chunk: string[]) => Promise<T[]>,
): Promise<T[]> {
  const chunks = Array.from({ length: Math.ceil(ids.length / IDS_PER_QUERY) }, (_, i) =>
    ids.slice(i * IDS_PER_QUERY, (i + 1) * IDS_PER_QUERY),
  );
  return (await Promise.all(chunks.map(read))).flat();
}

export function jobReads(db: Database) {
  return {
    async job(scope: Scope, id: string): Promise<JobRow | null> {
      let query = db.from('registration_jobs').select(JOB).eq('id', id);
      if (scope !== null) query = query.eq('organisation_id', scope);
      return ask(query.maybeSingle(), jobRow.nullable());
    },

    async jobDetail(scope: Scope, id: string): Promise<JobDetail | null> {
      const columns = `${JOB_WITH_STEPS}, execution_config, execution_results, sub_steps:registration_sub_steps(${columnsOf(subStepRow)})`;
      let query = db
        .from('registration_jobs')
        .select(columns)
        .eq('id', id)
        .order('step_number', { referencedTable: 'steps' })
        .order('position', { referencedTable: 'sub_steps' });
      if (scope !== null) query = query.eq('organisation_id', scope);
      return ask(query.maybeSingle(), jobDetail.nullable());
    },

    /** Jobs of a batch whose scope was checked, in its order. */
    /** @param jobId This one alone; of another batch it is not found. */
    async jobsOfBatch(batch: OwnedBatch, page: PageQuery, jobId?: string): Promise<Page<JobWithSteps>> {
      const query = db
        .from('registration_jobs')
        .select(JOB_WITH_STEPS, { count: 'exact' })
        .match({ ...ofBatch(batch), ...(jobId === undefined ? {} : { id: jobId }) })
        .order('position')
        .order('step_number', { referencedTable: 'steps' })
        .range(page.offset, page.offset + page.limit - 1);
      return askPage(query, jobWithSteps);
    },

    /** The named jobs of this batch; ids of other batches are left out. */
    async jobsToDecide(batch: OwnedBatch, ids: readonly string[]): Promise<WaitingJob[]> {
      return inChunks(ids, (chunk) =>
        ask(
          db.from('registration_jobs').select(WAITING_JOB).match(ofBatch(batch)).in('id', chunk),
          waitingJob.array(),
        ),
      );
    },

    async jobToDecide(scope: Scope, id: string): Promise<WaitingJob | null> {
      let query = db.from('registration_jobs').select(WAITING_JOB).eq('id', id);
      if (scope !== null) query = query.eq('organisation_id', scope);
      return ask(query.maybeSingle(), waitingJob.nullable());
    },

    /** Ids of the batch's jobs that wait at this step. */
    async idsWaitingAt(batch: OwnedBatch, step: number): Promise<string[]> {
      const query = db
        .from('registration_jobs')
        .select('id, steps:registration_job_steps!inner(step_number)')
        .match(ofBatch(batch))
        .eq('status', 'action_required')
        .eq('steps.step_number', step)
        .eq('steps.status', 'action_required')
        .order('position');
      const rows = await ask(query, z.object({ id: z.guid() }).array());
      return rows.map(({ id }) => id);
    },

    async actionRequired(scope: Scope, page: PageQuery): Promise<Page<WaitingJob>> {
      let query = db
        .from('registration_jobs')
        .select(WAITING_JOB, { count: 'exact' })
        .eq('status', 'action_required');
      if (scope !== null) query = query.eq('organisation_id', scope);
      query = query
        .order('updated_at')
        .order('id')
        .range(page.offset, page.offset + page.limit - 1);
      return askPage(query, waitingJob);
    },

    /** Newest list of candidates of each job. */
    async candidates(organisationId: string, jobIds: readonly string[]): Promise<Map<string, CandidatesRow>> {
      const rows = await inChunks(jobIds, (chunk) =>
        ask(
          db
            .from('companies_office_search_candidates')
            .select(columnsOf(candidatesRow))
            .eq('organisation_id', organisationId)
            .in('registration_job_id', chunk),
          candidatesRow.array(),
        ),
      );
      return new Map(rows.map((row) => [row.registration_job_id, row]));
    },

    /** Audit trail of a job whose scope was checked; what was done to its batch as a whole belongs to it. */
    async events(
      { id, batch_job_id, organisation_id }: Pick<JobRow, 'id' | 'batch_job_id' | 'organisation_id'>,
      { limit, offset, order, kind }: EventsQuery,
    ): Promise<Page<ShownEvent>> {
      const ascending = order === 'oldest';
      let query = db
        .from('registration_events')
        .select(columnsOf(eventRow), { count: 'exact' })
        .eq('batch_job_id', batch_job_id)
        .eq('organisation_id', organisation_id)
        .or(`job_id.eq.${id},job_id.is.null`);
      if (kind !== undefined) query = query.eq('kind', kind);
      query = query
        .order('at', { ascending })
        .order('id', { ascending })
        .range(offset, offset + limit - 1);
      const { rows, total } = await askPage(query, eventRow);
      const emails = await emailsOf(db, organisation_id, rows);
      const shown = rows.map((row) => ({ ...row, actor_email: emails.get(row.actor ?? '') ?? null }));
      return { rows: shown, total };
    },

    async eventsById(ids: readonly string[]): Promise<z.infer<typeof eventRow>[]> {
      return inChunks(ids, (chunk) =>
        ask(db.from('registration_events').select(columnsOf(eventRow)).in('id', chunk), eventRow.array()),
      );
    },

    /** The restaurant's job that is not terminal; there is at most one. */
    async liveJobOf(organisationId: string, restaurantId: string): Promise<string | null> {
      const query = db
        .from('registration_jobs')
        .select('id')
        .eq('organisation_id', organisationId)
        .eq('restaurant_id', restaurantId)
        .in('status', ['pending', 'in_progress', 'action_required'])
        .limit(1)
        .maybeSingle();
      return (await ask(query, z.object({ id: z.guid() }).nullable()))?.id ?? null;
    },
  };
}

/** Who people are to others of their organisation. An actor of another one, or that is no person, e.g. a service, is not named. */
async function emailsOf(
  db: Database,
  organisationId: string,
  rows: readonly Pick<ShownEvent, 'actor'>[],
): Promise<ReadonlyMap<string, string | null>> {
  const ids = new Set(rows.flatMap(({ actor }) => (z.guid().safeParse(actor).success ? [actor] : [])));
  if (ids.size === 0) return new Map();
  const profiles = z.object({ id: z.guid(), email: z.string().nullable() }).array();
  const found = await ask(
    db
      .from('profiles')
      .select('id, email')
      .eq('organisation_id', organisationId)
      .in('id', [...ids]),
    profiles,
  );
  return new Map(found.map(({ id, email }) => [id, email]));
}
