/**
 * Step 6. The order stands in the table `domain/sub-steps.ts` alone: the four phase blocks start together, and each sub-step
 * waits for its own needs. A failure never stops a sibling; what needs it is blocked until it is repaired.
 */
import { CancellationScope, CancelledFailure, condition, isCancellation } from '@temporalio/workflow';
import type { SavedConfiguration, SubStepInput, SubStepResult } from '../activities/account-setup/types';
import { enabledSubSteps } from '../domain/configuration/enabled';
import type { ConfigurationSnapshot } from '../domain/configuration/types';
import { isSettled, readiness } from '../domain/readiness';
import {
  MAX_ATTEMPTS,
  PHASES,
  SUB_STEP_KEYS,
  SUB_STEPS,
  subStepsOfPhase,
  type SubStepKey,
} from '../domain/sub-steps';
import { createAccount } from './account-creation';
import { platform } from './activities';
import { failureOf, JobClosed } from './failures';
import type { RegistrationRun } from './run';
import { SubStepBoard } from './sub-step-board';
import { subStepActivity } from './sub-step-activities';

export async function accountSetup(run: RegistrationRun): Promise<void> {
  const { configuration } = run;
  if (!configuration) throw new JobClosed('Step 6 was reached without a configuration.');
  run.begin(6);
  const saved = await platform.saveConfiguration({ ...jobRef(run), configuration });
  const setup = new AccountSetup(run, configuration, saved);
  for (;;) {
    await setup.runToRest();
    if (setup.isComplete()) return run.complete(6, { completed: run.board?.with('completed').length ?? 0 });
    run.fail(6, { type: 'ReportedFailure', message: setup.whatFailed() });
    if (run.input.failurePolicy === 'fail') throw new JobClosed(setup.whatFailed());
    await run.person(() => setup.hasWork());
    run.begin(6);
  }
}

function jobRef(
  run: RegistrationRun,
): Pick<SubStepInput, 'jobId' | 'batchId' | 'organisationId' | 'restaurantId'> {
  const { jobId, batchId, organisationId, restaurantId } = run.input;
  return { jobId, batchId, organisationId, restaurantId };
}

export class AccountSetup {
  private readonly board: SubStepBoard;
  private readonly exists: ReadonlySet<SubStepKey>;
  /** Sub-steps that are being looked after at the moment. */
  private readonly active = new Set<SubStepKey>();
  private readonly attemptLimits = new Map<SubStepKey, number>();

  constructor(
    private readonly run: RegistrationRun,
    private readonly configuration: ConfigurationSnapshot,
    saved: SavedConfiguration,
  ) {
    this.board = run.board = new SubStepBoard((recorded) => (recorded ? run.showInWebUi() : run.changed()));
    this.exists = new Set(SUB_STEP_KEYS.filter((key) => saved.existing[key]));
    const enabled = enabledSubSteps(configuration);
    for (const key of SUB_STEP_KEYS) {
      const choice = enabled[key];
      if (choice.enabled) continue;
      this.board.set(key, { status: 'skipped', reason: choice.reason, output: saved.existing[key] ?? null });
    }
    run.setUp = this;
  }

  /** Runs all that can run; resolves when nothing moves any more unless somebody acts. */
  async runToRest(): Promise<void> {
    await Promise.all(
      PHASES.map(({ phase }) => Promise.all(subStepsOfPhase(phase).map(({ key }) => this.settle(key)))),
    );
    await CancellationScope.nonCancellable(() => condition(() => this.active.size === 0));
    if (CancellationScope.current().consideredCancelled) throw new CancelledFailure('The job was cancelled.');
  }

  isComplete(): boolean {
    return SUB_STEP_KEYS.every((key) => ['completed', 'skipped'].includes(this.board.row(key).status));
  }

  hasWork(): boolean {
    return this.board.with('pending').length > 0;
  }

