/** Accounts and users: who may log in where. */
import { z } from 'zod';
import { addAccount, noteStart, throttledFor } from '../../accounts';
import { secretHash, uuid } from '../../random';
import { backendRecord, credentialsKey } from '../../state';
import { scriptFailed } from '../scripts';
import { needsOf } from '../sessions';
import { forRestaurant, log, row, text, whole } from './row';

export const cloudwaitressAccount = row({
  path: '/register-account',
  flag: 'userAccountRegistration',
  body: z.object({ ...forRestaurant, email: z.email(), password: text, phone: text }),
  prepare: (asked) => {
    const { core, body, restaurant } = asked;
    const state = core.state();
    const key = credentialsKey(restaurant.organisationId, body.email);
    if (state.credentials[key]?.status === 'completed')
      return scriptFailed(200, 'Account already registered', { message: 'Account already registered' });
    noteStart(state, core.clock.now());
    if (throttledFor(state, core.clock.now()) > 0)
      return scriptFailed(500, 'Too many registrations, please try again later');
    const account = {
      email: body.email,
      phone: body.phone,
      passwordHash: secretHash(body.password),
      via: 'backend' as const,
    };
    const exists = Object.hasOwn(state.accounts, body.email.toLowerCase());
    const remember = (): void => {
      state.credentials[key] = { email: body.email, passwordHash: account.passwordHash, status: 'completed' };
      backendRecord(state, restaurant.id).credentialsKey = key;
    };
    const apply = (): { duplicate: boolean } => {
      remember();
      log(asked, 'account_creation', body.email);
      return { duplicate: !addAccount(core, account) };
    };
    if (!exists)
      return whole('cloudwaitressAccount', null, apply, {
        account_id: uuid(core.seed, 'account', key),
        email: body.email,
      });
    remember();
    return { ...whole('cloudwaitressAccount', null, apply, { alreadyExists: true }), units: 0 };
  },
});

export const createOnboardingUser = row({
  path: '/create-onboarding-user',
  flag: 'onboardingUserManagement',
  body: z.object({ ...forRestaurant, userName: text, userEmail: text, userPassword: z.string().optional() }),
  prepare: (asked) => {
    const { core, body, restaurant } = asked;
    const { onboardingUsers } = core.state();
    const key = body.userEmail.toLowerCase();
    if (Object.hasOwn(onboardingUsers, key)) return scriptFailed(400, 'User already exists');
    const apply = (): { duplicate: boolean } => {
      const duplicate = Object.hasOwn(onboardingUsers, key);
      onboardingUsers[key] = { id: uuid(core.seed, 'onboarding', key), restaurantId: restaurant.id };
      log(asked, 'onboarding_user_creation', body.userEmail);
      return { duplicate };
    };
    const { userName, userEmail, userPassword } = body;
    return whole('createOnboardingUser', null, apply, {
      userName,
      userEmail,
      passwordGenerated: userPassword === undefined,
    });
  },
});

export const syncOnboardingUser = row({
  path: '/update-onboarding-record',
  flag: 'onboardingSync',
  body: z.object({ ...forRestaurant, userEmail: text, contactPerson: z.string().nullish() }),
  prepare: (asked) => {
    const { core, body, restaurant } = asked;
    const user = core.state().onboardingUsers[body.userEmail.toLowerCase()];
    if (user === undefined) {
      needsOf(core, restaurant.id).unmet('syncOnboardingUser');
      return scriptFailed(404, 'No onboarding record found');
    }
    const apply = (): { duplicate: boolean } => {
      log(asked, 'onboarding_record_update', body.userEmail);
      return { duplicate: false };
    };
    const script = whole('syncOnboardingUser', null, apply, { onboardingId: user.id, updatedFields: 7 });
    return { ...script, emptied: { updatedFields: 0 } };
  },
});
