/** The API's way to the workflows: a small port, so that routes and tests know nothing of the engine. */
import {
  Client,
  Connection,
  isGrpcServiceError,
  QueryNotRegisteredError,
  WorkflowExecutionAlreadyStartedError,
  WorkflowNotFoundError,
  WorkflowUpdateFailedError,
  WorkflowUpdateRPCTimeoutOrCancelledError,
  type WorkflowExecutionInfo,
} from '@temporalio/client';
import { OpenTelemetryWorkflowClientInterceptor } from '@temporalio/interceptors-opentelemetry/lib/client';
import {
  ApplicationFailure,
  defineSearchAttributeKey,
  SearchAttributeType,
  type DataConverter,
  type QueryDefinition,
  type SignalDefinition,
  type UpdateDefinition,
} from '@temporalio/common';
import { batchWorkflowId, jobIdOfWorkflow, registrationWorkflowId, SEARCH_ATTRIBUTES } from '../domain/ids';
import { PayloadError } from '../domain/payload-codec';
import { RECONNECTING, type TemporalTarget } from '../domain/settings';
import { batchStartOptions, type BatchToStart } from '../domain/start-batch';
import { COMMAND_REFUSED, WORKFLOW_TYPES } from '../workflows/messages';
import { ApiError, isErrorCode } from './errors';

export interface KnownRegistration {
  jobId: string;
  organisationId: string;
  isRunning: boolean;
}

/** Every method throws ApiError TEMPORAL_UNAVAILABLE when the engine does not answer in time; it is safe to call again. */
export interface Workflows {
  /** Starts the batch's workflow; no-op if it runs. `closed`: it ran and ended. */
  startBatch(batch: BatchToStart): Promise<'running' | 'closed'>;
  /** Whether a workflow of this batch runs or ran. */
  knowsBatch(batchId: string): Promise<boolean>;
  /** Asks for cancellation; false: no such workflow runs. */
  cancelBatch(batchId: string): Promise<boolean>;
  cancelRegistration(jobId: string): Promise<boolean>;
  /** Recorded even while no worker is up. False: no such workflow runs. */
  signal<Args extends unknown[]>(
    jobId: string,
    signal: SignalDefinition<Args>,
    ...args: Args
  ): Promise<boolean>;
  /**
   * @param updateId The same id twice is one command with one answer.
   * @throws ApiError the workflow's refusal by its code, or TEMPORAL_UNAVAILABLE when no worker answers.
   */
  command<R, Args extends [unknown]>(
    jobId: string,
    update: UpdateDefinition<R, Args>,
    args: Args,
    updateId: string,
  ): Promise<R>;
  /** The same of a batch. */
  commandBatch<R, Args extends [unknown]>(
    batchId: string,
    update: UpdateDefinition<R, Args>,
    args: Args,
    updateId: string,
  ): Promise<R>;
  /**
   * What a registration's workflow knows, also of one that has ended while the engine keeps it.
   * @throws ApiError INVALID_STATUS when the engine knows none, TEMPORAL_UNAVAILABLE when no worker answers.
   */
  askRegistration<T>(jobId: string, query: QueryDefinition<T>): Promise<T>;
  /** Null: the engine knows none (any more). */
  registration(jobId: string): Promise<KnownRegistration | null>;
  /** Of the registrations of a batch, each once; also those that have ended while the engine keeps them. */
  registrationsOfBatch(batchId: string): Promise<KnownRegistration[]>;
  /** Whether the engine answers. */
  ready(): Promise<boolean>;
  close(): Promise<void>;
}

/** Whoever asks for readiness wants a quick answer. */
const READY_MS = 2_000;

export interface TemporalOptions {
  temporal: TemporalTarget;
  /** How the workers read and write payloads. */
  dataConverter: DataConverter;
  /** Runs and messages carry the trace of the request that made them. */
  isTraced: boolean;
  /** One call, milliseconds. */
  callTimeoutMs: number;
  /** A command that waits for a worker, milliseconds. */
  commandDeadlineMs: number;
}

