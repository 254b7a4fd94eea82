/** Commands that are sent until an answer comes: a key stands for one decision, however often it has to be sent. */
import { randomUUID } from 'node:crypto';
import type { ApiClient } from '../demo/api-client';
import { DemoError } from '../demo/http';

export interface Command {
  method: 'POST' | 'PATCH';
  /** Of the job (`/jobs/:jobId/...`) or the batch (`/:id/...`). */
  path: string;
  body: unknown;
}

/**
 * `done`: the workflow carried it out. `refused`: it does not fit any more. `unknown`: no answer. `broken`: the API blames itself.
 * After the last two the same command may be sent again.
 */
export type CommandOutcome = { kind: 'done' | 'refused' | 'unknown' | 'broken' };

const NO_DECISION: ReadonlySet<string> = new Set([
  'TEMPORAL_UNAVAILABLE',
  'DATABASE_UNAVAILABLE',
  'RATE_LIMITED',
]);

export class Commands {
  private readonly keys = new Map<string, string>();

  constructor(private readonly api: Pick<ApiClient, 'command'>) {}

  async send({ method, path, body }: Command): Promise<CommandOutcome> {
    const decision = JSON.stringify([method, path, body]);
    const key = this.keys.get(decision) ?? randomUUID();
    this.keys.set(decision, key);
    try {
      await this.api.command(method, path, body, key);
      this.keys.delete(decision);
      return { kind: 'done' };
    } catch (error) {
      if (!(error instanceof DemoError)) throw error;
      if (error.code === 'INTERNAL_ERROR') return { kind: 'broken' };
      if (error.code === null || NO_DECISION.has(error.code)) return { kind: 'unknown' };
      this.keys.delete(decision);
      return { kind: 'refused' };
    }
  }
}
