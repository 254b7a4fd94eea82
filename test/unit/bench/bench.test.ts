/** The pure parts of the bench: figures, the table made of them, the command line, and schedules on paper. */
import { meets, tables, type Row } from '../../../bench/figures';
import { StackError } from '../../../dev/stack/errors';
import { readOptions } from '../../../bench/options';
import { timesByPart } from '../../../bench/profile';
import {
  byNeeds,
  byPhases,
  criticalPath,
  lowerBound,
  makespanOf,
  type Durations,
} from '../../../bench/schedule';
import { figure, percentile, shuffled, slope } from '../../../bench/statistics';

const MEASURES = ['throughput', 'reaction'];
const FREE = { portalSessions: 100, accountIntervalMs: 0 };

test('percentiles are values that were measured, and the spread is half of the distance', () => {
  const samples = Array.from({ length: 100 }, (_, n) => 100 - n);
  expect([0.5, 0.95, 0.99, 1].map((part) => percentile(samples, part))).toEqual([50, 95, 99, 100]);
  expect(() => percentile([], 0.5)).toThrow();
  expect(figure('ms', [8, 12, 10])).toMatchObject({ median: 10, spread: 0.2 });
});

test('a slope is that of the line nearest to the points, and a shuffle loses nothing and is repeated by its seed', () => {
  expect(
    slope([
      [0, 10],
      [100, 210],
      [200, 410],
    ]),
  ).toBeCloseTo(2);
  expect(
    slope([
      [0, 1],
      [1, 0],
      [2, 1],
      [3, 0],
    ]),
  ).toBeCloseTo(-0.2);
  const items = Array.from({ length: 50 }, (_, n) => n);
  expect(shuffled(items, 7)).toEqual(shuffled(items, 7));
  expect(shuffled(items, 7)).not.toEqual(shuffled(items, 8));
  expect(shuffled(items, 7).sort((a, b) => a - b)).toEqual(items);
});

test('a profile is told by packages and parts of the project, without the time in which nothing was done', () => {
  const node = (id: number, functionName: string, url: string) => ({ id, callFrame: { functionName, url } });
  const nodes = [
    node(1, '(idle)', ''),
    node(2, 'encrypt', 'file:///srv/dist/domain/codec.js'),
    node(3, 'encode', '/srv/node_modules/@temporalio/common/lib/x.js'),
    node(4, 'decode', '/srv/node_modules/@temporalio/common/lib/y.js'),
    node(5, 'read', 'node:internal/fs'),
    node(6, '(garbage collector)', ''),
  ];
  const profile = { nodes, samples: [1, 2, 3, 4, 5, 6], timeDeltas: [9_000, 1_000, 2_000, 3_000, 500, 700] };
  expect(timesByPart([profile, profile])).toEqual([
    ['@temporalio/common', 10],
    ['our domain', 2],
    ['(garbage collector)', 1.4],
    ['node:internal', 1],
  ]);
});

test('a goal is met at its limit, and the table says which is not', () => {
  const row = (value: number, goal: Row['goal']): Row => ({
    name: `row ${value}`,
    figure: figure('ms', [value]),
    goal,
  });
  const rows = [row(10, { atMost: 10 }), row(11, { atMost: 10 }), row(9, { atLeast: 10 }), row(5, undefined)];
  expect(rows.map(meets)).toEqual([true, false, false, null]);
  const machine = { cpus: 2, model: 'm', memoryGb: 4, node: 'v20' };
  const result = { measure: 'x', how: 'So.', at: '2026-01-02T03:04:05Z', seconds: 1, notes: [] };
  const text = tables({
    commit: 'abc',
    machine,
    results: [{ ...result, load: { before: 0, after: 1 }, rows }],
  });
  expect(text.match(/\*\*no\*\*/g)).toHaveLength(2);
});

test('the command line names measures that there are, and numbers that make sense', () => {
  expect(readOptions(['--suite', 'all'], MEASURES)).toMatchObject({
    suite: MEASURES,
    restaurants: null,
    repeats: null,
  });
  expect(readOptions(['--suite', 'reaction', '--restaurants', '5'], MEASURES)).toMatchObject({
    suite: ['reaction'],
    restaurants: 5,
    parked: null,
    sizes: null,
    speed: null,
  });
  expect(readOptions(['--parked', '5000', '--sizes', '200,2000', '--speed', '20'], MEASURES)).toMatchObject({
    parked: 5000,
    sizes: [200, 2000],
    speed: 20,
  });
  for (const wrong of [
    ['--suite', 'speed'],
    ['--restaurants', '0'],
    ['--restaurants', 'x'],
    ['--sizes', '5,'],
    ['--fast'],
  ])
    expect(() => readOptions(wrong, MEASURES)).toThrow(StackError);
});

const ONE: Durations = {
  cloudwaitressAccount: 1,
  codeGeneration: 50,
  restaurantRegistration: 10,
  menuImport: 10,
  optionSets: 30,
};

test('by its needs a restaurant takes its longest path; behind phases it takes the longest of each', () => {
  expect(makespanOf([ONE], FREE, byNeeds)).toBe(1 + 10 + 10 + 30);
  expect(makespanOf([ONE], FREE, byPhases)).toBe(50 + 10 + 10 + 30);
  expect(lowerBound([ONE], FREE)).toBe(1 + 10 + 10 + 30);
  expect(criticalPath(ONE)).toBe(1 + 10 + 10 + 30);
  expect(criticalPath(ONE, 0, byPhases)).toBe(50 + 10 + 10 + 30);
});

test('sessions and the gate hold a batch up, and no schedule beats the bound', () => {
  const batch = Array.from({ length: 5 }, () => ONE);
  const narrow = { portalSessions: 1, accountIntervalMs: 0 };
  expect(lowerBound(batch, narrow)).toBe(5 * (50 + 10 + 10 + 30));
  const gated = { portalSessions: 100, accountIntervalMs: 1_000 };
  expect(lowerBound(batch, gated)).toBe(4_000 + 51);
  for (const limits of [FREE, narrow, gated, { portalSessions: 3, accountIntervalMs: 7 }])
    expect(makespanOf(batch, limits, byNeeds)).toBeGreaterThanOrEqual(lowerBound(batch, limits));
});
