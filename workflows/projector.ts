/**
 * Publishes a run's state to the record: any number of changes in one activity, one activity in flight. What changes while
 * it runs goes into the next.
 */
import { CancellationScope, condition } from '@temporalio/workflow';
import type { SnapshotWrite } from '../domain/record';
import { record } from './activities';

export interface Publication {
  write: SnapshotWrite;
  /** Called once the record has it, with the number of events that it took. */
  published: (eventsSent: number) => void;
}

export class Projector {
  private dirty = false;
  private inFlight = false;
  private pump: Promise<void> = Promise.resolve();

  constructor(private readonly capture: () => Publication) {}

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
    // Changes of one activation belong together: the snapshot is taken when the workflow has nothing left to do just now.
    await Promise.resolve();
    while (this.dirty) {
      this.dirty = false;
      const { write, published } = this.capture();
      await record.publishSnapshot(write);
      published(write.events?.length ?? 0);
    }
    this.inFlight = false;
  }
}
