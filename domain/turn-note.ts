/** What people read of a sub-step that waits for its turn. It stays true while the queue moves: it names times of the clock, not minutes. */

/** Before the place is known. */
export const OWNER_NOTE = 'Waits for another restaurant of this owner: both use one account.';
export const VENDOR_NOTE = 'Waits for its turn at the account vendor.';

export interface PlaceInQueue {
  /** 1 = next. */
  place: number;
  /** Milliseconds since the epoch; null: it depends on how long the one that holds the turn takes. */
  expectedAt: number | null;
  /** The restaurant that holds the turn, where it may be told. */
  behind?: string | undefined;
}

/** @param now when the place was told, milliseconds since the epoch */
export function turnNote({ place, expectedAt, behind }: PlaceInQueue, now: number): string {
  if (expectedAt === null) {
    const others = place > 1 ? `, place ${place} in the queue at ${clock(now, now)}` : '';
    return `Waits for ${behind ?? 'another restaurant'} of this owner${others}: they use one account.`;
  }
  return `Waits for its turn at the account vendor: place ${place} at ${clock(now, now)}, expected about ${clock(expectedAt, now)} UTC.`;
}

/** `14:05`, with the day where it is another one; rounded up to the minute. */
function clock(at: number, now: number): string {
  const time = new Date(Math.ceil(at / 60_000) * 60_000).toISOString();
  const today = new Date(now).toISOString().slice(0, 10);
  return time.startsWith(today) ? time.slice(11, 16) : `${time.slice(0, 10)} ${time.slice(11, 16)}`;
}
