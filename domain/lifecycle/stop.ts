/** The end of a process: asked for, in order and within a time; or unasked for, aloud. */

/** What both pino and Temporal's own logger can be given as. */
export interface LifecycleLog {
  info(line: string, details?: Record<string, unknown>): void;
  warn(line: string, details?: Record<string, unknown>): void;
  /** An error that nobody caught; the last line of this process. */
  fatal(line: string, error: unknown): void;
}

export interface Stop {
  /** Aborted by the first SIGTERM or SIGINT. */
  signal: AbortSignal;
  happened: Promise<void>;
}

const SIGNALS = ['SIGTERM', 'SIGINT'] as const;
/** Ctrl-C in a terminal comes to npm and to us, and npm passes it on: still one wish. */
const SAME_WISH_MS = 500;

/**
 * The first signal asks for the end, a second one ends the process at once, and so does the time limit. What is cut off then is as
 * after a crash: safe, and done by another process. Both end with exit code 1.
 * @param limitMs from the first signal until the process ends whatever it does
 */
export function listenForStop(limitMs: number, log: LifecycleLog): Stop {
  const stop = new AbortController();
  const happened = new Promise<void>((resolve) => {
    stop.signal.addEventListener('abort', () => resolve(), { once: true });
  });
  let firstAt = 0;
  const onSignal = (name: NodeJS.Signals): void => {
    if (stop.signal.aborted) {
      if (Date.now() - firstAt < SAME_WISH_MS) return;
      log.warn(`${name} again: ending at once`);
      process.exit(1);
    }
    firstAt = Date.now();
    log.info(`${name}: stopping`);
    setTimeout(() => {
      log.warn(`Not stopped within ${Math.round(limitMs / 1_000)} s: ending with what still runs`);
      process.exit(1);
    }, limitMs).unref();
    stop.abort();
  };
  for (const name of SIGNALS) process.on(name, onSignal);
  return { signal: stop.signal, happened };
}

/** Nobody knows what state a process is in after an error that nobody caught. Rejections that nobody handles come here too. */
export function endOnUncaught(log: LifecycleLog): void {
  process.on('uncaughtException', (error) => {
    log.fatal('An error that nobody caught: ending', error);
    process.exit(1);
  });
}

/** What is left open must not keep a process that has failed. */
const LINGER_MS = 5_000;

/**
 * Runs a program to its end. Exit code 0 when it returns, 1 when it throws, with one line on stderr.
 * @param name as in "The worker stopped: …"
 * @param told the sentence for an error that a person can mend; undefined: it is told as it is
 */
export function runProgram(
  name: string,
  main: () => Promise<void>,
  told: (error: unknown) => string | undefined,
): void {
  main().catch((error: unknown) => {
    process.stderr.write(`${name} stopped: ${told(error) ?? String(error)}\n`);
    process.exitCode = 1;
    setTimeout(() => process.exit(), LINGER_MS).unref();
  });
}
