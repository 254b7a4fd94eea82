/** Watching workflows from outside: for a batch whose registrations are not (or no longer) the children of its run. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Context } from '@temporalio/activity';
import { type Client, WorkflowFailedError, WorkflowNotFoundError } from '@temporalio/client';
import { CancelledFailure } from '@temporalio/common';
import type { JobStatus } from '../../domain/statuses';
import type { RegistrationResult } from '../../workflows/messages';

const HEARTBEAT_MS = 10_000;
/** Those that end together are answered together. */
const TOGETHER_MS = 200;

export interface EndedRegistration {
  workflowId: string;
  status: JobStatus;
  /** Whether the run came to its own end, and so wrote its record itself. */
  own: boolean;
}

/** The run id of the open run under this id, null when it is closed or unknown. */
export async function openRun(client: Client, workflowId: string): Promise<string | null> {
  try {
    const { status, runId } = await client.workflow.getHandle(workflowId).describe();
    return status.name === 'RUNNING' ? runId : null;
  } catch (error) {
    if (error instanceof WorkflowNotFoundError) return null;
    throw error;
  }
}

export async function followRegistrations(
  client: Client,
  workflowIds: readonly string[],
): Promise<EndedRegistration[]> {
  const context = Context.current();
  const beat = setInterval(() => context.heartbeat(), HEARTBEAT_MS);
  const enough = new AbortController();
  const signal = AbortSignal.any([context.cancellationSignal, enough.signal]);
  const ended: EndedRegistration[] = [];
  try {
    await client.withAbortSignal(signal, () =>
      Promise.race([
        context.cancelled,
        ...workflowIds.map(async (workflowId) => ended.push(await itsEnd(client, workflowId))),
      ]),
    );
    await sleep(TOGETHER_MS);
    return [...ended];
  } finally {
    clearInterval(beat);
    // The requests that still wait are hung up.
    enough.abort();
  }
}

async function itsEnd(client: Client, workflowId: string): Promise<EndedRegistration> {
  for (;;) {
    try {
      const { status } = (await client.workflow.getHandle(workflowId).result()) as RegistrationResult;
      return { workflowId, status, own: true };
    } catch (error) {
      if (error instanceof WorkflowNotFoundError) return { workflowId, status: 'failed', own: false };
      if (!(error instanceof WorkflowFailedError)) throw error;
      // A reset ends a run and begins another one under the same id.
      if ((await openRun(client, workflowId)) !== null) continue;
      const cancelled = error.cause instanceof CancelledFailure;
      return { workflowId, status: cancelled ? 'cancelled' : 'failed', own: cancelled };
    }
  }
}
