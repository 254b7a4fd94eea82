import { ApplicationFailure } from '@temporalio/workflow';
import { COMMAND_REFUSED } from './messages';

/** Refuses an operator's command, for use in an update's validator: the caller reads the API's code and a sentence. */
export function refuse(code: 'STEP_NOT_ACTION_REQUIRED' | 'INVALID_STATUS', sentence: string): never {
  throw ApplicationFailure.create({
    type: COMMAND_REFUSED,
    message: sentence,
    nonRetryable: true,
    details: [code, sentence],
  });
}
