/** Settings of the API's limits on requests, for a stack whose one address stands for many callers. */

/** As the API's settings name them (`RATE_LIMIT_...`). */
export type LimitedRoute = 'READ' | 'PROGRESS' | 'START' | 'COMPLETION' | 'OTHER' | 'REVEAL' | 'SIGN_IN';

/** What people do when they work on batches. */
const WORK: readonly LimitedRoute[] = ['PROGRESS', 'START', 'COMPLETION', 'OTHER'];
/** And those who only look. */
export const ALL_WORK: readonly LimitedRoute[] = ['READ', ...WORK];

/** @param most requests a window of each of these routes */
export function rateLimits(most: number, routes: readonly LimitedRoute[] = WORK): Record<string, string> {
  return Object.fromEntries(routes.map((route) => [`RATE_LIMIT_${route}`, String(most)]));
}
