/** Where the time of a run went: its spans, what they add up to, and how they are drawn. */
import {
  jobLanes,
  longestWaits,
  merged,
  readyAt,
  restaurantLane,
  sharesOf,
  subStepStates,
  type Lane,
  type Span,
} from '../../../api/console/src/features/timeline/model';
import { scaleOf, ticksOf } from '../../../api/console/src/features/timeline/scale';
import { job, step, subStep } from './jobs';

const T0 = Date.parse('2026-03-01T00:00:00.000Z');
const MINUTE = 60_000;
const at = (minutes: number): string => new Date(T0 + minutes * MINUTE).toISOString();
const minutes = (spans: readonly Span[]) =>
  spans.map(({ kind, from, to }) => [kind, (from - T0) / MINUTE, to === null ? null : (to - T0) / MINUTE]);

/** Steps 1 to 5 took ten minutes, five of them at people; then step 6 began. */
const steps = [
  step(1, 'completed', at(0), at(2)),
  step(2, 'completed', at(2), at(3)),
  step(3, 'completed', at(3), at(6)),
  step(4, 'completed', at(6), at(8)),
  step(5, 'completed', at(8), at(10)),
];
const inStep6 = job({
  status: 'in_progress',
  current_step: 6,
  steps: [
    ...steps,
    step(6, 'in_progress', at(10), null, {
      cloudwaitressAccount: subStep('completed', at(14), at(15)),
      codeGeneration: subStep('completed', at(10), at(11)),
      restaurantRegistration: subStep('in_progress', at(15), null),
      websiteConfig: subStep('pending', null, null),
    }),
  ],
});

test('a lane for each step and each sub-step: people are waited for in steps 3 and 5, a turn from when nothing else was missing', () => {
  const lanes = new Map(jobLanes(inStep6).map(({ id, spans }) => [id, minutes(spans)]));
  expect(lanes.get('step-1')).toEqual([['work', 0, 2]]);
  expect(lanes.get('step-3')).toEqual([['person', 3, 6]]);
  expect(lanes.get('cloudwaitressAccount')).toEqual([
    ['turn', 10, 14],
    ['work', 14, 15],
  ]);
  expect(lanes.get('codeGeneration')).toEqual([['work', 10, 11]]);
  expect(lanes.get('restaurantRegistration')).toEqual([['work', 15, null]]);
  // What it needs is not done: it waits for no turn yet.
  expect(lanes.get('websiteConfig')).toEqual([]);
});

test('readiness looks at needs and at what must have settled before', () => {
  const states = subStepStates(
    job({
      steps: [
        ...steps,
        step(6, 'in_progress', at(10), null, {
          restaurantRegistration: subStep('completed', at(10), at(12)),
          uploadImages: subStep('failed', at(10), at(20)),
          menuImport: subStep('pending', null, null),
        }),
      ],
    }),
  );
  expect(readyAt('menuImport', { states, asked: T0 })).toBe(T0 + 20 * MINUTE);
  expect(readyAt('optionSets', { states, asked: T0 })).toBeNull();
});

test('each moment is counted once, and work goes before waiting', () => {
  const shares = sharesOf(jobLanes(inStep6), T0 + 20 * MINUTE);
  // 0-2, 2-3, 6-8 and in step 6 10-11 (code), 14-20; people 3-6 and 8-10; the turn 11-14.
  expect(shares).toEqual({ work: 12 * MINUTE, person: 5 * MINUTE, turn: 3 * MINUTE });
});

test('a restaurant in one lane: it waits for a person when its set-up came to rest with a failure', () => {
  const rests = job({
    status: 'action_required',
    current_step: 6,
    steps: [...steps, step(6, 'failed', at(10), null, { codeGeneration: subStep('failed', at(10), at(12)) })],
  });
  expect(minutes(restaurantLane(rests).spans).slice(-2)).toEqual([
    ['work', 10, 12],
    ['person', 12, null],
  ]);
});

test('a job that has ended leaves nothing open', () => {
  const ended = job({
    status: 'cancelled',
    cancelled_at: at(9),
    updated_at: at(9),
    steps: [step(1, 'completed', at(0), at(2)), step(3, 'action_required', at(2), null)],
  });
  expect(
    jobLanes(ended)
      .flatMap(({ spans }) => spans)
      .every(({ to }) => to !== null),
  ).toBe(true);
});

const lane = (...spans: [Span['kind'], number, number | null][]): Lane => ({
  id: 'a',
  label: 'A',
  group: 'g',
  spans: spans.map(([kind, from, to]) => ({ kind, from, to, status: 'completed', label: 'x' })),
});

test('spans over each other become one row without overlaps', () => {
  const found = merged(lane(['turn', 0, 10], ['work', 4, 6], ['work', 6, 8], ['person', 20, null]).spans);
  expect(found.map(({ kind, from, to }) => [kind, from, to])).toEqual([
    ['turn', 0, 4],
    ['work', 4, 8],
    ['turn', 8, 10],
    ['person', 20, null],
  ]);
});

test('the longest waits come first; what took no time is not told', () => {
  const waits = longestWaits(
    [lane(['person', 0, 5_000], ['turn', 0, 90_000], ['turn', 1, 2], ['work', 0, 1e9])],
    0,
  );
  expect(waits.map(({ kind, ms }) => [kind, ms])).toEqual([
    ['turn', 90_000],
    ['person', 5_000],
  ]);
});

describe('the scale', () => {
  const DAY = 24 * 60 * MINUTE;
  const lanes = [lane(['work', 0, MINUTE], ['person', MINUTE, DAY], ['work', DAY, DAY + MINUTE])];
  test('draws a long wait short, and keeps the order and the ends', () => {
    const scale = scaleOf(lanes, 0, true);
    expect(scale?.gaps).toEqual([{ from: MINUTE, to: DAY }]);
    const places = [0, MINUTE, DAY / 2, DAY, DAY + MINUTE].map((moment) => scale?.at(moment) ?? -1);
    expect(places[0]).toBe(0);
    expect(places.at(-1)).toBeCloseTo(1);
    expect(places).toEqual(places.toSorted((a, b) => a - b));
    expect((places[3] ?? 0) - (places[1] ?? 0)).toBeLessThan(0.1);
  });
  test('draws everything in full where it is asked to', () => {
    const scale = scaleOf(lanes, 0, false);
    expect(scale?.gaps).toEqual([]);
    expect(scale?.at(MINUTE)).toBeCloseTo(MINUTE / (DAY + MINUTE));
  });
  test('marks round times, none too close to another, few enough to be read', () => {
    for (const isShortened of [true, false]) {
      const scale = scaleOf(lanes, 0, isShortened);
      if (!scale) throw new Error('no scale');
      const ticks = ticksOf(scale);
      expect(ticks.length).toBeGreaterThan(2);
      expect(ticks.length).toBeLessThan(11);
      for (const [i, { place }] of ticks.entries()) {
        if (i > 0) expect(place - (ticks[i - 1]?.place ?? 0)).toBeGreaterThanOrEqual(0.1);
      }
    }
  });
  test('there is none of nothing', () => {
    expect(scaleOf([lane()], 0, true)).toBeNull();
  });
});
