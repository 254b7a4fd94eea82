import { useSyncExternalStore } from 'react';
import { ago, duration, exactly } from './time-words';

/** One clock for all: the whole page is told the time anew at once. */
const listeners = new Set<() => void>();
let now = Date.now();
let timer: number | undefined;

function subscribe(listener: () => void): () => void {
  listeners.add(listener);
  timer ??= window.setInterval(() => {
    now = Date.now();
    for (const tell of listeners) tell();
  }, 1_000);
  return () => {
    listeners.delete(listener);
    if (listeners.size > 0) return;
    window.clearInterval(timer);
    timer = undefined;
  };
}

/** Milliseconds since the epoch, anew each second. */
export function useNow(): number {
  return useSyncExternalStore(subscribe, () => now);
}

/** "3 min ago"; the exact time to those who point at it. @param at ISO 8601 */
export function RelativeTime({ at }: { at: string }) {
  const moment = Date.parse(at);
  return (
    <time dateTime={at} title={exactly(moment)}>
      {ago(moment, useNow())}
    </time>
  );
}

/** How long it took; goes on counting while it has no end. ISO 8601. */
export function Duration({ from, to }: { from: string; to: string | null }) {
  return to === null ? <Running from={from} /> : <Span ms={Date.parse(to) - Date.parse(from)} />;
}

function Running({ from }: { from: string }) {
  return <Span ms={Math.max(0, useNow() - Date.parse(from))} />;
}

const Span = ({ ms }: { ms: number }) => <span className="tabular">{duration(ms)}</span>;
