/** Rows 1, 3 and 10: people and their accounts. */
import { z } from 'zod';
import { countField, defineRow, fails, idText, missing, registrationPath } from './row';

const sameEmail = (a: string, b: string): boolean => a.toLowerCase() === b.toLowerCase();

/** Account provider `backend`; the other provider speaks to the vendor directly. */
export const cloudwaitressAccount = defineRow({
  feature: 'userAccountRegistration',
  request: ({ restaurantId, account, secrets }) =>
    secrets.accountPassword === undefined
      ? missing('account.password')
      : {
          path: registrationPath('/register-account'),
          body: {
            restaurantId,
            email: account.email,
            password: secrets.accountPassword,
            phone: account.phone,
          },
        },
  success: z.object({
    account_id: idText.nullish(),
    email: z.string().nullish(),
    alreadyExists: z.boolean().optional(),
  }),
  interpret(fields, { account }) {
    if (fields.alreadyExists) return { state: 'exists', failure: 'AccountExists' };
    const fits = fields.account_id && fields.email && sameEmail(fields.email, account.email);
    return fits
      ? { state: 'succeeded', output: { email: account.email } }
      : { state: 'unclear', failure: 'BackendContractError', scriptEnded: true, detail: 'account_id, email' };
  },
  known: [
    { text: /already (registered|exists)/, is: { state: 'exists', failure: 'AccountExists' } },
    { text: /too many|rate limit|try again later/, is: fails('AccountThrottled') },
    {
      text: /(invalid|bad|weak) (phone|e-?mail|password|signature)|(phone|e-?mail|password|signature) (is )?(invalid|too (short|weak))/,
      is: fails('AccountRejected'),
    },
  ],
  throttledIs: 'AccountThrottled',
});

export const createOnboardingUser = defineRow({
  feature: 'onboardingUserManagement',
  // The password is always sent: without one the backend makes a guessable one.
  request: ({ restaurantId, configuration: { onboarding }, secrets }) =>
    secrets.onboardingPassword === undefined
      ? missing('onboarding.userPassword')
      : {
          path: registrationPath('/create-onboarding-user'),
          body: {
            restaurantId,
            userName: onboarding.userName,
            userEmail: onboarding.userEmail,
            userPassword: secrets.onboardingPassword,
          },
        },
  success: z.object({ userName: z.string(), userEmail: z.string(), passwordGenerated: z.boolean() }),
  interpret(fields, { configuration: { onboarding } }) {
    if (!sameEmail(fields.userEmail, onboarding.userEmail)) {
      return { state: 'unclear', failure: 'BackendContractError', scriptEnded: true, detail: 'userEmail' };
    }
    const output = { userEmail: onboarding.userEmail, passwordGenerated: fields.passwordGenerated };
    // A user exists whose password is not the one that was chosen, and may be guessed.
    return fields.passwordGenerated
      ? { state: 'partial', failure: 'PartialResult', output }
      : { state: 'succeeded', output };
  },
  known: [
    {
      text: /already exists|already registered|already in use/,
      is: { state: 'exists', failure: 'UserExists' },
    },
    { text: /super.?admin/, is: fails('NotConfigured') },
  ],
});

export const syncOnboardingUser = defineRow({
  feature: 'onboardingSync',
  request: ({ restaurantId, configuration: { onboarding } }) => ({
    path: registrationPath('/update-onboarding-record'),
    body: { restaurantId, userEmail: onboarding.userEmail, contactPerson: onboarding.userName },
  }),
  success: z.object({ onboardingId: idText, updatedFields: countField }),
  interpret: ({ onboardingId, updatedFields }) =>
    updatedFields === 0
      ? { state: 'failed', failure: 'ReportedFailure' }
      : { state: 'succeeded', output: { onboardingId, updatedFields } },
  known: [{ text: /no onboarding record|onboarding record not found/, is: fails('NotFound') }],
});
