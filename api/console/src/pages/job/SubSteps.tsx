/** The twelve sub-steps by phase: state, tries, time, what it waits for or why it failed, and what can be done about it. */
import { Ellipsis } from 'lucide-react';
import { useState } from 'react';
import { PHASES, SUB_STEPS, type SubStepKey } from '../../../../../domain/sub-steps';
import type { Job, JobAnswer, SubStep } from '../../api/types';
import { SubStepDialog, type SubStepRepair } from '../../features/repair/SubStepDialog';
import { subStepStates } from '../../features/timeline/model';
import { Duration, IconButton, Menu, Pill, StatusPill } from '../../ui';
import styles from './Steps.module.css';

const REPAIRS: readonly { repair: SubStepRepair; label: string }[] = [
  { repair: 'retry', label: 'Retry…' },
  { repair: 'complete', label: 'Mark as done…' },
  { repair: 'skip', label: 'Skip…' },
  { repair: 'reset', label: 'Reset…' },
];

export function SubSteps({ job, detail }: { job: Job; detail: JobAnswer }) {
  const [asked, setAsked] = useState<{ subStep: SubStepKey; repair: SubStepRepair } | null>(null);
  const live = subStepStates(job);
  const actions = detail.actions.sub_steps;
  return (
    <>
      {PHASES.map(({ phase, description }) => (
        <section key={phase} aria-label={`Phase ${phase}: ${description}`}>
          <h3 className={styles['phase']}>
            Phase {phase} · {description}
          </h3>
          {detail.job.sub_steps
            .filter((row) => row.phase === phase)
            .map((row) => (
              <Row
                key={row.key}
                row={{ ...row, ...live.get(row.key) }}
                actions={actions?.[row.key] ?? null}
                onAsk={(repair) => setAsked({ subStep: row.key, repair })}
              />
            ))}
        </section>
      ))}
      {asked ? (
        <SubStepDialog
          jobId={job.id}
          subStep={asked.subStep}
          repair={asked.repair}
          mayExist={actions?.[asked.subStep]?.reset?.code === 'EFFECT_EXISTS'}
          onClose={() => setAsked(null)}
        />
      ) : null}
    </>
  );
}

type Possible = NonNullable<JobAnswer['actions']['sub_steps']>[SubStepKey];

function Row({
  row,
  actions,
  onAsk,
}: {
  row: SubStep;
  actions: Possible | null;
  onAsk: (repair: SubStepRepair) => void;
}) {
  const { label } = SUB_STEPS[row.key];
  const words = row.error ?? row.reason ?? (row.status === 'completed' ? null : row.note);
  return (
    <div className={styles['row']} id={`sub-step-${row.key}`}>
      <span className={styles['name']}>{label}</span>
      <StatusPill status={row.status} plain />
      <span className={styles['took']}>
        {row.started_at === null ? null : <Duration from={row.started_at} to={endOf(row)} />}
      </span>
      {actions ? (
        <Menu
          label={`What can be done with “${label}”`}
          trigger={
            <IconButton label={`Actions: ${label}`} size="small">
              <Ellipsis size={15} aria-hidden="true" />
            </IconButton>
          }
          entries={REPAIRS.map(({ repair, label: word }) => ({
            id: repair,
            label: word,
            isDisabled: !actions[repair]?.possible,
            description: actions[repair]?.possible ? undefined : (actions[repair]?.sentence ?? undefined),
            isDangerous: repair === 'reset',
            onAction: () => onAsk(repair),
          }))}
        />
      ) : (
        <span />
      )}
      {words || row.attempt > 1 ? (
        <span
          className={row.status === 'failed' ? styles['error'] : styles['words']}
          style={{ gridColumn: '1 / -1' }}
        >
          {row.attempt > 1 ? (
            <Pill tone={row.status === 'failed' ? 'bad' : 'idle'}>
              try {row.attempt} of {row.max_attempts}
            </Pill>
          ) : null}{' '}
          {words}
        </span>
      ) : null}
    </div>
  );
}

/** Null while it goes on. */
const endOf = ({ status, completed_at, started_at }: SubStep): string | null =>
  status === 'in_progress' || status === 'retrying' ? null : (completed_at ?? started_at);
