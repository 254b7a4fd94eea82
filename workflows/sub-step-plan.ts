/**
 * What is to be done of the twelve sub-steps, and what operators change about it. It decides nothing about time: the executor runs what
 * this says is pending.
 */
import type { SavedConfiguration, SubStepInput } from '../activities/account-setup/types';
import { enabledSubSteps, type SubStepSwitch } from '../domain/configuration/enabled';
import type { ConfigurationSnapshot } from '../domain/configuration/types';
import { isFailureType, type FailureType } from '../domain/failures';
import { readiness, type Readiness } from '../domain/readiness';
import type { SubStepOutput } from '../domain/record';
import { awakened, resetScope, type AllFacts, type RepairOptions } from '../domain/repair';
import { MAX_ATTEMPTS, SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../domain/sub-steps';
import type { SubStepsChanged } from './messages';
import type { SubStepBoard } from './sub-step-board';

/** What the plan must know of, and tell, whoever carries it out. */
export interface PlanHost {
  /** A call is under way, or its turn is being waited for. */
  isPerforming(key: SubStepKey): boolean;
  /** A person settled it: a queued one leaves its queue. */
  onSettledByHand(key: SubStepKey): void;
  /** Pending sub-steps may have come up. */
  onWoken(): void;
}

export class SubStepPlan {
  /** What a skipped sub-step would have made is there: those that need it go on. */
  private exists: ReadonlySet<SubStepKey> = new Set();
  private readonly attemptLimits = new Map<SubStepKey, number>();
  private readonly switchedOff = new Set<SubStepKey>();
  /** Skipped because of a need that was skipped; they come back with it. */
  private readonly skippedWith = new Map<SubStepKey, SubStepKey>();
  /** Reset, with the word of an operator that what they had made was removed. */
  private readonly effectRemoved = new Set<SubStepKey>();

  constructor(
    readonly board: SubStepBoard,
    private configuration: ConfigurationSnapshot,
    saved: SavedConfiguration,
    private readonly host: PlanHost,
  ) {
    this.takeSaved(saved);
  }

  // ---- what it says ----------------------------------------------------------------------------------------------------

  readiness(key: SubStepKey): Readiness {
    return readiness(key, this.board.statuses(), this.exists);
  }

  /** What an activity is told of its sub-step. */
  inputOf(
    key: SubStepKey,
  ): Pick<SubStepInput, 'generation' | 'attemptLimit' | 'configuration' | 'outputs' | 'effectRemoved'> {
    return {
      generation: this.board.row(key).generation,
      attemptLimit: this.attemptLimit(key),
      configuration: this.configuration,
      outputs: this.board.outputs(),
      effectRemoved: this.effectRemoved.has(key),
    };
  }

  isComplete(): boolean {
    return SUB_STEP_KEYS.every((key) => ['completed', 'skipped'].includes(this.board.row(key).status));
  }

  hasWork(): boolean {
    return this.board.with('pending').length > 0;
  }

  counts(): { completed: number; skipped: number } {
    return { completed: this.board.with('completed').length, skipped: this.board.with('skipped').length };
  }

  /** Why the step is not complete, for people; its type is that of the first sub-step that failed. */
  failure(): { type: FailureType; message: string } {
    const ended = [...this.board.with('failed'), ...this.board.with('cancelled')];
    const told = ended.map((key) => {
      const { error, reason } = this.board.row(key);
      return `${SUB_STEPS[key].label}: ${error ?? reason ?? ''}`;
    });
    const blocked = this.board.with('blocked').length;
    const type = ended.map((key) => this.board.row(key).error_type).find(isFailureType);
    return {
      type: type ?? 'Unexpected',
      message: `${told.join(' ')}${blocked > 0 ? ` (${blocked} more wait for this)` : ''}`,
    };
  }

  /** Failed sub-steps that a retry would run again; a retry of one that has not failed is none. */
  retryable(keys: readonly SubStepKey[] | undefined): SubStepKey[] {
    const failed = this.board.with('failed');
    return keys ? failed.filter((key) => keys.includes(key)) : failed;
  }

  failedWith(type: FailureType): SubStepKey[] {
    return this.board.with('failed').filter((key) => this.board.row(key).error_type === type);
  }

  /** By which an operator's command is judged. */
  facts(): AllFacts {
    return Object.fromEntries(
      SUB_STEP_KEYS.map((key) => {
        const { status, attempt, error_type } = this.board.row(key);
        const running = status !== 'pending' && this.host.isPerforming(key);
        const switchedOff = this.switchedOff.has(key);
        return [key, { status, attempt, errorType: error_type ?? null, running, switchedOff }];
      }),
    ) as AllFacts;
  }

  scopeOfReset(key: SubStepKey, cascade: boolean): SubStepKey[] {
    return resetScope(key, this.facts(), cascade);
  }

  /** What a change did to the sub-steps, in the table's order. */
  changesOf(change: () => void): SubStepsChanged['changed'] {
    const before = SUB_STEP_KEYS.map((key) => this.board.summary(key));
    change();
    return SUB_STEP_KEYS.map((key) => this.board.summary(key)).filter(
      ({ status, generation }, index) =>
        before[index]?.status !== status || before[index]?.generation !== generation,
    );
  }

  // ---- what changes it -------------------------------------------------------------------------------------------------

  skipWith(key: SubStepKey, because: SubStepKey): void {
    this.skippedWith.set(key, because);
    const reason = `Needs ${SUB_STEPS[because].label}, which was skipped.`;
    this.board.set(key, { status: 'skipped', reason, note: null, completed_at: now() });
  }

  /** Runs failed sub-steps again, and wakes what they blocked. The generation stays. */
  retry(keys: readonly SubStepKey[]): void {
    for (const key of keys) {
      const sofar = this.board.row(key).attempt ?? this.attemptLimit(key);
      const max_attempts = sofar + MAX_ATTEMPTS;
      this.attemptLimits.set(key, max_attempts);
      const cleared = { reason: null, error: null, error_type: null, completed_at: null };
      this.board.set(key, { status: 'pending', max_attempts, ...cleared });
    }
    this.wake();
  }

  skip(key: SubStepKey, reason: string): void {
    const cleared = { note: null, error: null, error_type: null };
    this.board.set(key, { status: 'skipped', reason, ...cleared, completed_at: now() });
    this.settledByHand(key);
  }

  markDone(key: SubStepKey, reason: string, output: SubStepOutput): void {
    // Within a generation the ledger never leaves "skipped".
    if (this.board.row(key).status === 'skipped') this.board.restart(key, 'completed');
    this.board.set(key, {
      status: 'completed',
      reason,
      note: null,
      error: null,
      error_type: null,
      output,
      proof: 'none',
      completed_at: now(),
    });
    this.switchedOff.delete(key);
    this.settledByHand(key);
  }

  reset(key: SubStepKey, { cascade, effectRemoved }: RepairOptions): void {
    const scope = this.scopeOfReset(key, cascade);
    for (const one of scope) {
      this.attemptLimits.delete(one);
      this.skippedWith.delete(one);
      if (effectRemoved) this.effectRemoved.add(one);
      else this.effectRemoved.delete(one);
      this.board.restart(one);
    }
    if (effectRemoved) this.exists = new Set([...this.exists].filter((one) => !scope.includes(one)));
    this.wake();
  }

  /** For what starts from now on; called at rest. */
  reconfigure(configuration: ConfigurationSnapshot, saved: SavedConfiguration): void {
    this.configuration = configuration;
    this.takeSaved(saved);
    this.wake();
  }

  private takeSaved({ existing }: SavedConfiguration): void {
    const choices = enabledSubSteps(this.configuration);
    this.exists = new Set(
      SUB_STEP_KEYS.filter((key) => {
        const choice = choices[key];
        const isThere = existing[key] !== undefined && !this.effectRemoved.has(key);
        return isThere || (!choice.enabled && choice.exists);
      }),
    );
    for (const key of SUB_STEP_KEYS) {
      if (this.board.row(key).status !== 'completed')
        this.applySwitch(key, choices[key], existing[key] ?? null);
    }
  }

  private applySwitch(key: SubStepKey, choice: SubStepSwitch, existing: SubStepOutput | null): void {
    if (choice.enabled) {
      if (this.switchedOff.delete(key)) this.board.restart(key);
    } else if (!this.switchedOff.has(key)) {
      this.switchedOff.add(key);
      // Within a generation the ledger never leaves "skipped": another word on why is another generation.
      if (this.board.row(key).status === 'skipped') this.board.restart(key, 'skipped');
      const { reason } = choice;
      const cleared = { note: null, error: null, error_type: null };
      this.board.set(key, { status: 'skipped', reason, ...cleared, output: existing, completed_at: now() });
    }
  }

  private settledByHand(key: SubStepKey): void {
    this.skippedWith.delete(key);
    this.host.onSettledByHand(key);
    this.wake();
  }

  /** What waited for a repaired sub-step, or was skipped with it, becomes runnable; that alone. */
  private wake(): void {
    for (const [key, because] of this.skippedWith) {
      if (this.board.row(because).status === 'skipped') continue;
      this.skippedWith.delete(key);
      this.board.restart(key);
    }
    for (const key of awakened(this.board.statuses(), this.exists)) {
      this.board.set(key, { status: 'pending', reason: null });
    }
    this.host.onWoken();
  }

  private attemptLimit(key: SubStepKey): number {
    return this.attemptLimits.get(key) ?? MAX_ATTEMPTS;
  }
}

/** The workflow's time, ISO 8601. */
function now(): string {
  return new Date().toISOString();
}
