/** Opening hours as the form changes them. Pure; each answer is a new list in the API's own form, each day in it. */
import { WEEKDAYS, type OpeningHoursEntry, type Weekday } from '../../../../../domain/configuration/types';

const isHours = (value: unknown): value is { open: string; close: string } =>
  typeof value === 'object' && value !== null && 'open' in value && 'close' in value;

/** What the API gave, whatever it is; days that it does not name are closed. */
export function hoursOf(value: unknown): OpeningHoursEntry[] {
  const given = Array.isArray(value) ? (value as Partial<OpeningHoursEntry>[]) : [];
  const entries = given.flatMap(({ day, hours }) =>
    WEEKDAYS.some((known) => known === day)
      ? [{ day: day as Weekday, hours: isHours(hours) ? { ...hours } : null }]
      : [],
  );
  return inOrder(entries);
}

function inOrder(entries: readonly OpeningHoursEntry[]): OpeningHoursEntry[] {
  return WEEKDAYS.flatMap((day) => {
    const open = entries.filter((entry) => entry.day === day && entry.hours !== null);
    return open.length > 0 ? open : [{ day, hours: null }];
  });
}

/** With the times of the day before it, as most days resemble it. */
export function addHours(week: readonly OpeningHoursEntry[], day: Weekday): OpeningHoursEntry[] {
  const before = week
    .slice(
      0,
      week.findIndex((entry) => entry.day === day),
    )
    .findLast(({ hours }) => hours);
  const has = week.some((entry) => entry.day === day && entry.hours);
  const hours = !has && before?.hours ? { ...before.hours } : { open: '11:00', close: '21:00' };
  return inOrder([...week, { day, hours }]);
}

export function changeHours(
  week: readonly OpeningHoursEntry[],
  index: number,
  change: Partial<{ open: string; close: string }>,
): OpeningHoursEntry[] {
  return week.map((entry, i) =>
    i === index && entry.hours ? { ...entry, hours: { ...entry.hours, ...change } } : entry,
  );
}

export function removeHours(week: readonly OpeningHoursEntry[], index: number): OpeningHoursEntry[] {
  return inOrder(week.filter((_, i) => i !== index));
}
