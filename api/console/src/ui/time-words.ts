/** How times are told. Pure functions; milliseconds unless they say otherwise. */
const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;
const DAY = 24 * HOUR;

const relative = new Intl.RelativeTimeFormat('en-NZ', { numeric: 'auto', style: 'short' });
const absolute = new Intl.DateTimeFormat('en-NZ', { dateStyle: 'medium', timeStyle: 'short' });

/** "3 min ago". */
export function ago(at: number, now: number): string {
  const past = at - now;
  const size = Math.abs(past);
  if (size < 10 * SECOND) return 'just now';
  if (size < MINUTE) return relative.format(Math.round(past / SECOND), 'second');
  if (size < HOUR) return relative.format(Math.round(past / MINUTE), 'minute');
  if (size < DAY) return relative.format(Math.round(past / HOUR), 'hour');
  return relative.format(Math.round(past / DAY), 'day');
}

/** "28 Nov 2026, 12:31 pm". */
export function exactly(at: number): string {
  return absolute.format(at);
}

/** "1 h 04 min", "3 min 20 s", "4.2 s", "230 ms": as exact as it matters. */
export function duration(ms: number): string {
  if (ms < SECOND) return `${Math.round(ms)} ms`;
  if (ms < 10 * SECOND) return `${(ms / SECOND).toFixed(1)} s`;
  if (ms < MINUTE) return `${Math.floor(ms / SECOND)} s`;
  const two = (value: number): string => String(Math.floor(value)).padStart(2, '0');
  if (ms < HOUR) return `${Math.floor(ms / MINUTE)} min ${two((ms % MINUTE) / SECOND)} s`;
  if (ms < DAY) return `${Math.floor(ms / HOUR)} h ${two((ms % HOUR) / MINUTE)} min`;
  return `${Math.floor(ms / DAY)} d ${Math.floor((ms % DAY) / HOUR)} h`;
}
