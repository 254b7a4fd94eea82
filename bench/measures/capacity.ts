/** What registrations cost that wait for people: memory of each process, and how soon one is answered that no worker has in its memory. */
import { setTimeout as sleep } from 'node:timers/promises';
import { BenchWorld } from '../bench-world';
import { COLLECTED_EACH_MS } from '../collect-garbage';
import { memoryMb } from '../compare/usage';
import type { Measure } from '../measure';
import { figure, percentile, shuffled, slope } from '../statistics';
import { parked, react, waitingIn, type Waiting } from './reaction';

const ANSWERED = 100;
/** So many wait for each one of `--restaurants`, unless `--parked` says how many in all. */
const TIMES = 4;
const BATCHES = 10;
/** The worker holds as many registrations in its memory as these batches have; what comes beyond is evicted. */
const CACHED_BATCHES = 2;

interface Memory {
  waiting: number;
  worker: number;
  server: number;
  database: number;
}

/** Once what is not needed was collected, in each thread. */
async function memoryOf({ stack }: BenchWorld, waiting: number): Promise<Memory> {
  await sleep(3 * COLLECTED_EACH_MS);
  const of = (name: 'worker' | 'temporal' | 'postgres'): number => memoryMb(stack.service(name).pid) ?? NaN;
  return { waiting, worker: of('worker'), server: of('temporal'), database: of('postgres') };
}

export const capacity: Measure = {
  name: 'capacity',
  usual: { alone: { restaurants: 150, repeats: 1 }, among: { restaurants: 30, repeats: 1 } },
  async run({ restaurants, parked: wanted, say }) {
    const size = wanted ?? restaurants * TIMES;
    const each = Math.ceil(size / BATCHES);
    const cached = each * CACHED_BATCHES;
    const world = await BenchWorld.start({
      env: { WORKER_MAX_CACHED_WORKFLOWS: String(cached) },
      nodeFlags: { worker: ['--expose-gc', '--require', require.resolve('../collect-garbage')] },
    });
    try {
      const empty = await memoryOf(world, 0);
      const readings: Memory[] = [];
      const waiting: Waiting[] = [];
      for (let seed = 1; waiting.length < size; seed += 1) {
        const batch = await parked(world, Math.min(each, size - waiting.length), seed);
        waiting.push(...(await waitingIn(world, batch)));
        readings.push(await memoryOf(world, waiting.length));
        say(`${waiting.length} of ${size} wait`);
      }
      const full = readings.at(-1) ?? empty;
      // The first fill the worker's memory; those that follow cost what an evicted one costs.
      const beyond = readings.filter((reading) => reading.waiting > cached);
      const kbEach = (of: 'worker' | 'server' | 'database'): number =>
        slope(beyond.map((reading) => [reading.waiting, reading[of] * 1024]));
      // A worker that has none of them in its memory.
      await world.stack.service('worker').restart();
      const cold = await react(world, shuffled(waiting, size).slice(0, ANSWERED), true);
      const { rows } = await world.database.query<{ bytes: string }>(
        'select pg_database_size(current_database()) as bytes',
      );
      const accepted = cold.map(({ fromAcceptance }) => fromAcceptance);
      const mb = (value: number) => figure('MB', [value]);
      return {
        how: `${size} registrations wait for a company to be chosen, beside a worker that holds at most ${cached} in its memory; then the worker is restarted and ${cold.length} of them, drawn at random, are answered one after the other. What one costs is the slope of the memory (the processes' share, Pss) over the number that waits, once the worker holds as many as it may; the worker's garbage is collected every second`,
        rows: [
          { name: 'worker, empty', figure: mb(empty.worker) },
          { name: `worker, ${size} waiting`, figure: mb(full.worker) },
          {
            name: 'worker, each that waits once evicted',
            figure: figure('KB', [kbEach('worker')]),
            goal: { atMost: 20 },
          },
          { name: 'server, empty', figure: mb(empty.server) },
          { name: `server, ${size} waiting`, figure: mb(full.server) },
          { name: 'server, each that waits', figure: figure('KB', [kbEach('server')]) },
          { name: 'database server, empty', figure: mb(empty.database) },
          { name: `database server, ${size} waiting`, figure: mb(full.database) },
          { name: "the record's size on disk", figure: mb(Number(rows[0]?.bytes) / 1024 ** 2) },
          { name: 'choice accepted to call, cold, p50', figure: figure('ms', [percentile(accepted, 0.5)]) },
          { name: 'choice accepted to call, cold, p95', figure: figure('ms', [percentile(accepted, 0.95)]) },
        ],
        notes: [
          `Worker's memory by the number that waits: ${readings.map((reading) => `${reading.waiting}: ${reading.worker.toFixed(0)} MB`).join(', ')}.`,
        ],
      };
    } finally {
      await world.end();
    }
  },
};
