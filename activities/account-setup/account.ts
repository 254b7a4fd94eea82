/**
 * Creating the ordering account at the vendor. "Already exists" proves neither whose account it is nor that the password is right,
 * so the record decides: made by this job, by another restaurant of the organisation, or somebody's that a person must judge.
 */
import { Context } from '@temporalio/activity';
import { failureSentence, type FailureType } from '../../domain/failures';
import { idempotencyKey } from '../../domain/ids';
import type { SubStepOutput, SubStepRow } from '../../domain/record';
import type { LeaseReport } from '../../workflows/messages';
import { activityFailure } from '../failure';
import type { Secrets } from '../secrets';
import type { Accounts, KnownAccount } from './accounts';
import {
  ACCOUNT_FAILURES,
  type CloudWaitressClient,
  type StartResult,
  type VerifyResult,
} from './clients/cloudwaitress';
import type { Ledger, LedgerRow } from './ledger';
import type { SubStepInput, SubStepResult } from './types';

const KEY = 'cloudwaitressAccount';

export interface AccountDeps {
  ledger: Ledger;
  accounts: Accounts;
  secrets: Secrets;
  vendor: CloudWaitressClient;
  existingAccountPolicy: 'ask' | 'accept';
  /** Tells the gate what became of its grant. */
  report(leaseWorkflowId: string, report: LeaseReport): Promise<void>;
  heartbeatMs: number;
  /** A turn with less than this left is not used, ms. */
  leaseMarginMs: number;
  now(): number;
}

type Refused = Exclude<StartResult | VerifyResult, { kind: 'started' | 'created' }>;

export class AccountCreation {
  private leaseOutcome: LeaseReport['outcome'] = 'released';
  private holdMs: number | undefined;
  private reported = false;

  constructor(
    private readonly deps: AccountDeps,
    private readonly input: SubStepInput,
  ) {}

  async run(): Promise<SubStepResult> {
    const context = Context.current();
    const beat = setInterval(() => context.heartbeat(), this.deps.heartbeatMs);
    try {
      return await this.create();
    } finally {
      clearInterval(beat);
      await this.report();
    }
  }

  private async create(): Promise<SubStepResult> {
    const { ledger } = this.deps;
    const { jobId, generation, attemptLimit } = this.input;
    const row = await ledger.read(jobId, KEY);
    if (row.generation > generation) throw activityFailure('Superseded');
    const ours = row.generation === generation;
    if (ours && row.status === 'completed') {
      return { attempt: row.attempt, output: row.output ?? {}, proof: row.proof ?? 'none', recorded: true };
    }
    const attempt = ours ? row.attempt : 0;
    const known = await this.knownAccount();
    if (known) return this.complete(attempt, known);
    if (attempt >= attemptLimit) throw await this.fail(attempt, 'AccountUnavailable', true);
    this.assertTurn();
    const password = await this.openPassword();
    return this.startAndVerify(row, await this.book(attempt), password);
  }

  /** An account of this restaurant, or of another one of the organisation with the same e-mail: it is shared, not made again. */
  private async knownAccount(): Promise<SubStepOutput | null> {
    const { organisationId, restaurantId, configuration } = this.input;
    const accounts = await this.deps.accounts.withEmail(organisationId, configuration.account.email);
    const made = accounts.filter((account) => account.registration_status === 'completed');
    const account = made.find((candidate) => candidate.restaurant_id === restaurantId) ?? made[0];
    return account ? accountOutput(account, account.restaurant_id !== restaurantId) : null;
  }

  private assertTurn(): void {
    const { lease } = this.input;
    if (lease && this.deps.now() + this.deps.leaseMarginMs > lease.expiresAt)
      throw activityFailure('LeaseExpired');
  }

  private async openPassword(): Promise<string> {
    const { organisationId, configuration } = this.input;
    const { passwordRef } = configuration.account;
    if (passwordRef === null) throw activityFailure('MissingInput');
    return this.deps.secrets.open(organisationId, passwordRef);
  }

  private async book(expectedAttempt: number): Promise<number> {
    const { jobId, generation } = this.input;
    const begun = await this.deps.ledger.begin({
      jobId,
      key: KEY,
      generation,
      expectedAttempt,
      stateBefore: null,
    });
    if (begun.begun) return begun.attempt;
    switch (begun.refused) {
      case 'cancelled':
      case 'closed':
        throw activityFailure('JobCancelled');
      case 'superseded':
        throw activityFailure('Superseded');
      case 'completed':
      case 'conflict':
        // Somebody else was faster: the next look at the ledger sees what they did.
        throw activityFailure('AccountUnavailable');
    }
  }

