/** Ctrl-C and its like: the first one asks for an orderly end, a later one forces it. */
export interface Interrupt {
  /** Aborted by SIGINT, SIGTERM or SIGHUP. */
  readonly signal: AbortSignal;
  /** Resolves when one of them has come. */
  readonly happened: Promise<void>;
}

// npm hands a Ctrl-C on to its child, which the terminal has given it already: that is one, not two.
const ECHO_MS = 500;

/** `force` runs at the second Ctrl-C; the process ends right after it. */
export function listenForInterrupt(force: () => void): Interrupt {
  const controller = new AbortController();
  let firstAt = 0;
  const onSignal = (): void => {
    if (!controller.signal.aborted) {
      firstAt = Date.now();
      controller.abort();
    } else if (Date.now() - firstAt > ECHO_MS) {
      force();
      process.exit(130);
    }
  };
  for (const name of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.on(name, onSignal);
  // A terminal that is gone takes its output with it; ending in order matters more than saying so.
  for (const stream of [process.stdout, process.stderr]) stream.on('error', () => undefined);
  const happened = new Promise<void>((resolve) =>
    controller.signal.addEventListener('abort', () => resolve()),
  );
  return { signal: controller.signal, happened };
}
