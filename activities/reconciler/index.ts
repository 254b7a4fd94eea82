/**
 * Repairs rows that their workflow cannot correct any more, e.g. of a run that was terminated in the Web UI, which runs no
 * workflow code. Always in this order: the row is read, the run is looked at, the row is written only if it is still the one
 * that was read. So a run that wrote in between wins.
 */
import { Context } from '@temporalio/activity';
import { isGrpcServiceError, type Client } from '@temporalio/client';
import { ApplicationFailure } from '@temporalio/common';
import type { SupabaseClient } from '@supabase/supabase-js';
import { mapLimited } from '../../domain/concurrency';
import { batchWorkflowId, registrationWorkflowId } from '../../domain/ids';
import { OTHER_ENGINE } from '../../domain/lifecycle';
import { CLOSED } from '../../domain/reasons';
import { isTerminalJob } from '../../domain/statuses';
import { createReconcilerRecord, type BatchRow, type JobRow, type ReconcilerRecord } from './record';
import { createRuns, type Run, type Runs } from './runs';
import type { PageReport, ReconcilePage, ReconcilerActivities, Repaired } from './types';
import { judgeBatch, judgeJob, REASONS, type JobVerdict } from './verdicts';

export type { ReconcilerActivities } from './types';

/** Rows of a page that are looked at at once: it is background work, and shares the engine with the registrations. */
const AT_ONCE = 8;
/** gRPC UNAVAILABLE. */
const UNAVAILABLE = 14;

export function createReconcilerActivities(deps: {
  supabase: SupabaseClient;
  client: Client;
}): ReconcilerActivities {
  return reconcilerOf(createReconcilerRecord(deps.supabase), createRuns(deps.client));
}

/** The same over ports of one's own. */
export function reconcilerOf(record: ReconcilerRecord, runs: Runs): ReconcilerActivities {
  return {
    async reconcileBatches(page) {
      await assertOurs(record, runs);
      const rows = await record.batches(page);
      return reportOf(page, rows, (row) => repairBatch(record, runs, row));
    },

    async reconcileJobs(page) {
      await assertOurs(record, runs);
      const rows = await record.jobs(page);
      const batchRuns = new Map<string, Promise<Run>>();
      const batchRun = (id: string): Promise<Run> => {
        const run = batchRuns.get(id) ?? runs.look(batchWorkflowId(id));
        batchRuns.set(id, run);
        return run;
      };
      return reportOf(page, rows, (row) => repairJob(record, runs, row, () => batchRun(row.batch_id)));
    },

    deleteOldIdempotencyKeys: ({ olderThanMs, limit }) => record.deleteOldIdempotencyKeys(olderThanMs, limit),
  };
}

/**
 * To workers of a wrong or an empty namespace every run looks lost, and what was started there anew would be done twice. Asked before each
 * page, since a server may be made anew under a worker that runs. No class of the catalogue: it is for whoever runs the system.
 */
async function assertOurs(record: ReconcilerRecord, runs: Runs): Promise<void> {
  const here = await runs.namespace();
  const ours = await record.engine(here);
  if (ours.id !== here.id) throw ApplicationFailure.nonRetryable(OTHER_ENGINE, 'OtherEngine');
}

/** One row that makes trouble is passed over, lest it hold up all others; an outage fails the page, which is tried again. */
async function reportOf<Row extends { cursor: string }>(
  page: ReconcilePage,
  rows: readonly Row[],
  repair: (row: Row) => Promise<Repaired | null>,
): Promise<PageReport> {
  let troubled = 0;
  const repairs = await mapLimited(rows, AT_ONCE, async (row) => {
    try {
      return await repair(row);
    } catch (error) {
      if (isOutage(error)) throw error;
      troubled += 1;
      const name = error instanceof Error ? error.name : 'unknown';
      Context.current().log.warn('A row could not be reconciled', { row: row.cursor, error: name });
      return null;
    }
  });
  return {
    looked: rows.length,
    repaired: repairs.filter((one) => one !== null),
    troubled,
    next: rows.length < page.limit ? null : (rows.at(-1)?.cursor ?? null),
  };
}

function isOutage(error: unknown): boolean {
  if (error instanceof ApplicationFailure) return error.type === 'RecordUnavailable';
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  return isGrpcServiceError(cause) && Number(cause.code) === UNAVAILABLE;
}

async function repairBatch(record: ReconcilerRecord, runs: Runs, row: BatchRow): Promise<Repaired | null> {
  const id = row.batch_id;
  const verdict = judgeBatch(row, await runs.look(batchWorkflowId(id)));
  if (!verdict) return null;
  // Written down first, under the row's lock: what is done then was right to do.
  if (!(await record.repairBatch(row, verdict))) return null;
  if (verdict.repair === 'cancel_sent') await runs.cancel(batchWorkflowId(id), verdict.runId);
  if (verdict.repair === 'started') {
    const { organisation_id: organisationId, name, total_restaurants: totalRestaurants } = row;
    await runs.startBatch({ id, organisationId, name, totalRestaurants });
  }
  return { id, repair: verdict.repair, reason: verdict.reason };
}

async function repairJob(
  record: ReconcilerRecord,
  runs: Runs,
  row: JobRow,
  batchRun: () => Promise<Run>,
): Promise<Repaired | null> {
  const workflowId = registrationWorkflowId(row.job_id);
  const verdict = await judgeJob(row, await runs.look(workflowId), batchRun);
  if (!verdict) return null;
  if (verdict.repair === 'taken_over') return takeOver(record, runs, row, verdict);
  const closing = verdict.repair === 'closed' ? { status: verdict.status, at: null } : undefined;
  if (!(await record.repairJob(row, verdict, closing))) return null;
  if (verdict.repair === 'cancel_sent') await runs.cancel(workflowId, verdict.runId);
  return { id: row.job_id, repair: verdict.repair, reason: verdict.reason };
}

/** The run ended by itself and the record missed it: its last state, else the way in which it ended. */
async function takeOver(
  record: ReconcilerRecord,
  runs: Runs,
  row: JobRow,
  { runId, end, closedAt }: JobVerdict & { repair: 'taken_over' },
): Promise<Repaired | null> {
  const id = row.job_id;
  const last = await runs.lastRecord(id, runId);
  // One that the record has already, or is past, tells it nothing.
  if (last && isTerminalJob(last.job.status) && last.job.revision > row.revision) {
    const reason = REASONS.takenOver;
    if (!(await record.repairJob(row, { repair: 'taken_over', runId, reason }))) return null;
    const { job_id, job, sub_steps = [], events = [] } = last;
    const taken = await record.takeOver({ job_id, job, sub_steps, events });
    return taken ? { id, repair: 'taken_over', reason } : null;
  }
  const status = end === 'cancelled' ? 'cancelled' : await runs.result(id, runId);
  if (!isTerminalJob(status)) throw new Error(`A run that completed says ${status}`);
  const reason =
    status === 'cancelled' ? CLOSED.cancelled : status === 'failed' ? CLOSED.failed : REASONS.takenOver;
  const closed = await record.repairJob(row, { repair: 'closed', runId, reason }, { status, at: closedAt });
  return closed ? { id, repair: 'closed', reason } : null;
}
