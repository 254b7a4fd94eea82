/** What a batch's counts mean to people. Pure functions. */
import type { Batch, StepCounts, StepStatus } from '../../api/types';
import type { BarPart, StepDot } from '../../ui';

export type Overview = NonNullable<Batch['overview']>;

/** One status for a step of the whole batch: what is worst, or what is on its way. */
export function statusOfStep(counts: StepCounts, total: number): StepStatus {
  const through = counts.completed + counts.skipped + counts.cancelled;
  if (counts.failed > 0) return 'failed';
  if (counts.action_required > 0) return 'action_required';
  if (counts.in_progress > 0) return 'in_progress';
  if (total > 0 && through === total) return counts.completed > 0 ? 'completed' : 'skipped';
  return through > 0 ? 'in_progress' : 'pending';
}

export function stepDots({ step_summary: steps, restaurants_summary: { total } }: Overview): StepDot[] {
  return steps.map((counts) => {
    const parts = [
      [counts.completed + counts.skipped + counts.cancelled, `of ${total} through`],
      [counts.in_progress, 'running'],
      [counts.action_required, 'need you'],
      [counts.failed, 'failed'],
    ] as const;
    const detail = parts.flatMap(([count, word]) => (count > 0 ? [`${count} ${word}`] : [])).join(', ');
    return { name: counts.step_name, status: statusOfStep(counts, total), detail: detail || 'not begun' };
  });
}

export function barParts(summary: Omit<Overview['restaurants_summary'], 'total' | 'pending'>): BarPart[] {
  return [
    { tone: 'ok', label: 'completed', count: summary.completed },
    { tone: 'run', label: 'running', count: summary.in_progress },
    {
      tone: 'wait',
      label: summary.action_required === 1 ? 'needs you' : 'need you',
      count: summary.action_required,
    },
    { tone: 'bad', label: 'failed', count: summary.failed },
    { tone: 'idle', label: 'cancelled', count: summary.cancelled },
  ];
}

/** "2 completed · 3 running"; what is not there is not told. */
export function countsLine(overview: Overview): string {
  const told = barParts(overview.restaurants_summary).filter(({ count }) => count > 0);
  const { pending } = overview.restaurants_summary;
  const words = told.map(({ label, count }) => `${count} ${label}`);
  if (pending > 0) words.push(`${pending} not started`);
  return words.join(' · ');
}

const WAITS: Readonly<Record<number, readonly [one: string, many: string]>> = {
  1: ['extraction that failed', 'extractions that failed'],
  2: ['search that failed', 'searches that failed'],
  3: ['company to choose', 'companies to choose'],
  4: ['look-up that failed', 'look-ups that failed'],
  5: ['configuration to confirm', 'configurations to confirm'],
  6: ['account set-up to repair', 'account set-ups to repair'],
};

/** What a batch waits for, in words. */
export function waitsFor({ waiting }: Pick<Overview, 'waiting'>): { step: number; text: string }[] {
  return waiting.map(({ step_number: step, count }) => {
    const [one, many] = WAITS[step] ?? ['thing to look at', 'things to look at'];
    return { step, text: `${count} ${count === 1 ? one : many}` };
  });
}
