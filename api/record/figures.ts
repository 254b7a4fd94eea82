/** What the metrics say of the record as a whole: counts of all organisations together, never whose. */
import { z } from 'zod';
import { JOB_STATUSES } from '../../domain/statuses';
import { ask, type Database } from './client';

const count = z.number().int();

/** Answer of `registration_figures`. */
const figures = z.object({
  live: z.array(z.object({ step: z.number().int(), status: z.enum(JOB_STATUSES), count })),
  ended: z.array(z.object({ status: z.enum(JOB_STATUSES), count })),
  paused: z.array(z.object({ by: z.enum(['breaker', 'person']), count })),
  waiting: z.array(
    z.object({
      asked: z.enum([
        'extraction',
        'search',
        'company_selection',
        'company_details',
        'configuration',
        'sub_steps',
      ]),
      oldest_seconds: z.number(),
      /** Cumulative: who has waited for a day has waited for an hour. */
      ages: z.array(z.object({ longer_than: z.string(), count })),
    }),
  ),
});
export type Figures = z.infer<typeof figures>;

export const figureReads = (db: Database) => ({
  figures: (): Promise<Figures> => ask(db.rpc('registration_figures'), figures),
});
