/**
 * Follows an event stream of the API for as long as it is wanted: over `fetch`, since `EventSource` cannot send a token. It goes on behind
 * the last event it has seen, waits longer after each failure, and takes a silent line for a dead one.
 */
import { createParser } from 'eventsource-parser';
import { failureOf, type ApiFailure } from '../api/failure';

export interface StreamEvent {
  type: string;
  data: unknown;
}

export interface StreamOptions {
  /** Path and query. */
  url: string;
  /** Asked before each connection. Null: nobody is signed in; it ends. @throws ApiFailure when it cannot be told now */
  token: () => Promise<string | null>;
  onEvent: (event: StreamEvent) => void;
  /** False: the line is down, and is being tried again. */
  onUp: (isUp: boolean) => void;
  /** A refusal that trying again does not change; it has ended. */
  onRefused: (failure: ApiFailure) => void;
  signal: AbortSignal;
}

const WAIT_MS = { first: 500, longest: 15_000 };
/** Three of the server's signs of life. */
const SILENCE_MS = 45_000;

export async function followStream(options: StreamOptions): Promise<void> {
  const { signal, onUp } = options;
  let lastId: string | null = null;
  let failures = 0;
  const onId = (id: string): void => void (lastId = id);
  while (!signal.aborted) {
    try {
      const ended = await readOnce(options, lastId, onId, () => {
        failures = 0;
        onUp(true);
      });
      if (ended === 'refused') return;
    } catch (error) {
      if (signal.aborted) return;
      // Whatever broke it (network, proxy, a server that restarts): the same is done about it.
      console.debug('event stream', error);
    }
    failures += 1;
    // A stream that ended in good order (token renewed, server restarted) is first tried again before anybody is told.
    if (failures > 1) onUp(false);
    await pause(failures, signal);
  }
}

async function readOnce(
  options: StreamOptions,
  lastId: string | null,
  onId: (id: string) => void,
  onOpen: () => void,
): Promise<'ended' | 'refused'> {
  const token = await options.token();
  if (token === null) return 'refused';
  const line = new AbortController();
  const hangUp = (): void => line.abort();
  options.signal.addEventListener('abort', hangUp);
  let silence = setTimeout(hangUp, SILENCE_MS);
  try {
    const response = await fetch(options.url, {
      signal: line.signal,
      cache: 'no-store',
      headers: {
        Authorization: `Bearer ${token}`,
        Accept: 'text/event-stream',
        ...(lastId === null ? {} : { 'Last-Event-ID': lastId }),
      },
    });
    if (!response.ok || !response.body) return await refuse(options, response);
    onOpen();
    const parser = createParser({
      onEvent: ({ id, event, data }) => {
        // Understood first: what fails here is sent again.
        options.onEvent({ type: event ?? 'message', data: JSON.parse(data) });
        if (id !== undefined) onId(id);
      },
    });
    const reader = response.body.pipeThrough(new TextDecoderStream()).getReader();
    for (;;) {
      const { done, value } = await reader.read();
      if (done) return 'ended';
      clearTimeout(silence);
      silence = setTimeout(hangUp, SILENCE_MS);
      parser.feed(value);
    }
  } finally {
    clearTimeout(silence);
    options.signal.removeEventListener('abort', hangUp);
    line.abort();
  }
}

async function refuse({ onRefused }: StreamOptions, response: Response): Promise<'refused'> {
  const failure = failureOf(response, await response.json().catch(() => null));
  if (failure.retryable) throw failure;
  onRefused(failure);
  return 'refused';
}

/** Shorter when the network is back, or the page is looked at again. */
function pause(failures: number, signal: AbortSignal): Promise<void> {
  const longest = Math.min(WAIT_MS.longest, WAIT_MS.first * 2 ** Math.min(10, failures - 1));
  return new Promise((resolve) => {
    const wake = (): void => {
      clearTimeout(timer);
      signal.removeEventListener('abort', wake);
      window.removeEventListener('online', wake);
      document.removeEventListener('visibilitychange', wakeIfSeen);
      resolve();
    };
    const wakeIfSeen = (): void => void (document.visibilityState === 'visible' && wake());
    // Spread, so that a restarted server is not asked by everybody at once.
    const timer = setTimeout(wake, longest * (0.75 + Math.random() / 2));
    signal.addEventListener('abort', wake);
    window.addEventListener('online', wake);
    document.addEventListener('visibilitychange', wakeIfSeen);
  });
}
