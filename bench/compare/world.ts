/** What all candidates share: one PostgreSQL with the record, one PostgREST, one outside world, and the person who answers. */
import { randomUUID } from 'node:crypto';
import { subscribe, unsubscribe } from 'node:diagnostics_channel';
import type { IncomingMessage } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';
import { Pool } from 'pg';
import { z } from 'zod';
import { startStack, type Stack } from '../../dev/stack';
import { describe } from '../../dev/stack/errors';
import { DEMO_ORGANISATION, DEMO_USERS } from '../../dev/stack/seed';
import { SEEDS } from '../../domain/seeds';
import type { CandidateClient } from './candidate';
import { exampleConfiguration } from './configuration';
import type { Job, Question } from './flow';
import { startTarget, type Target } from './target';

export interface Batch {
  batchId: string;
  jobs: Job[];
  jobIds: ReadonlySet<string>;
}

/** How a batch stands in the record. */
interface Standing {
  waiting: { jobId: string; question: Question }[];
  completed: number;
}

const created = z.object({
  batch_id: z.string(),
  jobs: z.array(z.object({ id: z.string(), restaurant_id: z.string() })),
});

/** https://nodejs.org/api/diagnostics_channel.html#http: told of every request that a server of this process takes. */
const REQUEST_STARTS = 'http.server.request.start';

/** Between two looks at the record. A person is slower; here nothing but the candidate shall cost time. */
const LOOK_MS = 20;

export class World {
  /** Requests of the candidates to PostgREST so far; they come through the stack's proxy in this process. */
  recordRequests = 0;

  private constructor(
    readonly stack: Stack,
    readonly target: Target,
    private readonly database: Pool,
  ) {
    subscribe(REQUEST_STARTS, this.onRequest);
  }

  /** PostgreSQL syncs its commits, as a real one does. Temporal is stopped again until a candidate uses it. */
  static async start(dir: string, signal: AbortSignal): Promise<World> {
    const stack = await startStack({ dir, signal, apps: { worker: false, api: false, simulator: false } });
    await stack.service('temporal').stop();
    const database = new Pool({ connectionString: stack.env['DATABASE_URL'], max: 2 });
    return new World(stack, await startTarget(), database);
  }

  async stop(): Promise<void> {
    unsubscribe(REQUEST_STARTS, this.onRequest);
    await this.database.end();
    await this.target.close();
    await this.stack.stopAll();
  }

  private readonly onRequest = (message: unknown): void => {
    const { request } = message as { request: IncomingMessage };
    if (request.url?.startsWith('/rest/v1/')) this.recordRequests += 1;
  };

  /** A new batch of new restaurants, in the record alone: nothing runs yet. */
  async createBatch(size: number): Promise<Batch> {
    const organisationId = DEMO_ORGANISATION.id;
    const { rows: restaurants } = await this.database.query<{ id: string }>(
      `insert into restaurants (organisation_id, name) select $1, 'Kauri Kitchen ' || n from generate_series(1, $2) n returning id`,
      [organisationId, size],
    );
    const p = {
      organisation_id: organisationId,
      name: `Comparison ${randomUUID()}`,
      created_by: DEMO_USERS.admin.id,
      restaurant_ids: restaurants.map(({ id }) => id),
      start_requested: true,
      ...SEEDS,
    };
    const { rows } = await this.database.query<{ batch: unknown }>(
      'select create_registration_batch($1) as batch',
      [JSON.stringify(p)],
    );
    const batch = created.parse(rows[0]?.batch);
    const jobs = batch.jobs.map(({ id, restaurant_id }) => ({
      jobId: id,
      batchId: batch.batch_id,
      restaurantId: restaurant_id,
      organisationId,
    }));
    return { batchId: batch.batch_id, jobs, jobIds: new Set(jobs.map(({ jobId }) => jobId)) };
  }

  async look({ batchId }: Batch): Promise<Standing> {
    const { rows } = await this.database.query<{ id: string; status: string; current_step: number }>(
      `select id, status, current_step from registration_jobs
        where batch_job_id = $1 and status in ('action_required', 'completed', 'failed')`,
      [batchId],
    );
    const waiting = rows.filter(({ status }) => status === 'action_required');
    const stuck = rows.find(
      ({ status, current_step }) =>
        status === 'failed' || (status === 'action_required' && current_step === 6),
    );
    if (stuck)
      throw new Error(`${stuck.id} failed in step ${stuck.current_step}: nothing fails in this comparison`);
    return {
      waiting: waiting.map(({ id, current_step }) => ({
        jobId: id,
        question: current_step === 3 ? 'company' : 'configuration',
      })),
      completed: rows.filter(({ status }) => status === 'completed').length,
    };
  }

  /** Looks until the record stands so. @throws after `withinMs` */
  async until(batch: Batch, stands: (standing: Standing) => boolean, withinMs: number): Promise<void> {
    const deadline = performance.now() + withinMs;
    while (!stands(await this.look(batch))) {
      if (performance.now() > deadline)
        throw new Error(`The record did not come to stand so in ${withinMs} ms`);
      await sleep(LOOK_MS);
    }
  }

  /**
   * Answers each question as soon as the record shows it, until all are completed, or until nothing has moved for `silenceMs`: then
   * false. A refused answer is given again, as a person would.
   */
  async answerAll(batch: Batch, client: CandidateClient, silenceMs: number): Promise<boolean> {
    const answered = new Set<string>();
    const jobs = new Map(batch.jobs.map((job) => [job.jobId, job]));
    let moved = { at: performance.now(), state: '' };
    for (;;) {
      const { waiting, completed } = await this.look(batch);
      if (completed === jobs.size) return true;
      const open = waiting.filter(({ jobId, question }) => !answered.has(`${jobId}/${question}`));
      await Promise.all(
        open.map(async ({ jobId, question }) => {
          const job = jobs.get(jobId);
          if (!job) return;
          answered.add(`${jobId}/${question}`);
          const refused = await refusalOf(client.answer(job, question, exampleConfiguration()));
          if (refused !== null) answered.delete(`${jobId}/${question}`);
        }),
      );
      const state = `${completed} ${this.target.ledger.count(batch.jobIds)} ${answered.size}`;
      if (state !== moved.state) moved = { at: performance.now(), state };
      else if (performance.now() - moved.at > silenceMs) return false;
      await sleep(LOOK_MS);
    }
  }
}

async function refusalOf(answer: Promise<void>): Promise<string | null> {
  try {
    await answer;
    return null;
  } catch (error) {
    return describe(error);
  }
}
