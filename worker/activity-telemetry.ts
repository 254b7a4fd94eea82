/** What is measured and said of each execution of an activity, and the ids that its log lines carry. */
import { ApplicationFailure, type Context } from '@temporalio/activity';
import type { ActivityInterceptors } from '@temporalio/worker';
import type { SubStepResult } from '../activities/account-setup/types';
import type { PageReport } from '../activities/reconciler/types';
import { isFailureType } from '../domain/failures';
import { jobIdOfWorkflow } from '../domain/ids';
import type { SnapshotResult, SnapshotWrite } from '../domain/record';
import { traceOfTheMoment } from '../domain/telemetry/log';
import { SUB_STEP_KEYS, type SubStepKey } from '../domain/sub-steps';
import type { SubStepOutcome, WorkerMetrics } from './metrics';

const isSubStep = (activity: string): activity is SubStepKey => SUB_STEP_KEYS.some((key) => key === activity);

/** One pair for each execution. */
export function activityTelemetry(metrics: WorkerMetrics): (context: Context) => ActivityInterceptors {
  return (context) => {
    const { activityType } = context.info;
    let ids: Record<string, string> = {};
    return {
      inbound: {
        async execute(input, next) {
          ids = idsOf(context, input.args[0]);
          const started = performance.now();
          const seconds = (): number => (performance.now() - started) / 1_000;
          try {
            const result = await next(input);
            if (isSubStep(activityType)) subStepCompleted(context, metrics, activityType, seconds(), result);
            else observeResult(metrics, activityType, input.args[0], result);
            return result;
          } catch (error) {
            if (isSubStep(activityType)) subStepFailed(context, metrics, activityType, seconds(), error);
            throw error;
          }
        },
      },
      outbound: {
        // The SDK writes lines a moment later, when the trace is no longer the one of the moment.
        getLogAttributes: (attributes, next) => next({ ...attributes, ...ids, ...traceOfTheMoment() }),
      },
    };
  };
}

/** The names under which every line of ours holds them. They are taken from what the activity was asked, where it says them. */
function idsOf({ info }: Context, asked: unknown): Record<string, string> {
  const jobId = jobIdOfWorkflow(info.workflowExecution?.workflowId ?? '');
  const of = (name: string, field: string): [string, string][] =>
    typeof asked === 'object' && asked !== null && typeof Reflect.get(asked, field) === 'string'
      ? [[name, String(Reflect.get(asked, field))]]
      : [];
  return Object.fromEntries([
    ...(jobId === null ? [] : [['jobId', jobId]]),
    ...['jobId', 'batchId', 'organisationId'].flatMap((name) => of(name, name)),
    ...(isSubStep(info.activityType) ? [['subStep', info.activityType]] : []),
  ]) as Record<string, string>;
}

function subStepCompleted(
  { log }: Context,
  metrics: WorkerMetrics,
  subStep: SubStepKey,
  seconds: number,
  result: unknown,
): void {
  const { attempt, proof } = result as SubStepResult;
  metrics.subStepEnded(subStep, 'completed', seconds);
  log.info('sub-step completed', { callsMade: attempt, proof, seconds });
}

function subStepFailed(
  { log, cancellationSignal }: Context,
  metrics: WorkerMetrics,
  subStep: SubStepKey,
  seconds: number,
  error: unknown,
): void {
  const known = error instanceof ApplicationFailure ? error : null;
  const outcome: SubStepOutcome =
    known === null && cancellationSignal.aborted ? 'cancelled' : known?.nonRetryable ? 'failed' : 'retried';
  const failure = isFailureType(known?.type) ? known.type : 'Unexpected';
  metrics.subStepEnded(subStep, outcome, seconds, outcome === 'cancelled' ? undefined : failure);
  log[outcome === 'failed' ? 'warn' : 'info'](`sub-step ${outcome}`, { failure, seconds });
}

function observeResult(metrics: WorkerMetrics, activity: string, asked: unknown, result: unknown): void {
  if (activity === 'publishSnapshot') {
    const { job } = asked as SnapshotWrite;
    // The revision is the workflow's time in microseconds.
    if ((result as SnapshotResult).job === 'applied' && job) {
      metrics.recordWritten(Math.max(0, Date.now() - job.revision / 1_000) / 1_000);
    }
  } else if (activity === 'reconcileBatches' || activity === 'reconcileJobs') {
    const { repaired, troubled } = result as PageReport;
    metrics.reconciled(
      repaired.map(({ repair }) => repair),
      troubled,
    );
  }
}
