import type { Turns } from '../../activities/companies-office';

/** A pace without a limit, for tests of what is called rather than when. */
export const FREE_TURNS: Turns = { take: () => Promise.resolve(), hold: () => Promise.resolve() };
