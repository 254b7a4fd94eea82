/** What an engineer does in the Temporal Web UI. */
import { randomUUID } from 'node:crypto';
import { Client, Connection } from '@temporalio/client';
import type { temporal } from '@temporalio/proto';
import { dataConverterOf } from '../../helpers/payloads';
import type { TestStack } from '../../helpers/stack';

export type HistoryEvent = temporal.api.history.v1.IHistoryEvent;

export class WebUi {
  private constructor(
    readonly client: Client,
    private readonly connection: Connection,
    private readonly namespace: string,
  ) {}

  static async open({ env }: TestStack): Promise<WebUi> {
    const connection = await Connection.connect({ address: env['TEMPORAL_ADDRESS'] ?? '' });
    const namespace = env['TEMPORAL_NAMESPACE'] ?? 'default';
    return new WebUi(
      new Client({ connection, namespace, dataConverter: dataConverterOf(env) }),
      connection,
      namespace,
    );
  }

  close(): Promise<void> {
    return this.connection.close();
  }

  async history(workflowId: string): Promise<HistoryEvent[]> {
    const { events } = await this.client.workflow.getHandle(workflowId).fetchHistory();
    return events ?? [];
  }

  /**
   * Resets a run to the workflow task before the first event that is as described, else to its first task. Signals and updates that came
   * later are applied again, as the Web UI proposes.
   * @returns the id of the new run
   */
  async reset(workflowId: string, before: (event: HistoryEvent) => boolean = () => false): Promise<string> {
    const events = await this.history(workflowId);
    const at = events.findIndex(before);
    const earlier = at < 0 ? events : events.slice(0, at);
    const tasks = earlier.filter((event) => event.workflowTaskCompletedEventAttributes);
    const task = at < 0 ? tasks[0] : tasks.at(-1);
    if (!task?.eventId) throw new Error('The run has no task to be reset to');
    const { runId } = await this.client.workflow.getHandle(workflowId).describe();
    const answer = await this.connection.workflowService.resetWorkflowExecution({
      namespace: this.namespace,
      workflowExecution: { workflowId, runId },
      reason: 'a test of the Web UI',
      workflowTaskFinishEventId: task.eventId,
      requestId: randomUUID(),
    });
    return answer.runId;
  }
}

/** The event in which an activity of this name was scheduled. */
export const scheduled =
  (activity: string) =>
  (event: HistoryEvent): boolean =>
    event.activityTaskScheduledEventAttributes?.activityType?.name === activity;
