/**
 * Keeps the record true where its workflows cannot: started every minute by a schedule, it looks at what is live and untouched,
 * page by page. A run looks at a limited number of rows; the next one goes on where it stopped.
 */
import { setCurrentDetails, workflowInfo } from '@temporalio/workflow';
import type { PageReport, ReconcilePage, Repaired } from '../activities/reconciler/types';
import { reconciler } from './activities';
import type { ReconcilerInput, ReconcilerResult } from './messages';

const PAGE = 100;
const PAGES_A_RUN = 10;
const KEYS_KEPT_MS = 7 * 24 * 60 * 60_000;
const KEYS_A_RUN = 10_000;
/** Lines in the Web UI. */
const SHOWN = 50;

export async function reconcilerWorkflow({ untouchedMs }: ReconcilerInput): Promise<ReconcilerResult> {
  // What the schedule's last run that succeeded gave back.
  const last = (workflowInfo().lastResult ?? {}) as Partial<ReconcilerResult>;
  const found: Found = { batches: 0, jobs: 0, keys: 0, troubled: 0, repaired: [] };
  const take = (what: 'batches' | 'jobs', report: PageReport): void => {
    found[what] += report.looked;
    found.troubled += report.troubled;
    found.repaired.push(...report.repaired);
    show(found);
  };
  const page = { limit: PAGE, untouchedMs };

  // Batches first: a job that was never begun is judged by its batch.
  const nextBatch = await pages(last.nextBatch ?? null, page, reconciler.reconcileBatches, (report) =>
    take('batches', report),
  );
  const nextJob = await pages(last.nextJob ?? null, page, reconciler.reconcileJobs, (report) =>
    take('jobs', report),
  );
  found.keys = await reconciler.deleteOldIdempotencyKeys({ olderThanMs: KEYS_KEPT_MS, limit: KEYS_A_RUN });
  show(found);
  const { batches, jobs, repaired, troubled } = found;
  return { nextBatch, nextJob, looked: batches + jobs, repaired: repaired.length, troubled };
}

interface Found {
  batches: number;
  jobs: number;
  keys: number;
  troubled: number;
  repaired: Repaired[];
}

/** @returns where the next run begins; null when the last page was reached. */
async function pages(
  after: string | null,
  page: Omit<ReconcilePage, 'after'>,
  look: (page: ReconcilePage) => Promise<PageReport>,
  take: (report: PageReport) => void,
): Promise<string | null> {
  let next = after;
  for (let count = 0; count < PAGES_A_RUN; count += 1) {
    const report = await look({ ...page, after: next });
    take(report);
    next = report.next;
    if (next === null) return null;
  }
  return next;
}

function show({ batches, jobs, keys, troubled, repaired }: Found): void {
  const lines = repaired.slice(0, SHOWN).map(({ id, repair, reason }) => `- \`${id}\` ${repair}: ${reason}`);
  if (repaired.length > SHOWN) lines.push(`- and ${repaired.length - SHOWN} more`);
  setCurrentDetails(
    [
      `**${repaired.length} repaired** of ${batches} batches and ${jobs} jobs that are live and untouched`,
      ...(troubled > 0 ? ['', `${troubled} could not be judged; the worker's log says why.`] : []),
      ...(keys > 0 ? ['', `${keys} old idempotency keys deleted`] : []),
      '',
      ...lines,
    ].join('\n'),
  );
}
