/** Replays runs that a server has open against workflow code, before that code takes them over. */
import {
  isGrpcServiceError,
  WorkflowNotFoundError,
  type Client,
  type WorkflowExecutionInfo,
} from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { DeterminismViolationError } from '@temporalio/workflow';
import { Worker, type ReplayWorkerOptions } from '@temporalio/worker';
import { WORKFLOW_TYPES } from '../../workflows/messages';

/** Every run that the code of this product goes on with. */
export const OPEN_RUNS_QUERY = `ExecutionStatus="Running" AND WorkflowType IN (${Object.values(WORKFLOW_TYPES)
  .map((type) => `"${type}"`)
  .join(', ')})`;

export interface OpenRunsOptions {
  client: Client;
  code: Pick<ReplayWorkerOptions, 'workflowBundle' | 'dataConverter'>;
  /** A list filter of Temporal's visibility. */
  query: string;
  /** At most so many runs; null: all. */
  limit: number | null;
  /** Histories that are read ahead of the replay, and held in memory. */
  concurrency: number;
  /** Called after each run. */
  progress?: (checked: number) => void;
}

export interface FailedReplay {
  workflowId: string;
  runId: string;
  type: string;
  /** The event of the history at which the code went another way, as far as the SDK names one. */
  event: { id: number; type: string } | null;
  /** What it means, for people. */
  sentence: string;
  /** The SDK's own words. */
  details: string;
}

export interface ReplayReport {
  query: string;
  checked: number;
  failed: FailedReplay[];
  /** Listed as open, and not there any more when their history was asked for. */
  gone: number;
  /** There may be more than `limit`. */
  limited: boolean;
}

type History = temporal.api.history.v1.IHistory;
interface Fetched {
  run: WorkflowExecutionInfo;
  /** Null: the run is gone. */
  history: History | null;
}

/** One after the other; no history is kept longer than its replay. @throws what the server or the worker throws */
export async function replayOpenRuns(options: OpenRunsOptions): Promise<ReplayReport> {
  const { client, code, query, limit, concurrency, progress } = options;
  const report: ReplayReport = { query, checked: 0, failed: [], gone: 0, limited: false };
  let listed = 0;
  async function* runs(): AsyncGenerator<WorkflowExecutionInfo> {
    for await (const run of client.workflow.list({ query })) {
      if (limit !== null && listed >= limit) {
        report.limited = true;
        return;
      }
      listed += 1;
      yield run;
    }
  }
  let current: { run: WorkflowExecutionInfo; history: History } | null = null;
  async function* histories(): AsyncGenerator<{ workflowId: string; history: History }> {
    for await (const { run, history } of readAhead(runs(), concurrency, (one) => fetchRun(client, one))) {
      if (history) {
        current = { run, history };
        yield { workflowId: run.workflowId, history };
      } else {
        report.gone += 1;
      }
    }
  }
  // One history is replayed at a time: the result is that of the one given last.
  for await (const { error } of Worker.runReplayHistories(code, histories())) {
    report.checked += 1;
    if (error && current) report.failed.push(failureOf(current, error));
    progress?.(report.checked);
  }
  return report;
}

async function fetchRun(client: Client, run: WorkflowExecutionInfo): Promise<Fetched> {
  try {
    return { run, history: await client.workflow.getHandle(run.workflowId, run.runId).fetchHistory() };
  } catch (error) {
    // Its end and its retention may come between the list and this.
    const isGone =
      error instanceof WorkflowNotFoundError || (isGrpcServiceError(error) && error.code === GRPC_NOT_FOUND);
    if (isGone) return { run, history: null };
    throw error;
  }
}

const GRPC_NOT_FOUND = 5;

/** Works on up to `ahead` items while their order is kept. What goes wrong comes out where it is awaited. */
export async function* readAhead<T, R>(
  items: AsyncIterable<T>,
  ahead: number,
  work: (item: T) => Promise<R>,
): AsyncGenerator<R> {
  const begun: Promise<R>[] = [];
  for await (const item of items) {
    const one = work(item);
    // Awaited later; until then a failure must not end the process.
    one.catch(() => undefined);
    begun.push(one);
    if (begun.length >= ahead) yield (await begun.shift()) as R;
  }
  for (const one of begun) yield await one;
}

function failureOf(
  { run, history }: { run: WorkflowExecutionInfo; history: History },
  error: Error,
): FailedReplay {
  const { workflowId, runId, type } = run;
  const event = eventOf(history, error.message);
  const at = event ? `At event ${event.id} (${event.type}) the` : 'The';
  const sentence =
    error instanceof DeterminismViolationError
      ? `${at} code does something else than this run did: the change needs patched(), or this run an end before the release.`
      : `${at} code failed when it was run again, so this run would stand still.`;
  return { workflowId, runId, type, event, sentence, details: sdkWords(error.message) };
}

/** Its message is a dump of its own structures, in which the failure's message is what tells something. */
function sdkWords(message: string): string {
  return /Failure { message: "((?:[^"\\]|\\.)*)"/.exec(message)?.[1] ?? message;
}

/** The SDK names the event in its text alone. */
function eventOf(history: History, message: string): FailedReplay['event'] {
  const id = Number(/\bid: (\d+)|event (?:id )?(\d+)/i.exec(message)?.slice(1).find(Boolean));
  const event = history.events?.find(({ eventId }) => Number(eventId) === id);
  if (!event) return null;
  return { id, type: temporal.api.enums.v1.EventType[event.eventType ?? 0] ?? 'unknown' };
}
