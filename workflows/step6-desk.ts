/**
 * The batch's side of step 6: takes its registrations' requests, grants turns, and takes an operator's pause and resume. What it
 * decides stands in `grants.ts`; here it is told to the registrations and to the record.
 */
import {
  CancellationScope,
  condition,
  currentUpdateInfo,
  getExternalWorkflowHandle,
  isCancellation,
  setHandler,
  workflowInfo,
} from '@temporalio/workflow';
import { registrationWorkflowId } from '../domain/ids';
import type { RecordEvent } from '../domain/record';
import { PAUSED } from '../domain/reasons';
import type { JobStatus } from '../domain/statuses';
import { atOnce, leases, record } from './activities';
import { refuse } from './commands';
import { Step6Grants, type Pause } from './grants';
import {
  pauseBatch,
  resumeBatch,
  step6Granted,
  step6Requested,
  step6Settled,
  type OperatorCommand,
  type PauseResult,
  type Step6Request,
} from './messages';
import { CoalescedWrites } from './projector';
import { isTurnOfRun } from './step6-turn';

/** Grants under way at a time: after a long pause a thousand may be due at once, and the engine bounds what is pending. */
const TELLING_AT_A_TIME = 200;
/** Where one turn holds up all others, whether its run still exists is looked at this often. */
const LOOK_AT_HOLDER_MS = 30 * 60_000;

export class Step6Desk {
  private readonly grants = new Step6Grants();
  private readonly events: RecordEvent[] = [];
  private readonly writes = new CoalescedWrites(() => this.write());
  private telling = 0;
  private revision = 0;
  private breaks = 0;
  private closed = false;
  /** Called when something that people see has changed. */
  changed: () => void = () => undefined;

  constructor(private readonly batchId: string) {}

  /** Sets its handlers, to be called before the workflow's first await: what came before is taken at once. */
  listen(changed: () => void): void {
    this.changed = changed;
    setHandler(step6Requested, (request) => this.requested(request));
    setHandler(step6Settled, (request) => this.settled(request));
    setHandler(pauseBatch, (command) => this.pauseByPerson(command), {
      validator: (_command) => this.assertOpen(false),
    });
    setHandler(resumeBatch, (command) => this.resumeByPerson(command), {
      validator: (_command) => this.assertOpen(true),
    });
  }

  get state(): { pause: Pause | null; inStep6: number; waitingForStep6: number } {
    const { pause, inStep6, waiting } = this.grants;
    return { pause, inStep6, waitingForStep6: waiting };
  }

  /** Grants from now on. */
  open(mode: 'parallel' | 'sequential'): void {
    this.grants.mode = mode;
    void CancellationScope.current().cancelRequested.catch(() => this.close());
    if (mode === 'sequential') void CancellationScope.nonCancellable(() => this.watchHolder());
    this.grantDue();
  }

  /** Waits until nothing withholds the start of further registrations. */
  async mayStart(): Promise<void> {
    await condition(() => this.grants.pause === null);
  }

  /** A registration has ended, in whatever way. */
  ended(jobId: string, status: JobStatus): void {
    this.grants.ended(jobId, status);
    if (status === 'failed') this.breakIfDue();
    this.grantDue();
  }

  /** Nothing is granted and no command taken any more. */
  close(): void {
    this.closed = true;
  }

  /** Waits until the record has what was decided. */
  async flush(): Promise<void> {
    await this.writes.flush();
  }

  private requested(request: Step6Request): void {
    if (this.grants.request(request)) void this.tell(request);
    this.grantDue();
  }

  private settled(request: Step6Request): void {
    this.grants.settle(request);
    this.breakIfDue();
    this.grantDue();
  }

  /** Judged when one more has failed. Not while a reset's old reports come in again: those who completed do not report again. */
  private breakIfDue(): void {
    const reason = this.grants.breaker();
    if (reason === null || this.closed || this.grants.mode === null) return;
    this.breaks += 1;
    this.pause(reason, { id: `${workflowInfo().runId}:breaker:${this.breaks}`, actor: null, reason });
  }

