/**
 * Creating the ordering account at the vendor. "Already exists" proves neither whose account it is nor that the password is right,
 * so the record decides: made by this job, by another restaurant of the organisation, or somebody's that a person must judge.
 */
import { Context } from '@temporalio/activity';
import { idempotencyKey } from '../../domain/ids';
import type { SubStepOutput } from '../../domain/record';
import { MAX_ATTEMPTS } from '../../domain/sub-steps';
import type { LeaseReport } from '../../workflows/messages';
import { activityFailure } from '../failure';
import type { Secrets } from '../secrets';
import type { Accounts, KnownAccount } from './accounts';
import {
  ACCOUNT_FAILURES,
  type CloudWaitressClient,
  type StartedAccount,
  type StartResult,
  type VerifyResult,
} from './clients/cloudwaitress';
import type { LedgerRow } from './ledger';
import { LedgerEntry, type LedgerEntryDeps } from './ledger-entry';
import type { SubStepInput, SubStepResult } from './types';

const KEY = 'cloudwaitressAccount';

export interface AccountDeps extends LedgerEntryDeps {
  accounts: Accounts;
  secrets: Secrets;
  vendor: CloudWaitressClient;
  existingAccountPolicy: 'ask' | 'accept';
  /** Tells the gate what became of its grant. */
  report: (leaseWorkflowId: string, report: LeaseReport) => Promise<void>;
  heartbeatMs: number;
  /** A turn with less than this left is not used, ms. */
  leaseMarginMs: number;
}

type Refused = Exclude<StartResult | VerifyResult, { kind: 'started' | 'created' }>;

export class AccountCreation {
  private leaseOutcome: LeaseReport['outcome'] = 'released';
  private reported = false;
  private isToldToGate = false;
  /** When this generation made its first call; null before it. */
  private generationStartedAt: string | null = null;
  private readonly entry: LedgerEntry;

  constructor(
    private readonly deps: AccountDeps,
    private readonly input: SubStepInput,
  ) {
    this.entry = new LedgerEntry(deps, KEY, input);
  }

  async run(): Promise<SubStepResult> {
    const context = Context.current();
    const beat = setInterval(() => context.heartbeat(), this.deps.heartbeatMs);
    let result: SubStepResult;
    try {
      result = await this.create();
    } finally {
      clearInterval(beat);
      await this.report();
    }
    return {
      ...result,
      givenBack: await giveTurnsBack(this.deps.report, this.input, result, this.isToldToGate),
    };
  }

  private async create(): Promise<SubStepResult> {
    const standing = await this.entry.read();
    if ('completed' in standing) return standing.completed;
    const { attempt, row } = standing;
    const known = await this.knownAccount();
    if (known) return this.entry.complete(attempt, known, 'reported');
    this.generationStartedAt = row?.started_at ?? null;
    if (attempt >= this.input.attemptLimit) {
      throw await this.entry.fail(attempt, 'AccountUnavailable', { final: true });
    }
    this.assertTurn(attempt, this.deps.leaseMarginMs);
    const password = await this.openPassword(attempt);
    Context.current().cancellationSignal.throwIfAborted();
    const begun = await this.entry.begin(attempt, null, null);
    // Somebody else was faster: the next look at the ledger sees what they did.
    if (begun === null) throw activityFailure('AccountUnavailable', { details: [attempt, null] });
    this.generationStartedAt ??= begun.startedAt;
    return this.startAndVerify(row, begun.attempt, password);
  }

  /** An account of this restaurant, or of another one of the organisation with the same e-mail: it is shared, not made again. */
  private async knownAccount(): Promise<SubStepOutput | null> {
    const { organisationId, restaurantId, configuration } = this.input;
    const accounts = await this.deps.accounts.withEmail(organisationId, configuration.account.email);
    const made = accounts.filter(
      (account) => account.registration_status === 'completed' && !this.wasRemoved(account),
    );
    const account = made.find((candidate) => candidate.restaurant_id === restaurantId) ?? made[0];
    return account ? accountOutput(account, account.restaurant_id !== restaurantId) : null;
  }

  /** What this restaurant or job had made before an operator removed it at the vendor. Others' accounts are theirs to judge. */
  private wasRemoved({ restaurant_id, created_by_job }: KnownAccount): boolean {
    const { effectRemoved, restaurantId, jobId } = this.input;
    return effectRemoved === true && (restaurant_id === restaurantId || created_by_job === jobId);
  }

  private assertTurn(attempt: number, marginMs: number): void {
    const { lease } = this.input;
    if (lease && this.deps.now() + marginMs > lease.expiresAt)
      throw activityFailure('LeaseExpired', { details: [attempt, null] });
  }

  private async openPassword(attempt: number): Promise<string> {
    const { organisationId, configuration } = this.input;
    const { passwordRef } = configuration.account;
    if (passwordRef === null) {
      throw await this.entry.fail(attempt, 'MissingInput', {
        final: true,
        reason: 'What is missing: account.password.',
      });
    }
    return this.deps.secrets.open(organisationId, passwordRef);
  }

  private async startAndVerify(
    before: LedgerRow | null,
    attempt: number,
    password: string,
  ): Promise<SubStepResult> {
    // The database may have been slow: in somebody else's turn no call is made. Half of the margin is enough for the start.
    this.assertTurn(attempt, this.deps.leaseMarginMs / 2);
    const { account } = this.input.configuration;
    const correlationId = `${idempotencyKey(this.input.jobId, KEY, this.input.generation)}:${attempt}`;
    this.leaseOutcome = 'started';
    const start = await this.deps.vendor.start({
      email: account.email,
      phone: account.phone,
      password,
      correlationId,
    });
    // The interval to the next start runs from here, not from the end of this activity; verify does not wait for the gate.
    const told = this.report(start);
    try {
      return start.kind === 'started'
        ? await this.verify(before, attempt, start.started, correlationId)
        : await this.settleRefusal(before, attempt, start, 'start');
    } finally {
      await told;
    }
  }

