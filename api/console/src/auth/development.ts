/** The embedded stack's sign-in: choose who to be. The server has it there alone. */
import { failureOf, offline } from '../api/failure';
import type { Person, SignIn } from './session';

interface Kept {
  access_token: string;
  /** Seconds since the epoch. */
  expires_at: number;
  user: Person;
}

const KEY = 'registrations.development-session';
/** A token that ends in a moment would end on its way. */
const MARGIN_SECONDS = 30;

let told: ((person: Person | null) => void) | null = null;

export function developmentSignIn(): SignIn {
  return {
    restore: () => Promise.resolve(kept()?.user ?? null),
    token: () => Promise.resolve(kept()?.access_token ?? null),
    signOut: () => {
      localStorage.removeItem(KEY);
      return Promise.resolve();
    },
    onChange: (listener) => {
      told = listener;
      window.addEventListener('storage', ({ key }) => {
        if (key === KEY) listener(kept()?.user ?? null);
      });
    },
  };
}

/** @throws ApiFailure */
export async function signInAs(id: string): Promise<void> {
  const response = await fetch('/console/development-sign-in', {
    method: 'POST',
    headers: { 'Content-Type': 'application/json' },
    body: JSON.stringify({ id }),
  }).catch(() => {
    throw offline();
  });
  const body: unknown = await response.json().catch(() => null);
  if (!response.ok || body === null) throw failureOf(response, body);
  localStorage.setItem(KEY, JSON.stringify(body));
  told?.(kept()?.user ?? null);
}

function kept(): Kept | null {
  const text = localStorage.getItem(KEY);
  if (text === null) return null;
  const found = JSON.parse(text) as Kept;
  return found.expires_at - MARGIN_SECONDS > Date.now() / 1000 ? found : null;
}
