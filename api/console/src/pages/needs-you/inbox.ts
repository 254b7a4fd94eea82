/** The inbox: what waits, grouped by what is asked. Pure functions. */
import type { WaitingEntry } from '../../api/types';

export type Question = 'company' | 'configuration' | 'failure';

export const QUESTIONS: readonly { id: Question; title: string }[] = [
  { id: 'company', title: 'Which company?' },
  { id: 'configuration', title: 'Are the settings right?' },
  { id: 'failure', title: 'What failed' },
];

export function questionOf({ step_number }: Pick<WaitingEntry, 'step_number'>): Question {
  if (step_number === 3) return 'company';
  return step_number === 5 ? 'configuration' : 'failure';
}

export interface InboxFilter {
  /** Words of the restaurant, the batch or the reason. */
  text: string;
  /** Null: of all batches. */
  batchId: string | null;
}

export interface Group {
  id: Question;
  title: string;
  entries: WaitingEntry[];
}

/** In the order of QUESTIONS, the longest waiting first; groups without entries are left out. */
export function groupsOf(entries: readonly WaitingEntry[], { text, batchId }: InboxFilter): Group[] {
  const words = text.toLowerCase().split(/\s+/).filter(Boolean);
  const fits = ({ restaurant, batch_name, batch_job_id, reason }: WaitingEntry): boolean => {
    if (batchId !== null && batch_job_id !== batchId) return false;
    const all = `${restaurant.name ?? ''} ${restaurant.city ?? ''} ${batch_name} ${reason}`.toLowerCase();
    return words.every((word) => all.includes(word));
  };
  const shown = entries.filter(fits).toSorted((a, b) => a.since.localeCompare(b.since));
  return QUESTIONS.map(({ id, title }) => ({
    id,
    title,
    entries: shown.filter((entry) => questionOf(entry) === id),
  })).filter(({ entries: found }) => found.length > 0);
}

/** The next one in the list, or the one before; null at its end. Of one that is no longer listed: the first. */
export function neighbourOf(groups: readonly Group[], jobId: string, direction: 1 | -1): string | null {
  const ids = groups.flatMap(({ entries }) => entries.map(({ job_id }) => job_id));
  const at = ids.indexOf(jobId);
  return ids[at < 0 ? 0 : at + direction] ?? null;
}

/** The one to show when this one is answered: the next, or the one before if it is the last; null: nothing else waits. */
export const afterAnswer = (groups: readonly Group[], jobId: string): string | null =>
  neighbourOf(groups, jobId, 1) ?? neighbourOf(groups, jobId, -1);

/** The batches of the list, for its filter. */
export function batchesOf(entries: readonly WaitingEntry[]): { id: string; label: string }[] {
  const found = new Map(entries.map(({ batch_job_id, batch_name }) => [batch_job_id, batch_name]));
  return [...found].map(([id, label]) => ({ id, label })).toSorted((a, b) => a.label.localeCompare(b.label));
}
