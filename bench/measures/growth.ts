/** Whether a registration, or a look at a batch, costs more because there are more of them. */
import { DEMO_ORGANISATION, DEMO_USERS } from '../../dev/stack/seed';
import { SEEDS } from '../../domain/seeds';
import { BenchWorld } from '../bench-world';
import type { Row } from '../figures';
import type { Measure } from '../measure';
import { figure, percentile } from '../statistics';
import { playBatch } from './throughput';

/** Batches of so many times `--restaurants`, up to what one batch may hold. */
const SIZES = [0.2, 1, 2];
const MOST = 1_000;
/** Batches stored; the last at most a hundred for each of `--restaurants`. */
const STORED = [10, 1_000, 20_000];
const TIMES_STORED = 100;
const REQUESTS = 60;

/** Batches of one restaurant each, as created and not started. */
async function storeBatches(world: BenchWorld, count: number): Promise<void> {
  const p = {
    organisation_id: DEMO_ORGANISATION.id,
    created_by: DEMO_USERS.admin.id,
    start_requested: false,
    ...SEEDS,
  };
  await world.database.query(
    `with made as (
       insert into restaurants (organisation_id, name)
       select $1, 'Stored ' || n from generate_series(1, $2) n returning id
     )
     select count(create_registration_batch($3::jsonb || jsonb_build_object(
       'name', 'Stored', 'restaurant_ids', jsonb_build_array(id)))) from made`,
    [DEMO_ORGANISATION.id, count, JSON.stringify(p)],
  );
  await world.database.query('analyze');
}

/** Rows that sequential scans of the record's tables have read so far. */
async function scanned(world: BenchWorld): Promise<number> {
  const { rows } = await world.database.query<{ read: string }>(
    `select sum(seq_tup_read) as read from pg_stat_user_tables where relname like 'registration\\_%'`,
  );
  return Number(rows[0]?.read);
}

async function latencies(world: BenchWorld, path: string): Promise<number[]> {
  const headers = { authorization: `Bearer ${await world.stack.token()}` };
  const samples: number[] = [];
  for (let n = 0; n < REQUESTS; n += 1) {
    const from = performance.now();
    const answer = await fetch(`${world.stack.service('api').url}/api/registration-batches${path}`, {
      headers,
    });
    await answer.arrayBuffer();
    if (!answer.ok) throw new Error(`GET ${path} answered ${answer.status}`);
    samples.push(performance.now() - from);
  }
  return samples.slice(REQUESTS / 6);
}

async function endpoints(world: BenchWorld, restaurants: number): Promise<Row[]> {
  const counts = STORED.map((count) => Math.max(10, Math.min(count, TIMES_STORED * restaurants)));
  const rows: Row[] = [];
  const first = new Map<string, number>();
  let stored = 0;
  for (const count of counts) {
    await storeBatches(world, count - stored);
    stored = count;
    const { rows: some } = await world.database.query<{ id: string }>(
      `select id from registration_batch_jobs where name = 'Stored' limit 1`,
    );
    const id = some[0]?.id ?? '';
    for (const [name, path] of [
      ['list', ''],
      ['detail', `/${id}`],
      ['progress', `/${id}/progress`],
    ] as const) {
      const before = await scanned(world);
      const p95 = percentile(await latencies(world, path), 0.95);
      const read = ((await scanned(world)) - before) / REQUESTS;
      rows.push({ name: `${name} at ${count} batches, p95`, figure: figure('ms', [p95]) });
      if (count === counts[0]) first.set(name, p95);
      else if (count === counts.at(-1)) {
        rows.push(
          {
            name: `${name}: at ${count} ÷ at ${counts[0]}`,
            figure: figure('', [p95 / (first.get(name) ?? NaN)]),
            goal: { atMost: 2 },
          },
          { name: `${name}: rows read by sequential scans, a request`, figure: figure('', [read]) },
        );
      }
    }
  }
  return rows;
}

export const growth: Measure = {
  name: 'growth',
  async run({ restaurants, say }) {
    const world = await BenchWorld.start();
    try {
      await playBatch(world, Math.min(20, restaurants), 100);
      const sizes = SIZES.map((times) => Math.min(MOST, Math.max(1, Math.round(times * restaurants))));
      const own: number[] = [];
      for (const [at, size] of sizes.entries()) {
        const { cpuMs } = await playBatch(world, size, at + 1);
        own.push(cpuMs.worker + cpuMs.api);
        say(`${size}: ${own.at(-1)?.toFixed(0)} ms of our processes each`);
      }
      const [smallest = NaN] = own;
      return {
        how: `Batches of ${sizes.join(', ')}, and reads of the API with few and many batches stored`,
        rows: [
          ...own.map((ms, at) => ({
            name: `CPU of worker and API each, batch of ${sizes[at]}`,
            figure: figure('ms', [ms]),
          })),
          {
            name: 'the largest batch ÷ the smallest',
            figure: figure('', [(own.at(-1) ?? NaN) / smallest]),
            goal: { atMost: 1.2 },
          },
          ...(await endpoints(world, restaurants)),
        ],
      };
    } finally {
      await world.end();
    }
  },
};