  private async verify(
    before: LedgerRow | null,
    attempt: number,
    started: StartedAccount,
    correlationId: string,
  ): Promise<SubStepResult> {
    const { organisationId, restaurantId, jobId, configuration } = this.input;
    const { email, phone, passwordRef: secretId } = configuration.account;
    await this.deps.accounts.aboutToVerify({ organisationId, restaurantId, jobId, email, phone, secretId });
    const verified = await this.deps.vendor.verify({ started, correlationId });
    if (verified.kind === 'created') {
      return this.entry.complete(attempt, this.ownOutput(verified.userId), 'reported');
    }
    // The gate has its report already; a hold is told to it all the same.
    if (verified.kind === 'throttled') await this.report(verified);
    return this.settleRefusal(before, attempt, verified, 'verify');
  }

  private async settleRefusal(
    before: LedgerRow | null,
    attempt: number,
    refused: Refused,
    call: 'start' | 'verify',
  ): Promise<SubStepResult> {
    if (refused.kind === 'exists') return this.settleExisting(attempt);
    const type = ACCOUNT_FAILURES[refused.kind];
    // Answers that make no sense, and a rejection at verify, get one new start; then it is final.
    const oneMoreTry = refused.kind === 'contract' || (refused.kind === 'rejected' && call === 'verify');
    const ended = oneMoreTry ? this.endedSo(before, attempt, type) : refused.kind === 'rejected';
    const final = ended || attempt >= this.input.attemptLimit;
    throw await this.entry.fail(attempt, type, { final });
  }

  /** Whether the attempt before this one ended in the same way; where the ledger no longer tells, whether there was one at all. */
  private endedSo(before: LedgerRow | null, attempt: number, type: string): boolean {
    if (before?.status === 'retrying') return before.error_type === type;
    return attempt - (this.input.attemptLimit - MAX_ATTEMPTS) > 1;
  }

  private async settleExisting(attempt: number): Promise<SubStepResult> {
    const { organisationId, jobId, configuration } = this.input;
    const accounts = await this.deps.accounts.withEmail(organisationId, configuration.account.email);
    const ours = accounts.find(
      (account) => account.created_by_job === jobId && this.wasVerified(account.verify_started_at),
    );
    if (ours) return this.entry.complete(attempt, this.ownOutput(ours.pumpd_user_id), 'reported');
    const known = await this.knownAccount();
    if (known) return this.entry.complete(attempt, known, 'reported');
    if (this.deps.existingAccountPolicy === 'accept') {
      return this.entry.complete(attempt, this.ownOutput(null), 'reported');
    }
    throw await this.entry.fail(attempt, 'AccountExists', { final: true });
  }

  /** Whether this job was about to verify; of an account that was removed since, in this generation. */
  private wasVerified(startedAt: string | null): boolean {
    if (startedAt === null) return false;
    const since = this.input.effectRemoved === true ? this.generationStartedAt : null;
    return since === null || Date.parse(startedAt) >= Date.parse(since);
  }

  private ownOutput(userId: string | null): SubStepOutput {
    const { email, passwordRef } = this.input.configuration.account;
    return { email, pumpd_user_id: userId, secret_id: passwordRef, attached: false };
  }

  /** Once per turn, and once more for a hold that verify told of. */
  private async report(answer?: StartResult | VerifyResult): Promise<void> {
    const { lease } = this.input;
    const hold = answer?.kind === 'throttled' ? { holdMs: answer.retryAfterMs ?? 0 } : {};
    if (!lease || (this.reported && !('holdMs' in hold))) return;
    this.reported = true;
    const { workflowId, requestId } = lease;
    const turn = { requestId, outcome: this.leaseOutcome, ...hold };
    this.isToldToGate = await reportTurn(this.deps.report, workflowId, turn);
  }
}

/**
 * The account is made and the ledger says so: whoever of the owner comes next may look. What is not told here is told by the workflow,
 * which costs it events and the next sub-step a moment.
 * @returns the request ids of the turns that were given back
 */
export async function giveTurnsBack(
  report: AccountDeps['report'],
  { lease, ownerTurn }: SubStepInput,
  { recorded }: SubStepResult,
  isToldToGate: boolean,
): Promise<string[]> {
  const givenBack = lease && isToldToGate ? [lease.requestId] : [];
  if (!ownerTurn || !recorded) return givenBack;
  const { workflowId, requestId } = ownerTurn;
  const isTold = await reportTurn(report, workflowId, { requestId, outcome: 'released' });
  return isTold ? [...givenBack, requestId] : givenBack;
}

/**
 * A gate that cannot be told waits out the lease, which errs on the slow side: what became of the account counts more.
 * @returns whether it was told
 */
export async function reportTurn(
  report: AccountDeps['report'],
  leaseWorkflowId: string,
  turn: LeaseReport,
): Promise<boolean> {
  try {
    await report(leaseWorkflowId, turn);
    return true;
  } catch (error) {
    if (!(error instanceof Error)) throw error;
    Context.current().log.warn('The account gate could not be told', { error: error.name });
    return false;
  }
}

function accountOutput(account: KnownAccount, attached: boolean): SubStepOutput {
  const { email, pumpd_user_id, secret_id } = account;
  return { email, pumpd_user_id, secret_id, attached };
}