  private grantDue(): void {
    while (!this.closed && this.telling < TELLING_AT_A_TIME) {
      const request = this.grants.next();
      if (!request) break;
      void this.tell(request);
    }
    this.changed();
  }

  private async tell(request: Step6Request): Promise<void> {
    this.telling += 1;
    // Nobody uses the turn of a registration that is closed.
    if (!(await this.isTold(request))) this.grants.lost(request);
    this.telling -= 1;
    this.grantDue();
  }

  private async isTold({ jobId, requestId }: Step6Request): Promise<boolean> {
    const workflowId = registrationWorkflowId(jobId);
    try {
      return await atOnce.grantStep6({ workflowId, requestId });
    } catch (error) {
      if (isCancellation(error)) return false;
    }
    try {
      // The slower way, which the engine itself tries until it is through.
      await getExternalWorkflowHandle(workflowId).signal(step6Granted, { requestId });
      return true;
    } catch {
      // The engine refuses a signal only to a closed or unknown workflow (or this batch is being cancelled).
      return false;
    }
  }

  /** A run that was terminated or reset while it held the only turn tells nobody. */
  private async watchHolder(): Promise<void> {
    const waitsBehind = (): Step6Request | undefined =>
      this.grants.waiting > 0 ? this.grants.holders()[0] : undefined;
    while (!this.closed) {
      await condition(() => this.closed || waitsBehind() !== undefined);
      const holder = waitsBehind();
      if (!holder || this.closed) continue;
      const moved = (): boolean => this.closed || waitsBehind()?.requestId !== holder.requestId;
      if (await condition(moved, LOOK_AT_HOLDER_MS)) continue;
      const runId = await leases.openRun({ workflowId: registrationWorkflowId(holder.jobId) });
      if (runId !== null && isTurnOfRun(holder.requestId, runId)) continue;
      this.grants.lost(holder);
      this.grantDue();
    }
  }

  // ---- pause -------------------------------------------------------------------------------------------------------

  private assertOpen(paused: boolean): void {
    if (this.closed) refuse('INVALID_STATUS', 'The batch is at its end.');
    if ((this.grants.pause !== null) === paused) return;
    refuse('INVALID_STATUS', paused ? 'The batch is not paused.' : 'The batch is paused already.');
  }

  private pauseByPerson({ actor, reason }: OperatorCommand): PauseResult {
    this.pause(reason ?? PAUSED.byPerson, { id: this.commandId(), actor, reason });
    return { paused: true };
  }

  private resumeByPerson({ actor, reason }: OperatorCommand): PauseResult {
    this.grants.resume();
    this.happened('batch.resumed', { id: this.commandId(), actor, reason });
    this.grantDue();
    return { paused: false };
  }

  private pause(reason: string, event: Pick<RecordEvent, 'id' | 'actor' | 'reason'>): void {
    this.grants.stop(reason, new Date().toISOString());
    this.happened('batch.paused', event);
    this.changed();
  }

  /** The update's id, which stays when a reset of the batch applies it again. */
  private commandId(): string {
    return currentUpdateInfo()?.id ?? `${workflowInfo().runId}:${this.revision}`;
  }

  private happened(kind: string, event: Pick<RecordEvent, 'id' | 'actor' | 'reason'>): void {
    const id = `batch:${this.batchId}:${event.id}`;
    this.events.push({ ...event, id, kind, data: {}, at: new Date().toISOString() });
    this.writes.touch();
  }

  private async write(): Promise<void> {
    this.revision = Math.max(this.revision + 1, Date.now() * 1000);
    const { pause } = this.grants;
    const events = [...this.events];
    await record.setBatchPause({
      batch_id: this.batchId,
      revision: this.revision,
      paused_at: pause?.at ?? null,
      pause_reason: pause?.reason ?? null,
      events,
    });
    this.events.splice(0, events.length);
  }
}
