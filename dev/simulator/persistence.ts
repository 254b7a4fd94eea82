/** Dump and restore of the world. Written aside and renamed, so that a crash leaves the old file or the new one, never half of one. */
import { existsSync, readFileSync, renameSync, writeFileSync } from 'node:fs';
import { emptyState, type Settings, type WorldState } from './state';

const WRITE_AFTER_MS = 100;
/** A large world is written less often: writing takes at most a twentieth of the time. */
const REST_FACTOR = 20;

export interface Persistence {
  /** Something changed: write soon. */
  touch(): void;
  /** Write now. */
  flush(): void;
}

/** The dumped world, or null if there is none. Throws if the file is not one of ours. Settings come from the options, not from the file. */
export function restore(file: string | undefined, settings: Settings): WorldState | null {
  if (file === undefined || !existsSync(file)) return null;
  const parsed = JSON.parse(readFileSync(file, 'utf8')) as Partial<WorldState>;
  if (parsed.version !== 1) throw new Error(`${file} is not a state file of this simulator.`);
  return { ...emptyState(settings), ...parsed, settings };
}

export function persistence(file: string | undefined, state: () => WorldState): Persistence {
  if (file === undefined) return { touch: () => undefined, flush: () => undefined };
  let timer: NodeJS.Timeout | undefined;
  let tookMs = 0;
  const flush = (): void => {
    clearTimeout(timer);
    timer = undefined;
    const began = performance.now();
    writeFileSync(`${file}.new`, JSON.stringify(state()), { mode: 0o600 });
    renameSync(`${file}.new`, file);
    tookMs = performance.now() - began;
  };
  return {
    touch: () => {
      timer ??= setTimeout(flush, Math.max(WRITE_AFTER_MS, tookMs * REST_FACTOR));
    },
    flush,
  };
}
