/** Publishes a run's state to the record. */
import { CancellationScope, condition } from '@temporalio/workflow';
import type { SnapshotWrite } from '../domain/record';
import { record } from './activities';

export interface Publication {
  write: SnapshotWrite;
  /** Called once the record has it. */
  published: () => void;
  /** Called when nobody knows whether the record has it. */
  lost: () => void;
}

/** So many rounds without a change mean that the workflow has nothing left to do in this activation. */
const CALM_ROUNDS = 2;

/** Any number of changes in one write, one write in flight. What changes while it runs goes into the next. */
export class CoalescedWrites {
  private dirty = false;
  private inFlight = false;
  private touches = 0;
  private pump: Promise<void> = Promise.resolve();

  /** @param write takes what is to be written when it is called, and is through when the record has it */
  constructor(private readonly write: () => Promise<void>) {}

  touch(): void {
    this.dirty = true;
    this.touches += 1;
    if (this.inFlight) return;
    this.inFlight = true;
    // A cancelled run still tells the record what became of it.
    this.pump = CancellationScope.nonCancellable(() => this.publish());
  }

  get isDirty(): boolean {
    return this.dirty;
  }

  /** Whether something is to be written; if so, the caller sees to it from now on. */
  take(): boolean {
    const { dirty } = this;
    this.dirty = false;
    return dirty;
  }

  /** Waits until the record has everything that changed so far. */
  async flush(): Promise<void> {
    await condition(() => !this.dirty && !this.inFlight);
    await this.pump;
  }

  private async publish(): Promise<void> {
    await this.calm();
    while (this.take()) {
      await this.write();
      await this.calm();
    }
    this.inFlight = false;
  }

  /**
   * Changes of one activation belong together: they are taken when the workflow has nothing left to do just now. What an activation
   * brings is fixed by the history, and so is this moment.
   */
  private async calm(): Promise<void> {
    for (let rounds = 0; rounds < CALM_ROUNDS; rounds += 1) {
      const { touches } = this;
      await nextRound();
      if (this.touches !== touches) rounds = 0;
    }
  }
}

/** Resolves after everything that can go on now has done so, up to where it waits for a condition. */
function nextRound(): Promise<void> {
  let asked = false;
  return condition(() => {
    const isNext = asked;
    asked = true;
    return isNext;
  });
}

export class Projector extends CoalescedWrites {
  /** Writes under way that are not the queue's own. */
  private carried = 0;

  constructor(private readonly capture: () => Publication) {
    super(async () => {
      const { write, published } = capture();
      await record.publishSnapshot(write);
      published();
    });
  }

  /**
   * What changed is written by an activity that is called anyway, before it does its work: three events less than one that only writes,
   * and mostly a workflow task. Without a change the call goes without. What changes meanwhile is not held up: it is written by itself,
   * with all that is not known to have arrived.
   */
  async carriedBy<T>(call: (write?: SnapshotWrite) => Promise<T>): Promise<T> {
    if (!this.take()) return call();
    const { write, published, lost } = this.capture();
    this.carried += 1;
    try {
      const result = await call(write);
      published();
      return result;
    } catch (error) {
      lost();
      this.touch();
      throw error;
    } finally {
      this.carried -= 1;
    }
  }

  /** What changed is written at once and by itself; a call that follows need not carry it, and may tell what follows from both. */
  publishNow(): void {
    if (!this.take()) return;
    const { write, published } = this.capture();
    this.carried += 1;
    void CancellationScope.nonCancellable(async () => {
      await record.publishSnapshot(write);
      published();
      this.carried -= 1;
    });
  }

  override async flush(): Promise<void> {
    await condition(() => this.carried === 0);
    await super.flush();
  }
}
