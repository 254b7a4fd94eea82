/** Sign-in with Supabase Auth: the session is kept by the browser and renewed before it ends. */
import { AuthClient, type AuthError, type Session as SupabaseSession } from '@supabase/auth-js';
import { ApiFailure, offline } from '../api/failure';
import { connection } from '../live/connection';
import type { Person, SignIn } from './session';

const KEY = 'registrations.session';
/** What notices that the connection is lost. */
const RENEWING = 'renewing the session';
/** A token that ends in a moment would end on its way. */
const MARGIN_SECONDS = 30;
const RENEWAL_TIMEOUT_MS = 10_000;

let client: InstanceType<typeof AuthClient> | null = null;

export function supabaseSignIn({ url, anonKey }: { url: string; anonKey: string }): SignIn {
  const auth = new AuthClient({
    url: `${url.replace(/\/$/, '')}/auth/v1`,
    headers: { apikey: anonKey, Authorization: `Bearer ${anonKey}` },
    storageKey: KEY,
    autoRefreshToken: true,
    persistSession: true,
    detectSessionInUrl: false,
    fetch: reach,
  });
  client = auth;
  return {
    // Not asked of Auth, which may be away: who was signed in stays so until Auth says otherwise.
    restore: () => Promise.resolve(personOf(kept())),
    token: async () => {
      const session = kept();
      // It is renewed in good time; while Auth is away, what is there is good to its end.
      if (session && (session.expires_at ?? 0) - MARGIN_SECONDS > Date.now() / 1000)
        return session.access_token;
      const { data, error } = await auth.getSession();
      // Renewing failed on its way: who is signed in stays so.
      if (error && isPassing(error)) throw offline();
      return data.session?.access_token ?? null;
    },
    signOut: async () => {
      connection.report(RENEWING, true);
      await auth.signOut({ scope: 'local' });
    },
    onChange: (told) => {
      auth.onAuthStateChange((event, found) => {
        if (event !== 'INITIAL_SESSION') told(personOf(found));
      });
    },
  };
}

/** @throws ApiFailure with a sentence for people */
export async function signInWithPassword(email: string, password: string): Promise<void> {
  if (!client) throw new Error('Supabase sign-in was not set up');
  const { error } = await client.signInWithPassword({ email, password });
  if (!error) return;
  if (isPassing(error)) throw offline();
  if (error.code === 'invalid_credentials') {
    throw new ApiFailure('UNAUTHENTICATED', 'This e-mail and password do not belong together.', false);
  }
  throw new ApiFailure('UNAUTHENTICATED', error.message, false);
}

/**
 * The library gives a session up on every answer but a few that it takes for an outage. To us a verdict on a session is what Auth itself
 * says of it; a fault of the server, a limit or a proxy's page is an outage, during which it is tried again.
 */
async function reach(input: RequestInfo | URL, init?: RequestInit): Promise<Response> {
  const url = input instanceof Request ? input.url : String(input);
  if (!url.includes('grant_type=refresh_token')) return fetch(input, init);
  const signal = AbortSignal.timeout(RENEWAL_TIMEOUT_MS);
  const response = await fetch(input, { ...init, signal }).catch((error: unknown) => {
    connection.report(RENEWING, false);
    throw error;
  });
  const isHeard = isVerdict(response);
  connection.report(RENEWING, isHeard);
  return isHeard ? response : new Response(null, { status: 503 });
}

function isVerdict({ status, headers }: Response): boolean {
  const isOfAuth = headers.get('Content-Type')?.includes('json') ?? false;
  return isOfAuth && status < 500 && status !== 408 && status !== 429;
}

function isPassing({ name, status }: AuthError): boolean {
  return name === 'AuthRetryableFetchError' || (status !== undefined && status >= 500);
}

/** The session as the library keeps it. */
function kept(): SupabaseSession | null {
  const text = localStorage.getItem(KEY);
  return text === null ? null : (JSON.parse(text) as SupabaseSession);
}

function personOf(found: SupabaseSession | null): Person | null {
  return found && { id: found.user.id, email: found.user.email ?? '' };
}
