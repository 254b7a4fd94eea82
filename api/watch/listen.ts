/**
 * PostgreSQL's LISTEN on one connection of the process, open while anybody watches. Notifications that were missed while it was
 * away are made good by waking everybody once it is back; until then the clock does it.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import type { Logger } from 'pino';
import { Client } from 'pg';
import { z } from 'zod';
import { waitOrAbort } from '../../domain/wait';
import { Wakers, type ChangeSignals } from './signals';

/** `pg_notify` in the migrations. */
const CHANNEL = 'registration_changes';
const notification = z.object({ batch_id: z.guid() });

export interface ListenOptions {
  /** Of PostgreSQL itself: a pooler in transaction mode takes LISTEN and forgets it. */
  databaseUrl: string;
  /** How often to look while the connection is away, milliseconds. */
  pollMs: number;
  log: Logger;
}

const CALL_TIMEOUT_MS = 5_000;
/** A connection that a firewall has dropped without a word is found out by asking. */
const CHECK_MS = 15_000;
const RETRY_MS = { first: 250, longest: 10_000 };

export function listeningSignals(options: ListenOptions): ChangeSignals {
  const wakers = new Wakers();
  let running: { stop: AbortController; ended: Promise<void>; state: { isUp: boolean } } | undefined;
  const close = async (): Promise<void> => {
    const ending = running;
    running = undefined;
    ending?.stop.abort();
    await ending?.ended;
  };
  return {
    watch: (batchId, wake) => {
      wakers.add(batchId, wake);
      if (!running) {
        const stop = new AbortController();
        const state = { isUp: false };
        running = { stop, state, ended: keepListening(options, wakers, stop.signal, state) };
      }
      return () => {
        wakers.remove(batchId, wake);
        if (wakers.isEmpty) void close();
      };
    },
    isListening: () => running?.state.isUp ?? null,
    close,
  };
}

async function keepListening(
  { databaseUrl, pollMs, log }: ListenOptions,
  wakers: Wakers,
  signal: AbortSignal,
  state: { isUp: boolean },
): Promise<void> {
  let failures = 0;
  const poll = setInterval(() => !state.isUp && wakers.wakeAll(), pollMs).unref();
  const onUp = (): void => {
    state.isUp = true;
    failures = 0;
    wakers.wakeAll();
  };
  while (!signal.aborted) {
    const why = await listenOnce(databaseUrl, wakers, onUp, signal);
    state.isUp = false;
    if (signal.aborted) break;
    log.warn({ code: why }, 'not listening to the database; connecting again');
    await waitOrAbort(Math.min(RETRY_MS.longest, RETRY_MS.first * 2 ** failures), signal, false);
    failures += 1;
  }
  clearInterval(poll);
}

/** @returns the code of what ended it; the text of such an error may hold parts of the address. */
async function listenOnce(
  connectionString: string,
  wakers: Wakers,
  onUp: () => void,
  signal: AbortSignal,
): Promise<string> {
  const client = new Client({
    connectionString,
    application_name: 'registration-api-watch',
    connectionTimeoutMillis: CALL_TIMEOUT_MS,
    query_timeout: CALL_TIMEOUT_MS,
    keepAlive: true,
  });
  let stop = (): void => undefined;
  const ended = new Promise<string>((resolve) => {
    client.on('error', (error) => resolve(codeOf(error)));
    client.on('end', () => resolve('ended'));
    stop = () => resolve('stopped');
  });
  client.on('notification', ({ payload }) => {
    const batchId = batchOf(payload);
    if (batchId === null) wakers.wakeAll();
    else wakers.wake(batchId);
  });
  signal.addEventListener('abort', stop, { once: true });
  const over = new AbortController();
  try {
    return await Promise.race([ended, followChannel(client, onUp, over.signal)]);
  } catch (error) {
    return codeOf(error);
  } finally {
    over.abort();
    signal.removeEventListener('abort', stop);
    // To a server that is gone it may never end, and its socket must keep nobody waiting.
    await Promise.race([client.end(), sleep(1_000, undefined, { ref: false })]);
  }
}

/** Connects, listens, and asks now and then whether the other end is still there; throws once it is not. */
async function followChannel(client: Client, onUp: () => void, over: AbortSignal): Promise<string> {
  await client.connect();
  await client.query(`listen ${CHANNEL}`);
  onUp();
  for (;;) {
    await waitOrAbort(CHECK_MS, over, false);
    if (over.aborted) return 'over';
    await client.query('select 1');
  }
}

/** Null: not of our form, so anything may have changed. */
function batchOf(payload: string | undefined): string | null {
  try {
    const parsed = notification.safeParse(JSON.parse(payload ?? ''));
    return parsed.success ? parsed.data.batch_id : null;
  } catch {
    return null;
  }
}

function codeOf(error: unknown): string {
  if (error instanceof Error && 'code' in error && typeof error.code === 'string') return error.code;
  return error instanceof Error ? error.name : 'unknown';
}
