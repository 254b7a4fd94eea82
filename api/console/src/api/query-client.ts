import { QueryCache, QueryClient } from '@tanstack/react-query';
import { connection } from '../live/connection';
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

/** No answer of the API came at all; what it answers itself, an error included, came over a connection that is there. */
const isUnreachable = (error: Error): boolean =>
  error instanceof ApiFailure &&
  (error.code === 'OFFLINE' || (error.code === 'UNREADABLE' && error.retryable));

/** Each page asks something again and again, so it is noticed when the API is back. */
function watchedCache(): QueryCache {
  return new QueryCache({
    onSuccess: () => connection.report('queries', true),
    onError: (error) => {
      if (isUnreachable(error)) connection.report('queries', false);
    },
  });
}

export function createQueryClient(): QueryClient {
  return new QueryClient({
    queryCache: watchedCache(),
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
