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
  lines.push('', '| | step | status | |', '| --- | --- | --- | --- |');
  run.steps.forEach((row, index) => {
    const note = row.error_message ?? row.result_data?.['reason'] ?? '';
    lines.push(
      `| ${MARKS[row.status]} | ${row.step_number}. ${REGISTRATION_STEPS[index]?.name ?? ''} | ${words(row.status)} | ${note} |`,
    );
  });
  if (run.subSteps.length > 0) {
    lines.push('', '| | sub-step | status | |', '| --- | --- | --- | --- |');
    for (const row of run.subSteps) {
      lines.push(
        `| ${MARKS[row.status]} | ${SUB_STEPS[row.key].label} | ${words(row.status)} | ${row.error ?? row.reason ?? ''} |`,
      );
    }
  }
  return lines.join('\n');
}
