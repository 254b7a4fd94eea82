/**
 * The demo: plays the lead conversion through the simulator, and is a client of the product's HTTP API for everything
 * else. Creates a batch, starts it, answers what it asks, shows how it goes, and says whether it went as it should.
 */
import { randomUUID } from 'node:crypto';
import { writeFile } from 'node:fs/promises';
import { simulatorClient, type SimulatorClient } from '../simulator/client';
import { DEMO_ORGANISATION } from '../stack/seed';
import { Desk } from './answers';
import { ApiClient } from './api-client';
import { follow } from './follow';
import { DemoError } from './http';
import { brokenReport, buildReport, reportLines, type DemoReport } from './report';
import type { DemoRestaurant } from './restaurants';
import { newRunId } from './run-ids';
import { Screen, type Output } from './screen';
import { faultsOfRun, restaurantsOfRun, worldOfRun, type Run, type RunRestaurant } from './world';

export type { DemoReport } from './report';

/** Paths are relative to the caller's folder. */
export interface DemoOptions {
  /** Where the report is written to as JSON. */
  json?: string;
  /** Without a path. */
  apiUrl: string;
  simulatorUrl: string;
  /** A JWT of a user of the demo's organisation, or a function that gives a fresh one. */
  token: string | (() => string | Promise<string>);
  /** How many times faster than real time the stack runs. */
  speed: number;
  /** Named in a line for whoever wants to look on. */
  temporalUiUrl?: string;
  /** Default: this process's standard output. */
  stdout?: Output;
  /** Aborting it ends the watching, not the batch. */
  signal?: AbortSignal;
}

/** `ok`: every restaurant reached the end it should, and every effect came once. */
export async function runDemo(
  options: DemoOptions,
  restaurants: readonly DemoRestaurant[],
): Promise<DemoReport> {
  return written(options, await playDemo(options, restaurants));
}

/** What is wrong with the restaurants that were given; nothing is created. */
export function refuseDemo(
  options: Pick<DemoOptions, 'json' | 'stdout'>,
  problems: readonly string[],
): Promise<DemoReport> {
  const output = options.stdout ?? process.stdout;
  problems.forEach((problem) => output.write(`${problem}\n`));
  output.write(`Nothing was created: ${problems.length} problem(s) in what was given.\n`);
  return written(options, brokenReport([...problems], 0));
}

/** The report, no longer ok if it could not be written to the file. */
async function written(
  { json, stdout = process.stdout }: Pick<DemoOptions, 'json' | 'stdout'>,
  report: DemoReport,
): Promise<DemoReport> {
  if (json === undefined) return report;
  try {
    await writeFile(json, `${JSON.stringify(report, null, 2)}\n`);
    return report;
  } catch (error) {
    const problem = `--json: ${error instanceof Error ? error.message : String(error)}`;
    stdout.write(`${problem}\n`);
    return { ...report, ok: false, problems: [...report.problems, problem] };
  }
}

/** Plays the restaurants and prints how it went. Rejects only when it is aborted, or something unforeseen happens. */
export async function playDemo(
  options: DemoOptions,
  restaurants: readonly DemoRestaurant[],
): Promise<DemoReport> {
  const startedAt = Date.now();
  const elapsed = (): number => (Date.now() - startedAt) / 1_000;
  const screen = new Screen(options.stdout ?? process.stdout, process.env, elapsed);
  let report: DemoReport;
  try {
    report = await play(options, restaurants, screen, elapsed);
  } catch (error) {
    screen.keep();
    if (!(error instanceof DemoError)) throw error;
    report = brokenReport([error.message], elapsed());
  }
  screen.keep();
  reportLines(report, screen.width, screen.paint).forEach((line) => screen.say(line));
  return report;
}

async function play(
  options: DemoOptions,
  restaurants: readonly DemoRestaurant[],
  screen: Screen,
  elapsed: () => number,
): Promise<DemoReport> {
  const { apiUrl, simulatorUrl, speed, signal, token } = options;
  const api = new ApiClient({
    baseUrl: apiUrl,
    token: () => (typeof token === 'function' ? token() : token),
    signal,
  });
  const simulator = simulatorClient(simulatorUrl);
  const run = { id: newRunId(), number: (await api.countBatches()) + 1 };
  const ofRun = restaurantsOfRun(restaurants, run);
  const byId = new Map(ofRun.map((one) => [one.id, one]));
  const faults = await prepareWorld(simulator, ofRun);
  const batchId = await createAndStart(api, run, ofRun);
  screen.say(`Batch ${batchId} of ${ofRun.length} restaurants, ${speed} times faster than real time`);
  if (options.temporalUiUrl) screen.say(`Look on at ${options.temporalUiUrl}`);
  const desk = new Desk(api, batchId, byId);
  const { batch, jobs, stalled } = await follow({
    api,
    batchId,
    desk,
    screen,
    restaurants: byId,
    speed,
    signal,
  });
  const { effects } = await outside(() => simulator.effects());
  await outside(() => Promise.all(faults.map((id) => simulator.clearFaults(id))));
  return buildReport({
    batch,
    jobs,
    restaurants: byId,
    companyOf: (jobId) => desk.companyOf(jobId),
    problemOf: (job) => desk.problemOf(job),
    effects,
    totalSeconds: elapsed(),
    problems: stalled ? ['nothing moved any more: gave up waiting'] : [],
  });
}

/** What the simulator refuses, or that it is away, is told in a line. */
async function outside<T>(ask: () => Promise<T>): Promise<T> {
  try {
    return await ask();
  } catch (error) {
    const cause = error instanceof Error && error.cause instanceof Error ? ` (${error.cause.message})` : '';
    throw new DemoError(
      `The outside world: ${error instanceof Error ? error.message : String(error)}${cause}`,
    );
  }
}

/** How many restaurants one seed request holds. */
const SEEDED_AT_ONCE = 25;

/** The companies stand on the register, the leads are converted, the planned trouble is set. Gives the ids of the faults. */
export async function prepareWorld(
  simulator: SimulatorClient,
  ofRun: readonly RunRestaurant[],
): Promise<string[]> {
  for (let from = 0; from < ofRun.length; from += SEEDED_AT_ONCE) {
    const world = worldOfRun(ofRun.slice(from, from + SEEDED_AT_ONCE), DEMO_ORGANISATION.id);
    await outside(() => simulator.seed(world));
  }
  const faults = faultsOfRun(ofRun);
  return faults.length === 0 ? [] : outside(() => simulator.addFaults(...faults));
}

export async function createAndStart(
  api: ApiClient,
  run: Run,
  ofRun: readonly RunRestaurant[],
): Promise<string> {
  const name = `Demo ${run.number} (${run.id})`;
  const { batch_job: batch } = await api.createBatch(
    name,
    ofRun.map(({ id }) => id),
    randomUUID(),
  );
  await api.start(batch.id);
  return batch.id;
}
