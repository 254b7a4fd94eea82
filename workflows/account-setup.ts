/** Step 6: takes its turn in the batch, saves the configuration, runs the sub-steps, and waits for repairs until all are done. */
import { condition, setHandler } from '@temporalio/workflow';
import type { ConfigurationSnapshot } from '../domain/configuration/types';
import type { SnapshotWrite } from '../domain/record';
import { CLOSED } from '../domain/reasons';
import { repairRefusal, type Repair, type RepairOptions } from '../domain/repair';
import { SUB_STEP_KEYS, SUB_STEPS, type SubStepKey } from '../domain/sub-steps';
import { looks, platform } from './activities';
import { refuse } from './commands';
import { failureOf, JobClosed, rethrowCancellation } from './failures';
import {
  editConfiguration,
  markSubStepDone,
  resetSubStep,
  skipSubStep,
  type EditConfiguration,
  type EditResult,
  type MarkDoneCommand,
  type ResetCommand,
  type SubStepCommand,
  type SubStepsChanged,
} from './messages';
import type { RegistrationRun } from './run';
import { Step6Turn } from './step6-turn';
import { jobRef, SubStepExecutor } from './sub-step-executor';
import type { SubStepPlan } from './sub-step-plan';

export class AccountSetupDesk {
  private executor: SubStepExecutor | null = null;
  private readonly turn: Step6Turn;
  /** From the begin of a turn until nothing moves any more. */
  private isWorking = false;
  private isEditing = false;
  /** Step 6 could not be begun, and a person asked to try again. */
  private again = false;

  constructor(private readonly run: RegistrationRun) {
    this.turn = new Step6Turn(run);
    setHandler(skipSubStep, (command) => this.skip(command), {
      validator: (command) => this.assertPossible('skip', command.subStep),
    });
    setHandler(markSubStepDone, (command) => this.markDone(command), {
      validator: (command) => this.assertCompletable(command),
    });
    setHandler(resetSubStep, (command) => this.reset(command), {
      validator: (command) => this.assertPossible('reset', command.subStep, command),
    });
    setHandler(editConfiguration, (command) => this.edit(command), {
      validator: (_command) => this.assertEditable(),
    });
  }

  // ---- the step ------------------------------------------------------------------------------------------------------

  async perform(): Promise<void> {
    for (;;) {
      const executor = await this.begin();
      await this.runToRest(executor);
      if (!executor.plan.isComplete()) await this.rest(executor);
      if (executor.plan.isComplete()) return this.run.complete(6, executor.plan.counts());
    }
  }

  /** Waits for the turn; without its batch nothing is begun, and a person hears why. */
  private async begin(): Promise<SubStepExecutor> {
    for (;;) {
      try {
        this.run.queue(6);
        await this.turn.take();
        await condition(() => !this.isEditing);
        this.isWorking = true;
        this.run.begin(6);
        this.executor ??= await this.createExecutor();
        return this.executor;
      } catch (error) {
        rethrowCancellation(error);
        this.isWorking = false;
        this.run.fail(6, failureOf(error));
        await this.turn.rest();
      }
      await this.run.person(() => this.again);
      this.again = false;
    }
  }

  private async createExecutor(): Promise<SubStepExecutor> {
    const { configuration } = this.run;
    if (!configuration) throw new JobClosed('Step 6 was reached without a configuration.');
    const saved = await this.run.record.carriedBy((write) => this.save(configuration, write));
    return new SubStepExecutor(this.run, configuration, saved);
  }

  private save(configuration: ConfigurationSnapshot, write?: SnapshotWrite) {
    return platform.saveConfiguration({ ...jobRef(this.run), configuration, write });
  }

  private async runToRest(executor: SubStepExecutor): Promise<void> {
    try {
      do await executor.runToRest();
      while (executor.plan.hasWork());
    } finally {
      this.isWorking = false;
    }
  }

  /** Nothing moves any more: somebody repairs something, or the menu comes that was missing. */
  private async rest(executor: SubStepExecutor): Promise<void> {
    const { run } = this;
    run.fail(6, executor.plan.failure());
    if (run.input.failurePolicy === 'fail')
      throw new JobClosed(CLOSED.nothingMoreCanRun(executor.plan.failure().message));
    await this.turn.rest();
    const isRepaired = (): boolean => executor.plan.hasWork() || executor.plan.isComplete();
    const menuMayBeThere = (): boolean =>
      run.extractionNews && !this.isEditing && executor.plan.failedWith('MenuNotReady').length > 0;
    while (!isRepaired()) {
      await run.person(() => isRepaired() || menuMayBeThere());
      if (menuMayBeThere()) await this.takeLateMenu(executor);
    }
  }

  private async takeLateMenu(executor: SubStepExecutor): Promise<void> {
    this.run.extractionNews = false;
    const { restaurantId, organisationId } = this.run.input;
    const { menu, menuId } = await looks.checkExtractions({ restaurantId, organisationId });
    const { configuration } = this.run;
    if (menu !== 'ready' || menuId === null || !configuration || this.isEditing) return;
    const selectedMenuId = configuration.menu.selectedMenuId ?? menuId;
    const { plan } = executor;
    const withMenu = { ...configuration, menu: { ...configuration.menu, selectedMenuId } };
    const waiting = plan.failedWith('MenuNotReady');
    await this.reconfigure(plan, withMenu, () => plan.retry(waiting));
    this.run.event('menu.arrived', { data: { menu_id: selectedMenuId, sub_steps: waiting.join(', ') } });
  }

  // ---- commands ------------------------------------------------------------------------------------------------------

