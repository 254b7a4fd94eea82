/** Rules of choosing a company. Pure functions. */
import { sentenceOf } from '../../api/failure';
import type { Candidate } from '../../api/types';

/** A choice that was made and not sent yet. */
export type Choice = { company_number: string } | { nzbn: string } | { no_match: true };

export const NO_MATCH = 'no_match';

/** What names a candidate in a list; companies without a number have their NZBN. */
export const idOf = ({ company_number, nzbn }: Candidate): string => company_number ?? nzbn;

export function choiceOf(id: string, candidates: readonly Candidate[]): Choice | null {
  if (id === NO_MATCH) return { no_match: true };
  const found = candidates.find((candidate) => idOf(candidate) === id);
  if (!found) return null;
  return found.company_number === null ? { nzbn: found.nzbn } : { company_number: found.company_number };
}

/** Of 100, as candidates are scored. */
const STRONG = 85;
const POSSIBLE = 60;
const CLEAR_LEAD = 15;

export const isRegistered = ({ registered, status }: Candidate): boolean =>
  registered ?? (status === null || /^registered/i.test(status));

/**
 * The one candidate that stands out: registered, a strong match, and well ahead of the next. It is offered as chosen; a person confirms it.
 * Null: none does, so nothing is chosen beforehand.
 */
export function standsOut(candidates: readonly Candidate[]): Candidate | null {
  const [first, second] = candidates.filter(isRegistered).toSorted((a, b) => b.score - a.score);
  if (!first || first.score < STRONG) return null;
  return second && first.score - second.score < CLEAR_LEAD ? null : first;
}

/** How well it matches, in a word. */
export function strengthOf(score: number): { label: string; tone: 'ok' | 'wait' | 'idle' } {
  if (score >= STRONG) return { label: 'Strong match', tone: 'ok' };
  return score >= POSSIBLE
    ? { label: 'Possible match', tone: 'wait' }
    : { label: 'Weak match', tone: 'idle' };
}

const SOURCES: Record<Candidate['match_sources'][number], string> = {
  name: 'name',
  address: 'address',
  trading_name: 'trading name',
};

/** "Found by name and address". */
export function foundBy({ match_sources }: Candidate): string {
  const words = match_sources.map((source) => SOURCES[source]);
  return words.length === 0 ? '' : `Found by ${words.join(' and ')}`;
}

/** The company's page in the public register, else the one of its NZBN. */
export function registerLink({ company_number, nzbn }: Candidate): string {
  return company_number === null
    ? `https://www.nzbn.govt.nz/mynzbn/nzbndetails/${encodeURIComponent(nzbn)}/`
    : `https://app.companiesoffice.govt.nz/companies/app/ui/pages/companies/${encodeURIComponent(company_number)}`;
}

interface Told {
  job_id: string;
  result?: 'applied' | 'ignored' | 'pending';
  reason?: string;
}
interface Refused {
  job_id: string;
  code: string;
  message: string;
}

export interface Verdict {
  jobId: string;
  isTaken: boolean;
  sentence: string;
}

/** What became of each choice that was sent. */
export function verdictsOf(answer: { results: readonly Told[]; rejected: readonly Refused[] }): Verdict[] {
  return [
    ...answer.results.map(({ job_id, result, reason }) => ({
      jobId: job_id,
      isTaken: result !== 'ignored',
      sentence:
        result === 'ignored'
          ? (reason ?? 'It was not taken.')
          : result === 'pending'
            ? 'Recorded; it takes effect as soon as a worker is there.'
            : 'Taken.',
    })),
    ...answer.rejected.map((refused) => ({
      jobId: refused.job_id,
      isTaken: false,
      sentence: sentenceOf(refused),
    })),
  ];
}

interface RefusedJob extends Refused {
  issues?: { path: string; message: string }[];
}

/** Of a request of which nothing went through: each job that was refused, with the fields that were. */
export function refusedJobs({ details }: { details: unknown }): readonly RefusedJob[] {
  if (typeof details !== 'object' || details === null || !('rejected' in details)) return [];
  return Array.isArray(details.rejected) ? (details.rejected as RefusedJob[]) : [];
}
