/** A registration's turn in step 6: asked of its batch, waited for, and given back when the job waits for a person. */
import {
  CancellationScope,
  getExternalWorkflowHandle,
  setHandler,
  uuid4,
  workflowInfo,
} from '@temporalio/workflow';
import { batchWorkflowId } from '../domain/ids';
import { leases } from './activities';
import { workflowFailure } from './failures';
import { step6Granted, step6Settled } from './messages';
import type { JobRecord } from './job-record';
import type { RegistrationRun } from './run';

/**
 * Whether the batch still runs is looked at this often, then ever more rarely: a pause may last for weeks. The batch's history must
 * not grow with the time that its restaurants wait, so it is asked again only if it is another run than the one that was asked.
 */
const LOOK_AGAIN_MS = { first: 30 * 60_000, longest: 24 * 60 * 60_000 };

const WAITS = 'Waits for its turn in step 6.';

/**
 * Names a turn. A run that was reset to before it asked draws another `turn` and asks anew; one that was reset to after that draws the
 * same, and goes on with what its predecessor asked for or was granted.
 */
export function turnId(runId: string, turn: string): string {
  return `${runId}:${turn}`;
}

const turnOf = (requestId: string): string => requestId.slice(requestId.indexOf(':') + 1);

export function isTurnOfRun(requestId: string, runId: string): boolean {
  return requestId.startsWith(`${runId}:`);
}

export class Step6Turn {
  /** Request ids by their turn: a run that was reset was granted what its predecessor asked for. */
  private readonly granted = new Map<string, string>();
  private held: string | null = null;
  /** The last report to the batch: what is said later must arrive later. */
  private reported: Promise<void> = Promise.resolve();

  /** Sets the handler of the grant: to be made before the workflow's first await. */
  constructor(
    private readonly run: Pick<RegistrationRun, 'input' | 'note' | 'changed' | 'alarm'> & {
      record: Pick<JobRecord, 'carriedBy'>;
    },
  ) {
    setHandler(step6Granted, ({ requestId }) => void this.granted.set(turnOf(requestId), requestId));
  }

  /**
   * Waits for the turn, without a deadline: a batch may be paused for as long as a person likes. While it waits the run's note says so;
   * the grant clears it and leaves telling the record to whoever begins step 6.
   * @throws ApplicationFailure `BatchGone` when nobody is there to grant it
   */
  async take(): Promise<void> {
    const requestId = turnId(workflowInfo().runId, uuid4());
    await this.reported;
    this.run.note = WAITS;
    try {
      await this.wait(requestId);
      this.held = this.granted.get(turnOf(requestId)) ?? null;
    } finally {
      this.run.note = null;
    }
  }

  /** The turn ends because the job waits for a person; resolves once the batch was told. A job that ends says so by its end. */
  async rest(): Promise<void> {
    const requestId = this.held;
    if (requestId === null) return;
    this.held = null;
    this.reported = CancellationScope.nonCancellable(() => this.report(requestId));
    await this.reported;
  }

  private async wait(requestId: string): Promise<void> {
    const granted = (): boolean => this.granted.has(turnOf(requestId));
    let asked = workflowInfo().parent?.runId ?? null;
    this.run.changed();
    await this.ask(requestId);
    for (let pause = LOOK_AGAIN_MS.first; ; pause = Math.min(2 * pause, LOOK_AGAIN_MS.longest)) {
      if (await this.run.alarm.until(granted, pause)) return;
      const running = await leases.openRun({ workflowId: this.batch });
      if (running === null) throw workflowFailure('BatchGone');
      if (running === asked) continue;
      await this.ask(requestId);
      asked = running;
    }
  }

  private async ask(requestId: string): Promise<void> {
    const request = { jobId: this.run.input.jobId, requestId };
    const isThere = await this.run.record.carriedBy((write) =>
      leases.requestStep6({ workflowId: this.batch, request, write }),
    );
    if (!isThere) throw workflowFailure('BatchGone');
  }

  private async report(requestId: string): Promise<void> {
    const { jobId } = this.run.input;
    try {
      await getExternalWorkflowHandle(this.batch).signal(step6Settled, { jobId, requestId });
    } catch {
      // The batch no longer runs: nobody counts any more, and the next request will say so.
      return;
    }
  }

  private get batch(): string {
    return batchWorkflowId(this.run.input.batchId);
  }
}
