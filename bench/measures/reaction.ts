/** How soon an answer of a person leads to the next call outside, and how soon people see that a sub-step is done. */
import { setTimeout as sleep } from 'node:timers/promises';
import { registrationWorkflowId } from '../../domain/ids';
import { BenchWorld, type JobRow, type StartedBatch } from '../bench-world';
import type { Row } from '../figures';
import { Floor } from '../floor';
import type { Measure, MeasureOptions } from '../measure';
import { signalTimes } from '../signal-times';
import { figure, percentile } from '../statistics';

/** Choices, and registrations of the batch beside them; fewer of a bench that is asked for fewer restaurants. */
const SAMPLES = 50;
const BUSY = 500;
/** Registrations whose sub-steps are watched into the record, and how many times faster than real they go. */
const MOST_WATCHED = 8;
const WATCHED_SPEED = 120;
const PARTS = [0.5, 0.95, 0.99] as const;
const GIVE_UP_MS = 30_000;
/** Between two looks for what an answer led to: when it came stands in the ledger, and each look takes from the cores that it needs. */
const LOOK_MS = 300;

interface Reaction {
  /** From the request that carries the answer, and from the engine having it, to the call; milliseconds. */
  fromRequest: number;
  fromAcceptance: number;
}

/** A job that waits for its company, in the batch that it belongs to. */
export interface Waiting {
  batch: StartedBatch;
  job: JobRow;
}

export async function waitingIn(world: BenchWorld, batch: StartedBatch): Promise<Waiting[]> {
  return (await world.jobs(batch)).map((job) => ({ batch, job }));
}

/**
 * Chooses a company for each, one after the other; the call that follows asks the register for it.
 * @param isSettled Each choice waits until what the one before it led to is done: an idle system.
 */
export async function react(
  world: BenchWorld,
  waiting: readonly Waiting[],
  isSettled: boolean,
): Promise<Reaction[]> {
  let since = Math.max(0, ...(await world.simulator.ledger({ system: 'nzbn' })).map(({ seq }) => seq));
  const reactions: Reaction[] = [];
  for (const { batch, job } of waiting) {
    const nzbn = batch.restaurants.get(job.restaurant_id)?.restaurant.entity?.nzbn;
    if (nzbn === undefined) throw new Error('A restaurant of the bench has a company');
    const sent = Date.now();
    await world.answer(batch, 3, [job]);
    const call = await callOf(world, nzbn, since);
    const [accepted = NaN] = await signalTimes(
      world.client.workflow.getHandle(registrationWorkflowId(job.id)),
    );
    since = call.seq;
    reactions.push({ fromRequest: call.at - sent, fromAcceptance: call.at - accepted });
    if (isSettled) await untilStep(world, job.id, 5);
  }
  return reactions;
}

async function callOf(world: BenchWorld, nzbn: string, since: number): Promise<{ seq: number; at: number }> {
  const deadline = Date.now() + GIVE_UP_MS;
  while (Date.now() < deadline) {
    const entries = await world.simulator.ledger({ system: 'nzbn', since });
    const call = entries.find(({ path }) => path.includes(nzbn));
    if (call) return { seq: call.seq, at: Date.parse(call.time) };
    await sleep(LOOK_MS);
  }
  throw new Error(`No call for ${nzbn} within ${GIVE_UP_MS} ms`);
}

/** Until it waits for a person there. */
async function untilStep(world: BenchWorld, jobId: string, step: number): Promise<void> {
  const deadline = Date.now() + GIVE_UP_MS;
  while (Date.now() < deadline) {
    const { rowCount } = await world.database.query(
      `select from registration_jobs where id = $1 and status = 'action_required' and current_step = $2`,
      [jobId, step],
    );
    if (rowCount === 1) return;
    await sleep(LOOK_MS);
  }
  throw new Error(`Job ${jobId} did not come to wait in step ${step} within ${GIVE_UP_MS} ms`);
}

export async function parked(world: BenchWorld, size: number, seed: number): Promise<StartedBatch> {
  const batch = await world.prepareBatch(size, seed);
  await world.api.start(batch.id);
  const deadline = Date.now() + 60_000 + size * 500;
  while (!(await world.jobs(batch)).every(({ status }) => status === 'action_required')) {
    if (Date.now() > deadline) throw new Error('The batch did not come to wait for people');
    await sleep(100);
  }
  return batch;
}

function rows(name: string, samples: readonly number[]): Row[] {
  return PARTS.map((part) => ({
    name: `${name}, p${part * 100}`,
    figure: figure('ms', [percentile(samples, part)]),
  }));
}

/** When each sub-step of a job that runs alone ended at the simulator, was in the record, and came to a watcher. */
interface Seen {
  record: number[];
  stream: number[];
}

async function recordLag(world: BenchWorld, count: number, seed: number): Promise<Seen> {
  const seen: Seen = { record: [], stream: [] };
  for (let n = 0; n < count; n += 1) {
    const batch = await world.prepareBatch(1, seed + n);
    const watcher = await Watcher.start(world, batch.id);
    await world.api.start(batch.id);
    await world.playToEnd(batch);
    const ledger = await world.simulator.ledger({ system: 'backend' });
    const [restaurantId] = batch.restaurants.keys();
    for (const entry of ledger.filter((one) => one.restaurantId === restaurantId && one.method === 'POST')) {
      const ended = Date.parse(entry.time) + (entry.durationMs ?? 0);
      const inRecord = watcher.recorded.get(entry.route);
      const inStream = watcher.streamed.get(entry.route);
      if (inRecord !== undefined) seen.record.push(inRecord - ended);
      if (inStream !== undefined) seen.stream.push(inStream - ended);
    }
    await watcher.end();
  }
  return seen;
}

