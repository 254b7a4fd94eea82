/** The catalogue's table: one row a class of failure. It is read through `failures.ts`, which makes the sentences of its parts. */

interface Parts {
  /**
   * Whether the call that ended so may have changed something outside. `no` is a promise: only where it was refused at the door, or
   * not made at all, and where no look for the effect of an earlier call can end in this class.
   */
  readonly acted: 'no' | 'maybe';
  /** What failed; a clause that the reason follows. */
  readonly what: string;
  /** Why, without secrets and without foreign text; a clause. */
  readonly why: string;
  /** What a person can do, by actions that the product has; a sentence. */
  readonly remedy: string;
  /** What comes first of it: without a change of the configuration another run ends in the same way. */
  readonly first: 'edit' | null;
}

export type FailureClass = Parts &
  (
    | { readonly retryable: true; readonly byItself: string }
    | { readonly retryable: false; readonly byItself: string | null }
  );

/** It may pass: it is tried again by itself, and says so to people who look meanwhile. */
const passing = (
  acted: Parts['acted'],
  what: string,
  why: string,
  remedy: string,
  byItself: string,
): FailureClass => ({ retryable: true, acted, what, why, remedy, byItself, first: null });

/** It stays until somebody acts. `byItself`: what is done before it is certain that it has come to this. */
const lasting = (
  acted: Parts['acted'],
  what: string,
  why: string,
  remedy: string,
  byItself: string | null = null,
): FailureClass => ({ retryable: false, acted, what, why, remedy, byItself, first: null });

/** The same, of data that the configuration holds. */
const mendedByEdit = (...row: Parameters<typeof lasting>): FailureClass => ({
  ...lasting(...row),
  first: 'edit',
});

const LOOK_UP = 'The look-up at the register failed';
const ACCOUNT = 'The account was not created';
const REFUSED = 'The set-up service refused this';
const SERVICE_CALL = 'The call to the set-up service failed';
const LOG_IN = 'The log-in to the account failed';
const NOT_BEGUN = 'This was not begun';
const TRIED_AGAIN = 'It is tried again by itself.';

