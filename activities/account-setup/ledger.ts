/** The ledger of outside calls (`registration_sub_steps`): what was begun, with what state before, and how it ended. */
import type { SupabaseClient } from '@supabase/supabase-js';
import { z } from 'zod';
import { PROOFS, type BeginAttemptResult, type SubStepOutput, type SubStepRow } from '../../domain/record';
import { SUB_STEP_STATUSES } from '../../domain/statuses';
import type { SubStepKey } from '../../domain/sub-steps';
import { readResult } from '../supabase-result';

const output = z.record(z.string(), z.union([z.string(), z.number(), z.boolean(), z.null()]));

const ledgerRow = z.object({
  generation: z.number().int(),
  attempt: z.number().int(),
  status: z.enum(SUB_STEP_STATUSES),
  error_type: z.string().nullable(),
  reason: z.string().nullable(),
  output: output.nullable(),
  proof: z.enum(PROOFS).nullable(),
  state_before: output.nullable(),
  /** Of the first call of this generation, or of the first try to make one. */
  started_at: z.string().nullable(),
  attempt_started_at: z.string().nullable(),
  completed_at: z.string().nullable(),
});

export type LedgerRow = z.infer<typeof ledgerRow>;

const beginAnswer: z.ZodType<BeginAttemptResult> = z.union([
  z.object({ begun: z.literal(true), attempt: z.number().int(), started_at: z.string() }),
  z.object({
    begun: z.literal(false),
    refused: z.enum(['cancelled', 'superseded', 'completed', 'conflict', 'closed']),
  }),
  z.object({
    begun: z.literal(false),
    refused: z.literal('busy'),
    in_use: z.number().int(),
    place: z.number().int(),
  }),
]);

const written = z.object({ sub_steps_ignored: z.array(z.string()) });

/** A log-in of a script to an owner's account. */
export interface Session {
  /** Names the account (`account.ownerKey` of the configuration). */
  key: string;
  /** How many scripts may be logged in to it at once. */
  limit: number;
}

export interface Ledger {
  read(jobId: string, key: SubStepKey): Promise<LedgerRow>;
  /** Books the next outside call, or says why it may not be made. */
  begin(booking: {
    jobId: string;
    key: SubStepKey;
    generation: number;
    /** The attempt that the caller has seen; another one means that somebody else is at it. */
    expectedAttempt: number;
    stateBefore: SubStepOutput | null;
    /** How long the script of the call may be at work, ms; null when it ends with the call. */
    scriptMs: number | null;
    session: Session | null;
  }): Promise<BeginAttemptResult>;
  /** `ignored`: the stored row is newer or final, and stays as it is. */
  write(jobId: string, row: SubStepRow): Promise<'taken' | 'ignored'>;
}

export function createLedger(supabase: SupabaseClient): Ledger {
  return {
    async read(jobId, key) {
      return readResult(
        ledgerRow,
        await supabase
          .from('registration_sub_steps')
          .select(Object.keys(ledgerRow.shape).join(', '))
          .eq('job_id', jobId)
          .eq('key', key)
          .single(),
      );
    },

    async begin({ jobId, key, generation, expectedAttempt, stateBefore, scriptMs, session }) {
      const p = {
        job_id: jobId,
        key,
        generation,
        expected_attempt: expectedAttempt,
        state_before: stateBefore,
        script_ms: scriptMs,
        session_key: session?.key ?? null,
        session_limit: session?.limit ?? null,
      };
      return readResult(beginAnswer, await supabase.rpc('begin_sub_step_attempt', { p }));
    },

    async write(jobId, row) {
      const p = { job_id: jobId, sub_steps: [row] };
      const answer = readResult(written, await supabase.rpc('apply_registration_snapshot', { p }));
      return answer.sub_steps_ignored.length === 0 ? 'taken' : 'ignored';
    },
  };
}
