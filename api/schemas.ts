/** Rows of the record as the API reads and answers them. Columns that are not named here do not leave the house. */
import { z } from 'zod';
import { MATCH_SOURCES } from '../domain/company';
import { isPlainText, NOT_PLAIN_TEXT } from '../domain/plain-text';
import {
  BATCH_STATUSES,
  CANDIDATES_STATUSES,
  JOB_STATUSES,
  STEP_STATUSES,
  SUB_STEP_STATUSES,
} from '../domain/statuses';
import { SUB_STEP_KEYS } from '../domain/sub-steps';
import { withoutReferences } from './references';

/** ISO 8601. */
const at = z.string();
const maybeAt = at.nullable();
const plainObject = z.record(z.string(), z.unknown());
/** What workflows and activities wrote: read and answered without references to secrets. */
export const shownObject = plainObject.overwrite(withoutReferences);

export const batchRow = z.object({
  id: z.guid(),
  name: z.string(),
  organisation_id: z.guid(),
  source_lead_scrape_job_id: z.guid().nullable(),
  status: z.enum(BATCH_STATUSES),
  execution_mode: z.enum(['parallel', 'sequential']),
  failure_policy: z.enum(['wait', 'fail']),
  total_restaurants: z.number(),
  completed_restaurants: z.number(),
  failed_restaurants: z.number(),
  current_step: z.number(),
  total_steps: z.number(),
  created_by: z.guid().nullable(),
  error_message: z.string().nullable(),
  created_at: at,
  updated_at: at,
  start_requested_at: maybeAt,
  started_at: maybeAt,
  completed_at: maybeAt,
  cancel_requested_at: maybeAt,
  cancelled_at: maybeAt,
  paused_at: maybeAt,
  pause_reason: z.string().nullable(),
  /** Holds `execution_config`, the batch's defaults. */
  metadata: plainObject,
});
export type BatchRow = z.infer<typeof batchRow>;

export const restaurantBrief = z.object({
  id: z.guid(),
  name: z.string().nullable(),
  city: z.string().nullable(),
});

const subStepProgress = z.object({
  current_phase: z.number().nullable(),
  total_sub_steps: z.number(),
  phases: z.record(
    z.string(),
    z.object({
      status: z.string(),
      description: z.string(),
      sub_steps: z.partialRecord(
        z.enum(SUB_STEP_KEYS),
        z.object({
          status: z.enum(SUB_STEP_STATUSES),
          started_at: maybeAt,
          completed_at: maybeAt,
          duration_ms: z.number().nullable(),
          attempt: z.number(),
          max_attempts: z.number(),
          error: z.string().nullable(),
          reason: z.string().nullable(),
          /** What it waits for while it has not begun. */
          note: z.string().nullable(),
          output: shownObject.nullable(),
          proof: z.string().nullable(),
          generation: z.number(),
        }),
      ),
    }),
  ),
});

export const stepRow = z.object({
  id: z.guid(),
  step_number: z.number(),
  step_name: z.string(),
  step_description: z.string().nullable(),
  step_type: z.enum(['automatic', 'action_required']),
  status: z.enum(STEP_STATUSES),
  /** Of step 6 alone. */
  sub_step_progress: subStepProgress.nullable(),
  started_at: maybeAt,
  completed_at: maybeAt,
  duration_ms: z.number().nullable(),
  error_message: z.string().nullable(),
  error_details: z.object({ type: z.string() }).nullable(),
  retry_count: z.number(),
  max_retries: z.number(),
  result_data: shownObject.nullable(),
});
export type StepRow = z.infer<typeof stepRow>;

export const jobRow = z.object({
  id: z.guid(),
  batch_job_id: z.guid(),
  restaurant_id: z.guid(),
  organisation_id: z.guid(),
  position: z.number(),
  status: z.enum(JOB_STATUSES),
  closure: z.enum(['cancelled', 'given_up']).nullable(),
  current_step: z.number(),
  total_steps: z.number(),
  pumpd_user_id: z.string().nullable(),
  pumpd_restaurant_id: z.string().nullable(),
  error_message: z.string().nullable(),
  last_error_details: z.object({ type: z.string(), step: z.number() }).nullable(),
  waiting_reason: z.string().nullable(),
  /** What it waits for that is no person, e.g. its turn in step 6. */
  note: z.string().nullable(),
  search_no: z.number(),
  revision: z.number(),
  created_at: at,
  updated_at: at,
  started_at: maybeAt,
  completed_at: maybeAt,
  cancel_requested_at: maybeAt,
  cancelled_at: maybeAt,
  restaurant: restaurantBrief,
});
export type JobRow = z.infer<typeof jobRow>;

