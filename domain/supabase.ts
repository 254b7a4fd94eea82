import { createClient, type SupabaseClient, type SupabaseClientOptions } from '@supabase/supabase-js';
import WebSocket from 'ws';
import { observedRecordFetch } from './telemetry/outside-calls';

type Transport = NonNullable<NonNullable<SupabaseClientOptions<'public'>['realtime']>['transport']>;

/**
 * supabase-js for a process of ours: no session, no token refresh. With the service key it passes row level security, so every
 * query through it names the organisation. `fetch` replaces the built-in one, e.g. to limit the time of a call. Node 20 has no WebSocket of its own, and the library insists on one.
 */
export function createSupabase(
  url: string,
  key: string,
  fetch: typeof globalThis.fetch = globalThis.fetch,
): SupabaseClient {
  return createClient(url, key, {
    auth: { persistSession: false, autoRefreshToken: false, detectSessionInUrl: false },
    realtime: { transport: WebSocket as unknown as Transport },
    global: { fetch: observedRecordFetch(fetch) },
  });
}
