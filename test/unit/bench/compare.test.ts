import { existsSync } from 'node:fs';
import path from 'node:path';
import { CANDIDATES, MODULES } from '../../../bench/compare/candidates';
import { CALLS, register, STAGES, type Unit } from '../../../bench/compare/flow';
import { CallLedger } from '../../../bench/compare/ledger';
import type { Recovery, Throughput } from '../../../bench/compare/measures';
import { parseCompare } from '../../../bench/compare/options';
import { markdown, medianOfKnown, quantile, type CompareReport } from '../../../bench/compare/report';
import { SUB_STEP_KEYS, SUB_STEPS } from '../../../domain/sub-steps';

describe('the registration that all candidates carry out', () => {
  it('makes every outside call once, asks both questions, and begins no sub-step before what it needs has ended', async () => {
    const begun: string[] = [];
    const ended = new Set<string>();
    const tooEarly: string[] = [];
    await register({
      async perform(unit: Unit) {
        begun.push(unit);
        const key = SUB_STEP_KEYS.find((known) => known === unit);
        const { needs, after } = key ? SUB_STEPS[key] : { needs: [], after: [] };
        if ([...needs, ...after].some((need) => !ended.has(need))) tooEarly.push(unit);
        await Promise.resolve();
        ended.add(unit);
      },
      all: (units) => Promise.all(units),
      ask(question) {
        begun.push(`ask ${question}`);
        return Promise.resolve(null);
      },
    });
    const calls = begun.filter((unit) => CALLS.some((call) => call === unit));
    expect(calls).toHaveLength(14);
    expect(new Set(calls)).toEqual(new Set(CALLS));
    expect(tooEarly).toEqual([]);
    expect(begun.indexOf('ask company')).toBeLessThan(begun.indexOf('details'));
    expect(begun.indexOf('ask configuration')).toBeLessThan(begun.indexOf('cloudwaitressAccount'));
    expect(begun.at(-1)).toBe('publish:completed');
  });

  it('keeps the phases of step 6, one after the other', () => {
    const phases = STAGES.map((stage) => new Set(stage.map((key) => SUB_STEPS[key].phase)));
    expect(phases.every((phase) => phase.size === 1)).toBe(true);
    const order = phases.flatMap((phase) => [...phase]);
    expect(order).toEqual([...order].sort());
    expect(STAGES.flat()).toHaveLength(SUB_STEP_KEYS.length);
  });
});

describe('the ledger of the outside', () => {
  const jobs = new Set(['a', 'b']);

  it('tells lost and doubled calls of the asked jobs alone', () => {
    const ledger = new CallLedger();
    for (const call of CALLS) ledger.arrived({ jobId: 'a', call, at: 1 });
    for (const call of CALLS.slice(2)) ledger.arrived({ jobId: 'b', call, at: 2 });
    ledger.arrived({ jobId: 'a', call: 'menuImport', at: 3 });
    ledger.arrived({ jobId: 'another', call: 'menuImport', at: 3 });
    expect(ledger.judge(jobs)).toEqual({ calls: 14 + 12 + 1, lost: 2, doubled: 1 });
  });

  it('gives the next arrival that fits, not one from before', async () => {
    const ledger = new CallLedger();
    ledger.arrived({ jobId: 'a', call: 'search', at: 1 });
    const next = ledger.next(({ jobId }) => jobs.has(jobId));
    ledger.arrived({ jobId: 'another', call: 'search', at: 2 });
    ledger.arrived({ jobId: 'b', call: 'details', at: 3 });
    ledger.arrived({ jobId: 'a', call: 'details', at: 4 });
    await expect(next).resolves.toMatchObject({ jobId: 'b', at: 3 });
  });
});

it('has a module for each candidate', () => {
  const folder = path.join(__dirname, '..', '..', '..', 'bench', 'compare');
  const isThere = (name: (typeof CANDIDATES)[number]): boolean =>
    [`${MODULES[name]}.ts`, `${MODULES[name]}/index.ts`].some((file) => existsSync(path.join(folder, file)));
  expect(CANDIDATES.filter((name) => !isThere(name))).toEqual([]);
});

describe('the command line', () => {
  it('takes candidates in the order of the table, and names the ones that it does not know', () => {
    expect(parseCompare(['--only', 'dbos, bullmq']).only).toEqual(['bullmq', 'dbos']);
    expect(parseCompare([])).toMatchObject({ restaurants: 200, repeat: 3, only: CANDIDATES });
    expect(() => parseCompare(['--only', 'bullmq,cron'])).toThrow(/cron/);
    expect(() => parseCompare(['--restaurants', '2'])).toThrow(/restaurants/);
  });
});

describe('the table', () => {
  const throughput = (perSecond: number): Throughput => ({
    restaurants: 10,
    seconds: 1,
    perSecond,
    cpu: { worker: 0.02, server: null, database: 0.03 },
    memory: { worker: 100, server: null },
    recordRequests: 45,
    outside: { calls: 140, lost: 0, doubled: 0 },
    load: 0.5,
  });
  const recovery: Recovery = {
    restaurants: 10,
    callMs: 250,
    undisturbedSeconds: 3,
    firstCallSeconds: null,
    doneSeconds: null,
    totalSeconds: null,
    unfinished: 9,
    outside: { calls: 56, lost: 84, doubled: 0 },
    load: 0.5,
  };
  const report: CompareReport = {
    at: '2026-11-28T12:00:00.000Z',
    machine: { processor: 'Test', cores: 2, node: '20.19.0' },
    minutes: 1,
    options: { restaurants: 10, repeat: 3 },
    candidates: [
      {
        name: 'in-process',
        label: 'In process',
        throughput: [throughput(30), throughput(10), throughput(20)],
        reaction: [{ samples: [1, 2, 3, 4], load: 0.5 }],
        recovery,
      },
      { name: 'bullmq', label: 'BullMQ', unavailable: 'no Redis', throughput: [], reaction: [] },
    ],
  };

  it('has medians with their spread, says what never came, and names who did not run with the reason', () => {
    const [, , first, second] = markdown(report).split('\n');
    expect(first).toContain('20.0 (10.0 to 30.0)');
    expect(first).toContain('2 / 4');
    expect(first).toContain('20 / – / 30');
    expect(first).toContain('never (9 of 10 left)');
    expect(first).toContain('84 / 0');
    expect(second).toMatch(/BullMQ.*not run: no Redis/);
  });

  it('makes no figure of what was not measured', () => {
    expect(medianOfKnown([1, null, 3])).toBeNull();
    expect(medianOfKnown([])).toBeNull();
    expect(medianOfKnown([1, 2, 3, 10])).toBe(2.5);
    expect(quantile([], 0.5)).toBeNull();
    expect(quantile([5], 0.95)).toBe(5);
    expect(quantile([1, 2, 3, 4, 5, 6, 7, 8, 9, 10], 0.95)).toBe(10);
  });
});