export const jobWithSteps = z.object({ ...jobRow.shape, steps: stepRow.array() });
export type JobWithSteps = z.infer<typeof jobWithSteps>;

export const subStepRow = z.object({
  key: z.enum(SUB_STEP_KEYS),
  phase: z.number(),
  position: z.number(),
  generation: z.number(),
  attempt: z.number(),
  max_attempts: z.number(),
  status: z.enum(SUB_STEP_STATUSES),
  error_type: z.string().nullable(),
  error: z.string().nullable(),
  reason: z.string().nullable(),
  /** What it waits for while it has not begun, e.g. its place in a queue. */
  note: z.string().nullable(),
  output: shownObject.nullable(),
  proof: z.string().nullable(),
  started_at: maybeAt,
  attempt_started_at: maybeAt,
  completed_at: maybeAt,
});

export const candidate = z.object({
  company_name: z.string().nullable(),
  company_number: z.string().nullable(),
  nzbn: z.string(),
  status: z.string().nullable(),
  status_code: z.string().nullable().optional(),
  registered: z.boolean().optional(),
  incorporation_date: z.string().nullable(),
  registered_address: z.string().nullable(),
  match_sources: z.enum(MATCH_SOURCES).array(),
  score: z.number(),
});

export const candidatesRow = z.object({
  id: z.guid(),
  registration_job_id: z.guid(),
  search_no: z.number(),
  search_queries: z.unknown(),
  combined_results: candidate.array(),
  candidate_count: z.number(),
  selected_company_number: z.string().nullable(),
  selected_company_data: plainObject.nullable(),
  status: z.enum(CANDIDATES_STATUSES),
  error_message: z.string().nullable(),
  searched_at: maybeAt,
  selected_at: maybeAt,
});
export type CandidatesRow = z.infer<typeof candidatesRow>;

export const eventRow = z.object({
  id: z.string(),
  /** Null: it happened to the batch as a whole. */
  job_id: z.guid().nullable(),
  kind: z.string(),
  actor: z.string().nullable(),
  reason: z.string().nullable(),
  data: shownObject,
  at,
});

/** `actor_email`: of a person whom the platform knows; null for services, and for what happens by itself. */
export const shownEvent = eventRow.extend({ actor_email: z.string().nullable() });
export type ShownEvent = z.infer<typeof shownEvent>;

export const statusCounts = z.object({
  pending: z.number(),
  in_progress: z.number(),
  action_required: z.number(),
  completed: z.number(),
  failed: z.number(),
  cancelled: z.number(),
});

/** `retrying` counts as in progress, so that a step has the six faces that people know. */
export const stepCounts = z.object({
  step_number: z.number(),
  step_name: z.string(),
  pending: z.number(),
  in_progress: z.number(),
  action_required: z.number(),
  completed: z.number(),
  failed: z.number(),
  skipped: z.number(),
  cancelled: z.number(),
});

// ---- input --------------------------------------------------------------------------------------------------------

export const MAX_PAGE = 100;

export const pageQuery = z.object({
  limit: z.coerce.number().int().min(1).max(MAX_PAGE).default(MAX_PAGE),
  offset: z.coerce.number().int().min(0).max(1_000_000).default(0),
});
export type PageQuery = z.infer<typeof pageQuery>;

export const pagination = z.object({
  limit: z.number(),
  offset: z.number(),
  total: z.number(),
  has_more: z.boolean(),
});

export function paginationOf(page: PageQuery, total: number): z.infer<typeof pagination> {
  return { limit: page.limit, offset: page.offset, total, has_more: page.offset + page.limit < total };
}

export const batchParams = z.object({ id: z.guid() });
export const jobParams = z.object({ jobId: z.guid() });
export const restaurantParams = z.object({ restaurantId: z.guid() });
export const reasonText = z.string().trim().min(1).max(500).refine(isPlainText, { error: NOT_PLAIN_TEXT });
