/** Who is signed in. A store outside React, since the API client and the event streams need the token too. */
import { developmentSignIn } from './development';
import type { ConsoleConfig } from './config';
import { supabaseSignIn } from './supabase';

export interface Person {
  id: string;
  email: string;
}

/** One way of signing in: Supabase Auth, or the embedded stack's own. */
export interface SignIn {
  /** Who is signed in, e.g. since before the page was loaded. */
  restore(): Promise<Person | null>;
  /** A token that is good now, renewed if it must be; null: nobody is signed in any more. */
  token(): Promise<string | null>;
  signOut(): Promise<void>;
  /** Signed in or out elsewhere, e.g. in another tab. */
  onChange(told: (person: Person | null) => void): void;
}

export type SessionState =
  | { status: 'starting' }
  | { status: 'out'; /** Why, when it was not the person's own wish. */ reason: string | null }
  | { status: 'in'; person: Person };

const EXPIRED = 'Your session has ended. Sign in again to go on where you were.';

class Session {
  private state: SessionState = { status: 'starting' };
  private way: SignIn | null = null;
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  readonly current = (): SessionState => this.state;

  async start({ signIn }: ConsoleConfig): Promise<void> {
    if (signIn.mode !== 'unset') {
      const way = signIn.mode === 'supabase' ? supabaseSignIn(signIn) : developmentSignIn();
      this.way = way;
      way.onChange((person) => this.found(person));
      return this.found(await way.restore());
    }
    this.found(null);
  }

  async token(): Promise<string | null> {
    if (!this.way || this.state.status !== 'in') return null;
    const token = await this.way.token();
    if (token === null) this.refused();
    return token;
  }

  /** The server does not take the token: whoever it is must sign in again. */
  refused(): void {
    if (this.state.status !== 'in') return;
    this.set({ status: 'out', reason: EXPIRED });
    void this.way?.signOut();
  }

  async signOut(): Promise<void> {
    this.set({ status: 'out', reason: null });
    await this.way?.signOut();
  }

  private found(person: Person | null): void {
    if (person) {
      const { state } = this;
      if (state.status !== 'in' || state.person.id !== person.id) this.set({ status: 'in', person });
      return;
    }
    // Whoever signs out here is out already: this came from elsewhere, or the session could not be renewed.
    if (this.state.status !== 'out') {
      this.set({ status: 'out', reason: this.state.status === 'in' ? EXPIRED : null });
    }
  }

  private set(state: SessionState): void {
    this.state = state;
    for (const listener of this.listeners) listener();
  }
}

export const session = new Session();
