/**
 * API and worker use the service's key, which row level security does not hold back: each of their statements names the organisation, or
 * stands here with the reason why it need not.
 */
import { statementsOf } from './statements';

const NAMES_ORGANISATION = /organisation_?id|\bscope\b|\bkeyOf\(|\bofBatch\(/i;

const BY_OWN_ID =
  'The id is that of the run that asks, which the record itself gave it; the row says whose it is, and no caller chooses it.';
const SCOPED_BEFORE = 'The row that the id comes from was read in the caller’s scope in the same request.';
const WHOLE_SYSTEM = 'For all organisations at once, or of none; it gives nobody a row.';

/** By file, function and table. One that is not needed any more fails, so that the list stays true. */
const EXCEPTIONS: Readonly<Record<string, string>> = {
  'activities/account-setup/ledger.ts#read registration_sub_steps': BY_OWN_ID,
  'activities/account-setup/ledger.ts#begin begin_sub_step_attempt': BY_OWN_ID,
  'activities/account-setup/ledger.ts#write apply_registration_snapshot': BY_OWN_ID,
  'activities/account-setup/reopen.ts#createReopening registration_jobs': BY_OWN_ID,
  'activities/account-setup/reopen.ts#createReopening reopen_registration_job': BY_OWN_ID,
  'activities/record/index.ts#call name': BY_OWN_ID,
  'activities/record/index.ts#loadJobs registration_jobs': BY_OWN_ID,
  'activities/record/index.ts#closeBatch registration_batch_jobs': BY_OWN_ID,
  'activities/companies-office/shared-turns.ts#ask take_turn': WHOLE_SYSTEM,
  'activities/companies-office/shared-turns.ts#hold hold_turns': WHOLE_SYSTEM,
  'activities/reconciler/record.ts#call name': WHOLE_SYSTEM,
  'activities/reconciler/record.ts#engine ENGINE_OF_RECORD': WHOLE_SYSTEM,
  'api/record/figures.ts#figures registration_figures': WHOLE_SYSTEM,
  'api/record/control.ts#ping registration_batch_jobs': WHOLE_SYSTEM,
  'api/record/restaurants.ts#isSubdomainTaken pumpd_restaurants':
    'Addresses at the platform are one space for all: told is that one is taken, as the platform itself would.',
  'api/record/jobs.ts#eventsById registration_events':
    'Ids of decisions that this very request made at random.',
  'api/record/commands.ts#restoreJob restore_registration_job':
    'The identity in it comes from the workflow, whose organisation was compared with the caller’s.',
  'api/record/control.ts#createBatch create_registration_batch': 'The batch that it is given names it.',
  'api/record/control.ts#insertSecrets sealed_secrets': 'Each row that it is given names it.',
  'api/record/control.ts#closeUnstartedJob close_job': SCOPED_BEFORE,
  'api/record/control.ts#closeUnstartedJobs close_unstarted_jobs': SCOPED_BEFORE,
  'api/record/restaurants.ts#menus menus': SCOPED_BEFORE,
  'api/record/restaurants.ts#countDishes menu_items': SCOPED_BEFORE,
  'api/record/restaurants.ts#dishes menu_items': SCOPED_BEFORE,
  'api/record/watch.ts#batchState registration_batch_jobs': SCOPED_BEFORE,
  'api/record/watch.ts#batchChanges registration_batch_jobs': SCOPED_BEFORE,
};

const statements = statementsOf(['activities', 'api/record']);

test('there are statements to look at', () => {
  expect(statements.length).toBeGreaterThan(40);
});

test('each statement names the organisation, or says why not', () => {
  const without = statements.filter(({ text }) => !NAMES_ORGANISATION.test(text)).map(({ name }) => name);
  expect(without.filter((name) => EXCEPTIONS[name] === undefined)).toEqual([]);
  expect(Object.keys(EXCEPTIONS).filter((name) => !without.includes(name))).toEqual([]);
});
