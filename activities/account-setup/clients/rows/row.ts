import { z } from 'zod';
import type { FailureType } from '../../../../domain/failures';
import { isPlainText } from '../../../../domain/plain-text';
import type { SubStepOutput } from '../../../../domain/record';
import type { RoutedPath } from '../../../../domain/telemetry/outside-calls';
import { firstPath } from '../backend-transport';
import type { ResultCounts, SubStepCall } from '../request-types';

/** Features of an organisation that a 403 names. */
export type Feature =
  | 'registration'
  | 'userAccountRegistration'
  | 'codeInjection'
  | 'onboardingUserManagement'
  | 'restaurantRegistration'
  | 'websiteSettings'
  | 'servicesConfiguration'
  | 'stripePayments'
  | 'menuUploading'
  | 'onboardingSync'
  | 'optionSetUploading'
  | 'itemTagUploading';

/**
 * What an answer comes to, before anything is read back. `exists`: somebody made it before; ours only if a read says so.
 * `running`: an upload batch goes on. `unclear`: it may have been done; `scriptEnded` if the backend answered for its own
 * script, so that nothing more can come of it.
 */
export type Interpretation =
  | { state: 'succeeded'; output: SubStepOutput; counts?: ResultCounts }
  | { state: 'partial'; failure: FailureType; output: SubStepOutput; counts?: ResultCounts }
  | { state: 'failed'; failure: FailureType; retryAfterMs?: number; detail?: string }
  | { state: 'exists'; failure: FailureType }
  | { state: 'running'; batchId: string }
  | {
      state: 'unclear';
      failure: FailureType;
      scriptEnded: boolean;
      counts?: ResultCounts;
      detail?: string;
    };

/** A failure known by words in its text, whatever its status; `is` says what it comes to. */
export interface KnownFailure {
  text: RegExp;
  is: Exclude<Interpretation, { state: 'succeeded' | 'running' }>;
}

export const fails = (failure: FailureType): KnownFailure['is'] => ({ state: 'failed', failure });

/** A request's path and body, or what is missing for it. */
export type BuiltRequest =
  | { path: string | RoutedPath; body: Record<string, unknown> }
  | { missing: Extract<FailureType, 'MissingInput' | 'MenuNotReady' | 'SecretUnavailable'>; detail: string };

interface RowDefinition<T> {
  feature: Feature | null;
  request: (call: SubStepCall) => BuiltRequest;
  /** The fields of a successful answer that are looked at; other fields are dropped. */
  success: z.ZodType<T>;
  interpret: (fields: T, call: SubStepCall) => Interpretation;
  known: readonly KnownFailure[];
  /** Another run does what is left of a part; without it a part is a person's work. */
  rerunCompletes?: true;
  /** It may answer with a batch that is still running, and reads the counts of failures itself. */
  answersWithBatch?: true;
  /** What a 429 means: for an account it is the vendor who is throttled, and with it everybody's turn. */
  throttledIs?: 'RateLimited' | 'AccountThrottled';
}

/** One sub-step of the backend: how it is asked for and how its answer is read. */
export interface BackendRow {
  feature: Feature | null;
  request: (call: SubStepCall) => BuiltRequest;
  /** Reads the body of a 2xx with `success: true` and no sign of a partial result. */
  interpretSuccess: (body: unknown, call: SubStepCall) => Interpretation;
  known: readonly KnownFailure[];
  rerunCompletes: boolean;
  answersWithBatch: boolean;
  throttledIs: 'RateLimited' | 'AccountThrottled';
}

export function defineRow<T>(definition: RowDefinition<T>): BackendRow {
  return {
    feature: definition.feature,
    request: definition.request,
    known: definition.known,
    rerunCompletes: definition.rerunCompletes ?? false,
    answersWithBatch: definition.answersWithBatch ?? false,
    throttledIs: definition.throttledIs ?? 'RateLimited',
    interpretSuccess(body, call) {
      const parsed = definition.success.safeParse(body);
      if (parsed.success) return definition.interpret(parsed.data, call);
      // It says success, so the effect may be there although we cannot read the answer.
      return contractBroken(firstPath(parsed.error));
    },
  };
}

export const contractBroken = (detail: string): Interpretation => ({
  state: 'unclear',
  failure: 'BackendContractError',
  scriptEnded: true,
  detail,
});

export const registrationPath = (name: string): string => `/api/registration${name}`;

/** Foreign values that we keep are short: ids, names and addresses of pages. They can be stored, or they are none. */
export const shortText = z.string().min(1).max(200).refine(isPlainText);
export const idText = z.union([shortText, z.number()]).transform((value) => String(value));
export const webAddress = z
  .string()
  .max(2_048)
  .regex(/^https?:\/\/\S+$/)
  .refine(isPlainText);
export const countField = z.number().int().nonnegative();

/**
 * Reads counts as the truth of a sub-step: all of them done, none of them to do, or not a success. The backend says
 * success as soon as one was made, and reports 0 made when it could not read its own log.
 */
export function fromCounts(counts: ResultCounts, output: SubStepOutput): Interpretation {
  if (counts.total > 0 && counts.done === 0) {
    return { state: 'unclear', failure: 'OutcomeUnclear', scriptEnded: true, counts };
  }
  return counts.failed > 0 || counts.done < counts.total
    ? { state: 'partial', failure: 'PartialResult', output, counts }
    : { state: 'succeeded', output, counts };
}

/** `detail` names the field, never a value. */
export const missing = (detail: string): BuiltRequest => ({ missing: 'MissingInput', detail });
