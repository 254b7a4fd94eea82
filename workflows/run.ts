/**
 * The state of one registration: its steps, what it waits for, and how the world learns of it (record, Web UI). Steps change it
 * through the methods here alone, so that every change reaches the record and the Web UI.
 */
import {
  ApplicationFailure,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { ConfigurationSnapshot } from '../domain/configuration/types';
import type { FailureType } from '../domain/failures';
import { registrationDetails } from '../domain/details';
import type { RecordEvent, StepRow } from '../domain/record';
import { CLOSED } from '../domain/reasons';
import { REGISTRATION_STEPS } from '../domain/steps';
import { turnNote } from '../domain/turn-note';
import { isTerminalJob, jobStatus, type JobClosure, type JobStatus } from '../domain/statuses';
import { failureOf, JobClosed } from './failures';
import {
  leaseGranted,
  leaseQueued,
  registrationRecord,
  registrationState,
  type Awaiting,
  type LeaseGranted,
  type RegistrationInput,
  type RegistrationState,
} from './messages';
import { JobRecord, type JobFacts } from './job-record';
import { AWAITING_INPUT, REGISTRATION_STEP } from './search-attributes';
import type { SubStepBoard } from './sub-step-board';

type StepNumber = StepRow['step_number'];

export class RegistrationRun {
  readonly steps: StepRow[] = REGISTRATION_STEPS.map(({ number }) => ({
    step_number: number,
    status: 'pending',
    started_at: null,
    completed_at: null,
    error_message: null,
    error_details: null,
    retry_count: 0,
    result_data: null,
  }));
  readonly startedAt = new Date().toISOString();
  readonly record: JobRecord;
  awaiting: Awaiting | null = null;
  waitingReason: string | null = null;
  /** What the job waits for that is no person. */
  note: string | null = null;
  searchNo = 0;
  configuration: ConfigurationSnapshot | null = null;
  /** Step 6, once it has begun. */
  board: SubStepBoard | null = null;
  /** The webhook told of an extraction that ended, and nobody has looked since. */
  extractionNews = false;
  private gaveUp: string | null = null;
  private closure: JobClosure = null;
  private closedAt: string | null = null;
  private closeReason: string | null = null;
  private readonly grants = new Map<string, LeaseGranted>();
  private searchAttributes = { step: 0, awaiting: '' };

  constructor(readonly input: RegistrationInput) {
    this.record = new JobRecord(input, {
      facts: () => this.facts(),
      changedRows: () => this.board?.rowsToPublish() ?? [],
      allRows: () => this.board?.rows() ?? [],
    });
    setHandler(registrationState, () => this.state());
    setHandler(registrationRecord, () => this.record.whole());
    setHandler(leaseGranted, (lease) => void this.grants.set(lease.requestId, lease));
    setHandler(leaseQueued, (news) => {
      if (!this.grants.has(news.requestId))
        this.board?.note('cloudwaitressAccount', turnNote(news, Date.now()));
    });
  }

  // ---- steps -------------------------------------------------------------------------------------------------------

  step(number: StepNumber): StepRow {
    const row = this.steps[number - 1];
    if (!row) throw ApplicationFailure.nonRetryable(`No step ${String(number)}`);
    return row;
  }

  begin(number: StepNumber): void {
    const row = this.step(number);
    if (row.status === 'failed') row.retry_count += 1;
    row.started_at ??= new Date().toISOString();
    Object.assign(row, {
      status: 'in_progress',
      completed_at: null,
      error_message: null,
      error_details: null,
    });
    this.waitFor(null, null);
  }

  /** It will begin, or begin again, when something other than a person lets it. */
  queue(number: StepNumber): void {
    const row = this.step(number);
    if (row.status === 'pending') return;
    if (row.status === 'failed') row.retry_count += 1;
    Object.assign(row, { status: 'pending', error_message: null, error_details: null });
    this.waitFor(null, null);
  }

  complete(number: StepNumber, result: StepRow['result_data'] = null): void {
    this.end(number, 'completed', result);
  }

  /** Not applicable, or gone on without; the reason is what people read. */
  skip(number: StepNumber, reason: string): void {
    this.end(number, 'skipped', { reason });
  }

  fail(number: StepNumber, failure: { type: FailureType; message: string }): void {
    Object.assign(this.step(number), {
      status: 'failed',
      error_message: failure.message,
      error_details: { type: failure.type },
    });
    this.waitFor('repair', failure.message);
  }

  /** A step that only a person can complete. */
  askPerson(number: StepNumber, awaiting: Awaiting, reason: string): void {
    const row = this.step(number);
    row.started_at ??= new Date().toISOString();
    row.status = 'action_required';
    this.waitFor(awaiting, reason);
  }

  /** A new search replaces what was found and chosen. */
  reopen(...numbers: StepNumber[]): void {
    for (const number of numbers) {
      Object.assign(this.step(number), { status: 'pending', completed_at: null, result_data: null });
    }
  }

  private end(number: StepNumber, status: 'completed' | 'skipped', result: StepRow['result_data']): void {
    const now = new Date().toISOString();
    const row = this.step(number);
    row.started_at ??= now;
    Object.assign(row, {
      status,
      completed_at: now,
      error_message: null,
      error_details: null,
      result_data: result,
    });
    // The first snapshot that says completed is the last one that the record takes: it must say when.
    if (isTerminalJob(this.status)) this.closedAt = now;
    this.waitFor(null, null);
  }

  private waitFor(awaiting: Awaiting | null, reason: string | null): void {
    this.awaiting = awaiting;
    this.waitingReason = reason;
    this.changed();
  }

  // ---- waiting -----------------------------------------------------------------------------------------------------

  /** Waits until a person has done what is asked for; nothing waits for ever. */
  async person(done: () => boolean): Promise<void> {
    const { humanTimeoutMs } = this.input.settings;
    const answered = await condition(() => this.gaveUp !== null || done(), humanTimeoutMs);
    if (this.gaveUp !== null) throw new JobClosed(this.gaveUp);
    if (answered) return;
    throw new JobClosed(CLOSED.nobodyAnswered(Math.round(humanTimeoutMs / 86_400_000)));
  }

  /** A job that waits for a person is closed as failed. */
  giveUp(reason: string): void {
    this.gaveUp = reason;
  }

  get canGiveUp(): boolean {
    return this.awaiting !== null && this.gaveUp === null;
  }

  grant(requestId: string): LeaseGranted | undefined {
    return this.grants.get(requestId);
  }

  // ---- closing -----------------------------------------------------------------------------------------------------

  /** Ends the job. Steps that are open end with it, so that the record shows nothing running. */
  close(error?: unknown): void {
    this.closedAt ??= new Date().toISOString();
    if (error !== undefined) {
      this.closure = isCancellation(error) ? 'cancelled' : 'given_up';
      this.closeReason = isCancellation(error) ? null : failureOf(error).message;
      for (const row of this.steps) {
        if (['pending', 'in_progress', 'retrying', 'action_required'].includes(row.status))
          row.status = 'cancelled';
      }
      this.board?.cancelOpen();
    }
    this.waitFor(null, null);
  }

  get isClosed(): boolean {
    return this.closedAt !== null;
  }

  get status(): JobStatus {
    return jobStatus(
      this.steps.map((row) => row.status),
      this.closure,
    );
  }

  get currentStep(): number {
    const open = this.steps.find((row) => row.status !== 'completed' && row.status !== 'skipped');
    return open?.step_number ?? 6;
  }

  // ---- how the world learns of it ----------------------------------------------------------------------------------

  /** Something that people see has changed. */
  changed(): void {
    this.showInWebUi();
    this.record.touch();
  }

  configure(configuration: ConfigurationSnapshot): void {
    this.configuration = configuration;
    this.record.configure(configuration);
  }

  /** A line of the audit trail. */
  event(kind: string, details: Partial<Pick<RecordEvent, 'id' | 'actor' | 'reason' | 'data'>> = {}): void {
    this.record.event(kind, details);
  }

  state(): RegistrationState {
    return {
      status: this.status,
      currentStep: this.currentStep,
      awaiting: this.awaiting,
      waitingReason: this.waitingReason,
      searchNo: this.searchNo,
      steps: this.steps.map((row) => row.status),
      subSteps: this.board?.statuses() ?? null,
      generations: this.board?.generations() ?? null,
    };
  }

  private facts(): JobFacts {
    const status = this.status;
    const failed = this.steps.find((row) => row.status === 'failed');
    return {
      status,
      closure: this.closure,
      current_step: this.currentStep,
      error_message: this.closeReason ?? failed?.error_message ?? null,
      last_error_details: failed?.error_details
        ? { type: failed.error_details.type, step: failed.step_number }
        : null,
      started_at: this.startedAt,
      completed_at: isTerminalJob(status) && status !== 'cancelled' ? this.closedAt : null,
      cancelled_at: status === 'cancelled' ? this.closedAt : null,
      waiting_reason: this.waitingReason,
      note: this.note,
      search_no: this.searchNo,
      steps: this.steps.map((row) => ({ ...row })),
    };
  }

  showInWebUi(): void {
    setCurrentDetails(
      registrationDetails({
        restaurantName: this.input.restaurantName,
        batchName: this.input.batchName,
        status: this.status,
        waitingReason: this.waitingReason,
        steps: this.steps,
        subSteps: this.board?.rows() ?? [],
      }),
    );
    const next = { step: this.currentStep, awaiting: this.awaiting ?? 'none' };
    const { step, awaiting } = this.searchAttributes;
    if (step === next.step && awaiting === next.awaiting) return;
    this.searchAttributes = next;
    upsertSearchAttributes([
      { key: REGISTRATION_STEP, value: next.step },
      { key: AWAITING_INPUT, value: next.awaiting },
    ]);
  }
}
