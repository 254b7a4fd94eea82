/**
 * The contract of the workflows: inputs, results, signals, updates and queries. Clients (API, activities, tests) import
 * this file alone. A person's choice is a signal, so that it is recorded while no worker runs; an operator's command is
 * an update, since its caller needs the answer (ARCHITECTURE.md, "Signals and updates").
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ConfigurationSnapshot } from '../domain/configuration/types';
import type { ManualCompanyDetails, SearchWords } from '../domain/company';
import type { RestoreWrite, SubStepOutput } from '../domain/record';
import type { BatchStatus, JobStatus, StepStatus, SubStepStatus } from '../domain/statuses';
import type { RetryableStep } from '../domain/steps';
import type { SubStepKey } from '../domain/sub-steps';

export const WORKFLOW_TYPES = {
  batch: 'batchWorkflow',
  registration: 'registrationWorkflow',
  lease: 'leaseWorkflow',
  reconciler: 'reconcilerWorkflow',
} as const;

// ---- batch -------------------------------------------------------------------------------------------------------

export interface BatchInput {
  batchId: string;
}

export interface BatchResult {
  status: BatchStatus;
  completed: number;
  failed: number;
  cancelled: number;
}

export interface BatchProgress extends BatchResult {
  total: number;
  /** Children that were started. */
  started: number;
  /** Null while nothing withholds turns and starts; `at` in ISO 8601. */
  pause: { reason: string; at: string } | null;
  /** Turns in step 6 that are held, and asked for but not granted. */
  inStep6: number;
  waitingForStep6: number;
}

export const batchProgress = defineQuery<BatchProgress>('progress');

// ---- step 6 by grant: between a registration and its batch ---------------------------------------------------------

/** A registration asks for its turn in step 6. Asking again with the same id is harmless; the batch repeats its answer. */
export interface Step6Request {
  jobId: string;
  /** One per turn: a retry after a rest asks anew. */
  requestId: string;
}

export const step6Requested = defineSignal<[Step6Request]>('step6Requested');
/**
 * The turn ends because the job waits for a person: its failed sub-steps count as a failure until it completes.
 * A job that completes or closes says so by its result.
 */
export const step6Settled = defineSignal<[Step6Request]>('step6Settled');
/** To the registration. */
export const step6Granted = defineSignal<[Pick<Step6Request, 'requestId'>]>('step6Granted');

export interface PauseResult {
  paused: boolean;
}

/** Nothing new starts: no child, no step 6. What runs goes on to its end. Refused (INVALID_STATUS) when paused already. */
export const pauseBatch = defineUpdate<PauseResult, [OperatorCommand]>('pauseBatch');
/** Also after the circuit breaker; its count starts anew. Refused (INVALID_STATUS) when not paused. */
export const resumeBatch = defineUpdate<PauseResult, [OperatorCommand]>('resumeBatch');

// ---- registration ------------------------------------------------------------------------------------------------

/** Limits that a run keeps for its whole life; milliseconds. */
export interface RegistrationSettings {
  /** How long step 1 follows an extraction before it fails. */
  extractionTimeoutMs: number;
  /** First and longest interval between two looks at an extraction. */
  extractionPollMs: { first: number; longest: number };
  /** A job that waits longer than this for a person is closed as failed. */
  humanTimeoutMs: number;
  /** Names the vendor's credential set whose gate spaces account creation; never the credentials. */
  integratorKey: string;
  /** Least time between two account-creation starts; 0 switches the gate off. */
  accountMinIntervalMs: number;
}

export interface RegistrationInput {
  jobId: string;
  batchId: string;
  organisationId: string;
  restaurantId: string;
  restaurantName: string;
  batchName: string;
  /** Place in the list that the batch was created from, from 1. */
  position: number;
  /** `wait`: a failed sub-step waits for a person; `fail`: the job closes as failed once nothing more can run. */
  failurePolicy: 'wait' | 'fail';
  settings: RegistrationSettings;
}

export interface RegistrationResult {
  status: JobStatus;
}

export interface Decision {
  /** Names the person's choice; its verdict is the event `decision:<decisionId>`. */
  decisionId: string;
  /** Id of the user who chose. */
  actor: string;
}

