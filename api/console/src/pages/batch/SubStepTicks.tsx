import { PHASES, SUB_STEPS, subStepsOfPhase } from '../../../../../domain/sub-steps';
import type { Job } from '../../api/types';
import { subStepStates } from '../../features/timeline/model';
import { lookOf } from '../../ui';
import styles from './SubStepTicks.module.css';

/** The twelve sub-steps as small marks, a group for each phase. Read out as the numbers of each state. */
export function SubStepTicks({ job }: { job: Job }) {
  const states = subStepStates(job);
  if (states.size === 0) return <span className={styles['ticks']} aria-hidden="true" />;
  const counts = new Map<string, number>();
  for (const { status } of states.values()) {
    const word = lookOf(status).label.toLowerCase();
    counts.set(word, (counts.get(word) ?? 0) + 1);
  }
  const told = [...counts].map(([word, count]) => `${count} ${word}`).join(', ');
  return (
    <span className={styles['ticks']} role="img" aria-label={`Sub-steps: ${told}`}>
      {PHASES.map(({ phase }) => (
        <span key={phase} className={styles['phase']} style={{ flexGrow: subStepsOfPhase(phase).length }}>
          {subStepsOfPhase(phase).map(({ key }) => {
            const status = states.get(key)?.status ?? 'pending';
            const { label, tone } = lookOf(status);
            return (
              <span
                key={key}
                className={styles['tick']}
                data-tone={tone}
                data-status={status}
                title={`${SUB_STEPS[key].label}: ${label}`}
              />
            );
          })}
        </span>
      ))}
    </span>
  );
}
