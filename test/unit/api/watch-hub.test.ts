import fc from 'fast-check';
import { ApiError } from '../../../api/errors';
import { BatchHub } from '../../../api/watch/hub';
import { Client, MemoryRecord, settle } from './watch-world';

const BATCH = '00000000-0000-4000-8000-00000000000a';

function world(jobs = 3) {
  const record = new MemoryRecord(jobs);
  const faults: unknown[] = [];
  const hub = new BatchHub(BATCH, { reads: record, onFault: (error) => faults.push(error) });
  const join = (position: number | null = null): Client => {
    const client = new Client(hub, position);
    hub.add(client);
    return client;
  };
  return { record, faults, hub, join };
}

test('one read serves all who watch, and calls that come during a read make one more', async () => {
  const { record, hub, join } = world();
  const clients = [join(), join(), join()];
  await settle();
  record.calls.length = 0;
  const release = record.hold();
  record.change(1);
  for (let n = 0; n < 10; n += 1) hub.wake();
  await settle();
  expect(record.calls).toEqual(['changes']);
  release();
  await settle();
  expect(record.calls).toEqual(['changes', 'changes']);
  expect(record.mostOpen).toBe(1);
  for (const { seen, types } of clients) {
    expect(types).toEqual(['ready', 'job']);
    expect(seen.get('1')).toBe(1);
  }
});

test('a change during the read of the whole state is told after it', async () => {
  const { record, hub, join } = world();
  const release = record.hold();
  const client = join();
  record.change(2);
  hub.wake();
  release();
  await settle();
  expect(client.types).toEqual(['ready', 'job']);
  expect(client.seen.get('2')).toBe(1);
});

test('who comes back from further behind than a read under way still gets everything', async () => {
  const { record, hub, join } = world();
  for (const job of [0, 1, 2]) record.change(job);
  join(3);
  await settle();
  const release = record.hold();
  hub.wake();
  const late = join(1);
  release();
  await settle();
  expect(late.ids).toEqual([2, 3]);
});

test('more changes than fit in one read come in several', async () => {
  const { record, join } = world(230);
  const client = join(0);
  await settle();
  for (let job = 0; job < 230; job += 1) record.change(job);
  const late = join(0);
  await settle();
  for (const { ids } of [client, late]) expect(ids).toEqual(Array.from({ length: 230 }, (_, n) => n + 1));
});

test('who can take nothing is passed over and goes on from where it was; the others do not wait', async () => {
  const { record, hub, join } = world();
  const [slow, quick] = [join(), join()];
  await settle();
  slow.isPaused = true;
  for (const job of [0, 1, 1]) {
    record.change(job);
    hub.wake();
    await settle();
  }
  expect(quick.ids.slice(1)).toEqual([1, 2, 3]);
  expect(slow.types).toEqual(['ready']);
  slow.resume();
  await settle();
  expect(slow.ids.slice(1)).toEqual([1, 3]);
  expect(slow.seen).toEqual(quick.seen);
});

test('a number that the batch never had begins anew', async () => {
  const { record, join } = world();
  record.change(0);
  const client = join(99);
  await settle();
  expect(client.types).toEqual(['ready']);
});

test('while the record is away everybody keeps their place, and a batch that is gone ends the streams', async () => {
  const { record, hub, join } = world();
  const client = join();
  await settle();
  record.trouble = new ApiError('DATABASE_UNAVAILABLE', 'away');
  record.change(1);
  hub.wake();
  await settle();
  expect(client.hasEnded).toBe(false);
  record.trouble = null;
  hub.wake();
  await settle();
  expect(client.seen.get('1')).toBe(1);
  record.isThere = false;
  hub.wake();
  await settle();
  expect([client.hasEnded, hub.size]).toEqual([true, 0]);
});

test('what went wrong by itself is asked for again without being woken', async () => {
  jest.useFakeTimers({ doNotFake: ['setImmediate', 'nextTick'] });
  try {
    const { record, join } = world();
    record.trouble = new ApiError('DATABASE_UNAVAILABLE', 'away');
    const client = join();
    await settle();
    record.trouble = null;
    await jest.runOnlyPendingTimersAsync();
    await settle();
    expect(client.types).toEqual(['ready']);
  } finally {
    jest.useRealTimers();
  }
});

test('a fault of ours is reported and ends the streams, which nobody would serve any more', async () => {
  const { record, faults, join } = world();
  record.trouble = new Error('not a row');
  const client = join();
  await settle();
  expect([client.hasEnded, faults]).toEqual([true, [record.trouble]]);
});

test('whatever order changes, breaks and pauses come in: each number once, rising, and at the end the truth', async () => {
  const JOBS = 70;
  const step = fc.oneof(
    { weight: 6, arbitrary: fc.record({ do: fc.constant('change' as const), job: fc.nat(JOBS - 1) }) },
    fc.record({
      do: fc.constantFrom('break' as const, 'pause' as const, 'resume' as const, 'join' as const),
      client: fc.nat(3),
    }),
    fc.record({ do: fc.constantFrom('wake' as const, 'wait' as const) }),
    fc.record({ do: fc.constant('many' as const) }),
  );
  await fc.assert(
    fc.asyncProperty(fc.array(step, { maxLength: 60 }), async (steps) => {
      const { record, hub, join } = world(JOBS);
      const clients = [join(), join(), join(), join()];
      const broken: Client[] = [];
      for (const taken of steps) {
        if (taken.do === 'change') record.change(taken.job);
        else if (taken.do === 'many') for (let job = 0; job < JOBS; job += 1) record.change(job);
        else if (taken.do === 'wake') hub.wake();
        else if (taken.do === 'wait') await settle();
        else if ('client' in taken) {
          const client = clients[taken.client] as Client;
          if (taken.do === 'pause') client.isPaused = true;
          else if (taken.do === 'resume') client.resume();
          else {
            hub.remove(client);
            broken.push(client);
            // A client goes on from the last event that it has, or from nothing.
            const next = join(taken.do === 'join' ? null : (client.ids.at(-1) ?? null));
            for (const known of taken.do === 'join' ? [] : client.seen) next.seen.set(...known);
            clients[taken.client] = next;
          }
        }
      }
      for (const client of clients) client.resume();
      await settle();
      expect(record.mostOpen).toBe(1);
      const truth = record.versions.map((version, job) => [String(job), version]);
      for (const { seen } of clients) {
        expect([...seen].sort((a, b) => Number(a[0]) - Number(b[0]))).toEqual(truth);
      }
      for (const { ids } of [...clients, ...broken]) {
        expect(ids.every((id, n) => n === 0 || id > (ids[n - 1] ?? 0))).toBe(true);
      }
    }),
    { numRuns: 150 },
  );
});
