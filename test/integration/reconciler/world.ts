/** The reconciler over the real SQL functions, with an engine that answers what a test says. */
import type { Pool } from 'pg';
import type { SupabaseClient } from '@supabase/supabase-js';
import { MockActivityEnvironment } from '@temporalio/testing';
import { reconcilerOf } from '../../../activities/reconciler';
import { createReconcilerRecord } from '../../../activities/reconciler/record';
import type { Run, Runs } from '../../../activities/reconciler/runs';
import type { PageReport, ReconcilePage } from '../../../activities/reconciler/types';
import type { EngineNamespace } from '../../../domain/lifecycle';
import type { RestoreWrite } from '../../../domain/record';
import type { JobStatus } from '../../../domain/statuses';
import type { Json } from '../migrations/record';

/** The functions by SQL, as PostgREST would call them. */
function rpcOf(pool: Pool): SupabaseClient {
  const rpc = async (name: string, { p }: { p: unknown }) => {
    const { rows } = await pool.query<{ data: unknown }>(`select ${name}($1::jsonb) as data`, [
      JSON.stringify(p),
    ]);
    return { data: rows[0]?.data, error: null };
  };
  return { rpc } as unknown as SupabaseClient;
}

export class FakeEngine implements Runs {
  namespaceId = 'the-first-namespace';
  /** By workflow id; what is not there is unknown. */
  readonly runs = new Map<string, Run>();
  readonly cancelled: string[] = [];
  readonly started: string[] = [];
  readonly records = new Map<string, RestoreWrite>();
  readonly results = new Map<string, JobStatus>();
  /** Happens while a run is looked at, e.g. a write by somebody else. */
  meanwhile: (workflowId: string) => Promise<unknown> = () => Promise.resolve();

  async namespace(): Promise<EngineNamespace> {
    return { id: this.namespaceId, name: 'default' };
  }
  async look(workflowId: string): Promise<Run> {
    await this.meanwhile(workflowId);
    return this.runs.get(workflowId) ?? { state: 'unknown' };
  }
  async cancel(workflowId: string): Promise<void> {
    this.cancelled.push(workflowId);
  }
  async startBatch({ id }: { id: string }): Promise<void> {
    this.started.push(id);
  }
  async lastRecord(jobId: string): Promise<RestoreWrite | null> {
    return this.records.get(jobId) ?? null;
  }
  async result(jobId: string): Promise<JobStatus> {
    return this.results.get(jobId) ?? 'completed';
  }
}

export interface Reconciling {
  engine: FakeEngine;
  /** Both kinds of rows, page by page, as a run of the workflow does it. */
  run(page?: Partial<ReconcilePage>): Promise<PageReport[]>;
}

export function reconciling(pool: Pool): Reconciling {
  const engine = new FakeEngine();
  const { reconcileBatches, reconcileJobs } = reconcilerOf(createReconcilerRecord(rpcOf(pool)), engine);
  const all = async (
    look: (page: ReconcilePage) => Promise<PageReport>,
    change: Partial<ReconcilePage>,
  ): Promise<PageReport[]> => {
    const reports: PageReport[] = [];
    let page: ReconcilePage = { after: null, limit: 100, untouchedMs: 0, ...change };
    for (;;) {
      const report = (await new MockActivityEnvironment().run(look, page)) as PageReport;
      reports.push(report);
      if (report.next === null) return reports;
      page = { ...page, after: report.next };
    }
  };
  return {
    engine,
    run: async (page = {}) => [...(await all(reconcileBatches, page)), ...(await all(reconcileJobs, page))],
  };
}

export const reconciledEvents = async (pool: Pool, batchId: string): Promise<Json[]> => {
  const sql = `select job_id, reason, data from registration_events
    where batch_job_id = $1 and kind = 'reconciled' order by at`;
  return (await pool.query<Json>(sql, [batchId])).rows;
};
