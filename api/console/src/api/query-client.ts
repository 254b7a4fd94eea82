import { QueryClient } from '@tanstack/react-query';
import { ApiFailure } from './failure';

const LONGEST_WAIT_MS = 30_000;

/** Asked again by itself what may be asked again; refusals are final. */
export function isWorthRetrying(failures: number, error: Error, most = 3): boolean {
  return failures < most && error instanceof ApiFailure && error.retryable;
}

/** Milliseconds: as long as the server says, else doubling from one second. */
export function retryDelay(failures: number, error: Error): number {
  const told = error instanceof ApiFailure ? error.retryAfter : null;
  return told === null ? Math.min(LONGEST_WAIT_MS, 1_000 * 2 ** failures) : Math.min(60, told) * 1_000;
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    defaultOptions: {
      queries: {
        retry: (failures, error) => isWorthRetrying(failures, error),
        retryDelay,
        staleTime: 5_000,
        refetchOnWindowFocus: true,
        // Ours to tell: a server that is down looks the same to the browser as one that is up.
        networkMode: 'always',
      },
      mutations: { networkMode: 'always' },
    },
  });
}
