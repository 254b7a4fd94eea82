/** Our own words about one outcome, shown to people beside the catalogue's sentence. Nothing of an outside system's text is in them. */
import type { FailureType } from '../../domain/failures';
import type { BackendResult } from './clients/request-types';

/** The calls at the limit had no answer, and no effect of theirs was found. */
export const NOTHING_SEEN = 'No call was answered, and nothing of it is to be seen at the service.';

/** @param until epoch ms */
export function waitsUntil(until: number): string {
  return `The answer was lost and the service may still be at work: looked for until ${new Date(until).toISOString().slice(11, 16)} UTC before anything else happens.`;
}

export const notLookedUp = (sentence: string): string =>
  `Whether it was done could not be looked up: ${sentence}`;

/** What a sub-step waits for that may not log in yet; place 0: for its own last script. */
export function waitsForSession({ in_use, place }: { in_use: number; place: number }): string {
  return place === 0
    ? 'Waits until the script of its last run has certainly ended.'
    : `Waits for a free session in the owner's account: place ${place}, ${in_use} in use.`;
}

const WHAT_DETAIL_IS: Partial<Record<FailureType, string>> = {
  FeatureDisabled: 'The feature that is off',
  MissingInput: 'What is missing',
  MenuNotReady: 'What is missing',
  SecretUnavailable: 'What is missing',
  BackendContractError: 'The field that does not fit',
};

/** How much was done, or what the failure is about; null when the sentence says it all. */
export function reasonOf({ counts, detail, failure }: BackendResult): string | null {
  if (counts) {
    const { total, done, failed } = counts;
    return `${done} of ${total} were done${failed > 0 ? `, ${failed} failed` : ''}.`;
  }
  const what = failure && WHAT_DETAIL_IS[failure];
  return what && detail !== undefined ? `${what}: ${detail}.` : null;
}
