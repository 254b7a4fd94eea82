import { createClient, type SupabaseClient, type SupabaseClientOptions } from '@supabase/supabase-js';
import WebSocket from 'ws';
import { recordFetch } from './record-fetch';
import { observedRecordFetch } from './telemetry/outside-calls';

type Transport = NonNullable<NonNullable<SupabaseClientOptions<'public'>['realtime']>['transport']>;

/**
 * supabase-js for a process of ours: no session, no token refresh. With the service key it passes row level security, so every
 * query through it names the organisation. Node 20 has no WebSocket of its own, and the library insists on one.
 * @param timeoutMs how long a call may take; without it, as long as the caller waits
 */
export function createSupabase(
  url: string,
  key: string,
  { timeoutMs }: { timeoutMs?: number } = {},
): SupabaseClient {
  const fetch = timeoutMs === undefined ? recordFetch : limited(timeoutMs);
  return createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    realtime: { transport: WebSocket as unknown as Transport },
    global: { fetch: observedRecordFetch(fetch) },
  });
}

function limited(timeoutMs: number): typeof globalThis.fetch {
  return (input, init) => {
    const timeout = AbortSignal.timeout(timeoutMs);
    const signal = init?.signal ? AbortSignal.any([init.signal, timeout]) : timeout;
    return recordFetch(input, { ...init, signal });
  };
}