export const FAILURE_CLASSES = {
  // The company register; asking it changes nothing
  RegisterInvalidRequest: lasting(
    'no',
    LOOK_UP,
    'it did not accept what it was asked for',
    'Search again with other words, or enter the company by hand.',
  ),
  RegisterAuthError: lasting(
    'no',
    LOOK_UP,
    'it refused our key',
    'An administrator must check NZBN_API_KEY; then retry, or enter the company by hand.',
  ),
  RegisterQuotaError: lasting(
    'no',
    LOOK_UP,
    'our quota there is spent',
    'Retry when it is renewed, or enter the company by hand.',
  ),
  RegisterRateLimited: passing(
    'no',
    LOOK_UP,
    'it asked us to slow down',
    'Retry in a while, or enter the company by hand.',
    'It is tried again by itself after a pause.',
  ),
  RegisterBusy: passing(
    'no',
    LOOK_UP,
    'many others are being looked up first',
    'Retry in a while, or enter the company by hand.',
    'It goes on by itself when its turn comes.',
  ),
  RegisterUnavailable: passing(
    'no',
    LOOK_UP,
    'it did not answer',
    'Retry, search again, or enter the company by hand.',
    TRIED_AGAIN,
  ),
  RegisterContractError: lasting(
    'no',
    LOOK_UP,
    'it answered in a form that we do not understand',
    'Enter the company by hand; an administrator should check NZBN_BASE_URL.',
  ),
  CompanyNotFound: lasting(
    'no',
    'The details of the company were not taken over',
    'the register does not know it any more',
    'Search again and choose another one, or enter it by hand.',
  ),

  // The vendor of accounts
  AccountContractError: passing(
    'maybe',
    ACCOUNT,
    'the account service answered in a form that we do not understand',
    'Retry; if it happens again, an administrator must check CLOUDWAITRESS_BASE_URL.',
    'It is tried once more by itself.',
  ),
  AccountThrottled: passing(
    'maybe',
    ACCOUNT,
    'the account service asked us to slow down',
    'Retry in a while.',
    'It waits for its next turn by itself.',
  ),
  AccountRejected: mendedByEdit(
    'maybe',
    ACCOUNT,
    'the account service refused its e-mail, phone or password',
    'Edit the configuration to correct them, then retry.',
  ),
  AccountExists: mendedByEdit(
    'maybe',
    ACCOUNT,
    'an account with this e-mail exists',
    'Edit the configuration: confirm that the account belongs to the owner and give its password, or change the e-mail.',
  ),
  AccountUnavailable: passing(
    'maybe',
    ACCOUNT,
    'the account service did not answer',
    'Retry in a while.',
    'It is tried again by itself in its next turn.',
  ),
  LeaseExpired: passing(
    'no',
    ACCOUNT,
    'its turn ran out before it was used',
    'Retry.',
    'It asks for a new turn by itself.',
  ),

  // The set-up backend
  BackendAuthError: lasting(
    // A look for the effect of an earlier call may end in it too.
    'maybe',
    REFUSED,
    'it does not accept our key',
    'An administrator must check BACKEND_SERVICE_KEY; then retry.',
  ),
  FeatureDisabled: lasting(
    'no',
    REFUSED,
    'the feature is switched off for your organisation',
    'Have it switched on and retry, or skip this.',
  ),
  InvalidInput: mendedByEdit(
    'no',
    REFUSED,
    'it does not accept the data',
    'Edit the configuration to correct them, then retry.',
  ),
  NotFound: lasting(
    // Told at the door, or by a script that was on its way.
    'maybe',
    REFUSED,
    'it does not know this restaurant or menu',
    'Edit the configuration if another menu is meant, then retry.',
  ),
  NotConfigured: lasting(
    'maybe',
    REFUSED,
    'it is not set up for it',
    'An administrator must set it up there and check BACKEND_BASE_URL; then retry, or skip this.',
  ),
  CredentialsIncomplete: lasting(
    'no',
    LOG_IN,
    'the set-up service holds no complete account for this restaurant',
    'Look at the account; edit the configuration if its e-mail or password is missing, then retry.',
  ),
  WrongPassword: mendedByEdit(
    'no',
    LOG_IN,
    'it did not accept the stored password',
    'Edit the configuration to give the right password, then retry.',
  ),
  SubdomainTaken: mendedByEdit(
    'no',
    'The restaurant was not registered',
    'its web address is taken',
    'Edit the configuration to change its name, then retry.',
  ),
  AddressNotFound: mendedByEdit(
    'no',
    'The restaurant was not registered',
    'the map service does not know its address',
    'Edit the configuration to correct the address, then retry.',
  ),
  UserExists: lasting(
    'maybe',
    'The onboarding user was not created',
    'a user with this e-mail exists that this job did not make',
    'Find out whose it is; then mark this as done, or edit the configuration to change the e-mail and retry.',
  ),
  BackendUnavailable: passing(
    'maybe',
    SERVICE_CALL,
    'the service is not available at the moment',
    'Retry in a while.',
    TRIED_AGAIN,
  ),
  RateLimited: passing(
    'no',
    SERVICE_CALL,
    'it asked us to slow down',
    'Retry in a while.',
    'It is tried again by itself after a pause.',
  ),
  SessionBusy: passing(
    'no',
    NOT_BEGUN,
    'all sessions of the account of its owner are in use',
    'Retry; an administrator may raise MAX_BROWSER_PER_ACCOUNT.',
    'It begins by itself when one is free.',
  ),
  BackendContractError: lasting(
    'maybe',
    'It is not known how this ended',
    'the set-up service answered in a form that we do not understand',
    'Look at the platform; mark this as done, or retry. If it happens again, an administrator must check BACKEND_BASE_URL.',
  ),
  ReportedFailure: passing(
    'maybe',
    'The set-up service reported that this failed',
    'it gave no reason that we know',
    'Retry; if it fails again, look at the platform and mark this as done, or skip it.',
    TRIED_AGAIN,
  ),
  PartialResult: lasting(
    'maybe',
    'Only a part of this was done',
    'the set-up service did not get to its end',
    'Look at the platform, complete it there, and mark this as done.',
  ),
  OutcomeUnclear: lasting(
    'maybe',
    'The outcome is unclear',
    'the service may or may not have done this',
    'Look at the platform; mark this as done if it was, or retry if it was not.',
    'What became of it is being looked up by itself.',
  ),

  // Our own
  BatchGone: lasting(
    'no',
    'Step 6 was not started',
    'the batch of this restaurant no longer runs',
    'Give up, and create a new batch for it; or retry if its batch was set going again.',
  ),
  MissingInput: mendedByEdit(
    'no',
    NOT_BEGUN,
    'something that it needs is missing',
    'Edit the configuration to complete it, then retry.',
  ),
  AllergenTag: lasting(
    'no',
    NOT_BEGUN,
    'a dish carries a tag that says it contains an allergen, which the platform would turn into its opposite',
    'Remove the tag from the dish, then retry, or skip this.',
  ),
  MenuNotReady: lasting(
    'no',
    NOT_BEGUN,
    'there is no menu for this restaurant yet',
    'Wait for its extraction, or edit the configuration to choose a menu; then retry.',
  ),
  SecretUnavailable: lasting(
    // Met on the way to a look for the effect of an earlier call too.
    'maybe',
    'The stored password cannot be opened',
    'it is gone, or was locked with a key that we do not have',
    'Edit the configuration to give it again, or have an administrator check SEAL_KEYS; then retry.',
  ),
  JobCancelled: lasting(
    'maybe',
    NOT_BEGUN,
    'the job was cancelled before',
    'Create a new batch for this restaurant if it is wanted after all.',
  ),
  Superseded: lasting(
    'maybe',
    'This run no longer counts',
    'it was reset, skipped or begun anew in the meantime',
    'The newer run goes on; retry if nothing moves.',
  ),
  RecordUnavailable: passing(
    'maybe',
    'The work pauses',
    'our database cannot be reached at the moment',
    'Retry when it is back; if it stays away, an administrator must check SUPABASE_URL.',
    'It goes on by itself when it can.',
  ),
  RecordRefused: lasting(
    'maybe',
    'Our database refused to store this',
    'what it belongs to is missing there, or does not fit',
    'Retry; if it happens again, an administrator must look at the database that SUPABASE_URL names.',
  ),
  ExtractionFailed: lasting(
    'no',
    'The extraction of menu and brand colours is not complete',
    'it failed or took too long',
    'Wait again once it is repaired, or go on without it.',
  ),
  Unexpected: passing(
    'maybe',
    'Something unexpected happened',
    'the cause is not one that we know',
    'Retry; if it happens again, an administrator should see what the worker logged at that time (LOG_LEVEL).',
    TRIED_AGAIN,
  ),
} satisfies Record<string, FailureClass>;
