/** What the Temporal Web UI shows of a run, as Markdown. No personal data beyond names of restaurants. */
import type { StepRow, SubStepRow } from './record';
import { REGISTRATION_STEPS } from './steps';
import type { JobStatus, StepStatus, SubStepStatus } from './statuses';
import { SUB_STEPS } from './sub-steps';

const MARKS: Record<StepStatus | SubStepStatus, string> = {
  pending: '·',
  in_progress: '▶',
  retrying: '↻',
  action_required: '✋',
  completed: '✓',
  failed: '✗',
  skipped: '–',
  blocked: '⊘',
  cancelled: '■',
};

export interface RegistrationDetails {
  restaurantName: string;
  batchName: string;
  status: JobStatus;
  waitingReason: string | null;
  steps: readonly StepRow[];
  subSteps: readonly SubStepRow[];
}

const words = (status: string): string => status.replaceAll('_', ' ');

export function registrationDetails(run: RegistrationDetails): string {
  const lines = [`**${run.restaurantName}** (${run.batchName}): **${words(run.status)}**`];
  if (run.waitingReason) lines.push('', `> ${run.waitingReason}`);
  lines.push('', ...run.steps.map((row, index) => line(row.status, stepName(row, index), stepNote(row))));
  if (run.subSteps.length > 0) {
    lines.push('', '**Sub-steps**', '');
    for (const row of run.subSteps)
      lines.push(line(row.status, SUB_STEPS[row.key].label, row.error ?? row.reason));
  }
  return lines.join('\n');
}

const stepName = (row: StepRow, index: number): string =>
  `${row.step_number}. ${REGISTRATION_STEPS[index]?.name ?? ''}`;

function stepNote(row: StepRow): string | null {
  const reason = row.result_data?.['reason'];
  return row.error_message ?? (typeof reason === 'string' ? reason : null);
}

/** As a list: the Web UI sets tables without space between their columns. */
function line(status: StepStatus | SubStepStatus, name: string, note: string | null | undefined): string {
  return `- ${MARKS[status]} ${name}: **${words(status)}**${note ? `. ${note}` : ''}`;
}
