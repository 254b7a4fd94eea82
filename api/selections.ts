/** Step 3: which of the offered companies a person chose. Pure functions over the record's rows. */
import { z } from 'zod';
import { fieldIssues } from '../domain/configuration';
import type { Selection } from '../workflows/messages';
import { refuse, type Rejection } from './decisions';
import type { WaitingJob } from './record/jobs';
import type { CandidatesRow } from './schemas';

export const selectionSchema = z
  .strictObject({
    company_number: z.string().trim().min(1).max(20).optional(),
    /** For companies without a number, such as sole traders. */
    nzbn: z.string().trim().min(1).max(20).optional(),
    no_match: z.literal(true).optional(),
  })
  .refine((given) => Object.values(given).filter((value) => value !== undefined).length === 1, {
    message: 'Give exactly one of company_number, nzbn and no_match.',
  });

export function waitsAt(job: WaitingJob, step: number): boolean {
  return (
    job.status === 'action_required' &&
    job.steps.some(({ step_number, status }) => step_number === step && status === 'action_required')
  );
}

export function notWaiting(job: WaitingJob, step: number): Rejection {
  return refuse(
    job.id,
    'STEP_NOT_ACTION_REQUIRED',
    `This job does not wait at step ${step} (it is ${job.status}).`,
  );
}

const withoutZeros = (number: string): string => number.replace(/^0+/, '');

type OfferedCompany = Pick<CandidatesRow['combined_results'][number], 'company_number' | 'nzbn'>;

/** The choice in the list's own spelling; null if it was not offered. Thirteen digits are an NZBN, whatever field they stand in. */
export function findOffered(
  given: z.infer<typeof selectionSchema>,
  offered: readonly OfferedCompany[],
): Selection | null {
  if (given.no_match) return { no_match: true };
  const number = given.company_number?.replace(/\s/g, '');
  const nzbn = given.nzbn?.replace(/\s/g, '') ?? (number?.length === 13 ? number : undefined);
  const found = offered.find((company) =>
    nzbn !== undefined
      ? company.nzbn === nzbn
      : company.company_number !== null &&
        withoutZeros(company.company_number) === withoutZeros(number ?? ''),
  );
  if (!found) return null;
  return found.company_number === null ? { nzbn: found.nzbn } : { company_number: found.company_number };
}

export interface CheckedSelection {
  searchNo: number;
  selection: Selection;
}

/** @param job Undefined: no such job in this batch. */
export function checkSelection(
  jobId: string,
  given: unknown,
  job: WaitingJob | undefined,
  candidates: CandidatesRow | undefined,
): CheckedSelection | Rejection {
  if (!job) return refuse(jobId, 'JOB_NOT_FOUND', 'There is no such job in this batch.');
  const parsed = selectionSchema.safeParse(given);
  if (!parsed.success) {
    return refuse(jobId, 'VALIDATION_FAILED', 'The selection is not valid.', fieldIssues(parsed.error));
  }
  if (!waitsAt(job, 3)) return notWaiting(job, 3);
  const selection = findOffered(parsed.data, candidates?.combined_results ?? []);
  if (!selection) {
    const path = parsed.data.nzbn === undefined ? 'company_number' : 'nzbn';
    const message = 'This company is not among the candidates of this job.';
    return refuse(jobId, 'VALIDATION_FAILED', message, [{ path, message, code: 'NOT_OFFERED' }]);
  }
  return { searchNo: candidates?.search_no ?? job.search_no, selection };
}
