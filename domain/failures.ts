/**
 * Every class of failure that an activity may report, whether it is retried, and the plain sentence that people read.
 * Texts of outside systems never reach people, records or workflow history; these sentences do.
 */

export interface FailureClass {
  /** Tried again by itself. */
  readonly retryable: boolean;
  /** What happened and what a person can do, without secrets and without foreign text. */
  readonly sentence: string;
}

const failure = (retryable: boolean, sentence: string): FailureClass => ({ retryable, sentence });

export const FAILURES = {
  // The company register
  RegisterInvalidRequest: failure(
    false,
    'The register did not accept the search. Search again with other words.',
  ),
  RegisterAuthError: failure(
    false,
    'The register refused our key. An administrator must check NZBN_API_KEY.',
  ),
  RegisterQuotaError: failure(false, 'Our quota at the register is spent. Retry when it is renewed.'),
  RegisterRateLimited: failure(true, 'The register asked us to slow down.'),
  RegisterUnavailable: failure(
    true,
    'The register did not answer. Retry, search again, or enter the company by hand.',
  ),
  RegisterContractError: failure(
    false,
    'The register answered in a form that we do not understand. Enter the company by hand and report this.',
  ),
  CompanyNotFound: failure(
    false,
    'The register does not know this company. Choose another one or enter it by hand.',
  ),

  // The vendor of accounts
  AccountContractError: failure(true, 'The account service answered in a form that we do not understand.'),
  AccountThrottled: failure(
    true,
    'The account service asked us to slow down; the account waits for its next turn.',
  ),
  AccountRejected: failure(
    false,
    'The account service refused these account details. Check e-mail, phone and password, then retry.',
  ),
  AccountExists: failure(
    false,
    'An account with this e-mail exists. Confirm that it belongs to the owner and give its password, or change the e-mail.',
  ),
  AccountUnavailable: failure(true, 'The account service did not answer.'),
  LeaseExpired: failure(true, 'The turn to create the account ran out before it was used.'),

  // The set-up backend
  BackendAuthError: failure(
    false,
    'The set-up service refused our key. An administrator must check BACKEND_SERVICE_KEY.',
  ),
  FeatureDisabled: failure(
    false,
    'This feature is switched off for your organisation. Switch it on, or skip the sub-step.',
  ),
  InvalidInput: failure(
    false,
    'The set-up service refused the data of this sub-step. Correct the configuration and retry.',
  ),
  NotFound: failure(false, 'The set-up service does not know this restaurant or menu.'),
  NotConfigured: failure(
    false,
    'The set-up service is not configured for this sub-step. An administrator must set it up.',
  ),
  CredentialsIncomplete: failure(
    false,
    'The set-up service holds no complete account for this restaurant. Check the account sub-step, then retry.',
  ),
  WrongPassword: failure(
    false,
    'The account did not accept the stored password. Give the right password and retry.',
  ),
  SubdomainTaken: failure(false, 'The web address of this restaurant is taken. Change its name and retry.'),
  AddressNotFound: failure(
    false,
    'The map service does not know this address. Correct the address and retry.',
  ),
  UserExists: failure(
    false,
    'An onboarding user with this e-mail exists and was not made by this job. Check whose it is, then mark as done or change the e-mail.',
  ),
  BackendUnavailable: failure(true, 'The set-up service is not available at the moment.'),
  RateLimited: failure(true, 'The service asked us to slow down.'),
  BackendContractError: failure(
    false,
    'The set-up service answered in a form that we do not understand. Report this.',
  ),
  ReportedFailure: failure(true, 'The set-up service reported that the sub-step failed.'),
  PartialResult: failure(
    false,
    'Only a part was done. Look at the platform, complete it there and mark the sub-step as done.',
  ),
  OutcomeUnclear: failure(
    false,
    'The outcome is unclear: the service may or may not have done it. Look at the platform, then mark as done or run again.',
  ),

  // Our own
  MissingInput: failure(
    false,
    'Something that this sub-step needs is missing. Complete the configuration and retry.',
  ),
  AllergenTag: failure(
    false,
    'A dish carries a tag that says it contains an allergen, which the platform would turn into its opposite. Remove the tag, then retry.',
  ),
  MenuNotReady: failure(
    false,
    'There is no menu for this restaurant yet. Wait for its extraction, then retry.',
  ),
  SecretUnavailable: failure(
    false,
    'The stored password cannot be opened. Give it again, or have the key restored.',
  ),
  JobCancelled: failure(false, 'The job was cancelled before this call was made.'),
  Superseded: failure(false, 'This sub-step was reset in the meantime; the newer run continues.'),
  RecordUnavailable: failure(
    true,
    'The record cannot be reached at the moment; the work goes on when it can.',
  ),
  RecordRefused: failure(false, 'The record refused a write that should be possible. Report this.'),
  ExtractionFailed: failure(false, 'The extraction failed. Wait again after repairing it, or go on without.'),
  Unexpected: failure(true, 'Something unexpected happened.'),
} as const satisfies Record<string, FailureClass>;

export type FailureType = keyof typeof FAILURES;

export function isFailureType(value: string | undefined | null): value is FailureType {
  return value !== undefined && value !== null && Object.hasOwn(FAILURES, value);
}

/** The sentence for a failure type; an unknown or missing type reads as `Unexpected`. */
export function failureSentence(type: string | undefined | null): string {
  return FAILURES[isFailureType(type) ? type : 'Unexpected'].sentence;
}
