/** The server's settings. */
import { failureOf, offline } from '../api/failure';

/** What the server tells everybody before sign-in (`/console/config.json`). */
export interface DevelopmentPerson {
  id: string;
  email: string;
  role: 'user' | 'admin' | 'super_admin';
}

export interface ConsoleConfig {
  signIn:
    | { mode: 'supabase'; url: string; anonKey: string }
    | { mode: 'development'; people: readonly DevelopmentPerson[] }
    | { mode: 'unset' };
  temporalUi: { url: string; namespace: string } | null;
}

/** @throws ApiFailure */
export async function loadConfig(): Promise<ConsoleConfig> {
  const response = await fetch('/console/config.json').catch(() => {
    throw offline();
  });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok || body === null) throw failureOf(response, body);
  return body as ConsoleConfig;
}