/** Connects on first use, so that the API answers (and says 503) while Temporal is down. */
export function createWorkflows(options: TemporalOptions): Workflows {
  const connection = Connection.lazy({ ...options.temporal.connection, ...RECONNECTING });
  const { dataConverter } = options;
  const { namespace } = options.temporal;
  const workflow = options.isTraced ? [new OpenTelemetryWorkflowClientInterceptor()] : [];
  const client = new Client({ connection, namespace, dataConverter, interceptors: { workflow } });

  const within = async <T>(ms: number, call: () => Promise<T>, notFound?: string): Promise<T> => {
    try {
      return await connection.withDeadline(Date.now() + ms, call);
    } catch (error) {
      throw engineError(error, notFound);
    }
  };
  /** By a worker. */
  const answered = <T>(call: () => Promise<T>, notFound?: string): Promise<T> =>
    within(options.commandDeadlineMs, call, notFound);
  const once = <T>(call: () => Promise<T>): Promise<T> => within(options.callTimeoutMs, call);
  const found = (call: () => Promise<unknown>): Promise<boolean> =>
    once(async () => {
      try {
        await call();
        return true;
      } catch (error) {
        if (error instanceof WorkflowNotFoundError) return false;
        throw error;
      }
    });
  const registration = (jobId: string) => client.workflow.getHandle(registrationWorkflowId(jobId));
  const batch = (batchId: string) => client.workflow.getHandle(batchWorkflowId(batchId));

  return {
    startBatch: (toStart) =>
      once(async () => {
        try {
          await client.workflow.start(WORKFLOW_TYPES.batch, batchStartOptions(toStart));
          return 'running';
        } catch (error) {
          if (error instanceof WorkflowExecutionAlreadyStartedError) return 'closed';
          throw error;
        }
      }),
    knowsBatch: (batchId) => found(() => batch(batchId).describe()),
    cancelBatch: (batchId) => found(() => batch(batchId).cancel()),
    cancelRegistration: (jobId) => found(() => registration(jobId).cancel()),
    signal: (jobId, signal, ...args) => found(() => registration(jobId).signal(signal, ...args)),
    command: (jobId, update, args, updateId) =>
      answered(() => registration(jobId).executeUpdate(update, { args, updateId })),
    commandBatch: (batchId, update, args, updateId) =>
      answered(() => batch(batchId).executeUpdate(update, { args, updateId }), BATCH_NOT_RUNNING),
    askRegistration: (jobId, query) => answered(() => registration(jobId).query(query), REGISTRATION_UNKNOWN),
    registration: (jobId) =>
      once(async () => {
        try {
          return toKnown(await registration(jobId).describe());
        } catch (error) {
          if (error instanceof WorkflowNotFoundError) return null;
          throw error;
        }
      }),
    registrationsOfBatch: (batchId) =>
      answered(async () => {
        const query = `BatchId = "${batchId}" AND WorkflowType = "${WORKFLOW_TYPES.registration}"`;
        const known = new Map<string, KnownRegistration>();
        for await (const run of client.workflow.list({ query })) {
          const found = toKnown(run);
          // A run that was reset has another one under the same id.
          if (found && !known.get(found.jobId)?.isRunning) known.set(found.jobId, found);
        }
        return [...known.values()];
      }),
    ready: async () => {
      try {
        await within(READY_MS, () => connection.workflowService.describeNamespace({ namespace }));
        return true;
      } catch (error) {
        if (error instanceof ApiError) return false;
        throw error;
      }
    },
    close: () => connection.close(),
  };
}

const unavailable = (message: string, cause: unknown): ApiError =>
  new ApiError('TEMPORAL_UNAVAILABLE', message, undefined, { cause });

const REGISTRATION_NOT_RUNNING = 'This registration is not running: it has not started, or it has ended.';
const BATCH_NOT_RUNNING = 'This batch is not running: it has not started, or it has ended.';
const REGISTRATION_UNKNOWN =
  'The workflow engine knows no run of this registration: it has not started, or it ended long ago.';

/**
 * Ours are passed through; what the workflow refused keeps its code; all else is the engine's trouble.
 * @param notFound What is told when the engine has no such run.
 */
export function engineError(error: unknown, notFound = REGISTRATION_NOT_RUNNING): unknown {
  if (error instanceof ApiError) return error;
  if (error instanceof WorkflowUpdateFailedError) return commandError(error.cause);
  if (error instanceof WorkflowUpdateRPCTimeoutOrCancelledError) {
    return unavailable('No worker answered in time. Send the command again: it is carried out once.', error);
  }
  if (error instanceof WorkflowNotFoundError) return new ApiError('INVALID_STATUS', notFound);
  if (error instanceof QueryNotRegisteredError) {
    return new ApiError('INVALID_STATUS', 'This run began under an older version and cannot tell its state.');
  }
  if (error instanceof PayloadError)
    return unavailable(`The workflow's answer cannot be read. ${error.message}`, error);
  const cause = error instanceof Error && error.cause !== undefined ? error.cause : error;
  if (isGrpcServiceError(error) || isGrpcServiceError(cause)) {
    return unavailable('The workflow engine or its workers cannot be reached. Try again.', cause);
  }
  return error;
}

/** Of the engine: the run ended after the command was accepted and before it was answered. */
const RUN_ENDED = 'AcceptedUpdateCompletedWorkflow';

/** A refusal is `CommandRefused` with details [code, sentence], both ours. */
function commandError(cause: unknown): unknown {
  if (!(cause instanceof ApplicationFailure)) return cause;
  if (cause.type === RUN_ENDED)
    return new ApiError('INVALID_STATUS', 'It ended before the command could be carried out.');
  if (cause.type !== COMMAND_REFUSED) return cause;
  const [code, sentence] = cause.details ?? [];
  return new ApiError(
    isErrorCode(code) ? code : 'INVALID_STATUS',
    typeof sentence === 'string' ? sentence : 'The registration refused this command in its present state.',
  );
}

const ORGANISATION_ID = defineSearchAttributeKey(
  'OrganisationId',
  SearchAttributeType[SEARCH_ATTRIBUTES.OrganisationId],
);

/** Null: not one of ours. */
function toKnown(
  run: Pick<WorkflowExecutionInfo, 'workflowId' | 'typedSearchAttributes' | 'status'>,
): KnownRegistration | null {
  const jobId = jobIdOfWorkflow(run.workflowId);
  const organisationId = run.typedSearchAttributes.get(ORGANISATION_ID);
  if (jobId === null || organisationId === undefined) return null;
  return { jobId, organisationId, isRunning: run.status.name === 'RUNNING' };
}