export type Selection =
  | { company_number: string; nzbn?: undefined; no_match?: undefined }
  | { nzbn: string; company_number?: undefined; no_match?: undefined }
  | { no_match: true; company_number?: undefined; nzbn?: undefined };

export interface CompanySelected extends Decision {
  /** The list that the choice was made from (`search_no` of the job's record). */
  searchNo: number;
  selection: Selection;
}

export interface CompanyEnteredManually extends Decision {
  details: ManualCompanyDetails;
}

export interface SearchAgain extends Decision {
  words: SearchWords;
}

export interface YoloConfigured extends Decision {
  configuration: ConfigurationSnapshot;
}

export const extractionsCompleted = defineSignal<[]>('extractionsCompleted');
export const companySelected = defineSignal<[CompanySelected]>('companySelected');
export const companyEnteredManually = defineSignal<[CompanyEnteredManually]>('companyEnteredManually');
export const searchAgain = defineSignal<[SearchAgain]>('searchAgain');
export const yoloConfigured = defineSignal<[YoloConfigured]>('yoloConfigured');

export interface OperatorCommand {
  actor: string;
  reason: string | null;
}

export interface RetryCommand extends OperatorCommand {
  step: RetryableStep;
  /** Step 6 alone: which failed sub-steps; absent means all that failed. */
  subSteps?: SubStepKey[];
}

export interface RetryResult {
  step: number;
  /** Sub-steps that run again; empty for the other steps. */
  subSteps: SubStepKey[];
}

export interface ContinueExtraction extends OperatorCommand {
  /** Wait once more for the extraction, or go on without it. */
  mode: 'wait' | 'without';
}

export interface SubStepCommand extends OperatorCommand {
  subStep: SubStepKey;
}

export interface MarkDoneCommand extends SubStepCommand {
  /** What the sub-step would have given, `SUB_STEPS[key].requiredOutputs` at least; checked by the caller for types. */
  output: SubStepOutput;
}

export interface ResetCommand extends SubStepCommand {
  /** With everything that depends on it, transitively; without, it is refused when a dependent has begun. */
  cascade: boolean;
  /** The operator states that what it made at the services was removed; else EFFECT_EXISTS where a repeat would do harm. */
  effectRemoved: boolean;
  /** Answers what it would reset, and changes nothing. */
  preview: boolean;
}

/** What a command on sub-steps changed, in the table's order: those it names, and those it woke, skipped or reset with them. */
export interface SubStepsChanged {
  changed: { key: SubStepKey; status: SubStepStatus; generation: number }[];
}

export interface EditConfiguration extends OperatorCommand {
  /** The whole new snapshot; it replaces the former one for what starts from now on. */
  configuration: ConfigurationSnapshot;
  /** Paths of the fields that differ, for the audit trail; never values. */
  changedPaths: string[];
  /** Also run again all that failed. */
  retry: boolean;
}

export interface EditResult extends SubStepsChanged {
  retried: SubStepKey[];
}

/**
 * Refusals are ApplicationFailures of the type `CommandRefused`, with details [code, sentence]; `code` is one of the API's.
 * Every command leaves an event with actor, reason and time, and is refused for a sub-step that is running.
 */
export const skipSubStep = defineUpdate<SubStepsChanged, [SubStepCommand]>('skipSubStep');
export const markSubStepDone = defineUpdate<SubStepsChanged, [MarkDoneCommand]>('markSubStepDone');
export const resetSubStep = defineUpdate<SubStepsChanged, [ResetCommand]>('resetSubStep');
export const editConfiguration = defineUpdate<EditResult, [EditConfiguration]>('editConfiguration');
/** Closes a job that waits for a person as failed. */
export const giveUp = defineUpdate<{ status: JobStatus }, [OperatorCommand]>('giveUp');
/** Writes the whole record of a running job anew; of a closed run, `registrationRecord` gives it. */
export const republish = defineUpdate<{ revision: number }, [OperatorCommand]>('republish');
export const retry = defineUpdate<RetryResult, [RetryCommand]>('retry');
export const continueExtraction = defineUpdate<{ mode: 'wait' | 'without' }, [ContinueExtraction]>(
  'continueExtraction',
);