/** In a world of its own, in which sub-steps take some time: what ends together waits for each other. */
async function lagOfSubSteps(count: number): Promise<Seen> {
  const world = await BenchWorld.start({ speed: WATCHED_SPEED, env: { LOG_LEVEL: 'error' } });
  try {
    await world.playToEnd(await started(world, 3, 1));
    return await recordLag(world, count, 10);
  } finally {
    await world.end();
  }
}

/** Looks at the record without a pause, and takes the batch's events. */
class Watcher {
  readonly recorded = new Map<string, number>();
  readonly streamed = new Map<string, number>();
  private readonly over = new AbortController();
  private readonly work: Promise<void>[] = [];

  static async start(world: BenchWorld, batchId: string): Promise<Watcher> {
    const watcher = new Watcher();
    const response = await fetch(
      `${world.stack.service('api').url}/api/registration-batches/${batchId}/events`,
      {
        headers: { authorization: `Bearer ${await world.stack.token()}`, accept: 'text/event-stream' },
        signal: watcher.over.signal,
      },
    );
    if (!response.ok || !response.body)
      throw new Error(`The event stream answered ${response.status}: ${await response.text()}`);
    watcher.work.push(watcher.read(response.body), watcher.look(world, batchId));
    return watcher;
  }

  async end(): Promise<void> {
    this.over.abort();
    await Promise.all(this.work);
  }

  private async look(world: BenchWorld, batchId: string): Promise<void> {
    while (!this.over.signal.aborted) {
      const { rows: keys } = await world.database.query<{ key: string }>(
        `select s.key from registration_sub_steps s join registration_jobs j on j.id = s.job_id
          where j.batch_job_id = $1 and s.status = 'completed'`,
        [batchId],
      );
      for (const { key } of keys) if (!this.recorded.has(key)) this.recorded.set(key, Date.now());
      await sleep(2);
    }
  }

  private async read(body: ReadableStream<Uint8Array>): Promise<void> {
    const decoder = new TextDecoder();
    let text = '';
    try {
      for await (const chunk of body) {
        text += decoder.decode(chunk, { stream: true });
        for (const [, key] of text.matchAll(/"(\w+)":\{"status":"completed"/g))
          if (key !== undefined && !this.streamed.has(key)) this.streamed.set(key, Date.now());
        text = text.slice(Math.max(0, text.lastIndexOf('\n\n')));
      }
    } catch (error) {
      if (!this.over.signal.aborted) throw error;
    }
  }
}

async function measure({ say, restaurants }: MeasureOptions): Promise<{ how: string; rows: Row[] }> {
  const samples = Math.min(SAMPLES, restaurants);
  const beside = Math.min(BUSY, 2 * restaurants);
  const world = await BenchWorld.start();
  try {
    const { env } = world.stack;
    const floor = await Floor.start(env['TEMPORAL_ADDRESS'] ?? '', world.stack.service('temporal').pid);
    try {
      await world.playToEnd(await started(world, Math.min(20, samples), 1));
      const bare = await floor.reactions(samples);
      const idle = await react(world, await waitingIn(world, await parked(world, samples, 2)), true);
      say('idle done');
      const waiting = await waitingIn(world, await parked(world, samples, 3));
      const background = await started(world, beside, 4);
      const [busy] = await Promise.all([react(world, waiting, false), world.playToEnd(background)]);
      const p95 = (values: readonly number[]): number => percentile(values, 0.95);
      const lag = await lagOfSubSteps(Math.min(MOST_WATCHED, samples));
      say('record lag done');
      const accepted = idle.map(({ fromAcceptance }) => fromAcceptance);
      return {
        how: `${samples} companies chosen one after the other, until the register is asked for them; bare = a signal of the engine until its activity runs, in the same run. Both count from the time at which the server wrote the signal into the history. Busy: a batch of ${beside} runs beside. Record lag: registrations one after the other at ${WATCHED_SPEED} times real speed, by themselves`,
        rows: [
          ...rows('bare signal to activity', bare),
          ...rows('choice accepted to call, idle', accepted),
          {
            name: 'p95 idle ÷ p95 bare',
            figure: figure('', [p95(accepted) / p95(bare)]),
            goal: { atMost: 1.5 },
          },
          ...rows(
            'request of the choice to call, idle',
            idle.map(({ fromRequest }) => fromRequest),
          ),
          ...rows(
            'choice accepted to call, busy',
            busy.map(({ fromAcceptance }) => fromAcceptance),
          ),
          ...rows('sub-step done to record', lag.record).map((row) =>
            row.name.endsWith('p95') ? { ...row, goal: { atMost: 100 } } : row,
          ),
          ...rows('sub-step done to event stream', lag.stream),
        ],
      };
    } finally {
      await floor.end();
    }
  } finally {
    await world.end();
  }
}

async function started(world: BenchWorld, size: number, seed: number): Promise<StartedBatch> {
  const batch = await world.prepareBatch(size, seed);
  await world.api.start(batch.id);
  return batch;
}

export const reaction: Measure = {
  name: 'reaction',
  usual: { alone: { restaurants: 250, repeats: 1 }, among: { restaurants: 15, repeats: 1 } },
  run: measure,
};
