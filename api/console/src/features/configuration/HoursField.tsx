import { Plus, X } from 'lucide-react';
import { useId, type ReactNode } from 'react';
import { WEEKDAYS, type OpeningHoursEntry, type Weekday } from '../../../../../domain/configuration/types';
import { Button, IconButton, TextField } from '../../ui';
import styles from './Configuration.module.css';
import { addHours, changeHours, hoursOf, removeHours } from './hours';

/** A week, each day closed or with one or more times. Past midnight is a close before its open. */
export function HoursField({
  around: { label, mark, error },
  value,
  onChange,
}: {
  around: { label: string; mark?: ReactNode; error: string | undefined };
  value: unknown;
  onChange: (value: OpeningHoursEntry[]) => void;
}) {
  const week = hoursOf(value);
  const heading = useId();
  return (
    <div className={styles['hours']} role="group" aria-labelledby={heading}>
      <span className={styles['hoursHead']}>
        <span id={heading}>{label}</span> {mark}
      </span>
      {WEEKDAYS.map((day) => (
        <div key={day} className={styles['day']}>
          <span className={styles['dayName']}>{day}</span>
          <Times day={day} week={week} onChange={onChange} />
        </div>
      ))}
      {error ? <p className={styles['error']}>{error}</p> : null}
    </div>
  );
}

function Times({
  day,
  week,
  onChange,
}: {
  day: Weekday;
  week: OpeningHoursEntry[];
  onChange: (value: OpeningHoursEntry[]) => void;
}) {
  const entries = week.flatMap((entry, index) =>
    entry.day === day && entry.hours ? [{ ...entry.hours, index }] : [],
  );
  return (
    <span className={styles['times']}>
      {entries.length === 0 ? <span className="muted">Closed</span> : null}
      {entries.map(({ open, close, index }) => (
        <span key={index} className={styles['span']}>
          <TextField
            label={`${day} opens`}
            hidesLabel
            size="small"
            value={open}
            onChange={(text) => onChange(changeHours(week, index, { open: text }))}
            maxLength={10}
          />
          <span aria-hidden="true">–</span>
          <TextField
            label={`${day} closes`}
            hidesLabel
            size="small"
            value={close}
            onChange={(text) => onChange(changeHours(week, index, { close: text }))}
            maxLength={10}
          />
          <IconButton
            label={`${day}: remove ${open}–${close}`}
            size="small"
            onPress={() => onChange(removeHours(week, index))}
          >
            <X size={13} aria-hidden="true" />
          </IconButton>
        </span>
      ))}
      <Button
        size="small"
        variant="ghost"
        aria-label={`${day}: add a time`}
        onPress={() => onChange(addHours(week, day))}
      >
        <Plus size={13} aria-hidden="true" /> {entries.length === 0 ? 'Open' : 'Add'}
      </Button>
    </span>
  );
}
