/** A finished batch as a file for people's spreadsheets: pure functions from rows to lines. */
import { csvLine, safeCell } from '../domain/csv';
import { SUB_STEP_KEYS, SUB_STEPS } from '../domain/sub-steps';
import type { ExportedJob } from './record/export';
import type { BatchRow } from './schemas';

/** Without it Excel reads the file in the machine's own code page, and every macron is broken. Other programs skip it. */
export const BYTE_ORDER_MARK = '\uFEFF';

const words = (status: string): string => status.replaceAll('_', ' ');

/** `2026-03-02 14:05`, in UTC as the header says: a form that spreadsheets take for a time. */
function time(at: string | null): string {
  return at === null ? '' : new Date(at).toISOString().slice(0, 16).replace('T', ' ');
}

function minutes({ started_at, completed_at, cancelled_at }: ExportedJob): string {
  const ended = completed_at ?? cancelled_at;
  if (started_at === null || ended === null) return '';
  return (Math.max(0, Date.parse(ended) - Date.parse(started_at)) / 60_000).toFixed(1);
}

/** The job's own reason first, then each step and sub-step that failed, each sentence once. */
export function whatFailed(job: ExportedJob): string {
  const told = [job.error_message ?? ''];
  for (const { key, status, error, reason } of job.sub_steps) {
    if (status === 'failed') told.push(`${SUB_STEPS[key].label}: ${error ?? reason ?? 'failed'}`);
  }
  for (const { step_name, status, error_message } of job.steps) {
    const isKnown = error_message === null || told.some((text) => text.includes(error_message));
    if (status === 'failed' && !isKnown) told.push(`${step_name}: ${error_message}`);
  }
  return told.filter((text) => text !== '').join(' | ');
}

type Column = readonly [header: string, cell: (job: ExportedJob) => string | null];

const COLUMNS: readonly Column[] = [
  ['Position', ({ position }) => String(position)],
  ['Restaurant', ({ restaurant }) => restaurant.name],
  ['City', ({ restaurant }) => restaurant.city],
  ['Status', ({ status }) => words(status)],
  ['Company', ({ restaurant }) => restaurant.company_name],
  ['Company number', ({ restaurant }) => restaurant.company_number],
  ['NZBN', ({ restaurant }) => restaurant.nzbn],
  ['Subdomain', ({ pumpd_subdomain, restaurant }) => pumpd_subdomain ?? restaurant.subdomain],
  ['Pumpd user id', ({ pumpd_user_id }) => pumpd_user_id],
  ['Pumpd restaurant id', ({ pumpd_restaurant_id }) => pumpd_restaurant_id],
  ['Started (UTC)', ({ started_at }) => time(started_at)],
  ['Ended (UTC)', ({ completed_at, cancelled_at }) => time(completed_at ?? cancelled_at)],
  ['Minutes', minutes],
  ['What failed', whatFailed],
  ...SUB_STEP_KEYS.map((key): Column => {
    const status = ({ sub_steps }: ExportedJob) => sub_steps.find((row) => row.key === key)?.status ?? '';
    return [SUB_STEPS[key].label, (job) => words(status(job))];
  }),
];

const line = (cells: readonly string[]): string => csvLine(cells.map(safeCell));

/** UTF-8 with a byte order mark; each cell is safe to open in a spreadsheet. */
export function exportFile(jobs: readonly ExportedJob[]): string {
  const rows = jobs.map((job) => line(COLUMNS.map(([, cell]) => cell(job) ?? '')));
  return [BYTE_ORDER_MARK, line(COLUMNS.map(([header]) => header)), ...rows].join('');
}

/** ASCII letters, digits and hyphens alone, whatever the batch is called. */
export function exportFileName({ id, name }: Pick<BatchRow, 'id' | 'name'>): string {
  const slug = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z0-9]+/g, '-')
    .slice(0, 60)
    .replace(/^-|-$/g, '');
  return `registrations-${slug || id}.csv`;
}
