/** The measures themselves: a batch to its end, many that wait, and answers to some of those. */
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { batchWorkflowId, registrationWorkflowId } from '../../domain/ids';
import { Person } from '../chaos/person';
import { prepareWorld } from '../demo';
import { ApiClient } from '../demo/api-client';
import { generateRestaurants, MOST_GENERATED } from '../demo/generator';
import { newRunId } from '../demo/run-ids';
import { restaurantsOfRun, type RunRestaurant } from '../demo/world';
import { simulatorClient } from '../simulator/client';
import type { Stack } from '../stack';
import { withDatabase } from '../stack/seed';
import { NAMESPACE } from '../stack/temporal';

export interface HistoryFigures {
  events: { median: number; most: number };
  bytes: { median: number; most: number };
}

export interface BatchFigures {
  seconds: number;
  registrations: HistoryFigures;
  batch: { events: number; bytes: number };
}

const BETWEEN_ROUNDS_MS = 1_000;

export class Measure {
  private readonly api: ApiClient;
  private readonly simulator;
  private runs = 0;

  constructor(
    private readonly stack: Stack,
    private readonly signal: AbortSignal,
    private readonly say: (line: string) => void,
  ) {
    const baseUrl = stack.service('api').url;
    this.api = new ApiClient({ baseUrl, token: () => stack.token(), signal });
    this.simulator = simulatorClient(stack.service('simulator').url);
  }

  /** A batch that is answered at once and carried to its end. */
  async complete(count: number): Promise<BatchFigures> {
    const cast = await this.cast(count);
    const restaurants = new Map(cast.map((one) => [one.id, one]));
    const from = Date.now();
    const { batchId, jobIds } = await this.start(cast);
    const person = new Person({ api: this.api, simulator: this.simulator, batchId, restaurants });
    person.calmDown();
    for (;;) {
      const seen = await person.round();
      if (seen?.jobs.every(({ status }) => status === 'completed')) break;
      if (seen?.atRest) throw new Error('The batch came to rest without being completed');
      await this.pause();
    }
    const seconds = (Date.now() - from) / 1_000;
    return { seconds, ...(await this.histories(batchId, jobIds)) };
  }

  /** Registrations that wait for their company: gives their ids, and how long it took until all of them waited. */
  async park(count: number): Promise<{ seconds: number; jobIds: string[]; batchIds: string[] }> {
    const from = Date.now();
    const jobIds: string[] = [];
    const batchIds: string[] = [];
    for (let left = count; left > 0; left -= MOST_GENERATED) {
      const cast = await this.cast(Math.min(left, MOST_GENERATED));
      const started = await this.start(cast);
      jobIds.push(...started.jobIds);
      batchIds.push(started.batchId);
    }
    for (let waiting = 0; waiting < count;) {
      await this.pause(5_000);
      waiting = await this.waiting(batchIds);
      this.say(`${waiting} of ${count} wait`);
    }
    return { seconds: (Date.now() - from) / 1_000, jobIds, batchIds };
  }

  /** Milliseconds from the request to the workflow's verdict, for each of these jobs; those that got none in time are counted. */
  async answer(jobIds: readonly string[]): Promise<{ ms: number[]; late: number }> {
    const ms: number[] = [];
    let late = 0;
    for (const jobId of jobIds) {
      const batchId = await this.batchOf(jobId);
      const from = performance.now();
      const [verdict] = await this.api.select(batchId, { [jobId]: { no_match: true } });
      if (verdict?.result === 'applied') ms.push(performance.now() - from);
      else if (verdict?.result === 'pending') late += 1;
      else throw new Error(`The answer was ${verdict?.result ?? 'lost'}: ${verdict?.reason ?? 'no reason'}`);
    }
    return { ms, late };
  }

  private async cast(count: number): Promise<RunRestaurant[]> {
    this.runs += 1;
    const cast = restaurantsOfRun(generateRestaurants(count, this.runs), {
      id: newRunId(),
      number: this.runs,
    });
    await prepareWorld(this.simulator, cast);
    return cast;
  }

  private async start(cast: readonly RunRestaurant[]): Promise<{ batchId: string; jobIds: string[] }> {
    const ids = cast.map(({ id }) => id);
    const { batch_job: batch } = await this.api.createBatch(`Measured ${this.runs}`, ids, newRunId());
    await this.api.start(batch.id);
    const jobIds = await this.sql<{ id: string }>(
      'select id from registration_jobs where batch_job_id = $1',
      [batch.id],
    );
    return { batchId: batch.id, jobIds: jobIds.map(({ id }) => id) };
  }

  private async waiting(batchIds: readonly string[]): Promise<number> {
    const [row] = await this.sql<{ count: string }>(
      `select count(*) as count from registration_jobs where batch_job_id = any($1) and status = 'action_required'`,
      [batchIds],
    );
    return Number(row?.count);
  }

  private async batchOf(jobId: string): Promise<string> {
    const [row] = await this.sql<{ id: string }>(
      'select batch_job_id as id from registration_jobs where id = $1',
      [jobId],
    );
    if (row === undefined) throw new Error(`There is no job ${jobId}`);
    return row.id;
  }

  private sql<R extends object>(query: string, values: unknown[]): Promise<R[]> {
    return withDatabase(
      this.stack.env['DATABASE_URL'] ?? '',
      async (client) => (await client.query<R>(query, values)).rows,
    );
  }

  private async histories(
    batchId: string,
    jobIds: readonly string[],
  ): Promise<Omit<BatchFigures, 'seconds'>> {
    const connection = await Connection.connect({ address: this.stack.env['TEMPORAL_ADDRESS'] ?? '' });
    try {
      const { workflow } = new Client({ connection, namespace: NAMESPACE });
      const sizeOf = async (id: string): Promise<{ events: number; bytes: number }> => {
        const { historyLength, historySize } = await workflow.getHandle(id).describe();
        return { events: historyLength, bytes: historySize ?? NaN };
      };
      const found: { events: number; bytes: number }[] = [];
      for (const id of jobIds) found.push(await sizeOf(registrationWorkflowId(id)));
      const registrations = {
        events: spread(found.map(({ events }) => events)),
        bytes: spread(found.map(({ bytes }) => bytes)),
      };
      return { registrations, batch: await sizeOf(batchWorkflowId(batchId)) };
    } finally {
      await connection.close();
    }
  }

  private async pause(ms = BETWEEN_ROUNDS_MS): Promise<void> {
    await sleep(ms, undefined, { signal: this.signal });
  }
}

/** The value below which that part of all lies. */
export function quantile(values: readonly number[], part: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(sorted.length * part))] ?? NaN;
}

const spread = (values: readonly number[]): { median: number; most: number } => ({
  median: quantile(values, 0.5),
  most: Math.max(...values),
});
