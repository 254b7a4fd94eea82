import { ApplicationFailure } from '@temporalio/workflow';
import { COMMAND_REFUSED } from './messages';

/** Codes of the API. */
export type RefusalCode =
  'STEP_NOT_ACTION_REQUIRED' | 'INVALID_STATUS' | 'EFFECT_EXISTS' | 'VALIDATION_FAILED';

/** Refuses an operator's command, for use in an update's validator: the caller reads the API's code and a sentence. */
export function refuse(code: RefusalCode, sentence: string): never {
  throw ApplicationFailure.create({
    type: COMMAND_REFUSED,
    message: sentence,
    nonRetryable: true,
    details: [code, sentence],
  });
}
