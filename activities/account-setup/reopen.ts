/** A run that was reset in the Web UI goes on while the record still shows how the former run was closed. */
import { Context } from '@temporalio/activity';
import type { SupabaseClient } from '@supabase/supabase-js';
import type { Client } from '@temporalio/client';
import { z } from 'zod';
import { isTerminalJob, JOB_STATUSES } from '../../domain/statuses';
import { activityFailure } from '../failure';
import { readResult } from '../supabase-result';

const jobRow = z.object({ status: z.enum(JOB_STATUSES), workflow_run_id: z.string().nullable() });

/**
 * Opens the job in the record if another run closed it and this activity's run is the one that is running: what its run
 * publishes next may come much later than its next call. Answers whether it opened it.
 * @throws ApplicationFailure (retried) when the engine cannot be asked
 */
export function createReopening(deps: {
  supabase: SupabaseClient;
  client: Client;
}): (jobId: string) => Promise<boolean> {
  const { supabase, client } = deps;
  return async (jobId) => {
    const { workflowExecution } = Context.current().info;
    if (!workflowExecution) return false;
    const { workflowId, runId } = workflowExecution;
    const row = readResult(
      jobRow,
      await supabase.from('registration_jobs').select('status, workflow_run_id').eq('id', jobId).single(),
    );
    const closedByAnother = row.workflow_run_id !== null && row.workflow_run_id !== runId;
    if (!isTerminalJob(row.status) || !closedByAnother) return false;
    if (!(await runs(client, workflowId, runId))) return false;
    const p = { job_id: jobId, run_id: runId };
    return readResult(
      z.object({ reopened: z.boolean() }),
      await supabase.rpc('reopen_registration_job', { p }),
    ).reopened;
  };
}

/** Whether this run is the newest of its workflow, and open. */
async function runs(client: Client, workflowId: string, runId: string): Promise<boolean> {
  try {
    const newest = await client.workflow.getHandle(workflowId).describe();
    return newest.runId === runId && newest.status.name === 'RUNNING';
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    Context.current().log.warn('The engine could not be asked which run goes on', { error: error.name });
    throw activityFailure('RecordUnavailable');
  }
}