  private async startAndVerify(before: LedgerRow, attempt: number, password: string): Promise<SubStepResult> {
    const { account } = this.input.configuration;
    const correlationId = `${idempotencyKey(this.input.jobId, KEY, this.input.generation)}:${attempt}`;
    this.leaseOutcome = 'started';
    const start = await this.deps.vendor.start({
      email: account.email,
      phone: account.phone,
      password,
      correlationId,
    });
    if (start.kind === 'throttled') this.holdMs = start.retryAfterMs ?? 0;
    // The interval to the next start runs from here, not from the end of this activity.
    await this.report();
    if (start.kind !== 'started') return this.settleRefusal(before, attempt, start, 'start');

    const { organisationId, restaurantId, jobId } = this.input;
    const { email, phone, passwordRef: secretId } = account;
    await this.deps.accounts.aboutToVerify({ organisationId, restaurantId, jobId, email, phone, secretId });
    const verified = await this.deps.vendor.verify({ started: start.started, correlationId });
    if (verified.kind !== 'created') return this.settleRefusal(before, attempt, verified, 'verify');
    return this.complete(attempt, this.ownOutput(verified.userId));
  }

  private async settleRefusal(
    before: LedgerRow,
    attempt: number,
    refused: Refused,
    call: 'start' | 'verify',
  ): Promise<SubStepResult> {
    if (refused.kind === 'exists') return this.settleExisting(attempt);
    const type = ACCOUNT_FAILURES[refused.kind];
    // Answers that make no sense, and a rejection at verify, get one new start; then it is final.
    const oneMoreTry = refused.kind === 'contract' || (refused.kind === 'rejected' && call === 'verify');
    const final =
      attempt >= this.input.attemptLimit ||
      (oneMoreTry ? before.error_type === type : refused.kind === 'rejected');
    throw await this.fail(attempt, type, final);
  }

  private async settleExisting(attempt: number): Promise<SubStepResult> {
    const { organisationId, jobId, configuration } = this.input;
    const accounts = await this.deps.accounts.withEmail(organisationId, configuration.account.email);
    const ours = accounts.find(
      (account) => account.created_by_job === jobId && account.verify_started_at !== null,
    );
    if (ours) return this.complete(attempt, this.ownOutput(ours.pumpd_user_id));
    const known = await this.knownAccount();
    if (known) return this.complete(attempt, known);
    if (this.deps.existingAccountPolicy === 'accept') return this.complete(attempt, this.ownOutput(null));
    throw await this.fail(attempt, 'AccountExists', true);
  }

  private ownOutput(userId: string | null): SubStepOutput {
    const { email, passwordRef } = this.input.configuration.account;
    return { email, pumpd_user_id: userId, secret_id: passwordRef, attached: false };
  }

  private async complete(attempt: number, output: SubStepOutput): Promise<SubStepResult> {
    const recorded = await this.record({
      ...this.row(attempt, 'completed', null),
      output,
      proof: 'reported',
      completed_at: new Date(this.deps.now()).toISOString(),
    });
    return { attempt, output, proof: 'reported', recorded };
  }

  private async fail(attempt: number, type: FailureType, final: boolean): Promise<Error> {
    await this.record(this.row(attempt, final ? 'failed' : 'retrying', type));
    return activityFailure(type, { retryable: !final, details: [attempt] });
  }

  /** @returns false when the database could not be reached; the workflow's snapshot carries the result then */
  private async record(row: SubStepRow): Promise<boolean> {
    try {
      await this.deps.ledger.write(this.input.jobId, row);
      return true;
    } catch (error) {
      Context.current().log.warn('The ledger row could not be written', { key: KEY, error: String(error) });
      return false;
    }
  }

  private row(attempt: number, status: SubStepRow['status'], type: FailureType | null): SubStepRow {
    const { generation, attemptLimit } = this.input;
    const error = type ? failureSentence(type) : null;
    return {
      key: KEY,
      generation,
      attempt,
      status,
      max_attempts: attemptLimit,
      error_type: type,
      error,
      reason: null,
    };
  }

  /** Once per turn. A gate that cannot be told waits out the lease, which errs on the slow side. */
  private async report(): Promise<void> {
    const { lease } = this.input;
    if (!lease || this.reported) return;
    this.reported = true;
    const { workflowId, requestId } = lease;
    const report = {
      requestId,
      outcome: this.leaseOutcome,
      ...(this.holdMs === undefined ? {} : { holdMs: this.holdMs }),
    };
    try {
      await this.deps.report(workflowId, report);
    } catch (error) {
      Context.current().log.warn('The account gate could not be told', { error: String(error) });
    }
  }
}

function accountOutput(account: KnownAccount, attached: boolean): SubStepOutput {
  const { email, pumpd_user_id, secret_id } = account;
  return { email, pumpd_user_id, secret_id, attached };
}
