import type { ReactNode } from 'react';
import type { StepStatus } from '../api/types';
import { classes } from './classes';
import styles from './Status.module.css';
import { lookOf, type AnyStatus, type Tone } from './status-looks';

const TURNING: ReadonlySet<AnyStatus> = new Set(['in_progress', 'retrying']);

/** @param plain Without its coloured ground, for dense tables. */
export function StatusPill({
  status,
  label,
  plain = false,
}: {
  status: AnyStatus;
  label?: string;
  plain?: boolean;
}) {
  const look = lookOf(status);
  const Icon = look.icon;
  return (
    <span className={classes(styles['pill'], styles[look.tone], plain && styles['plain'])}>
      <Icon
        size={13}
        strokeWidth={2.4}
        aria-hidden="true"
        className={TURNING.has(status) ? styles['turning'] : undefined}
      />
      {label ?? look.label}
    </span>
  );
}

/** A pill that is no status, e.g. a count or a mark. */
export function Pill({ tone = 'idle', children }: { tone?: Tone; children: ReactNode }) {
  return (
    <span className={classes(styles['pill'], styles[tone])} style={{ paddingLeft: '0.5rem' }}>
      {children}
    </span>
  );
}

export interface StepDot {
  name: string;
  status: StepStatus;
  /** Instead of the status's word, e.g. "4 of 6 restaurants are through". */
  detail?: string;
}

/** The six steps in a row. Read out as one sentence. */
export function StepDots({ steps }: { steps: readonly StepDot[] }) {
  const told = steps.map(
    ({ name, status, detail }, i) => `${i + 1} ${name}: ${detail ?? lookOf(status).label}`,
  );
  return (
    <span className={styles['dots']} role="img" aria-label={`Steps. ${told.join('; ')}`}>
      {steps.map(({ name, status }, i) => (
        <span key={name} className={styles['dot']} data-tone={lookOf(status).tone} title={told[i]} />
      ))}
    </span>
  );
}

export interface BarPart {
  tone: Tone;
  label: string;
  count: number;
}

/** How much of a whole is in which state. Its numbers are read out; show them beside it as well. */
export function ProgressBar({
  label,
  parts,
  total,
}: {
  label: string;
  parts: readonly BarPart[];
  total: number;
}) {
  const shown = parts.filter(({ count }) => count > 0);
  const told = shown.map(({ label: word, count }) => `${count} ${word}`).join(', ');
  return (
    <div className={styles['bar']} role="img" aria-label={`${label}: ${told || 'nothing yet'} of ${total}`}>
      {shown.map(({ tone, label: word, count }) => (
        <span
          key={word}
          className={styles['part']}
          data-tone={tone}
          style={{ width: `${(100 * count) / Math.max(1, total)}%` }}
        />
      ))}
    </div>
  );
}
