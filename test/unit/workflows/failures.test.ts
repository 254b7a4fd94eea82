/** What a workflow makes of the errors that the engine hands it. */
import {
  ActivityFailure,
  ApplicationFailure,
  RetryState,
  TimeoutFailure,
  TimeoutType,
} from '@temporalio/common';
import { failureSentence } from '../../../domain/failures';
import { failureOf, JobClosed } from '../../../workflows/failures';

const failed = (activity: string, cause: Error): ActivityFailure =>
  new ActivityFailure(
    'Activity task failed',
    activity,
    '1',
    RetryState.MAXIMUM_ATTEMPTS_REACHED,
    'worker',
    cause,
  );
const timeout = new TimeoutFailure('timed out', undefined, TimeoutType.START_TO_CLOSE);

test('a sub-step whose worker was lost may have acted', () => {
  expect(failureOf(failed('menuImport', timeout))).toMatchObject({ type: 'OutcomeUnclear', retryable: true });
});

test('a look-up at the register whose worker was lost has no outcome that could be unclear', () => {
  for (const call of ['searchCompaniesByName', 'completeSearch', 'fetchCompanyDetails']) {
    expect(failureOf(failed(call, timeout))).toMatchObject({
      type: 'RegisterUnavailable',
      message: failureSentence('RegisterUnavailable'),
    });
  }
});

test('people read the sentence of the catalogue, whatever the failure said', () => {
  const cause = ApplicationFailure.nonRetryable('secret words of theirs', 'WrongPassword', 2, 'why');
  expect(failureOf(failed('menuImport', cause))).toEqual({
    type: 'WrongPassword',
    message: failureSentence('WrongPassword'),
    details: [2, 'why'],
    retryable: false,
  });
});

test('what the catalogue does not know is unexpected', () => {
  const message = failureSentence('Unexpected');
  for (const error of [
    failed('menuImport', ApplicationFailure.retryable('x', 'Nonsense')),
    new Error('x'),
    'x',
  ]) {
    expect(failureOf(error)).toMatchObject({ type: 'Unexpected', message });
  }
});

test('a job that was closed on purpose says why in its own words', () => {
  expect(failureOf(new JobClosed('Nobody answered.'))).toMatchObject({ message: 'Nobody answered.' });
});
