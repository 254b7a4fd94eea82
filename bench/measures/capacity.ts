/** What registrations cost that wait for people: memory of each process, and how soon one is answered that no worker has in its memory. */
import { readFileSync } from 'node:fs';
import { BenchWorld, type StartedBatch } from '../bench-world';
import type { Measure } from '../measure';
import { figure, percentile } from '../statistics';
import { parked, react } from './reaction';

const ANSWERED = 100;
const BATCH = 500;
/** Registrations that wait for each one of `--restaurants`. */
const TIMES = 4;

/** Memory that a process holds, KiB. */
function residentKb(pid: number | null): number {
  const status = pid === null ? '' : readFileSync(`/proc/${pid}/status`, 'utf8');
  return Number(/^VmRSS:\s+(\d+) kB$/m.exec(status)?.[1] ?? NaN);
}

export const capacity: Measure = {
  name: 'capacity',
  async run({ restaurants, say }) {
    const size = restaurants * TIMES;
    const world = await BenchWorld.start();
    try {
      const worker = world.stack.service('worker');
      const server = world.stack.service('temporal');
      const empty = { worker: residentKb(worker.pid), server: residentKb(server.pid) };
      const batches: StartedBatch[] = [];
      for (let parkedSoFar = 0; parkedSoFar < size; parkedSoFar += BATCH) {
        batches.push(await parked(world, Math.min(BATCH, size - parkedSoFar), batches.length + 1));
        say(`${Math.min(size, parkedSoFar + BATCH)} of ${size} wait`);
      }
      const full = { worker: residentKb(worker.pid), server: residentKb(server.pid) };
      // A worker that has none of them in its memory.
      await worker.restart();
      const evicted = residentKb(worker.pid);
      const count = Math.ceil(Math.min(ANSWERED, size) / batches.length);
      const reactions = [];
      for (const batch of batches) reactions.push(...(await react(world, batch, count)));
      const size_ = await world.database.query<{ bytes: string }>(
        'select pg_database_size(current_database()) as bytes',
      );
      const accepted = reactions.map(({ fromAcceptance }) => fromAcceptance);
      const each = (kb: number): number => kb / size;
      return {
        how: `${size} registrations wait for a company to be chosen; then the worker is restarted and ${reactions.length} of them are answered one after the other`,
        rows: [
          { name: 'worker, empty', figure: figure('MB', [empty.worker / 1024]) },
          { name: `worker, ${size} waiting`, figure: figure('MB', [full.worker / 1024]) },
          {
            name: 'worker, a waiting registration once evicted',
            figure: figure('KB', [Math.max(0, each(evicted - empty.worker))]),
            goal: { atMost: 20 },
          },
          {
            name: 'server, a waiting registration',
            figure: figure('KB', [each(full.server - empty.server)]),
          },
          { name: "the record's database", figure: figure('MB', [Number(size_.rows[0]?.bytes) / 1024 ** 2]) },
          { name: 'choice accepted to call, cold, p50', figure: figure('ms', [percentile(accepted, 0.5)]) },
          { name: 'choice accepted to call, cold, p95', figure: figure('ms', [percentile(accepted, 0.95)]) },
        ],
      };
    } finally {
      await world.end();
    }
  },
};
