/** The drafts of all restaurants: they outlive a reload and a restart of the server, but for passwords, which stay in memory. */
import { useSyncExternalStore } from 'react';
import { withoutPasswords, type Draft } from './draft';

const PREFIX = 'settings-draft:';
const EMPTY: Draft = {};

class Drafts {
  private readonly known = new Map<string, Draft>();
  private readonly listeners = new Set<() => void>();

  readonly subscribe = (listener: () => void): (() => void) => {
    this.listeners.add(listener);
    return () => this.listeners.delete(listener);
  };

  get(jobId: string): Draft {
    const known = this.known.get(jobId);
    if (known) return known;
    const kept = this.read(jobId);
    this.known.set(jobId, kept);
    return kept;
  }

  set(jobId: string, draft: Draft): void {
    this.known.set(jobId, draft);
    const kept = withoutPasswords(draft);
    if (Object.keys(kept).length === 0) sessionStorage.removeItem(PREFIX + jobId);
    else sessionStorage.setItem(PREFIX + jobId, JSON.stringify(kept));
    for (const listener of this.listeners) listener();
  }

  private read(jobId: string): Draft {
    const text = sessionStorage.getItem(PREFIX + jobId);
    return text === null ? EMPTY : (JSON.parse(text) as Draft);
  }
}

export const drafts = new Drafts();

export function useDraft(jobId: string): Draft {
  return useSyncExternalStore(drafts.subscribe, () => drafts.get(jobId));
}
