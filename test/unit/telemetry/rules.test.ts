/** The alert rules and the dashboard as files: whoever is woken finds what to do. */
import { execFile } from 'node:child_process';
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { promisify } from 'node:util';
import { findTool } from '../../../dev/stack/tools';
import { alertCases, alertRules, allExpressions, dashboardPanels, OPS, usesIn } from '../../helpers/rules';

const GUIDE = readFileSync(path.resolve(__dirname, '../../../docs/operations.md'), 'utf8');

/** As GitHub makes them of headings. */
const anchors = new Set(
  [...GUIDE.matchAll(/^#+ (.+)$/gm)].map(([, heading = '']) =>
    heading
      .toLowerCase()
      .replace(/[^\w\- ]/g, '')
      .replaceAll(' ', '-'),
  ),
);

test.each(alertRules().map((rule) => [rule.alert, rule] as const))(
  '%s leads to a section of the on-call guide and says what it is about',
  (_name, { annotations }) => {
    const [, anchor = ''] = /^docs\/operations\.md#([\w-]+)$/.exec(annotations.runbook) ?? [];
    expect([...anchors]).toContain(anchor);
    expect(annotations.summary).toMatch(/\w+ .+[.]$/);
  },
);

test('each alert has a case in which it fires and one in which it does not', () => {
  const told = (fires: boolean) =>
    new Set(
      alertCases()
        .filter((one) => one.fires === fires)
        .map(({ alert }) => alert),
    );
  const all = new Set(alertRules().map(({ alert }) => alert));
  expect(told(true)).toEqual(all);
  expect(told(false)).toEqual(all);
});

const promtool = findTool('promtool');
if (promtool === null)
  console.warn('\n*** SKIPPED: promtool is not installed; `npm run setup -- --test` fetches it ***\n');

(promtool === null ? test.skip : test)(
  "Prometheus's own program accepts the rules, and each case comes out as written",
  async () => {
    const run = (...args: string[]) => promisify(execFile)(promtool ?? 'promtool', args, { cwd: OPS });
    // A failure shows what it found: the output is in the error.
    expect((await run('check', 'rules', 'alerts.yml')).stdout).toContain(
      `${alertRules().length} rules found`,
    );
    expect((await run('test', 'rules', 'alerts.test.yml')).stdout).toContain('SUCCESS');
  },
  120_000,
);

test('names of alerts and ids of panels are used once', () => {
  const alerts = alertRules().map(({ alert }) => alert);
  const ids = dashboardPanels().map(({ id }) => id);
  expect(alerts.length).toBeGreaterThan(20);
  expect(new Set(alerts).size).toBe(alerts.length);
  expect(new Set(ids).size).toBe(ids.length);
});

test('gauges of the record are never added up over the processes that all tell them', () => {
  const told = /registration_(?:jobs_live|jobs_ended|waiting|waiting_oldest_seconds|batches_paused)\b/;
  const added = allExpressions().filter((expr) => told.test(expr) && !/\bmax\b/.test(expr));
  expect(added).toEqual([]);
});

test('metrics and labels are read out of expressions', () => {
  expect(usesIn('sum by (a) (rate(registration_x_total{b="1",c=~"2|3"}[5m])) / temporal_y > 0')).toEqual([
    { metric: 'registration_x_total', labels: ['b', 'c'] },
    { metric: 'temporal_y', labels: [] },
  ]);
});
