/** The three measures: how much, how soon, and what a crash costs. */
import { loadavg } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import type { Candidate } from './candidate';
import type { Deployed } from './deployed';
import { exampleConfiguration } from './configuration';
import { CALLS, type Call, type Question } from './flow';
import type { Arrival, Verdict } from './ledger';
import { cpuSeconds, peakMemoryMb } from './usage';
import type { Batch, World } from './world';

/** Null: not measured on this system, or the candidate has no such process. */
type Figure = number | null;

export interface Throughput {
  restaurants: number;
  seconds: number;
  perSecond: number;
  /** CPU seconds of one registration. */
  cpu: { worker: Figure; server: Figure; database: Figure };
  /** Peaks, MiB. */
  memory: { worker: Figure; server: Figure };
  /** Requests to the record (PostgREST) for one registration; each is a transaction. */
  recordRequests: number;
  outside: Verdict;
  /** Of the last minute, when it began. */
  load: number;
}

export interface Reaction {
  /** From an answer's sending to the arrival of the next outside call, ms, one figure an answer. */
  samples: number[];
  load: number;
}

export interface Recovery {
  restaurants: number;
  callMs: number;
  /** Without a crash, seconds from the start to the last completion. */
  undisturbedSeconds: number;
  /** From SIGKILL, seconds; null: it never came. */
  firstCallSeconds: number | null;
  doneSeconds: number | null;
  /** From the start to the last completion, seconds, crash included. */
  totalSeconds: number | null;
  /** Registrations that never came to their end. */
  unfinished: number;
  outside: Verdict;
  load: number;
}

/**
 * Longer than any candidate's own wait for a lost worker. The longest is BullMQ's: a lock of 30 s, and looks 30 s apart of which the first may
 * fall into the pause that the lost worker's last one began, the second marks what is active, and the third takes it back.
 */
const SILENCE_MS = 150_000;
const SILENCE_OF_THE_LOST_MS = 10_000;
const LAST_WORDS_MS = 50;

export async function measureThroughput(
  world: World,
  deployed: Deployed,
  restaurants: number,
): Promise<Throughput> {
  world.target.callMs = 0;
  const load = loadavg()[0] ?? 0;
  const batch = await world.createBatch(restaurants);
  const requestsBefore = world.recordRequests;
  const before = cpuOf(deployed);
  const seconds = await runBatch(world, deployed, batch, SILENCE_MS);
  if (seconds === null) throw stoppedShort(deployed);
  const after = cpuOf(deployed);
  const perRegistration = (part: keyof typeof before): Figure => {
    const [from, to] = [before[part], after[part]];
    return from === null || to === null ? null : (to - from) / restaurants;
  };
  return {
    restaurants,
    seconds,
    perSecond: restaurants / seconds,
    cpu: {
      worker: perRegistration('worker'),
      server: perRegistration('server'),
      database: perRegistration('database'),
    },
    memory: { worker: peakMemoryMb(deployed.workerPid), server: peakMemoryMb(deployed.serverPid) },
    recordRequests: (world.recordRequests - requestsBefore) / restaurants,
    outside: world.target.ledger.judge(batch.jobIds),
    load,
  };
}

function cpuOf(deployed: Deployed): Record<'worker' | 'server' | 'database', Figure> {
  const database = deployed.databasePids.map(cpuSeconds);
  return {
    worker: cpuSeconds(deployed.workerPid),
    server: deployed.serverPid === null ? null : cpuSeconds(deployed.serverPid),
    database: database.reduce<Figure>((sum, part) => (sum === null || part === null ? null : sum + part), 0),
  };
}

/** Seconds from the start to the last completion; null when it stopped short. */
async function runBatch(
  world: World,
  { client }: Deployed,
  batch: Batch,
  silenceMs: number,
): Promise<number | null> {
  const began = performance.now();
  await client.begin(batch.jobs);
  const done = await world.answerAll(batch, client, silenceMs);
  return done ? (performance.now() - began) / 1_000 : null;
}

function stoppedShort(deployed: Deployed): Error {
  return new Error(`It stopped short; the worker's last words:\n${deployed.lastWords().join('\n')}`);
}

/** Restaurants that all wait; one person answers one after the other, so that nothing else is going on. */
export async function measureReaction(
  world: World,
  deployed: Deployed,
  restaurants: number,
): Promise<Reaction> {
  world.target.callMs = 0;
  const load = loadavg()[0] ?? 0;
  const batch = await world.createBatch(restaurants);
  await deployed.client.begin(batch.jobs);
  await world.until(batch, ({ waiting }) => waiting.length === restaurants, SILENCE_MS);
  const samples: number[] = [];
  for (const [done, job] of batch.jobs.entries()) {
    const answer = async (question: Question, isNext: (call: Call) => boolean): Promise<void> => {
      const next = world.target.ledger.next(({ jobId, call }) => jobId === job.jobId && isNext(call));
      const sent = performance.now();
      await deployed.client.answer(job, question, exampleConfiguration());
      samples.push((await next).at - sent);
    };
    await answer('company', (call) => call === 'details');
    await world.until(
      batch,
      ({ waiting }) =>
        waiting.some(({ jobId, question }) => jobId === job.jobId && question === 'configuration'),
      SILENCE_MS,
    );
    await answer('configuration', () => true);
    await world.until(batch, ({ completed }) => completed === done + 1, SILENCE_MS);
  }
  return { samples, load };
}

/** The worker's process is killed when two fifths of the calls have been made, and started again at once. */
export async function measureRecovery(
  candidate: Candidate,
  world: World,
  deployed: Deployed,
  { restaurants, callMs }: { restaurants: number; callMs: number },
): Promise<Recovery> {
  const { target } = world;
  target.callMs = callMs;
  const load = loadavg()[0] ?? 0;
  const undisturbed = await runBatch(world, deployed, await world.createBatch(restaurants), SILENCE_MS);
  if (undisturbed === null) throw stoppedShort(deployed);

  const batch = await world.createBatch(restaurants);
  const killAt = Math.floor(restaurants * CALLS.length * 0.4);
  const midway = target.ledger.next(
    ({ jobId }) => batch.jobIds.has(jobId) && target.ledger.count(batch.jobIds) >= killAt,
  );
  const crash = midway.then(async () => {
    const killed = performance.now();
    await deployed.killWorker();
    const restarted = deployed.startWorker();
    // What the old process had sent is read by now; the new one has hardly begun.
    await sleep(LAST_WORDS_MS);
    let firstCall: Arrival | null = null;
    void target.ledger
      .next(({ jobId }) => batch.jobIds.has(jobId))
      .then((arrival) => {
        firstCall = arrival;
      });
    await restarted;
    return { killed, firstCall: (): Arrival | null => firstCall };
  });
  const silenceMs = candidate.losesAll === true ? SILENCE_OF_THE_LOST_MS : SILENCE_MS;
  const [total, { killed, firstCall }] = await Promise.all([
    runBatch(world, deployed, batch, silenceMs),
    crash,
  ]);
  const ended = performance.now();
  const first = firstCall();
  const { completed } = await world.look(batch);
  return {
    restaurants,
    callMs,
    undisturbedSeconds: undisturbed,
    firstCallSeconds: first === null ? null : (first.at - killed) / 1_000,
    doneSeconds: total === null ? null : (ended - killed) / 1_000,
    totalSeconds: total,
    unfinished: restaurants - completed,
    outside: target.ledger.judge(batch.jobIds),
    load,
  };
}
