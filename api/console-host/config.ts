/** What the console must know before anybody has signed in. Everybody may read it, so no secret is in it. */
import type { ApiSettings, DevelopmentPerson } from '../../domain/settings';

export type ConsoleSettings = Pick<
  ApiSettings,
  | 'SUPABASE_URL'
  | 'SUPABASE_PUBLIC_URL'
  | 'SUPABASE_ANON_KEY'
  | 'TEMPORAL_UI_URL'
  | 'temporal'
  | 'DEVELOPMENT_SIGN_IN'
>;

export interface ConsoleConfig {
  signIn:
    | { mode: 'supabase'; url: string; anonKey: string }
    | { mode: 'development'; people: readonly DevelopmentPerson[] }
    | { mode: 'unset' };
  /** Null: this installation names no Web UI, so the console links to none. */
  temporalUi: { url: string; namespace: string } | null;
}

export function consoleConfig(settings: ConsoleSettings): ConsoleConfig {
  const { TEMPORAL_UI_URL: url, temporal } = settings;
  return {
    signIn: signInOf(settings),
    temporalUi: url === undefined ? null : { url, namespace: temporal.namespace },
  };
}

/** The embedded stack has a key too, but no Supabase Auth behind it. */
function signInOf(settings: ConsoleSettings): ConsoleConfig['signIn'] {
  const { DEVELOPMENT_SIGN_IN: people, SUPABASE_ANON_KEY: anonKey } = settings;
  const url = settings.SUPABASE_PUBLIC_URL ?? settings.SUPABASE_URL;
  if (people.length > 0) return { mode: 'development', people };
  return anonKey === undefined ? { mode: 'unset' } : { mode: 'supabase', url, anonKey };
}

/** The origin that the console's page must be able to reach; null: none but ours. */
export function signInOrigin(settings: ConsoleSettings & Pick<ApiSettings, 'CONSOLE'>): string | null {
  if (!settings.CONSOLE) return null;
  const signIn = signInOf(settings);
  return signIn.mode === 'supabase' ? new URL(signIn.url).origin : null;
}
