import { choicesOutcome, deliver, refuse, type Choice, type DeliveryDeps } from '../../../api/decisions';
import { ApiError } from '../../../api/errors';

type Event = Awaited<ReturnType<DeliveryDeps['eventsById']>>[number];

/** A clock that moves only when somebody sleeps, and a record whose events appear at their time. */
function world(appear: (decisionId: string) => { atMs: number; event: Omit<Event, 'id'> } | undefined) {
  let now = 0;
  const queries: number[] = [];
  const deps: DeliveryDeps = {
    waitMs: 2_000,
    clock: { now: () => now, sleep: (ms) => Promise.resolve(void (now += ms)) },
    eventsById: (ids) => {
      queries.push(ids.length);
      return Promise.resolve(
        ids.flatMap((id) => {
          const coming = appear(id.replace('decision:', ''));
          return coming && coming.atMs <= now ? [{ id, ...coming.event }] : [];
        }),
      );
    },
  };
  return { deps, queries, time: () => now };
}

const applied = { kind: 'decision.applied', reason: null, data: {} };
const choice = (jobId: string, sent: string[] = [], answer: boolean | Error = true): Choice => ({
  jobId,
  send: (id) => {
    sent.push(id);
    return answer instanceof Error ? Promise.reject(answer) : Promise.resolve(answer);
  },
});

test.each([
  { atMs: 0, within: 30, looks: 1 },
  { atMs: 50, within: 50, looks: 2 },
  { atMs: 300, within: 300, looks: 6 },
  { atMs: 950, within: 1_000, looks: 13 },
])(
  'verdicts that are there after $atMs ms are asked for together, and no later than they must',
  async ({ atMs, within, looks }) => {
    const { deps, queries, time } = world(() => ({ atMs, event: applied }));
    const { results } = await deliver(deps, [choice('a'), choice('b'), choice('c')]);
    expect(results.map(({ job_id, result }) => [job_id, result])).toEqual([
      ['a', 'applied'],
      ['b', 'applied'],
      ['c', 'applied'],
    ]);
    expect(time()).toBe(within);
    expect(queries).toEqual(Array(looks).fill(3));
  },
);

test('after two seconds what was not answered is pending; what was ignored says why', async () => {
  const sent: string[] = [];
  const { deps, time } = world((id) =>
    id === sent[0]
      ? { atMs: 100, event: { kind: 'decision.ignored', reason: null, data: { reason: 'too late' } } }
      : undefined,
  );
  const { results } = await deliver(deps, [choice('a', sent), choice('b', sent)]);
  expect(results).toMatchObject([
    { job_id: 'a', result: 'ignored', reason: 'too late' },
    { job_id: 'b', result: 'pending' },
  ]);
  expect(time()).toBe(2_000);
});

test('trouble with one job does not stop the others', async () => {
  const { deps } = world(() => ({ atMs: 0, event: applied }));
  const down = new ApiError('TEMPORAL_UNAVAILABLE', 'down');
  const { results, rejected } = await deliver(deps, [
    choice('a', [], down),
    choice('b'),
    choice('c', [], false),
  ]);
  expect(results).toMatchObject([{ job_id: 'b', result: 'applied' }]);
  expect(rejected).toMatchObject([
    { job_id: 'a', code: 'TEMPORAL_UNAVAILABLE' },
    { job_id: 'c', code: 'INVALID_STATUS' },
  ]);
});

test('a record that cannot be read after the choice was signalled leaves it pending, not failed', async () => {
  const { deps } = world(() => undefined);
  const broken = { ...deps, eventsById: () => Promise.reject(new ApiError('DATABASE_UNAVAILABLE', 'down')) };
  expect((await deliver(broken, [choice('a')])).results).toMatchObject([{ job_id: 'a', result: 'pending' }]);
});

test('a request of which nothing went through fails with the code of the first rejection', () => {
  const rejected = [refuse('a', 'TEMPORAL_UNAVAILABLE', 'down'), refuse('b', 'JOB_NOT_FOUND', 'unknown')];
  expect(() => choicesOutcome({ results: [], rejected }, 4)).toThrow(
    expect.objectContaining({ code: 'TEMPORAL_UNAVAILABLE', status: 503, details: { rejected } }),
  );
});