export const COMMAND_REFUSED = 'CommandRefused';

/** What a registration waits for a person to do; `repair` = a failed step or sub-step. */
export type Awaiting = 'company_selection' | 'configuration' | 'repair';

export interface RegistrationState {
  status: JobStatus;
  currentStep: number;
  awaiting: Awaiting | null;
  waitingReason: string | null;
  searchNo: number;
  steps: StepStatus[];
  /** null before step 6. */
  subSteps: Record<SubStepKey, SubStepStatus> | null;
  /** null before step 6. */
  generations: Record<SubStepKey, number> | null;
}

export const registrationState = defineQuery<RegistrationState>('state');

/** Everything that the workflow knows for the record: what `republish` writes; also of a closed run, while the engine keeps it. */
export const registrationRecord = defineQuery<RestoreWrite>('record');

// ---- leases (account gate, shared owners) ------------------------------------------------------------------------

export interface LeaseInput {
  /** Least time between the reported start of one holder and the next grant; 0 for a plain queue. Milliseconds. */
  minIntervalMs: number;
  /** How long a grant is held without a report. Milliseconds. */
  leaseMs: number;
  /** Whether an expired lease is extended while its holder's workflow still runs (shared owners). */
  extendWhileRunning: boolean;
  /** Carried over by continue-as-new. */
  carried?: LeaseState | undefined;
}

export interface LeaseRequest {
  /** Deduplicates: job, purpose, generation, attempt. */
  requestId: string;
  /** Workflow id of the registration that asks; it gets `leaseGranted`. */
  holder: string;
  /** How those who wait behind it know it; only where all are of one organisation. */
  name?: string | undefined;
}

export interface QueuedLease extends LeaseRequest {
  /** What its holder was last told of its place. */
  told?: Pick<LeaseQueued, 'expectedAt' | 'behind'> | undefined;
}

export interface HeldLease extends LeaseRequest {
  /** When it ends, or when it is looked whether its holder still runs. Milliseconds since the epoch. */
  expiresAt: number;
  /** How often that was looked at. */
  looks?: number | undefined;
}

export interface LeaseState {
  queue: QueuedLease[];
  held: HeldLease | null;
  /** Nothing is granted before this time. Milliseconds since the epoch. */
  nextGrantAt: number;
  /** Requests that were answered, so that a repeated one is not queued again. */
  settled: string[];
  /** None before the first turn. */
  pace?: LeasePace;
  /** When estimates were last corrected; milliseconds since the epoch. */
  correctedAt?: number;
}

/** The last times from one turn to the next while somebody waited; milliseconds. */
export interface LeasePace {
  gapsMs: number[];
  /** When the last turn began; null when nobody waited behind it. */
  since: number | null;
}

export interface LeaseReport {
  requestId: string;
  /** `started`: the guarded call was sent; `released`: the holder is done or never used it. */
  outcome: 'started' | 'released';
  /** The vendor asked for at least this pause; holds everybody. Milliseconds. */
  holdMs?: number | undefined;
}

export interface LeaseGranted {
  requestId: string;
  expiresAt: number;
}

export interface LeaseQueued {
  requestId: string;
  /** 1 = next. */
  place: number;
  /** Milliseconds since the epoch, null when it depends on how long the holder takes. */
  expectedAt: number | null;
  /** The name of the one that holds the turn, where it gave one. */
  behind?: string | undefined;
}

export const leaseRequested = defineSignal<[LeaseRequest]>('leaseRequested');
export const leaseReported = defineSignal<[LeaseReport]>('leaseReported');
export const leaseState = defineQuery<LeaseState>('lease');
/** To the registration. */
export const leaseGranted = defineSignal<[LeaseGranted]>('leaseGranted');
export const leaseQueued = defineSignal<[LeaseQueued]>('leaseQueued');

// ---- reconciler ----------------------------------------------------------------------------------------------------

export interface ReconcilerInput {
  /** Rows that were written within this time are left alone. Milliseconds. */
  untouchedMs: number;
}

export interface ReconcilerResult {
  /** Where the next run goes on; null begins anew. */
  nextBatch: string | null;
  nextJob: string | null;
  looked: number;
  repaired: number;
  troubled: number;
}
