/** One command for many jobs: each is answered for itself, and one job's trouble never stops the others. */
import type { Logger } from 'pino';
import { mapLimited } from '../domain/concurrency';
import { refuse, type Rejection } from './decisions';
import { ApiError, toApiError } from './errors';

const AT_ONCE = 8;

export interface BulkOutcome<T> {
  done: T[];
  refused: Rejection[];
}

/**
 * Once a full row of jobs had no answer, nobody is there to give one: the rest are told so unasked, since each would wait as long.
 */
export async function forEachJob<J extends { jobId: string }, T>(
  log: Logger,
  jobs: readonly J[],
  work: (job: J) => Promise<T>,
): Promise<BulkOutcome<T>> {
  const outcome: BulkOutcome<T> = { done: [], refused: [] };
  let unanswered = 0;
  let silence: ApiError | null = null;
  const one = async (job: J): Promise<{ done: T } | { refused: Rejection }> => {
    if (silence && unanswered >= Math.min(AT_ONCE, jobs.length)) return refusal(job.jobId, silence);
    try {
      const done = await work(job);
      unanswered = 0;
      return { done };
    } catch (error) {
      const told = toApiError(error);
      if (told.code === 'INTERNAL_ERROR')
        log.error({ jobId: job.jobId, err: told.cause ?? told }, 'bulk command failed');
      if (told.retryable) {
        unanswered += 1;
        silence = told;
      }
      return refusal(job.jobId, told);
    }
  };
  for (const result of await mapLimited(jobs, AT_ONCE, one)) {
    if ('done' in result) outcome.done.push(result.done);
    else outcome.refused.push(result.refused);
  }
  return outcome;
}

const refusal = (jobId: string, { code, message }: ApiError): { refused: Rejection } => ({
  refused: refuse(jobId, code, message),
});

/**
 * @throws ApiError if nothing was done: what can be sent again if anything can, else the first refusal; with all of them as details
 */
export function assertSomeDone({ done, refused }: BulkOutcome<unknown>): void {
  const [first] = refused;
  if (done.length > 0 || !first) return;
  const told = refused.find(({ code }) => new ApiError(code, '').retryable) ?? first;
  const message = refused.length === 1 ? told.message : `None of the ${refused.length} jobs went through.`;
  throw new ApiError(told.code, message, { refused });
}
