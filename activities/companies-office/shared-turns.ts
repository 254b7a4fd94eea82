/** The register's pace over all workers, restarts and retries: turns are given by the database (`take_turn`). */
import { createHash } from 'node:crypto';
import { setTimeout as wait } from 'node:timers/promises';
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { readResult } from '../supabase-result';
import type { Turns } from './pacing';
import { RegisterError } from './register';

export interface SharedTurnsSettings {
  supabase: SupabaseClient;
  /** The register's address and key: each credential set has a pace of its own. */
  credentials: { baseUrl: string; apiKey: string };
  /** NZBN_RATE_PER_SECOND, NZBN_BURST; of all workers together. */
  ratePerSecond: number;
  burst: number;
  /** A longer wait is not begun, ms. */
  maxWaitMs?: number;
  /** Injected in tests; monotonic, ms. */
  clock?: () => number;
}

/** An activity that waits holds one of this worker's few slots: beyond this the engine keeps it instead. */
const MAX_WAIT_MS = 20_000;
/** An answer of the database that took longer to reach us is asked for again: this process may have been stopped meanwhile. */
const FRESH_MS = 2_000;

const turnAnswer = z.object({ wait_ms: z.number(), turn: z.number().nullable() });

/**
 * @throws RegisterError `RegisterBusy` when the wait would be too long (no turn is reserved), and the failures of readResult: without the
 * database there are no turns, so no calls either.
 */
export function createSharedTurns(settings: SharedTurnsSettings): Turns {
  const { supabase, ratePerSecond, burst, maxWaitMs = MAX_WAIT_MS } = settings;
  const clock = settings.clock ?? (() => performance.now());
  const pace = { name: paceName(settings.credentials), rate_per_second: ratePerSecond, burst };

  async function ask(turn: number | null, signal: AbortSignal | undefined) {
    const call = supabase.rpc('take_turn', { p: { ...pace, max_wait_ms: maxWaitMs, turn } });
    const answer = readResult(turnAnswer, await (signal ? call.abortSignal(signal) : call));
    signal?.throwIfAborted();
    return answer;
  }

  return {
    async take(signal) {
      for (let reserved: number | null = null; ;) {
        const askedAt = clock();
        const { wait_ms, turn } = await ask(reserved, signal);
        if (turn === null) throw new RegisterError('RegisterBusy', wait_ms);
        if (wait_ms === 0 && clock() - askedAt < FRESH_MS) return;
        await wait(wait_ms, undefined, signal ? { signal } : {});
        // Asked again afterwards: the register may have asked for a pause in the meantime. A turn given up while waiting is lost, which
        // errs on the slow side.
        reserved = turn;
      }
    },

    async hold(ms) {
      readResult(z.null(), await supabase.rpc('hold_turns', { p: { ...pace, hold_ms: ms } }));
    },
  };
}

/** Names a credential set without telling it: what it names is a random key, which no list of guesses holds. */
function paceName({ baseUrl, apiKey }: SharedTurnsSettings['credentials']): string {
  const digest = createHash('sha256').update(`${baseUrl}\n${apiKey}`).digest('hex');
  return `register:${digest.slice(0, 16)}`;
}
