/** Waiting at the start for what a process cannot work without, so that the order in which things are started does not matter. */
import { waitOrAbort } from '../wait';

export interface Need {
  /** For people, e.g. `Temporal at temporal:7233`. */
  name: string;
  /** Null when it is met; else what is wrong, as the end of "Waiting for …: ". Ours alone: no text of another system. */
  missing(): Promise<string | null>;
}

/** It waited as long as it may. Its text is for people. */
export class StartupError extends Error {
  override readonly name = 'StartupError';
}

export interface WaitOptions {
  timeoutMs: number;
  signal: AbortSignal;
  say(line: string): void;
  /** Between two looks, milliseconds. */
  lookEveryMs?: number;
}

const LOOK_EVERY_MS = 500;
const SAY_EVERY_MS = 10_000;

/**
 * Resolves with true when all are met, with false when the signal aborts.
 * @throws StartupError when one is not met in time; what all of them lack stands in its one sentence
 */
export async function waitForNeeds(needs: readonly Need[], options: WaitOptions): Promise<boolean> {
  const unmet = await Promise.all(needs.map((need) => waitFor(need, options)));
  if (options.signal.aborted) return false;
  const problems = unmet.filter((problem) => problem !== null);
  if (problems.length === 0) return true;
  const limit = `${seconds(options.timeoutMs)} (STARTUP_TIMEOUT_MS)`;
  throw new StartupError(`Gave up waiting after ${limit}: ${problems.join('; ')}.`);
}

/** @returns null when it is met or the signal aborts, else who lacks what */
async function waitFor({ name, missing }: Need, options: WaitOptions): Promise<string | null> {
  const { signal, say } = options;
  const startedAt = Date.now();
  let sayAt = 0;
  for (;;) {
    const problem = await missing();
    const waitedMs = Date.now() - startedAt;
    if (signal.aborted) return null;
    if (problem === null) {
      if (sayAt > 0) say(`${name} is there (${seconds(waitedMs)})`);
      return null;
    }
    if (waitedMs >= options.timeoutMs) return `${name} ${problem}`;
    if (waitedMs >= sayAt) {
      say(`Waiting for ${name} (${seconds(waitedMs)}): it ${problem}`);
      sayAt = waitedMs + SAY_EVERY_MS;
    }
    const left = Math.max(1, options.timeoutMs - waitedMs);
    await waitOrAbort(Math.min(options.lookEveryMs ?? LOOK_EVERY_MS, left), signal);
  }
}

const seconds = (ms: number): string => `${Math.round(ms / 1_000)} s`;
