/** A stack on free ports with an outside world that answers at once, and people who answer as soon as they see a question. */
import { chmodSync, mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { Client, Connection } from '@temporalio/client';
import { Pool } from 'pg';
import { prepareWorld } from '../dev/demo';
import { ApiClient } from '../dev/demo/api-client';
import { generateRestaurants } from '../dev/demo/generator';
import { newRunId } from '../dev/demo/run-ids';
import { restaurantsOfRun, type RunRestaurant } from '../dev/demo/world';
import { simulatorClient, type SimulatorClient } from '../dev/simulator/client';
import { startStack, type Stack, type StackOptions } from '../dev/stack';
import { ALL_WORK, rateLimits } from '../dev/stack/rate-limits';
import { createDataConverter, parsePayloadKeys } from '../domain/payload-codec';

export interface BenchWorldOptions extends Pick<StackOptions, 'engine' | 'nodeFlags'> {
  /** How many times faster than real time; by default the outside world takes no time. */
  speed?: number;
  env?: Record<string, string>;
}

/** At this speed the longest call outside takes a millisecond. */
const NO_TIME = 1_000_000;
/** Nothing but the product shall limit it: no rate of the API, no session of a portal, no wait between accounts that can be felt. */
const UNLIMITED = {
  ...rateLimits(1_000_000, ALL_WORK),
  MAX_PORTAL_SESSIONS: '100',
  MAX_BROWSER_PER_ACCOUNT: '12',
  LOG_LEVEL: 'error',
};
const ANSWERED_AT_ONCE = 50;
/** Between two looks for questions. */
const LOOK_MS = 100;
const STUCK_AFTER_MS = 120_000;

export interface StartedBatch {
  id: string;
  restaurants: ReadonlyMap<string, RunRestaurant>;
}

export interface JobRow {
  id: string;
  restaurant_id: string;
  status: string;
  current_step: number;
}

export class BenchWorld {
  /** Batches so far: web addresses are given once, and names carry this number. */
  private prepared = 0;

  private constructor(
    private readonly dir: string,
    readonly stack: Stack,
    readonly api: ApiClient,
    readonly simulator: SimulatorClient,
    readonly client: Client,
    readonly database: Pool,
  ) {}

  static async start({ speed = NO_TIME, env = {}, ...stack }: BenchWorldOptions = {}): Promise<BenchWorld> {
    const dir = mkdtempSync(path.join(tmpdir(), 'registration-bench-'));
    // PostgreSQL's own user may pass when we are root.
    chmodSync(dir, 0o711);
    const limits = speed === NO_TIME ? UNLIMITED : {};
    try {
      return await BenchWorld.on(dir, await startStack({ dir, speed, env: { ...limits, ...env }, ...stack }));
    } catch (error) {
      rmSync(dir, { recursive: true, force: true });
      throw error;
    }
  }

  private static async on(dir: string, stack: Stack): Promise<BenchWorld> {
    try {
      const connection = await Connection.connect({ address: stack.env['TEMPORAL_ADDRESS'] ?? '' });
      const dataConverter = createDataConverter(parsePayloadKeys(stack.env['PAYLOAD_KEYS'] ?? ''));
      return new BenchWorld(
        dir,
        stack,
        new ApiClient({ baseUrl: stack.service('api').url, token: () => stack.token() }),
        simulatorClient(stack.service('simulator').url),
        new Client({ connection, dataConverter }),
        new Pool({ connectionString: stack.env['DATABASE_URL'], max: 2 }),
      );
    } catch (error) {
      await stack.stopAll();
      throw error;
    }
  }

  async end(): Promise<void> {
    await this.database.end();
    await this.client.connection.close();
    await this.stack.stopAll();
    rmSync(this.dir, { recursive: true, force: true });
  }

  /** Seeds the restaurants, their companies and their menus, and creates a batch of them that is not started. */
  async prepareBatch(size: number, seed: number): Promise<StartedBatch> {
    this.prepared += 1;
    const run = { id: newRunId(), number: this.prepared };
    const ofRun = restaurantsOfRun(generateRestaurants(size, seed), run);
    await prepareWorld(this.simulator, ofRun);
    const { batch_job: batch } = await this.api.createBatch(
      `Bench ${run.id}`,
      ofRun.map(({ id }) => id),
      run.id,
    );
    return { id: batch.id, restaurants: new Map(ofRun.map((one) => [one.id, one])) };
  }

  async jobs({ id }: StartedBatch): Promise<JobRow[]> {
    const { rows } = await this.database.query<JobRow>(
      'select id, restaurant_id, status, current_step from registration_jobs where batch_job_id = $1',
      [id],
    );
    return rows;
  }

  /** Answers what the record shows as waiting until all are completed. Milliseconds that it took. @throws when nothing moves any more */
  async playToEnd(batch: StartedBatch): Promise<number> {
    const from = performance.now();
    await this.answerUntil(batch, (jobs) => jobs.every(({ status }) => status === 'completed'));
    return performance.now() - from;
  }

  async answerUntil(batch: StartedBatch, reached: (jobs: JobRow[]) => boolean): Promise<void> {
    const answered = new Set<string>();
    let moved = { at: performance.now(), state: '' };
    for (;;) {
      const jobs = await this.jobs(batch);
      if (reached(jobs)) return;
      const waiting = jobs.filter(({ status, id, current_step: step }) => {
        if (status === 'action_required' && step !== 3 && step !== 5)
          throw new Error(`Job ${id} waits in step ${step}: nothing fails here`);
        return status === 'action_required' && !answered.has(`${id}/${step}`);
      });
      for (const step of [3, 5] as const) {
        const some = waiting.filter((job) => job.current_step === step).slice(0, ANSWERED_AT_ONCE);
        if (some.length > 0) await this.answer(batch, step, some);
        for (const { id } of some) answered.add(`${id}/${step}`);
      }
      const state = jobs.map(({ status, current_step }) => `${status}${current_step}`).join();
      if (state !== moved.state) moved = { at: performance.now(), state };
      else if (performance.now() - moved.at > STUCK_AFTER_MS)
        throw new Error('Nothing has moved for two minutes');
      if (waiting.length === 0) await sleep(LOOK_MS);
    }
  }

  /** One request for all of them. */
  async answer({ id, restaurants }: StartedBatch, step: 3 | 5, jobs: readonly JobRow[]): Promise<void> {
    const ofJob = (job: JobRow): RunRestaurant => {
      const one = restaurants.get(job.restaurant_id);
      if (!one) throw new Error(`No restaurant ${job.restaurant_id}`);
      return one;
    };
    const verdicts =
      step === 3
        ? await this.api.select(id, Object.fromEntries(jobs.map((job) => [job.id, companyOf(ofJob(job))])))
        : await this.api.configure(
            id,
            Object.fromEntries(jobs.map((job) => [job.id, ofJob(job).configuration])),
          );
    const refused = verdicts.find(({ result }) => result === 'refused' || result === 'ignored');
    if (refused) throw new Error(`An answer was ${refused.result}: ${refused.reason ?? ''}`);
  }
}

function companyOf({ restaurant }: RunRestaurant): { company_number: string } | { no_match: true } {
  const { company } = restaurant;
  return company.kind === 'number' ? { company_number: company.number } : { no_match: true };
}
