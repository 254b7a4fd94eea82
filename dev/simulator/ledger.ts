/** Every request that came in, in order, with secrets replaced by their hash. */
import { secretHash } from './random';
import type { FaultKind, RequestFacts, System } from './faults';

export interface LedgerEntry {
  seq: number;
  /** ISO 8601, when it came in. */
  time: string;
  system: System | 'webhook';
  method: string;
  path: string;
  route: string;
  restaurantId: string | null;
  email: string | null;
  headers: Record<string, string>;
  body: unknown;
  idempotencyKey: string | null;
  faults: FaultKind[];
  /** Null while it runs, and when no answer was sent. */
  status: number | null;
  durationMs: number | null;
  /** How it ended; `hung_up`: the caller was gone before the answer. */
  end: 'running' | 'answered' | 'hung_up' | 'reset' | 'closed';
}

const SECRET_NAME =
  /password|signature|token|secret|authorization|service-key|subscription-key|confirmation_code/i;
/** Older entries are dropped beyond this. */
const MAX_ENTRIES = 50_000;
const MAX_TEXT = 2_000;

/** A copy in which the value of every field that is named like a secret is a hash. */
export function redact(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(redact);
  if (typeof value === 'string') return value.length > MAX_TEXT ? `${value.slice(0, MAX_TEXT)}…` : value;
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, inner]) => [
      name,
      SECRET_NAME.test(name) && typeof inner === 'string' ? secretHash(inner) : redact(inner),
    ]),
  );
}

export interface LedgerQuery {
  system?: string | undefined;
  restaurantId?: string | undefined;
  /** Only entries with a higher sequence number. */
  since?: number | undefined;
}

export interface NewEntry {
  seq: number;
  facts: Omit<RequestFacts, 'system'> & { system: LedgerEntry['system'] };
  method: string;
  path: string;
  headers: Record<string, string | string[] | undefined>;
  body: unknown;
}

export class Ledger {
  private entries: LedgerEntry[] = [];

  open({ seq, facts, method, path, headers, body }: NewEntry): LedgerEntry {
    const flat = Object.fromEntries(Object.entries(headers).map(([name, value]) => [name, String(value)]));
    const entry: LedgerEntry = {
      seq,
      time: new Date().toISOString(),
      system: facts.system,
      method,
      path,
      route: facts.route,
      restaurantId: facts.restaurantId ?? null,
      email: facts.email?.toLowerCase() ?? null,
      headers: redact(flat) as Record<string, string>,
      body: redact(body),
      idempotencyKey: flat['idempotency-key'] ?? null,
      faults: [],
      status: null,
      durationMs: null,
      end: 'running',
    };
    this.entries.push(entry);
    if (this.entries.length > MAX_ENTRIES) this.entries.splice(0, this.entries.length - MAX_ENTRIES);
    return entry;
  }

  query({ system, restaurantId, since }: LedgerQuery): LedgerEntry[] {
    return this.entries.filter(
      (entry) =>
        (system === undefined || entry.system === system) &&
        (restaurantId === undefined || entry.restaurantId === restaurantId) &&
        (since === undefined || entry.seq > since),
    );
  }

  clear(): void {
    this.entries = [];
  }
}
