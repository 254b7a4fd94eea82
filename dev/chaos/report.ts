/** The figures of a run, and how they are printed. */
import type { EffectsSummary } from '../simulator/client';
import { table, type Paint } from '../demo/text';
import type { StoredJob } from './facts';
import type { ServiceFigures } from './killer';
import { statusCounts, type PersonFigures } from './person';
import type { ChaosPlan, ChaosService } from './plan';
import type { Check, Limits } from './verdict';

export interface ChaosReport {
  ok: boolean;
  seed: number;
  plan: ChaosPlan;
  seconds: {
    total: number;
    /** From the last kill's end, when the faults were cleared, to rest. */
    settling: number;
  };
  services: Record<ChaosService, ServiceFigures>;
  requests: number;
  faults: Record<string, number>;
  person: PersonFigures;
  outcomes: string;
  /** Those that are not completed, with what they wait for. */
  waiting: { name: string; reason: string | null }[];
  effects: number;
  accounts: EffectsSummary['accounts'] & { intervalMs: number };
  sessions: { most: number; mostPerAccount: number; limitPerAccount: number };
  checks: Check[];
}

export interface ReportInput {
  plan: ChaosPlan;
  seconds: ChaosReport['seconds'];
  services: ChaosReport['services'];
  weather: { requests: number; struck: Record<string, number> };
  person: PersonFigures;
  jobs: readonly { one: { name: string }; row: StoredJob }[];
  summary: EffectsSummary;
  limits: Limits;
  checks: Check[];
}

export function buildReport(input: ReportInput): ChaosReport {
  const { plan, summary, jobs, checks } = input;
  const { maxConcurrent, maxConcurrentPerAccount } = summary.sessions;
  return {
    ok: checks.every(({ problems }) => problems.length === 0),
    seed: plan.options.seed,
    plan,
    seconds: input.seconds,
    services: input.services,
    requests: input.weather.requests,
    faults: input.weather.struck,
    person: input.person,
    outcomes: statusCounts(jobs.map(({ row }) => row)),
    waiting: jobs
      .filter(({ row }) => row.status !== 'completed')
      .map(({ one, row }) => ({ name: one.name, reason: row.waiting_reason ?? row.error_message })),
    effects: summary.total,
    accounts: { ...summary.accounts, intervalMs: input.limits.accountMinIntervalMs },
    sessions: {
      most: maxConcurrent,
      mostPerAccount: Math.max(0, ...Object.values(maxConcurrentPerAccount)),
      limitPerAccount: input.limits.sessionsPerAccount,
    },
    checks,
  };
}

const SERVICE_COLUMNS = [
  { title: 'Service' },
  { title: 'Kills', align: 'right' },
  { title: 'Down', align: 'right' },
  { title: 'Ended by itself', align: 'right' },
] as const;
const CHECK_COLUMNS = [{ title: 'Check', shrinks: true }, { title: 'Verdict' }] as const;
/** More of one kind tell nothing new on a screen; the JSON has them all. */
const MOST_PROBLEMS = 12;

const counted = (counts: Readonly<Record<string, number>>): string =>
  Object.entries(counts)
    .sort(([, a], [, b]) => b - a)
    .map(([what, count]) => `${count} ${what}`)
    .join(', ') || 'none';

export function reportLines(report: ChaosReport, width: number, paint: Paint): string[] {
  const { services, person, accounts, sessions, checks, seconds } = report;
  const gap = accounts.minGapMs === null ? 'none' : `${Math.round(accounts.minGapMs)} ms`;
  return [
    '',
    ...table(
      SERVICE_COLUMNS,
      Object.entries(services).map(([name, { kills, downMs, endedByItself }]) => [
        name,
        String(kills),
        `${(downMs / 1_000).toFixed(1)} s`,
        String(endedByItself),
      ]),
      width,
    ),
    '',
    `Faults that struck: ${counted(report.faults)} (of ${report.requests} requests)`,
    `Person: ${person.companies} companies, ${person.configurations} configurations, ${person.searches} searches, ${person.retries} retries, ${person.markedDone} marked as done, ${person.resumed} times resumed, ${person.refused} refused, ${person.unanswered} unanswered`,
    `Outside: ${report.effects} effects, ${accounts.starts} account starts (smallest gap ${gap}, least allowed ${accounts.intervalMs} ms, ${accounts.throttled} throttled), at most ${sessions.most} sessions, ${sessions.mostPerAccount} in one account (of ${sessions.limitPerAccount})`,
    `Outcomes: ${report.outcomes}`,
    ...report.waiting.map(({ name, reason }) => `  ${name}: ${reason ?? 'no reason is given'}`),
    '',
    ...table(
      CHECK_COLUMNS,
      checks.map(({ name, problems }) => [
        name,
        problems.length === 0 ? 'holds' : `${problems.length} problems`,
      ]),
      width,
    ),
    ...checks.flatMap(({ problems }) => [
      ...problems.slice(0, MOST_PROBLEMS).map((problem) => paint('red', `Problem: ${problem}`)),
      ...(problems.length > MOST_PROBLEMS
        ? [`  and ${problems.length - MOST_PROBLEMS} more like these`]
        : []),
    ]),
    '',
    paint(
      report.ok ? 'green' : 'red',
      `${report.ok ? 'All held' : 'Not as it should be'} with seed ${report.seed}, after ${seconds.total.toFixed(0)} s (${seconds.settling.toFixed(0)} s of them to settle)`,
    ),
  ];
}
