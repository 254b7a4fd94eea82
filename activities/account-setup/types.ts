/** What the registration workflow and the activities of step 6 hand each other. */
import type { ConfigurationSnapshot } from '../../domain/configuration/types';
import type { Proof, SubStepOutput } from '../../domain/record';
import type { SubStepStatus } from '../../domain/statuses';
import type { SubStepKey } from '../../domain/sub-steps';

export interface JobRef {
  jobId: string;
  batchId: string;
  organisationId: string;
  restaurantId: string;
}

export interface SubStepInput extends JobRef {
  generation: number;
  /** Outside calls of this generation never exceed this number. */
  attemptLimit: number;
  configuration: ConfigurationSnapshot;
  /** Results of the sub-steps that this one builds on. */
  outputs: Partial<Record<SubStepKey, SubStepOutput>>;
  /** ISO 8601; effects before it belong to somebody else. */
  jobStartedAt: string;
  /** Reset by an operator who states that what it had made was removed: only effects of this generation count. */
  effectRemoved?: boolean | undefined;
  /** The granted turn, for account creation alone. */
  lease?: { workflowId: string; requestId: string; expiresAt: number } | undefined;
  /** The turn among restaurants of one owner, for account creation alone: it ends with the account. */
  ownerTurn?: { workflowId: string; requestId: string } | undefined;
}

export interface SubStepResult {
  attempt: number;
  output: SubStepOutput;
  proof: Proof;
  /** As the ledger row has them, ISO 8601; null: no call was made. */
  startedAt: string | null;
  completedAt: string | null;
  /** false: the ledger row could not be written; the workflow's next snapshot carries the result. */
  recorded: boolean;
  /** Request ids of turns that were given back already: the workflow need not. */
  givenBack?: string[] | undefined;
}

/** One activity a sub-step, named as the sub-step: a missing or a surplus one does not compile. */
export type SubStepActivities = Record<SubStepKey, (input: SubStepInput) => Promise<SubStepResult>>;

export interface SavedConfiguration {
  /** Sub-steps whose product exists already, with what is known of it. */
  existing: Partial<Record<SubStepKey, SubStepOutput>>;
}

/**
 * The details of a sub-step's failure: outside calls begun so far, our own words about this one failure, and when it began and ended as
 * the ledger row has it, ISO 8601.
 */
export type SubStepFailureDetails = [
  attempt: number,
  reason: string | null,
  startedAt?: string | null,
  completedAt?: string | null,
];

/**
 * Those of `Superseded`: what the ledger holds instead, for a run that was reset to a point before it. A run that goes on with this
 * generation is given what was completed in it.
 */
export type SupersededDetails = [
  attempt: number,
  reason: string | null,
  generation: number,
  status: SubStepStatus,
];
