/** Publishes a run's state to the record. */
import { CancellationScope, condition } from '@temporalio/workflow';
import type { SnapshotWrite } from '../domain/record';
import { record } from './activities';

export interface Publication {
  write: SnapshotWrite;
  /** Called once the record has it, with the number of events that it took. */
  published: (eventsSent: number) => void;
}

/** Any number of changes in one write, one write in flight. What changes while it runs goes into the next. */
export class CoalescedWrites {
  private dirty = false;
  private inFlight = false;
  private pump: Promise<void> = Promise.resolve();

  /** @param write takes what is to be written when it is called, and is through when the record has it */
  constructor(private readonly write: () => Promise<void>) {}

  touch(): void {
    this.dirty = true;
    if (this.inFlight) return;
    this.inFlight = true;
    // A cancelled run still tells the record what became of it.
    this.pump = CancellationScope.nonCancellable(() => this.publish());
  }

  /** Waits until the record has everything that changed so far. */
  async flush(): Promise<void> {
    await condition(() => !this.dirty && !this.inFlight);
    await this.pump;
  }

  private async publish(): Promise<void> {
    // Changes of one activation belong together: they are taken when the workflow has nothing left to do just now.
    await Promise.resolve();
    while (this.dirty) {
      this.dirty = false;
      await this.write();
    }
    this.inFlight = false;
  }
}

export class Projector extends CoalescedWrites {
  constructor(capture: () => Publication) {
    super(async () => {
      const { write, published } = capture();
      await record.publishSnapshot(write);
      published(write.events?.length ?? 0);
    });
  }
}
