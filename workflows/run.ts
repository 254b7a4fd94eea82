/**
 * The state of one registration: its steps, what it waits for, and how the world learns of it (record, Web UI). Steps change it
 * through the methods here alone, so that every change reaches the record and the Web UI.
 */
import {
  ApplicationFailure,
  CancellationScope,
  condition,
  isCancellation,
  setCurrentDetails,
  setHandler,
  upsertSearchAttributes,
} from '@temporalio/workflow';
import type { CarriedWrites, Told } from '../activities/record/carried';
import type { ConfigurationSnapshot } from '../domain/configuration/types';
import type { FailureType } from '../domain/failures';
import { registrationDetails } from '../domain/details';
import type { RecordEvent, StepRow } from '../domain/record';
import { CLOSED } from '../domain/reasons';
import { REGISTRATION_STEPS } from '../domain/steps';
import { turnNote } from '../domain/turn-note';
import { isSearch, stepAfter, type StepChange, type StepNumber } from '../domain/step-changes';
import { currentStep, isTerminalJob, jobStatus, type JobClosure, type JobStatus } from '../domain/statuses';
import { Alarm } from './alarm';
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

/** What is asked of a person in a step that only a person can complete. */
const QUESTIONS: Partial<Record<StepNumber, Awaiting>> = { 3: 'company_selection', 5: 'configuration' };

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
  readonly alarm = new Alarm();
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
  /** A question that the record may show already. */
  private beingAsked: Awaiting | null = null;
  private gaveUp: string | null = null;
  private closure: JobClosure = null;
  private closedAt: string | null = null;
  private closeReason: string | null = null;
  private readonly grants = new Map<string, LeaseGranted>();
  /** As the batch starts a run. */
  private searchAttributes = { step: 1, awaiting: 'none' };

  constructor(readonly input: RegistrationInput) {
    this.record = new JobRecord(input, {
      facts: () => this.facts(),
      publishing: () => this.tellSearch(),
      changedRows: () => this.board?.rowsToPublish() ?? [],
      takeBackRows: (rows) => this.board?.publishAgain(rows),
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

  /** Takes what happens to a step. @param at ISO 8601; by default now */
  change(change: StepChange, at = new Date().toISOString()): void {
    const row = this.step(change.step);
    Object.assign(row, stepAfter(row, change, at));
    if (isSearch(change)) this.searchNo += 1;
    if (change.kind === 'ask') return this.waitFor(QUESTIONS[change.step] ?? null, change.reason);
    // The first snapshot that says completed is the last one that the record takes: it must say when.
    if (change.kind !== 'begin' && isTerminalJob(this.status)) this.closedAt = at;
    this.waitFor(null, null);
  }

  begin(step: StepNumber): void {
    this.change({ kind: 'begin', step });
  }

  /** It will begin, or begin again, when something other than a person lets it. */
  queue(number: StepNumber): void {
    const row = this.step(number);
    if (row.status === 'pending') return;
    if (row.status === 'failed') row.retry_count += 1;
    Object.assign(row, { status: 'pending', error_message: null, error_details: null });
    this.waitFor(null, null);
  }

  complete(step: StepNumber, result: StepRow['result_data'] = null): void {
    this.change({ kind: 'complete', step, result });
  }

  /** Not applicable, or gone on without; the reason is what people read. */
  skip(step: StepNumber, reason: string): void {
    this.change({ kind: 'skip', step, reason });
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
  ask(step: StepNumber, reason: string): void {
    this.change({ kind: 'ask', step, reason });
  }

  /**
   * Calls an activity that tells the record what follows from its result, and goes on from there. Who reads the record may answer before
   * this run has heard: what is answered to `asks` is judged once it has (`judged`).
   * @param follows what follows, if anything does
   */
  async following<R extends object>(
    call: (writes: CarriedWrites) => Promise<R & Told>,
    follows: (result: R) => readonly StepChange[] | null,
    asks: Awaiting | null,
  ): Promise<R> {
    this.beingAsked = asks;
    try {
      return await this.record.following(call, (result) => {
        for (const change of follows(result) ?? []) this.change(change, result.toldAt ?? undefined);
      });
    } finally {
      this.beingAsked = null;
    }
  }

  /** Judges an answer: at once, or, if the record may show its question before this run has heard, once it has. */
  judged(question: Awaiting, judge: () => void): void | Promise<void> {
    if (this.beingAsked !== question) return judge();
    // An answer is judged whatever becomes of the run.
    return CancellationScope.nonCancellable(async () => {
      await condition(() => this.beingAsked !== question);
      judge();
    });
  }

  /** A new search replaces what was found and chosen. */
  reopen(...numbers: StepNumber[]): void {
    for (const number of numbers) {
      Object.assign(this.step(number), { status: 'pending', completed_at: null, result_data: null });
    }
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
    const answered = await this.alarm.until(() => this.gaveUp !== null || done(), humanTimeoutMs);
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
    return currentStep(this.steps.map((row) => row.status));
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
  }

  /** With each write of the record: a step that is passed at once is not worth an event. */
  private tellSearch(): void {
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
