/** What the attempt executor and the clients of step 6 hand each other. */
import type { ConfigurationSnapshot } from '../../../domain/configuration/types';
import type { FailureType } from '../../../domain/failures';
import type { Proof, SubStepOutput } from '../../../domain/record';
import type { SubStepKey } from '../../../domain/sub-steps';

/** One attempt at one sub-step. Times are ISO 8601 in UTC. */
export interface SubStepCall {
  jobId: string;
  batchId: string;
  organisationId: string;
  restaurantId: string;
  generation: number;
  attempt: number;
  /** Effects before it belong to somebody else, or to a run of which an operator says that its effect was removed. */
  effectsSince: string;
  /** What the reads show from before may be what that run left behind. */
  effectRemoved: boolean;
  /** Of the ledger row, written before the call is sent. */
  attemptStartedAt: string;
  menuId: string | null;
  /** The account to log in with: its e-mail in the original case, phone in E.164. */
  account: { email: string; phone: string };
  configuration: ConfigurationSnapshot;
  outputs: Partial<Record<SubStepKey, SubStepOutput>>;
  /** Opened for this attempt alone. */
  secrets: { accountPassword?: string | undefined; onboardingPassword?: string | undefined };
  /** What a finished effect must amount to, where our own record tells; makes the platform's counts conclusive. */
  expected?: { dishes?: number | undefined; optionSets?: number | undefined } | undefined;
  /** What `captureState` gave before this attempt; null when there is nothing to compare with. */
  stateBefore: SubStepOutput | null;
  signal: AbortSignal;
  /** Called every few seconds while something is under way; heartbeat here. */
  onProgress(elapsedMs: number): void;
}

export interface ResultCounts {
  total: number;
  done: number;
  failed: number;
}

/**
 * `succeeded`, `already_done`: every condition of success holds. `partial`: only a part was done. `failed`: it was not
 * done, `failure` says whether it is tried again. `unclear`: it may have been done; ask `verifyEffect` before anything else.
 */
export interface BackendResult {
  state: 'succeeded' | 'already_done' | 'partial' | 'failed' | 'unclear';
  /** Set in the last three states. */
  failure?: FailureType;
  retryAfterMs?: number;
  proof: Proof;
  output: SubStepOutput;
  counts?: ResultCounts;
  /** A word of ours: the feature that is off, or the first field of an answer that does not fit. */
  detail?: string;
}

/**
 * Whether a sub-step's effect is there. `false` is to be believed only after `limits.rows[key].absentAfterMs`.
 * `unknown`: there is no read for it, or it cannot tell. `undecided`: look again, and past that time end with `failure`;
 * never repeat the call on it, a part may have been done.
 */
export type Verdict =
  | { present: true; proof: Proof; output: SubStepOutput }
  | { present: false }
  | { present: 'unknown' }
  | { present: 'undecided'; failure: FailureType };
