/** Which sealed password of a job may be shown, and for which login. Pure. */
import { ApiError } from './errors';
import type { CredentialsRow, StoredSecret } from './record/credentials';

export const CREDENTIALS = ['account', 'onboarding'] as const;
export type Which = (typeof CREDENTIALS)[number];

export interface Credential {
  login: string;
  secretId: string;
  /** Where the result does not name the password that was sent: when the attempt that sent it began; null if a person did it. */
  sentAt: string | null;
}

const none = (message: string): ApiError => new ApiError('INVALID_STATUS', message);

/**
 * A password is needed once there is something to log in to: before that nobody has a use for it.
 * @throws ApiError INVALID_STATUS when there is none to show (yet)
 */
export function credentialOf(which: Which, row: CredentialsRow): Credential {
  return which === 'account' ? accountOf(row) : onboardingOf(row);
}

const text = (value: unknown): string | null => (typeof value === 'string' ? value : null);

function accountOf({ execution_config, sub_steps }: CredentialsRow): Credential {
  const row = sub_steps.find(({ key }) => key === 'cloudwaitressAccount');
  const account = execution_config?.account;
  // Switched off since the account was there before: it has an output, which what a person skipped has not.
  const existed = row?.status === 'skipped' && row.output !== null;
  if (!account || !row || (row.status !== 'completed' && !existed))
    throw none('The account is not there yet: its password is shown once it is.');
  const output = row.output ?? {};
  // A shared account has the password of the job that made it. What was done by hand names none: the configured one is meant.
  const isNamed = 'secret_id' in output;
  const secretId = isNamed ? text(output['secret_id']) : account.passwordRef;
  if (!secretId) throw none('The password of this account is not known here.');
  const login = text(output['email']) ?? account.email;
  return { login, secretId, sentAt: isNamed ? null : row.attempt_started_at };
}

function onboardingOf({ execution_config, sub_steps }: CredentialsRow): Credential {
  const row = sub_steps.find(({ key }) => key === 'createOnboardingUser');
  const onboarding = execution_config?.onboarding;
  if (!onboarding || row?.status !== 'completed')
    throw none('The onboarding user is not there yet: its password is shown once it is.');
  if (!onboarding.userPasswordRef) throw none('The password of the onboarding user is not known here.');
  return {
    login: text(row.output?.['userEmail']) ?? onboarding.userEmail,
    secretId: onboarding.userPasswordRef,
    sentAt: row.attempt_started_at,
  };
}

/** @throws ApiError INVALID_STATUS for one that is not stored, or that was given after what it should open was made */
export function storedFor({ sentAt }: Credential, stored: StoredSecret | null): StoredSecret {
  if (!stored) throw none('The password is not stored any more.');
  if (sentAt !== null && Date.parse(stored.createdAt) > Date.parse(sentAt))
    throw none(
      'The password was changed here after the login was made; the one it was made with is not kept.',
    );
  return stored;
}
