/**
 * The contract of the workflows: inputs, results, signals, updates and queries. Clients (API, activities, tests) import
 * this file alone. A person's choice is a signal, so that it is recorded while no worker runs; an operator's command is
 * an update, since its caller needs the answer (ARCHITECTURE.md, "Signals and updates").
 */
import { defineQuery, defineSignal, defineUpdate } from '@temporalio/workflow';
import type { ConfigurationSnapshot } from '../domain/configuration/types';
import type { ManualCompanyDetails, SearchWords } from '../domain/company';
import type { BatchStatus, JobStatus, StepStatus, SubStepStatus } from '../domain/statuses';
import type { SubStepKey } from '../domain/sub-steps';

export const WORKFLOW_TYPES = {
  batch: 'batchWorkflow',
  registration: 'registrationWorkflow',
  lease: 'leaseWorkflow',
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
}

export const batchProgress = defineQuery<BatchProgress>('progress');

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
  step: 1 | 2 | 4 | 6;
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

/**
 * Refusals are ApplicationFailures of the type `CommandRefused`, with details [code, sentence]; `code` is one of the API's.
 */
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
}

export const registrationState = defineQuery<RegistrationState>('state');

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
}

export interface HeldLease extends LeaseRequest {
  /** Milliseconds since the epoch. */
  expiresAt: number;
}

export interface LeaseState {
  queue: LeaseRequest[];
  held: HeldLease | null;
  /** Nothing is granted before this time. Milliseconds since the epoch. */
  nextGrantAt: number;
  /** Requests that were answered, so that a repeated one is not queued again. */
  settled: string[];
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
}

export const leaseRequested = defineSignal<[LeaseRequest]>('leaseRequested');
export const leaseReported = defineSignal<[LeaseReport]>('leaseReported');
export const leaseState = defineQuery<LeaseState>('lease');
/** To the registration. */
export const leaseGranted = defineSignal<[LeaseGranted]>('leaseGranted');
export const leaseQueued = defineSignal<[LeaseQueued]>('leaseQueued');
