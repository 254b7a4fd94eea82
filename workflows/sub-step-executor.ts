/**
 * Runs the sub-steps of step 6. Their order stands in the table `domain/sub-steps.ts` alone: the four phase blocks start together, and
 * each sub-step waits for its own needs. A failure never stops a sibling; what needs it is blocked until it is repaired.
 */
import { CancellationScope, CancelledFailure, condition, isCancellation } from '@temporalio/workflow';
import type { JobRef, SavedConfiguration, SubStepResult } from '../activities/account-setup/types';
import type { ConfigurationSnapshot } from '../domain/configuration/types';
import { isSettled } from '../domain/readiness';
import { PHASES, SUB_STEPS, subStepsOfPhase, type SubStepKey } from '../domain/sub-steps';
import { createAccount } from './account-creation';
import { failureOf } from './failures';
import type { RegistrationRun } from './run';
import { subStepActivity } from './sub-step-activities';
import { SubStepBoard } from './sub-step-board';
import { SubStepPlan } from './sub-step-plan';

export class SubStepExecutor {
  readonly plan: SubStepPlan;
  /** Sub-steps that are being looked after at the moment, waiting for their needs included. */
  private readonly active = new Set<SubStepKey>();
  /** Those of them that are past waiting: a call is under way, or its turn is being waited for. */
  private readonly performing = new Map<SubStepKey, CancellationScope>();
  private isRunning = false;

  constructor(
    private readonly run: RegistrationRun,
    configuration: ConfigurationSnapshot,
    saved: SavedConfiguration,
  ) {
    run.board = new SubStepBoard((recorded) => (recorded ? run.showInWebUi() : run.changed()));
    this.plan = new SubStepPlan(run.board, configuration, saved, {
      isPerforming: (key) => this.performing.has(key),
      onSettledByHand: (key) => this.performing.get(key)?.cancel(),
      onWoken: () => {
        // While others still run, nobody else would start these before those have ended.
        if (this.isRunning) for (const key of this.board.with('pending')) void this.settle(key);
      },
    });
  }

  private get board(): SubStepBoard {
    return this.plan.board;
  }

  /** Runs all that can run; resolves when nothing moves any more unless somebody acts. */
  async runToRest(): Promise<void> {
    this.isRunning = true;
    await Promise.all(
      PHASES.map(({ phase }) => Promise.all(subStepsOfPhase(phase).map(({ key }) => this.settle(key)))),
    );
    await CancellationScope.nonCancellable(() => condition(() => this.active.size === 0));
    this.isRunning = false;
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('The job was cancelled.');
  }

  /** Brings one sub-step to rest. It never rejects: what goes wrong is its outcome. */
  private async settle(key: SubStepKey): Promise<void> {
    if (this.active.has(key) || this.isAtRest(key)) return;
    this.active.add(key);
    try {
      // Again only if the ledger was ahead of this run, which goes by it from then on.
      while (!this.isAtRest(key)) await this.advance(key);
    } catch (error) {
      this.takeFailure(key, error);
    } finally {
      this.active.delete(key);
    }
  }

  private isAtRest(key: SubStepKey): boolean {
    return isSettled(this.board.row(key).status);
  }

  private async advance(key: SubStepKey): Promise<void> {
    await condition(() => this.isAtRest(key) || this.plan.readiness(key).state !== 'waiting');
    if (this.isAtRest(key)) return;
    const ready = this.plan.readiness(key);
    if (ready.state === 'skipped') this.plan.skipWith(key, ready.because);
    else if (ready.state === 'ready') await this.attempt(key);
    else if (ready.state === 'blocked') {
      this.board.set(key, { status: 'blocked', reason: `Waits for: ${SUB_STEPS[ready.by].label}.` });
    }
  }

  private async attempt(key: SubStepKey): Promise<void> {
    const scope = new CancellationScope();
    this.performing.set(key, scope);
    try {
      this.takeResult(key, await scope.run(() => this.perform(key)));
    } catch (error) {
      this.takeFailure(key, error);
    } finally {
      this.performing.delete(key);
    }
  }

  private perform(key: SubStepKey): Promise<SubStepResult> {
    const input = { ...jobRef(this.run), ...this.plan.inputOf(key), jobStartedAt: this.run.startedAt };
    if (key === 'cloudwaitressAccount') return createAccount(this.run, this.board, input);
    this.board.running(key);
    return subStepActivity(key, this.run.input.restaurantName)(input);
  }

  private takeResult(key: SubStepKey, result: SubStepResult): void {
    const { attempt, output, proof, startedAt: started_at, completedAt: completed_at, recorded } = result;
    const times = { started_at, completed_at: completed_at ?? new Date().toISOString() };
    const cleared = { note: null, error: null, error_type: null };
    this.board.set(key, { status: 'completed', attempt, output, proof, ...times, ...cleared }, recorded);
  }

  private takeFailure(key: SubStepKey, error: unknown): void {
    // A person settled it while it was queued.
    if (this.isAtRest(key)) return;
    if (isCancellation(error)) return this.endCancelled(key);
    const { type, message, details } = failureOf(error);
    if (type === 'Superseded' && typeof details[2] === 'number') {
      return this.adopt(key, details[2], details[3] === 'skipped');
    }
    const [attempted, why, startedAt, completedAt] = details;
    const attempt = typeof attempted === 'number' ? attempted : this.board.row(key).attempt;
    const reason = typeof why === 'string' ? why : null;
    const status = type === 'JobCancelled' ? 'cancelled' : 'failed';
    this.board.set(key, {
      status,
      attempt,
      reason,
      note: null,
      error: message,
      error_type: type,
      started_at: typeof startedAt === 'string' ? startedAt : (this.board.row(key).started_at ?? null),
      completed_at: typeof completedAt === 'string' ? completedAt : new Date().toISOString(),
    });
  }

  private endCancelled(key: SubStepKey): void {
    const reason =
      this.board.row(key).status === 'in_progress'
        ? 'Cancelled while it ran: it may still take effect at the service.'
        : 'The job was cancelled before this began.';
    this.board.set(key, { status: 'cancelled', reason, note: null, completed_at: new Date().toISOString() });
  }

  /** This run was reset to a point before what the ledger holds: what was done stays done. */
  private adopt(key: SubStepKey, generation: number, skipped: boolean): void {
    const reason = skipped ? 'It was skipped before the run was reset.' : null;
    this.board.set(key, { generation, attempt: null, status: skipped ? 'skipped' : 'pending', reason }, true);
  }
}

export function jobRef(run: RegistrationRun): JobRef {
  const { jobId, batchId, organisationId, restaurantId } = run.input;
  return { jobId, batchId, organisationId, restaurantId };
}
