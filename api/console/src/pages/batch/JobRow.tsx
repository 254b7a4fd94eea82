import { memo } from 'react';
import { Link } from 'react-aria-components';
import type { Job } from '../../api/types';
import { Checkbox, StatusPill, StepDots } from '../../ui';
import styles from './JobList.module.css';
import { dotsOf, wordsOf } from './rows';
import { SubStepTicks } from './SubStepTicks';

export interface JobRowProps {
  job: Job;
  isSelected: boolean;
  /** The same function at each render, or every row is drawn anew. */
  onSelect: (id: string, isSelected: boolean) => void;
}

/** Drawn anew only when its own job has changed: the stream keeps the others the same objects. */
export const JobRow = memo(function JobRow({ job, isSelected, onSelect }: JobRowProps) {
  const name = job.restaurant.name ?? 'Restaurant without a name';
  return (
    <div className={styles['row']} data-status={job.status}>
      <span className={styles['check']}>
        <Checkbox
          aria-label={`Choose ${name}`}
          isSelected={isSelected}
          onChange={(chosen) => onSelect(job.id, chosen)}
        />
      </span>
      <span className={styles['who']}>
        <Link className={styles['name'] ?? ''} href={`/batches/${job.batch_job_id}/jobs/${job.id}`}>
          {name}
        </Link>
        <span className={styles['city']}>{job.restaurant.city}</span>
      </span>
      <span className={styles['pill']}>
        <StatusPill status={job.closure === 'given_up' ? 'gave_up' : job.status} />
      </span>
      <span className={styles['dots']}>
        <StepDots steps={dotsOf(job)} />
        <SubStepTicks job={job} />
      </span>
      <span className={styles['words']} title={wordsOf(job)}>
        {wordsOf(job)}
      </span>
    </div>
  );
});
