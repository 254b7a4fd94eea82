/** What ops/ asks Prometheus: the alert rules and the panels of the dashboard. */
import { readFileSync } from 'node:fs';
import path from 'node:path';
import { parse } from 'yaml';
import { z } from 'zod';

export const OPS = path.resolve(__dirname, '../../ops');

const rule = z.object({
  alert: z.string(),
  expr: z.string(),
  labels: z.object({ severity: z.enum(['critical', 'warning', 'info']) }),
  annotations: z.object({ summary: z.string(), runbook: z.string() }),
});
const rules = z.object({ groups: z.object({ name: z.string(), rules: rule.array() }).array() });

const panel = z.object({
  id: z.number(),
  title: z.string(),
  targets: z.object({ expr: z.string() }).array().optional(),
});
const dashboard = z.object({ panels: panel.array() });

export function alertRules(): z.infer<typeof rule>[] {
  const text = readFileSync(path.join(OPS, 'alerts.yml'), 'utf8');
  return rules.parse(parse(text)).groups.flatMap((group) => group.rules);
}

const cases = z.object({
  tests: z
    .object({
      alert_rule_test: z.object({ alertname: z.string(), exp_alerts: z.unknown().array() }).array(),
    })
    .array(),
});

/** What promtool is asked of the rules: at some time of invented figures, whether this alert fires. */
export function alertCases(): { alert: string; fires: boolean }[] {
  const text = readFileSync(path.join(OPS, 'alerts.test.yml'), 'utf8');
  return cases
    .parse(parse(text))
    .tests.flatMap((one) => one.alert_rule_test)
    .map(({ alertname, exp_alerts }) => ({ alert: alertname, fires: exp_alerts.length > 0 }));
}

export function dashboardPanels(): z.infer<typeof panel>[] {
  const text = readFileSync(path.join(OPS, 'grafana/dashboard.json'), 'utf8');
  return dashboard.parse(JSON.parse(text)).panels;
}

export function allExpressions(): string[] {
  return [
    ...alertRules().map(({ expr }) => expr),
    ...dashboardPanels().flatMap(({ targets = [] }) => targets.map(({ expr }) => expr)),
  ];
}

export interface Use {
  metric: string;
  labels: string[];
}

/** The metrics that an expression names, with the labels by which it picks among their rows. */
export function usesIn(expr: string): Use[] {
  const named = /\b((?:registration|temporal|http|nodejs|process)_\w+)(?:\{([^}]*)\})?/g;
  return [...expr.matchAll(named)].map(([, metric = '', selector = '']) => ({
    metric,
    labels: [...selector.matchAll(/(\w+)\s*(?:=~|!~|!=|=)/g)].map(([, label = '']) => label),
  }));
}
