/** Whether a registration, or a look at a batch, costs more because there are more of them. */
import { BenchWorld } from '../bench-world';
import type { Row } from '../figures';
import type { Measure } from '../measure';
import { PlanLog, scansOf, type TableRead } from '../plans';
import { figure, percentile } from '../statistics';
import { storeBatches } from '../stored';
import { playBatch } from './throughput';

/** Batches of so much of `--restaurants`, unless `--sizes` names them. */
const SIZES = [0.2, 1.4];
/** Batches stored; at most so many for each of the restaurants. */
const STORED = [10, 1_000, 20_000];
const TIMES_STORED = 800;
const STORED_JOBS = 2;
/** Restaurants of the batch that is looked at, whatever else is stored. */
const LOOKED_AT = 20;
const WARM_UP = 20;
const REQUESTS = 200;

/** A page of the list has as many rows however many there are, so that the times compare. */
const looks = (id: string) =>
  [
    ['list', '?limit=10'],
    ['detail', `/${id}`],
    ['progress', `/${id}/progress`],
  ] as const;

class Reader {
  private constructor(
    private readonly base: string,
    private readonly token: string,
  ) {}

  static async of({ stack }: BenchWorld): Promise<Reader> {
    return new Reader(`${stack.service('api').url}/api/registration-batches`, await stack.token());
  }

  async get(path: string): Promise<void> {
    const answer = await fetch(this.base + path, { headers: { authorization: `Bearer ${this.token}` } });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}`);
  }

  async latencies(path: string): Promise<number[]> {
    const samples: number[] = [];
    for (let n = 0; n < WARM_UP + REQUESTS; n += 1) {
      const from = performance.now();
      await this.get(path);
      samples.push(performance.now() - from);
    }
    return samples.slice(WARM_UP);
  }
}

const inWords = (name: string, reads: readonly TableRead[]): string =>
  `Plans of ${name}: ${reads.map(({ node, table, index }) => `${node} of ${table}${index === null ? '' : ` by ${index}`}`).join('; ')}.`;

/** How the tables are read for each look, with all that is stored. */
async function plansOf(
  world: BenchWorld,
  reader: Reader,
  id: string,
): Promise<{ rows: Row[]; notes: string[] }> {
  const log = await PlanLog.start(world.stack, world.database);
  const rows: Row[] = [];
  const notes: string[] = [];
  for (const [name, path] of looks(id)) {
    // More than five: from then on a prepared statement may have a plan for all values.
    const reads = await log.of(async () => {
      for (let n = 0; n < 7; n += 1) await reader.get(path);
    });
    const scans = await scansOf(world.database, reads);
    rows.push({
      name: `${name}: big tables read from end to end`,
      figure: figure('', [scans.length]),
      goal: { atMost: 0 },
    });
    notes.push(inWords(name, reads));
  }
  await log.end();
  return { rows, notes };
}

async function endpoints(
  world: BenchWorld,
  restaurants: number,
  id: string,
): Promise<{ rows: Row[]; notes: string[] }> {
  const counts = STORED.map((count) => Math.max(10, Math.min(count, TIMES_STORED * restaurants)));
  const reader = await Reader.of(world);
  const rows: Row[] = [];
  const p95 = new Map<string, number[]>();
  let stored = 0;
  for (const count of counts) {
    await storeBatches(world.database, { templateId: id, from: stored + 1, to: count, jobs: STORED_JOBS });
    stored = count;
    for (const [name, path] of looks(id)) {
      const samples = await reader.latencies(path);
      const [middle, high] = [percentile(samples, 0.5), percentile(samples, 0.95)];
      p95.set(name, [...(p95.get(name) ?? []), high]);
      rows.push({ name: `${name} at ${count} batches, p50`, figure: figure('ms', [middle]) });
      rows.push({ name: `${name} at ${count} batches, p95`, figure: figure('ms', [high]) });
    }
  }
  for (const [name, values] of p95)
    rows.push({
      name: `${name}, p95: at ${stored} ÷ at ${counts[0]}`,
      figure: figure('', [(values.at(-1) ?? NaN) / (values[0] ?? NaN)]),
      goal: { atMost: 2 },
    });
  const plans = await plansOf(world, reader, id);
  return { rows: [...rows, ...plans.rows], notes: plans.notes };
}

export const growth: Measure = {
  name: 'growth',
  usual: { alone: { restaurants: 300, repeats: 1 }, among: { restaurants: 25, repeats: 1 } },
  async run({ restaurants, sizes: wanted, say }) {
    const world = await BenchWorld.start();
    try {
      const lookedAt = await world.prepareBatch(Math.min(LOOKED_AT, restaurants), 1);
      await world.api.start(lookedAt.id);
      await world.playToEnd(lookedAt);
      const sizes = wanted ?? SIZES.map((part) => Math.max(1, Math.round(part * restaurants)));
      const own: number[] = [];
      for (const [at, size] of sizes.entries()) {
        const { cpuMs } = await playBatch(world, size, 100 * (at + 1));
        own.push(cpuMs.worker + cpuMs.api);
        say(`${size}: ${own.at(-1)?.toFixed(0)} ms of our processes each`);
      }
      const { rows, notes } = await endpoints(world, restaurants, lookedAt.id);
      return {
        how: `Batches of ${sizes.join(', ')}; and reads of the API one after the other with few and many batches stored (of ${STORED_JOBS} restaurants with all their steps, copies of rows of a batch that was played to its end; one in fifty still waits). The list is asked for ten batches, the other two for a batch of ${lookedAt.restaurants.size}`,
        rows: [
          ...own.map((ms, at) => ({
            name: `CPU of worker and API each, batch of ${sizes[at]}`,
            figure: figure('ms', [ms]),
          })),
          {
            name: 'the largest batch ÷ the smallest',
            figure: figure('', [(own.at(-1) ?? NaN) / (own[0] ?? NaN)]),
            goal: { atMost: 1.2 },
          },
          ...rows,
        ],
        notes,
      };
    } finally {
      await world.end();
    }
  },
};
