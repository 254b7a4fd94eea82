/** What the export of a batch is made of: a job with its restaurant and what became of each step, in pages. */
import { z } from 'zod';
import { SUB_STEP_STATUSES } from '../../domain/statuses';
import { SUB_STEP_KEYS } from '../../domain/sub-steps';
import { jobRow, stepRow, type PageQuery } from '../schemas';
import { askPage, columnsOf, ofBatch, type Database, type OwnedBatch, type Page } from './client';

const job = jobRow.pick({
  position: true,
  status: true,
  pumpd_user_id: true,
  pumpd_restaurant_id: true,
  error_message: true,
  started_at: true,
  completed_at: true,
  cancelled_at: true,
});
const restaurant = z.object({
  name: z.string().nullable(),
  city: z.string().nullable(),
  company_name: z.string().nullable(),
  company_number: z.string().nullable(),
  nzbn: z.string().nullable(),
  subdomain: z.string().nullable(),
});
const step = stepRow.pick({ step_number: true, step_name: true, status: true, error_message: true });
const subStep = z.object({
  key: z.enum(SUB_STEP_KEYS),
  status: z.enum(SUB_STEP_STATUSES),
  error: z.string().nullable(),
  reason: z.string().nullable(),
});

export const exportedJob = z.object({
  ...job.shape,
  /** The subdomain that the platform gave, if it came so far. */
  pumpd_subdomain: z.string().nullable(),
  restaurant,
  steps: step.array(),
  sub_steps: subStep.array(),
});
export type ExportedJob = z.infer<typeof exportedJob>;

const COLUMNS = [
  columnsOf(job),
  'pumpd_subdomain:execution_results->restaurantRegistration->>pumpd_subdomain',
  `restaurant:restaurants(${columnsOf(restaurant)})`,
  `steps:registration_job_steps(${columnsOf(step)})`,
  `sub_steps:registration_sub_steps(${columnsOf(subStep)})`,
].join(', ');

export function exportReads(db: Database) {
  return {
    /** Jobs of a batch whose scope was checked, in its order. */
    async exportedJobs(batch: OwnedBatch, page: PageQuery): Promise<Page<ExportedJob>> {
      const query = db
        .from('registration_jobs')
        .select(COLUMNS, { count: 'exact' })
        .match(ofBatch(batch))
        .order('position')
        .order('step_number', { referencedTable: 'steps' })
        .order('position', { referencedTable: 'sub_steps' })
        .range(page.offset, page.offset + page.limit - 1);
      return askPage(query, exportedJob);
    },
  };
}