  whatFailed(): string {
    const failed = this.board
      .with('failed')
      .map((key) => `${SUB_STEPS[key].label}: ${this.board.row(key).error ?? ''}`);
    const blocked = this.board.with('blocked').length;
    return `${failed.join(' ')}${blocked > 0 ? ` (${blocked} more wait for this)` : ''}`;
  }

  /** Failed sub-steps that a retry would run again; a retry of one that has not failed is none. */
  retryable(keys: readonly SubStepKey[] | undefined): SubStepKey[] {
    const failed = this.board.with('failed');
    return keys ? failed.filter((key) => keys.includes(key)) : failed;
  }

  /** Runs failed sub-steps again, and wakes what they blocked. The generation stays. */
  retry(keys: readonly SubStepKey[]): void {
    for (const key of keys) {
      const sofar = this.board.row(key).attempt ?? this.attemptLimit(key);
      this.attemptLimits.set(key, sofar + MAX_ATTEMPTS);
      this.board.set(key, { status: 'pending', error: null, error_type: null, completed_at: null });
    }
    const blocked = this.board.with('blocked');
    for (const key of blocked) this.board.set(key, { status: 'pending', reason: null });
    // While others still run, nobody else would start these before those have ended.
    if (this.active.size > 0) for (const key of [...keys, ...blocked]) void this.settle(key);
  }

  private attemptLimit(key: SubStepKey): number {
    return this.attemptLimits.get(key) ?? MAX_ATTEMPTS;
  }

  /** Brings one sub-step to rest. It never rejects: what goes wrong is its outcome. */
  private async settle(key: SubStepKey): Promise<void> {
    if (this.active.has(key) || isSettled(this.board.row(key).status)) return;
    this.active.add(key);
    try {
      const next = () => readiness(key, this.board.statuses(), this.exists);
      await condition(() => next().state !== 'waiting');
      const ready = next();
      if (ready.state === 'skipped') {
        this.board.set(key, {
          status: 'skipped',
          reason: `Needs ${SUB_STEPS[ready.because].label}, which was skipped.`,
        });
      } else if (ready.state === 'blocked') {
        this.board.set(key, { status: 'blocked', reason: `Waits for: ${SUB_STEPS[ready.by].label}.` });
      } else {
        await this.perform(key);
      }
    } catch (error) {
      this.takeFailure(key, error);
    } finally {
      this.active.delete(key);
    }
  }

  private async perform(key: SubStepKey): Promise<void> {
    const input: SubStepInput = {
      ...jobRef(this.run),
      generation: this.board.row(key).generation,
      attemptLimit: this.attemptLimit(key),
      configuration: this.configuration,
      outputs: this.board.outputs(),
      jobStartedAt: this.run.startedAt,
    };
    const result =
      key === 'cloudwaitressAccount'
        ? await createAccount(this.run, this.board, input)
        : await this.callActivity(key, input);
    this.takeResult(key, result);
  }

  private callActivity(key: SubStepKey, input: SubStepInput): Promise<SubStepResult> {
    this.board.running(key);
    return subStepActivity(key, this.run.input.restaurantName)(input);
  }

  private takeResult(key: SubStepKey, { attempt, output, proof, recorded }: SubStepResult): void {
    const completed_at = new Date().toISOString();
    this.board.set(
      key,
      { status: 'completed', attempt, output, proof, error: null, error_type: null, completed_at },
      recorded,
    );
  }

  private takeFailure(key: SubStepKey, error: unknown): void {
    if (isCancellation(error)) {
      const { status } = this.board.row(key);
      const reason =
        status === 'in_progress'
          ? 'Cancelled while it ran: it may still take effect at the service.'
          : 'The job was cancelled before this began.';
      return this.board.set(key, { status: 'cancelled', reason });
    }
    const { type, message, details } = failureOf(error);
    const attempt = typeof details[0] === 'number' ? details[0] : this.board.row(key).attempt;
    const reason = typeof details[1] === 'string' ? details[1] : null;
    this.board.set(key, { status: 'failed', attempt, reason, error: message, error_type: type });
  }
}
