/** Counts side effects when they happen, calls when they begin, and who is logged in at once. */
import type { SubStepKey } from '../../domain/sub-steps';
import type { EffectRow, WorldState } from './state';

/** Whose effect it is: a restaurant's, or for accounts made directly at the vendor an e-mail's. */
export interface EffectOwner {
  restaurantId: string | null;
  email?: string | null;
}

export interface EffectsSummary {
  /** Sum of all counts. */
  total: number;
  duplicates: number;
  attempts: number;
  concurrentCalls: number;
  unmetNeeds: string[];
  mislabelled: string[];
  accounts: { starts: number; throttled: number; minGapMs: number | null };
  sessions: { maxConcurrent: number; maxConcurrentPerAccount: Record<string, number> };
}

export class Effects {
  private readonly running = new Map<string, number>();
  private readonly sessions = new Map<string, number>();

  constructor(private readonly state: () => WorldState) {}

  private row(owner: EffectOwner, subStep: SubStepKey): EffectRow {
    const email = owner.email?.toLowerCase() ?? null;
    const key = `${owner.restaurantId ?? email ?? ''} ${subStep}`;
    return (this.state().effects[key] ??= {
      restaurantId: owner.restaurantId,
      email,
      subStep,
      count: 0,
      duplicated: 0,
      attempts: 0,
      keys: [],
      concurrentCalls: 0,
      lastEffectAt: null,
    });
  }

  /** A call begins. Gives its number (from 1) and the function to call when it is over. */
  begin(
    owner: EffectOwner,
    subStep: SubStepKey,
    idempotencyKey: string | null,
  ): { attempt: number; end: () => void } {
    const row = this.row(owner, subStep);
    row.attempts += 1;
    if (idempotencyKey !== null && !row.keys.includes(idempotencyKey)) row.keys.push(idempotencyKey);
    const key = `${owner.restaurantId ?? owner.email ?? ''} ${subStep}`;
    const others = this.running.get(key) ?? 0;
    if (others > 0) row.concurrentCalls += 1;
    this.running.set(key, others + 1);
    return { attempt: row.attempts, end: () => this.running.set(key, (this.running.get(key) ?? 1) - 1) };
  }

  /** It took effect; `duplicate`: it made something that was there already. */
  happened(owner: EffectOwner, subStep: SubStepKey, duplicate: boolean): void {
    const row = this.row(owner, subStep);
    row.count += 1;
    row.lastEffectAt = new Date().toISOString();
    if (duplicate) row.duplicated += 1;
  }

  /** A browser logs in; null = not to a vendor's account. Gives the function to call when it is over. */
  openSession(account: string | null): () => void {
    const max = this.state().maxSessions;
    const names = account === null ? ['*'] : ['*', account.toLowerCase()];
    for (const name of names) {
      const open = (this.sessions.get(name) ?? 0) + 1;
      this.sessions.set(name, open);
      if (name === '*') max.inAll = Math.max(max.inAll, open);
      else max.perAccount[name] = Math.max(max.perAccount[name] ?? 0, open);
    }
    return () => names.forEach((name) => this.sessions.set(name, (this.sessions.get(name) ?? 1) - 1));
  }

  rows(restaurantId?: string): EffectRow[] {
    return Object.values(this.state().effects).filter(
      (row) => restaurantId === undefined || row.restaurantId === restaurantId,
    );
  }

  summary(): EffectsSummary {
    const { unmetNeeds, mislabelled, starts, maxSessions } = this.state();
    const rows = this.rows();
    const sum = (of: (row: EffectRow) => number): number => rows.reduce((total, row) => total + of(row), 0);
    return {
      total: sum((row) => row.count),
      duplicates: sum((row) => row.duplicated),
      attempts: sum((row) => row.attempts),
      concurrentCalls: sum((row) => row.concurrentCalls),
      unmetNeeds,
      mislabelled,
      accounts: { starts: starts.count, throttled: starts.throttled, minGapMs: starts.minGapMs },
      sessions: { maxConcurrent: maxSessions.inAll, maxConcurrentPerAccount: maxSessions.perAccount },
    };
  }
}