  canRetry(keys: readonly SubStepKey[] | undefined): boolean {
    if (this.isEditing) return false;
    return this.executor ? this.executor.plan.retryable(keys).length > 0 : this.couldNotBegin();
  }

  /** @returns the sub-steps that run again */
  retry(keys: readonly SubStepKey[] | undefined): SubStepKey[] {
    if (!this.executor) {
      this.again = true;
      return [];
    }
    const { plan } = this.executor;
    const retried = plan.retryable(keys);
    this.change(plan, () => plan.retry(retried));
    return retried;
  }

  private couldNotBegin(): boolean {
    return this.run.step(6).status === 'failed' && !this.again;
  }

  private assertPossible(repair: Repair, key: SubStepKey, options?: RepairOptions): void {
    const executor = this.begunExecutor();
    if (!SUB_STEP_KEYS.includes(key)) refuse('VALIDATION_FAILED', 'There is no such sub-step.');
    const refusal = repairRefusal(repair, key, executor.plan.facts(), options);
    if (refusal) refuse(refusal.code, refusal.sentence);
  }

  /** The engine runs a command's handler at once after its validator: what was judged there holds. */
  private begunExecutor(): SubStepExecutor {
    const { executor } = this;
    if (this.run.isClosed) return refuse('INVALID_STATUS', 'The job has ended.');
    if (!executor) return refuse('STEP_NOT_ACTION_REQUIRED', 'Step 6 has not begun.');
    if (this.isEditing) return refuse('INVALID_STATUS', 'The configuration is being changed just now.');
    return executor;
  }

  private assertCompletable({ subStep, output }: MarkDoneCommand): void {
    this.assertPossible('complete', subStep);
    const missing = SUB_STEPS[subStep].requiredOutputs.filter((name) => (output[name] ?? '') === '');
    if (missing.length > 0) {
      refuse('VALIDATION_FAILED', `Others need what it gives: ${missing.join(', ')}.`);
    }
  }

  private assertEditable(): void {
    const { run } = this;
    if (run.isClosed) refuse('INVALID_STATUS', 'The job has ended.');
    if (!run.configuration)
      refuse('STEP_NOT_ACTION_REQUIRED', 'The job has no configuration yet: confirm it in step 5.');
    if (this.isWorking) refuse('INVALID_STATUS', 'Sub-steps are running. Wait until they have come to rest.');
    if (this.isEditing) refuse('INVALID_STATUS', 'The configuration is being changed just now.');
  }

  private skip({ subStep, actor, reason }: SubStepCommand): SubStepsChanged {
    const executor = this.begunExecutor();
    return this.audited(executor, 'sub_step.skipped', { subStep, actor, reason }, () =>
      executor.plan.skip(subStep, reason ?? 'Skipped by an operator.'),
    );
  }

  private markDone({ subStep, actor, reason, output }: MarkDoneCommand): SubStepsChanged {
    const executor = this.begunExecutor();
    return this.audited(executor, 'sub_step.marked_done', { subStep, actor, reason }, () =>
      executor.plan.markDone(subStep, reason ?? 'Marked as done by an operator.', output),
    );
  }

  private reset({ subStep, actor, reason, preview, ...options }: ResetCommand): SubStepsChanged {
    const executor = this.begunExecutor();
    if (preview) {
      const scope = executor.plan.scopeOfReset(subStep, options.cascade);
      return { changed: scope.map((key) => executor.plan.board.summary(key)) };
    }
    return this.audited(executor, 'sub_step.reset', { subStep, actor, reason }, () =>
      executor.plan.reset(subStep, options),
    );
  }

  /** The job waits for nobody any more as soon as there is work, even if its turn in the batch is yet to come. */
  private change(plan: SubStepPlan, change: () => void): SubStepsChanged['changed'] {
    const changed = plan.changesOf(change);
    if (!this.isWorking && plan.hasWork()) this.run.queue(6);
    return changed;
  }

  /** Carries a command out, and tells the trail and the caller what it changed. */
  private audited(
    executor: SubStepExecutor,
    kind: string,
    { subStep, actor, reason }: SubStepCommand,
    change: () => void,
  ): SubStepsChanged {
    const changed = this.change(executor.plan, change);
    const others = changed.map(({ key }) => key).filter((key) => key !== subStep);
    this.run.event(kind, { actor, reason, data: { sub_step: subStep, with: others.join(', ') || null } });
    return { changed };
  }

  private async edit({
    configuration,
    changedPaths,
    retry,
    actor,
    reason,
  }: EditConfiguration): Promise<EditResult> {
    const { executor } = this;
    this.run.event('configuration.edited', { actor, reason, data: { fields: changedPaths.join(', ') } });
    if (!executor) {
      this.run.configure(configuration);
      if (retry && this.couldNotBegin()) this.again = true;
      return { changed: [], retried: [] };
    }
    let retried: SubStepKey[] = [];
    const changed = await this.reconfigure(executor.plan, configuration, () => {
      if (retry) executor.plan.retry((retried = executor.plan.retryable(undefined)));
    });
    return { changed, retried };
  }

  /** What is submitted is what runs from now on. @param also is done with it, at once */
  private async reconfigure(
    plan: SubStepPlan,
    configuration: ConfigurationSnapshot,
    also: () => void,
  ): Promise<SubStepsChanged['changed']> {
    this.isEditing = true;
    try {
      const saved = await this.save(configuration);
      this.run.configure(configuration);
      return this.change(plan, () => {
        plan.reconfigure(configuration, saved);
        also();
      });
    } finally {
      this.isEditing = false;
    }
  }
}
