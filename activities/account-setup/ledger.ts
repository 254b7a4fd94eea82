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
  attempt_started_at: z.string().nullable(),
});

export type LedgerRow = z.infer<typeof ledgerRow>;

const beginAnswer: z.ZodType<BeginAttemptResult> = z.discriminatedUnion('begun', [
  z.object({ begun: z.literal(true), attempt: z.number().int(), started_at: z.string() }),
  z.object({
    begun: z.literal(false),
    refused: z.enum(['cancelled', 'superseded', 'completed', 'conflict', 'closed']),
  }),
]);

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
  }): Promise<BeginAttemptResult>;
  write(jobId: string, row: SubStepRow): Promise<void>;
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

    async begin({ jobId, key, generation, expectedAttempt, stateBefore }) {
      const p = {
        job_id: jobId,
        key,
        generation,
        expected_attempt: expectedAttempt,
        state_before: stateBefore,
      };
      return readResult(beginAnswer, await supabase.rpc('begin_sub_step_attempt', { p }));
    },

    async write(jobId, row) {
      const p = { job_id: jobId, sub_steps: [row] };
      readResult(z.unknown(), await supabase.rpc('apply_registration_snapshot', { p }));
    },
  };
}
