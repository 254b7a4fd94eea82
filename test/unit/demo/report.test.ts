import { buildReport, reportLines, type DemoReport } from '../../../dev/demo/report';
import { displayWidth, painter } from '../../../dev/demo/text';
import type { Job } from '../../../dev/demo/api-client';
import type { RunRestaurant } from '../../../dev/demo/world';
import type { EffectRow } from '../../../dev/simulator/client';
import { batchOf, completedJob, effectsOf, jobOf, runOf } from './fixtures';

interface Played {
  jobs: Job[];
  run: RunRestaurant[];
  effects: EffectRow[];
  problems?: string[];
}

function report({ jobs, run, effects, problems = [] }: Played): DemoReport {
  return buildReport({
    batch: batchOf(jobs),
    jobs,
    restaurants: new Map(run.map((one) => [one.id, one])),
    companyOf: () => 'KOWHAI GRILL LIMITED (9990001)',
    problemOf: () => null,
    effects,
    totalSeconds: 21.4,
    problems,
  });
}

function onePlayed(): Played {
  const run = [runOf(1)];
  return { jobs: [completedJob()], run, effects: run.flatMap(effectsOf) };
}

/** The played demo with one effect changed. */
function changed(subStep: EffectRow['subStep'], change: Partial<EffectRow>): Played {
  const played = onePlayed();
  return {
    ...played,
    effects: played.effects.map((row) => (row.subStep === subStep ? { ...row, ...change } : row)),
  };
}

describe('the verdict', () => {
  it('is ok when every restaurant reached its end and every effect came once', () => {
    const played = report(onePlayed());
    expect(played).toMatchObject({
      ok: true,
      problems: [],
      total_seconds: 21.4,
      batch: { status: 'completed', counts: { total: 1, completed: 1, failed: 0 } },
      effects: { total: 12, duplicates: 0, concurrent_calls: 0 },
    });
    expect(played.restaurants).toEqual([
      expect.objectContaining({
        name: 'Kōwhai Grill',
        expected: 'completed',
        status: 'completed',
        company: 'KOWHAI GRILL LIMITED (9990001)',
        account: 'USR1',
        seconds: 12.5,
        attempts: 12,
      }),
    ]);
    expect(played.restaurants[0]?.sub_steps).toMatchObject({ completed: 12, skipped: 0, total: 12 });
  });

  it.each<[string, Played]>([
    ['an effect that came twice', changed('menuImport', { count: 2 })],
    ['an effect that is missing', changed('websiteConfig', { count: 0 })],
    ['a duplicate', changed('optionSets', { duplicated: 1 })],
    ['two calls at once', changed('servicesConfig', { concurrentCalls: 1 })],
    ['an account made twice', changed('cloudwaitressAccount', { count: 2 })],
    ['an account that nobody made', changed('cloudwaitressAccount', { count: 0 })],
    [
      'a completed restaurant without its time',
      { ...onePlayed(), jobs: [{ ...completedJob(), completed_at: null }] },
    ],
    ['something seen on the way', { ...onePlayed(), problems: ['nothing moved any more'] }],
    ['a restaurant that has no job', { ...onePlayed(), run: [runOf(1), runOf(2)] }],
    [
      'a job that waits',
      { ...onePlayed(), jobs: [jobOf({ status: 'action_required', step: 6, otherSubSteps: 'completed' })] },
    ],
    ['a job that failed', { ...onePlayed(), jobs: [completedJob({ status: 'failed' })] }],
    ['a job that completed against expectation', { ...onePlayed(), run: [runOf(1, { expected: 'failed' })] }],
  ])('is not ok with %s, and says why', (_, played) => {
    const { ok, problems } = report(played);
    expect(ok).toBe(false);
    expect(problems.length).toBeGreaterThan(0);
  });

  it('takes an end for good that is not completion where the file expects it', () => {
    const failed = { status: 'failed' as const, step: 6, otherSubSteps: 'skipped' as const };
    expect(report({ jobs: [jobOf(failed)], run: [runOf(1, { expected: 'failed' })], effects: [] }).ok).toBe(
      true,
    );
  });

  it('wants no effect of a sub-step that was skipped', () => {
    const run = [runOf(1)];
    const jobs = [completedJob({ subSteps: { itemTags: { status: 'skipped' } } })];
    const all = run.flatMap(effectsOf);
    expect(report({ jobs, run, effects: all }).ok).toBe(false);
    const played = report({ jobs, run, effects: all.filter(({ subStep }) => subStep !== 'itemTags') });
    expect(played.ok).toBe(true);
    expect(played.restaurants[0]?.sub_steps).toMatchObject({ completed: 11, skipped: 1 });
  });

  it('wants no effect where there is nothing to do', () => {
    const bare = runOf(1, { optionSets: 0, dishes: [{ category: 'Mains', name: 'Lamb Rump', price: 34.5 }] });
    const effects = effectsOf(bare).filter(
      ({ subStep }) => subStep !== 'optionSets' && subStep !== 'uploadImages',
    );
    expect(report({ jobs: [completedJob()], run: [bare], effects }).ok).toBe(true);
  });

  it('wants one account of owners who share an e-mail in whatever case', () => {
    const run = [runOf(1, {}, 'Hana+run@tides.example'), runOf(2, {}, 'hana+RUN@tides.example')];
    const attached = { cloudwaitressAccount: { status: 'completed' as const, output: { attached: true } } };
    const jobs = [completedJob({ number: 1 }), completedJob({ number: 2, subSteps: attached })];
    const [first = [], second = []] = run.map(effectsOf);
    const once = [...first, ...second.filter(({ subStep }) => subStep !== 'cloudwaitressAccount')];
    const played = report({ jobs, run, effects: once });
    expect(played.problems).toEqual([]);
    expect(played.restaurants.map((one) => one.account_attached)).toEqual([false, true]);
    expect(report({ jobs, run, effects: [...first, ...second] }).ok).toBe(false);
  });

  it('counts an account that the backend made for the restaurant', () => {
    const { jobs, run } = onePlayed();
    const effects = run
      .flatMap(effectsOf)
      .map((row) => ({ ...row, restaurantId: run[0]?.id ?? null, email: null }));
    expect(report({ jobs, run, effects }).ok).toBe(true);
  });

  it('leaves the effects of other runs out', () => {
    const played = onePlayed();
    const others = effectsOf(runOf(9)).map((row) => ({ ...row, duplicated: 3 }));
    const { ok, effects } = report({ ...played, effects: [...played.effects, ...others] });
    expect(ok).toBe(true);
    expect(effects.total).toBe(12);
  });
});

describe('the table', () => {
  it('fits the terminal and ends with the line that says it all', () => {
    const played = report(onePlayed());
    const lines = reportLines(played, 80, painter(false));
    expect(lines.slice(0, -1).every((line) => displayWidth(line) <= 80)).toBe(true);
    expect(lines.find((line) => line.includes('Kōwhai Grill'))).toMatch(/completed .*USR1/);
    expect(lines.at(-1)).toMatch(/1 of 1 .*21\.4 s.*12 effects, 0 duplicates/);
  });
});
