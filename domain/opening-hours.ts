/** Opening hours: reading the spellings that lead sources use, and what the platform would not accept. */
import { openingHoursSchema } from './configuration/schema';
import { WEEKDAYS, type OpeningHoursEntry } from './configuration/types';

const HOURS_IN_DAY = 24;

/** `9:00`, `11.30`, `9 pm`, `11:00 PM` as `HH:MM`; anything else comes back as it is, for pre-flight to report. */
export function normaliseTime(text: string): string {
  const [, hourText, minutes = '00', half] =
    /^(\d{1,2})(?:[:.](\d{2}))?\s*([ap]\.?m\.?)?$/i.exec(text.trim()) ?? [];
  if (hourText === undefined || (half === undefined && !/[:.]/.test(text))) return text.trim();
  const hour = Number(hourText);
  if (half === undefined) return `${hourText.padStart(2, '0')}:${minutes}`;
  if (hour < 1 || hour > 12) return text.trim();
  const hour24 = (hour % 12) + (half.toLowerCase().startsWith('p') ? 12 : 0);
  return `${String(hour24).padStart(2, '0')}:${minutes}`;
}

export function normaliseOpeningHours(entries: readonly OpeningHoursEntry[]): OpeningHoursEntry[] {
  return entries.map(({ day, hours }) => ({
    day,
    hours: hours && { open: normaliseTime(hours.open), close: normaliseTime(hours.close) },
  }));
}

/** Hours of a database row, which may hold anything; undefined if they are not in the form. */
export function readOpeningHours(value: unknown): OpeningHoursEntry[] | undefined {
  const parsed = openingHoursSchema.safeParse(value);
  return parsed.success && parsed.data.length > 0 ? parsed.data : undefined;
}

export interface HoursFinding {
  /** Index of the entry; null: of all together. */
  entry: number | null;
  code:
    | 'TIME_FORMAT'
    | 'CLOSE_EQUALS_OPEN'
    | 'DAY_CONTRADICTS'
    | 'HOURS_OVERLAP'
    | 'ALL_CLOSED'
    | 'DAY_NOT_GIVEN';
  message: string;
  severity: 'problem' | 'warning';
}

function minutesOf(time: string): number | null {
  const [, hour, minute] = /^(\d{2}):(\d{2})$/.exec(time) ?? [];
  if (hour === undefined || Number(hour) >= HOURS_IN_DAY || Number(minute) >= 60) return null;
  return Number(hour) * 60 + Number(minute);
}

/** Start and end in minutes of its day; an end past midnight is beyond 24 hours. null: unreadable or close = open. */
function span(entry: OpeningHoursEntry): { from: number; to: number } | null {
  const from = entry.hours && minutesOf(entry.hours.open);
  const to = entry.hours && minutesOf(entry.hours.close);
  if (from === null || to === null || from === to) return null;
  return { from, to: to > from ? to : to + HOURS_IN_DAY * 60 };
}

function entryFinding(entry: OpeningHoursEntry, index: number): HoursFinding[] {
  if (!entry.hours) return [];
  const found = (code: HoursFinding['code'], message: string): HoursFinding[] => [
    { entry: index, code, message, severity: 'problem' },
  ];
  if (minutesOf(entry.hours.open) === null || minutesOf(entry.hours.close) === null) {
    return found('TIME_FORMAT', `${entry.day}: times are HH:MM from 00:00 to 23:59.`);
  }
  return entry.hours.open === entry.hours.close
    ? found('CLOSE_EQUALS_OPEN', `${entry.day} closes when it opens; for the whole day give 00:00 to 23:59.`)
    : [];
}

/** Two rows of one day: closed beside open hours, or hours that overlap. */
function pairFinding(a: OpeningHoursEntry, b: OpeningHoursEntry, index: number): HoursFinding[] {
  if (a.day !== b.day) return [];
  if (!a.hours || !b.hours) {
    return a.hours === b.hours
      ? []
      : [
          {
            entry: index,
            code: 'DAY_CONTRADICTS',
            message: `${a.day} is closed and open.`,
            severity: 'problem',
          },
        ];
  }
  const [x, y] = [span(a), span(b)];
  return x && y && x.from < y.to && y.from < x.to
    ? [
        {
          entry: index,
          code: 'HOURS_OVERLAP',
          message: `${a.day} has hours that overlap.`,
          severity: 'problem',
        },
      ]
    : [];
}

export function openingHoursFindings(entries: readonly OpeningHoursEntry[]): HoursFinding[] {
  const findings = entries.flatMap((entry, i) => [
    ...entryFinding(entry, i),
    ...entries.slice(0, i).flatMap((earlier) => pairFinding(earlier, entry, i)),
  ]);
  if (entries.every((entry) => entry.hours === null)) {
    return [
      ...findings,
      {
        entry: null,
        code: 'ALL_CLOSED',
        message: 'All days are closed: nothing could be ordered.',
        severity: 'problem',
      },
    ];
  }
  const absent = WEEKDAYS.filter((day) => !entries.some((entry) => entry.day === day));
  return absent.length === 0
    ? findings
    : [
        ...findings,
        {
          entry: null,
          code: 'DAY_NOT_GIVEN',
          message: `Taken as closed, since not given: ${absent.join(', ')}.`,
          severity: 'warning',
        },
      ];
}
