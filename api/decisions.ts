/**
 * A person's choices on their way to the workflows: signalled (recorded even while no worker runs), then followed for a
 * moment, so that the answer can say whether the workflow applied or ignored them. ARCHITECTURE.md, "Signals and updates".
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import type { FieldIssue } from '../domain/configuration';
import { mapLimited } from '../domain/concurrency';
import { ApiError, ERROR_STATUS, type ErrorCode } from './errors';
import { followRecord, type FollowOptions } from './follow';
import { choiceVerdicts } from './metrics';

export const rejection = z.object({
  job_id: z.string(),
  code: z.enum(Object.keys(ERROR_STATUS) as [ErrorCode, ...ErrorCode[]]),
  message: z.string(),
  /** What is wrong or missing, by path. */
  issues: z.object({ path: z.string(), message: z.string(), code: z.string() }).array().optional(),
});
export type Rejection = z.infer<typeof rejection>;

export const verdict = z.object({
  /** `pending`: recorded, and the workflow has not said yet; its verdict will be the event `decision:<decision_id>`. */
  result: z.enum(['applied', 'ignored', 'pending']),
  /** Why it was ignored. */
  reason: z.string().optional(),
  /** Id of the user who was first, where somebody was. */
  decided_by: z.string().optional(),
});
export type Verdict = z.infer<typeof verdict>;

export const acceptedChoice = z.object({
  job_id: z.string(),
  accepted: z.literal(true),
  decision_id: z.string(),
  ...verdict.shape,
});
export type AcceptedChoice = z.infer<typeof acceptedChoice>;

export const choicesAnswer = {
  /** How many went through. */
  accepted: z.number(),
  results: acceptedChoice.array(),
  rejected: rejection.array(),
  next_step: z.number(),
  auto_processing: z.boolean(),
};

/** A choice that was found valid against the record. */
export interface Choice {
  jobId: string;
  /** Signals it. False: no such workflow runs. */
  send: (decisionId: string) => Promise<boolean>;
}

export function refuse(jobId: string, code: ErrorCode, message: string, issues?: FieldIssue[]): Rejection {
  return { job_id: jobId, code, message, ...(issues ? { issues } : {}) };
}

export interface DeliveryDeps extends FollowOptions {
  eventsById: (
    ids: readonly string[],
  ) => Promise<readonly { id: string; kind: string; reason: string | null; data: Record<string, unknown> }[]>;
}

const SENDS_AT_ONCE = 8;

/** Signals each choice and waits, for all together, up to `waitMs` for the verdicts. Trouble with one job never stops the others. */
export async function deliver(
  deps: DeliveryDeps,
  choices: readonly Choice[],
): Promise<{ results: AcceptedChoice[]; rejected: Rejection[] }> {
  const sent = await mapLimited(choices, SENDS_AT_ONCE, sendOne);
  const decisions = sent.flatMap((outcome) => ('decisionId' in outcome ? [outcome] : []));
  const rejected = sent.flatMap((outcome) => ('code' in outcome ? [outcome] : []));
  const verdicts = await awaitVerdicts(
    deps,
    decisions.map(({ decisionId }) => decisionId),
  );
  const results = decisions.map(({ jobId, decisionId }) => ({
    job_id: jobId,
    accepted: true as const,
    decision_id: decisionId,
    ...(verdicts.get(decisionId) ?? { result: 'pending' as const }),
  }));
  for (const { result } of results) choiceVerdicts.inc({ result });
  return { results, rejected };
}

async function sendOne({ jobId, send }: Choice): Promise<{ jobId: string; decisionId: string } | Rejection> {
  const decisionId = randomUUID();
  try {
    if (await send(decisionId)) return { jobId, decisionId };
    return refuse(
      jobId,
      'INVALID_STATUS',
      'This registration is not running: it has not started, or it has ended.',
    );
  } catch (error) {
    if (error instanceof ApiError) return refuse(jobId, error.code, error.message);
    throw error;
  }
}

const eventId = (decisionId: string): string => `decision:${decisionId}`;

async function awaitVerdicts(
  deps: DeliveryDeps,
  decisionIds: readonly string[],
): Promise<Map<string, Verdict>> {
  const verdicts = new Map<string, Verdict>();
  const read = async (): Promise<void> => {
    const open = decisionIds.filter((id) => !verdicts.has(id));
    for (const event of await deps.eventsById(open.map(eventId))) {
      verdicts.set(event.id.slice(eventId('').length), toVerdict(event));
    }
  };
  // The choices are recorded already; that their verdicts cannot be read in time is no reason to call them failed.
  if (decisionIds.length > 0) await followRecord(read, () => verdicts.size === decisionIds.length, deps);
  return verdicts;
}

function toVerdict(event: { kind: string; reason: string | null; data: Record<string, unknown> }): Verdict {
  if (event.kind === 'decision.applied') return { result: 'applied' };
  const said = event.data['reason'] ?? event.reason;
  const first = event.data['decided_by'];
  return {
    result: 'ignored',
    ...(typeof said === 'string' ? { reason: said } : {}),
    ...(typeof first === 'string' ? { decided_by: first } : {}),
  };
}

/**
 * The answer to a request with several jobs: a success if at least one went through.
 * @throws ApiError with the code of the first rejection and all of them as details, if none did.
 */
export function choicesOutcome(
  outcome: { results: AcceptedChoice[]; rejected: Rejection[] },
  nextStep: number,
): z.input<z.ZodObject<typeof choicesAnswer>> {
  const { results, rejected } = outcome;
  const [first] = rejected;
  if (results.length === 0 && first) {
    const message =
      rejected.length === 1 ? first.message : `None of the ${rejected.length} jobs went through.`;
    throw new ApiError(first.code, message, { rejected });
  }
  return { accepted: results.length, results, rejected, next_step: nextStep, auto_processing: true };
}
