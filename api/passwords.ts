/**
 * Passwords in requests. They are taken out of the body before validation, logging or any handler sees it, and travel
 * beside it in objects that no log, message or JSON can read. ARCHITECTURE.md, "Secrets".
 */
import { randomUUID } from 'node:crypto';
import { inspect } from 'node:util';
import type { Response } from 'express';

const HIDDEN = '[password]';
/** Of `submittedConfigurationSchema`. */
const MAX_LENGTH = 200;

/** A password in memory. Only `reveal` gives it. */
export class Password {
  readonly #value: string;
  constructor(value: string) {
    this.#value = value;
  }
  reveal(): string {
    return this.#value;
  }
  toString(): string {
    return HIDDEN;
  }
  toJSON(): string {
    return HIDDEN;
  }
  [inspect.custom](): string {
    return HIDDEN;
  }
}

/** By the placeholder that stands in the body in a password's place. */
export type PasswordVault = ReadonlyMap<string, Password>;

/** The passwords of a request. */
export function vaultOf(res: Response): PasswordVault {
  return res.locals['passwords'] as PasswordVault;
}

const PASSWORD_KEYS: ReadonlySet<string> = new Set(['password', 'userPassword']);

/**
 * A copy of the body with a placeholder in place of every password, wherever it stands. One that the schema would refuse is replaced by
 * text of its length (or `null` if it is no text), so that it is refused for its reason and not shown.
 */
export function takePasswords(body: unknown): { body: unknown; passwords: PasswordVault } {
  const passwords = new Map<string, Password>();
  const take = (value: unknown): unknown => {
    if (typeof value !== 'string') return null;
    if (value === '' || value.length > MAX_LENGTH) return '*'.repeat(Math.min(value.length, MAX_LENGTH + 1));
    const placeholder = `password:${randomUUID()}`;
    passwords.set(placeholder, new Password(value));
    return placeholder;
  };
  const copy = (value: unknown): unknown => {
    if (Array.isArray(value)) return value.map(copy);
    if (typeof value !== 'object' || value === null) return value;
    return Object.fromEntries(
      Object.entries(value).map(([key, child]) => [key, PASSWORD_KEYS.has(key) ? take(child) : copy(child)]),
    );
  };
  return { body: copy(body), passwords };
}
