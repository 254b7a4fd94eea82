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

const DAY_PART = /^([a-z]+)(?:\s*[-–]\s*([a-z]+))?\s+(.+)$/i;

/** Index of a day by its name or the first three letters of it; -1 if it is none. */
const dayIndex = (name: string): number =>
  name.length < 3 ? -1 : WEEKDAYS.findIndex((day) => day.toLowerCase().startsWith(name.toLowerCase()));

/**
 * Hours in one text, as a cell of a batch file has them: `Mon-Thu 11:00-21:30; Fri-Sat 11:00-01:00; Sun closed`.
 * Days that are not named are closed. null: it is not in this form.
 */
export function parseHoursText(text: string): OpeningHoursEntry[] | null {
  const entries: OpeningHoursEntry[] = [];
  for (const part of text.split(';').filter((piece) => piece.trim() !== '')) {
    const [, first = '', last = first, times = ''] = DAY_PART.exec(part.trim()) ?? [];
    const [, open, close] = /^([\d:.]+)\s*[-–]\s*([\d:.]+)$/.exec(times.trim()) ?? [];
    const isClosed = /^closed$/i.test(times.trim());
    const [from, to] = [dayIndex(first), dayIndex(last)];
    if (from < 0 || to < 0 || (!isClosed && (open === undefined || close === undefined))) return null;
    // Sat-Mon goes round the end of the week.
    const count = ((to - from + WEEKDAYS.length) % WEEKDAYS.length) + 1;
    for (let i = 0; i < count; i += 1) {
      const day = WEEKDAYS[(from + i) % WEEKDAYS.length];
      if (day === undefined) continue;
      const hours = isClosed || open === undefined || close === undefined ? null : { open, close };
      entries.push({ day, hours });
    }
  }
  if (entries.length === 0) return null;
  const absent = WEEKDAYS.filter((day) => !entries.some((entry) => entry.day === day));
  return normaliseOpeningHours([...entries, ...absent.map((day) => ({ day, hours: null }))]);
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
