/** Activities that write to the record on behalf of the run that calls them, which then needs no activity of its own for that. */
import { ApplicationFailure, log } from '@temporalio/activity';
import { afterDetails, afterExtraction, afterSearch } from '../../domain/follow-ups';
import type { JobSnapshot, SnapshotWrite } from '../../domain/record';
import { snapshotAfter, type StepChange } from '../../domain/step-changes';
import type { RecordActivities } from './types';

export interface CarriedWrites {
  /** What is to be written before the activity does its own work. */
  write?: SnapshotWrite | undefined;
  /** The job as it is when the work is done, under the revision of its own that is to be written once the result is known. */
  follow?: { job_id: string; job: JobSnapshot } | undefined;
}

export interface Told {
  /** When the record was told what follows, ISO 8601; absent or null: it was not. */
  toldAt?: string | null | undefined;
}

/** Activities that carry writes, and what follows from the results of some. */
const CARRIERS = {
  checkExtractions: afterExtraction,
  completeSearch: afterSearch,
  fetchCompanyDetails: afterDetails,
  requestLease: null,
  requestStep6: null,
  saveConfiguration: null,
} satisfies Record<string, ((result: never) => StepChange[] | null) | null>;
type Carrier = keyof typeof CARRIERS;
const NAMES = Object.keys(CARRIERS) as Carrier[];

type Call<I, O> = (input: I) => Promise<O>;

/** As workflows see activities of which some carry writes. */
export type CarriersOf<A> = {
  [K in keyof A]: K extends Carrier
    ? A[K] extends Call<infer I, infer O>
      ? Call<I & CarriedWrites, O extends object ? O & Told : O>
      : never
    : A[K];
};

type Carrying = Pick<RecordActivities, 'publishSnapshot'> & Record<Carrier, Call<never, unknown>>;

/**
 * The activities with those that carry writes made to do so. A write comes first: while the record cannot be reached, an activity waits as
 * one that only writes does. Repeated with the activity, it changes nothing more: its revision is stored already, or a newer one.
 */
export function withCarriers<A extends Carrying>(activities: A): CarriersOf<A> {
  const carrying = NAMES.map((name) => {
    const work = activities[name] as Call<object, object>;
    const follows = CARRIERS[name] as ((result: object) => StepChange[] | null) | null;
    return [
      name,
      async ({ write, follow, ...input }: CarriedWrites): Promise<unknown> => {
        if (write) await activities.publishSnapshot(write);
        const result = await work(input);
        const changes = follow ? follows?.(result) : null;
        if (!follow || !changes) return result;
        return { ...result, toldAt: await tell(activities, follow, changes) };
      },
    ];
  });
  return { ...activities, ...Object.fromEntries(carrying) } as CarriersOf<A>;
}

/** The work is done: a record that cannot be told now is told by the run, as often as it takes. */
async function tell(
  { publishSnapshot }: Carrying,
  { job_id, job }: NonNullable<CarriedWrites['follow']>,
  changes: readonly StepChange[],
): Promise<string | null> {
  const at = new Date().toISOString();
  try {
    const answer = await publishSnapshot({ job_id, job: snapshotAfter(job, changes, at) });
    return answer.job === 'applied' ? at : null;
  } catch (error) {
    if (!(error instanceof ApplicationFailure)) throw error;
    log.warn('The record could not be told what follows', { type: error.type });
    return null;
  }
}
