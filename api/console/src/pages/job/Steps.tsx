/** The six steps in their order, and the sub-steps of the last. */
import type { Job, JobAnswer, Step } from '../../api/types';
import { Card, Duration, RelativeTime, StatusPill } from '../../ui';
import styles from './Steps.module.css';
import { SubSteps } from './SubSteps';

export function Steps({ job, detail }: { job: Job; detail: JobAnswer }) {
  return (
    <ol className={styles['steps']}>
      {job.steps.map((step) => (
        <li key={step.step_number} className={styles['step']} data-status={step.status}>
          <span className={styles['number']} aria-hidden="true">
            {step.step_number}
          </span>
          <div className={styles['body']}>
            <div className={styles['head']}>
              <h2 className={styles['title']}>{step.step_name}</h2>
              <StatusPill status={step.status} />
              <span className={styles['time']}>
                <StepTime step={step} />
              </span>
            </div>
            <StepWords job={job} step={step} detail={detail} />
          </div>
          {step.step_number === 6 && detail.job.sub_steps.length > 0 ? (
            <div className={styles['sub']}>
              <Card isPadded={false}>
                <SubSteps job={job} detail={detail} />
              </Card>
            </div>
          ) : null}
        </li>
      ))}
    </ol>
  );
}

function StepTime({ step }: { step: Step }) {
  if (step.started_at === null) return null;
  if (step.status === 'action_required') {
    return (
      <>
        since <RelativeTime at={step.started_at} />
      </>
    );
  }
  return <Duration from={step.started_at} to={step.completed_at} />;
}

function StepWords({ job, step, detail }: { job: Job; step: Step; detail: JobAnswer }) {
  const words = wordsOf(step, detail, job);
  return words === null ? null : (
    <p className={step.status === 'failed' ? styles['error'] : styles['words']}>{words}</p>
  );
}

/** What came of a step, or why it failed. */
function wordsOf(step: Step, { candidates, job: detailed }: JobAnswer, job: Job): string | null {
  if (step.status === 'failed' || step.status === 'retrying') {
    // Each sub-step that failed says it below.
    if (step.step_number === 6 && detailed.sub_steps.length > 0) return null;
    const tries = step.retry_count > 0 ? ` (try ${step.retry_count + 1} of ${step.max_retries + 1})` : '';
    return step.error_message === null ? null : `${step.error_message}${tries}`;
  }
  const reason = step.result_data?.['reason'];
  if (step.status === 'skipped') return typeof reason === 'string' ? reason : 'Not needed.';
  if (step.step_number === 2 && step.status === 'completed' && candidates) {
    const count = candidates.candidate_count;
    return count === 0 ? 'No company was found.' : `${count} ${count === 1 ? 'company' : 'companies'} found.`;
  }
  if (step.step_number === 3 && step.status === 'completed') return companyWords(candidates, step);
  if (step.step_number === 6 && job.status === 'completed') {
    return detailed.pumpd_restaurant_id === null
      ? null
      : `Restaurant ${detailed.pumpd_restaurant_id} at the ordering platform.`;
  }
  return step.status === 'pending' ? step.step_description : null;
}

/** The company that was chosen; null: not known any more. */
export function companyWords(candidates: JobAnswer['candidates'], step: Step): string | null {
  if (candidates?.status === 'no_match') return 'No company matches.';
  const number = candidates?.selected_company_number;
  const found = candidates?.combined_results.find(
    ({ company_number, nzbn }) => number !== null && (company_number === number || nzbn === number),
  );
  if (found) return `${found.company_name ?? 'Company'} (${number})`;
  return step.result_data === null ? null : 'Entered by hand.';
}
