/** Signals to a workflow that no worker takes up, as fast as the server takes them. */
import { randomUUID } from 'node:crypto';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import { defaultPayloadConverter } from '@temporalio/common';
import { eventually, type TestStack } from './stack';

/** At once, so that a kill meets some of them on their way. */
const SENDERS = 8;

export class SignalStream {
  private readonly acknowledged: number[] = [];
  private sent = 0;
  private isOver = false;
  private readonly senders: Promise<void>[];

  private constructor(
    private readonly connection: Connection,
    private readonly handle: WorkflowHandle,
  ) {
    this.senders = Array.from({ length: SENDERS }, () => this.send());
  }

  static async start(stack: TestStack): Promise<SignalStream> {
    const connection = await Connection.connect({ address: stack.env['TEMPORAL_ADDRESS'] ?? '' });
    const { workflow } = new Client({ connection });
    const handle = await workflow.start('nobodyKnowsIt', {
      workflowId: `signalled/${randomUUID()}`,
      taskQueue: 'nobody-works-here',
    });
    return new SignalStream(connection, handle);
  }

  /** @throws when the server does not acknowledge so many */
  reached(count: number): Promise<void> {
    return eventually(() => this.acknowledged.length >= count, 30_000);
  }

  /**
   * To be asked once the server was killed and is back; may be called once.
   * @returns the numbers of the signals that it acknowledged, and of those that it has.
   */
  async kept(): Promise<{ acknowledged: number[]; kept: number[] }> {
    this.isOver = true;
    await Promise.all(this.senders);
    const { events } = await this.handle.fetchHistory();
    const kept = (events ?? []).flatMap(({ workflowExecutionSignaledEventAttributes: signal }) => {
      const [payload] = signal?.input?.payloads ?? [];
      return payload ? [defaultPayloadConverter.fromPayload<number>(payload)] : [];
    });
    await this.handle.terminate();
    await this.connection.close();
    return { acknowledged: this.acknowledged, kept };
  }

  private async send(): Promise<void> {
    while (!this.isOver) {
      const number = (this.sent += 1);
      try {
        await this.handle.signal('noted', number);
      } catch {
        continue; // the server was gone: whether it took this one is not known
      }
      this.acknowledged.push(number);
    }
  }
}
