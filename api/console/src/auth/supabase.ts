/** Sign-in with Supabase Auth: the session is kept by the browser and renewed before it ends. */
import { AuthClient, type AuthError, type Session as SupabaseSession } from '@supabase/auth-js';
import { ApiFailure, offline } from '../api/failure';
import type { Person, SignIn } from './session';

let client: InstanceType<typeof AuthClient> | null = null;

export function supabaseSignIn({ url, anonKey }: { url: string; anonKey: string }): SignIn {
  const auth = new AuthClient({
    url: `${url.replace(/\/$/, '')}/auth/v1`,
    headers: { apikey: anonKey, Authorization: `Bearer ${anonKey}` },
    storageKey: 'registrations.session',
    autoRefreshToken: true,
    persistSession: true,
    detectSessionInUrl: false,
  });
  client = auth;
  return {
    restore: async () => personOf((await auth.getSession()).data.session),
    token: async () => {
      const { data, error } = await auth.getSession();
      // Renewing failed on its way: who is signed in stays so.
      if (error && isPassing(error)) throw offline();
      return data.session?.access_token ?? null;
    },
    signOut: async () => {
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

function isPassing({ name, status }: AuthError): boolean {
  return name === 'AuthRetryableFetchError' || (status !== undefined && status >= 500);
}

function personOf(found: SupabaseSession | null): Person | null {
  return found && { id: found.user.id, email: found.user.email ?? '' };
}
