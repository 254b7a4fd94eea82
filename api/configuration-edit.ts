/**
 * Changing the configuration of a job after step 5: the changes are laid over the snapshot that its workflow holds, and the result
 * must be as complete and as good as what step 5 accepts. Passwords that are not given stay the ones they are.
 */
import { createHash } from 'node:crypto';
import { z } from 'zod';
import {
  configurationSnapshotSchema,
  submittedConfigurationSchema,
  type ConfigurationSnapshot,
  type KeptPasswords,
  type RestaurantFacts,
  type SubmittedConfiguration,
} from '../domain/configuration';
import {
  evaluate,
  referenceConfiguration,
  type EvaluationReads,
  type SealingKeys,
  type SecretIds,
} from './configurations';
import { validationFailed } from './errors';
import { canonicalJson } from './idempotency';

type Plain = Record<string, unknown>;
const isPlain = (value: unknown): value is Plain =>
  typeof value === 'object' && value !== null && !Array.isArray(value);

/** The fields of step 5, each optional; those that are not given stay as they are. */
export const changesSchema = submittedConfigurationSchema
  .omit({ use_defaults: true })
  .refine(
    (changes) =>
      Object.values(changes).some((section) => isPlain(section) && Object.keys(section).length > 0),
    {
      message: 'Give at least one field.',
      // A field that is not known was told of already.
      when: ({ issues }) => issues.length === 0,
    },
  );
export type ConfigurationChanges = z.infer<typeof changesSchema>;

/** What was worked out for a request; `configuration` null: nothing differs from what there is. */
export const editPlan = z.object({
  configuration: configurationSnapshotSchema.nullable(),
  changed_paths: z.string().array(),
});
export type EditPlan = z.infer<typeof editPlan>;

/** The same for a repeat of a command, so that a password is stored once. */
export function secretIdsOf(commandId: string): SecretIds {
  const id = (of: string): string => {
    const hex = createHash('sha256').update(`secret:${commandId}:${of}`).digest('hex');
    return [
      hex.slice(0, 8),
      hex.slice(8, 12),
      `8${hex.slice(13, 16)}`,
      `a${hex.slice(17, 20)}`,
      hex.slice(20, 32),
    ].join('-');
  };
  return { account: id('account'), onboarding: id('onboarding') };
}

/** What was given as passwords: placeholders of the vault. */
export function passwordsOf({ account, onboarding }: ConfigurationChanges): {
  account?: string;
  onboarding?: string;
} {
  return {
    ...(account?.password === undefined ? {} : { account: account.password }),
    ...(onboarding?.userPassword === undefined ? {} : { onboarding: onboarding.userPassword }),
  };
}

export interface EditInput {
  organisationId: string;
  current: ConfigurationSnapshot;
  changes: ConfigurationChanges;
  facts: RestaurantFacts;
  ids: SecretIds;
  keys: Pick<SealingKeys, 'ownerKeySecret'>;
  /** Also when nothing differs: what failed shall run again with it. */
  always: boolean;
}

/** @throws ApiError VALIDATION_FAILED with the path of each field that is missing or wrong, as in the request's body */
export async function planEdit(record: EvaluationReads, input: EditInput): Promise<EditPlan> {
  const { organisationId, current, changes, facts, ids, keys } = input;
  const { resolved, issues } = await evaluate(record, {
    organisationId,
    given: laidOver(current, changes),
    batchDefaults: null,
    facts,
    kept: keptPasswords(current, changes),
  });
  if (issues.length > 0) {
    throw validationFailed(issues.map((issue) => ({ ...issue, path: `changes.${issue.path}` })));
  }
  const configuration = referenceConfiguration(keys.ownerKeySecret, organisationId, resolved, ids);
  const changed_paths = changedPaths(current, configuration);
  const isChanged = changed_paths.length > 0 || input.always;
  return { configuration: isChanged ? configuration : null, changed_paths };
}

/**
 * An existing account has a password of its own: the one that was meant for a new account, or for another e-mail, is not it.
 */
function keptPasswords(
  current: ConfigurationSnapshot,
  { account = {} }: ConfigurationChanges,
): KeptPasswords {
  const isMade = account.registerNewUser ?? current.account.registerNewUser;
  const email = account.email ?? current.account.email;
  const isSameAccount =
    !current.account.registerNewUser && email.toLowerCase() === current.account.email.toLowerCase();
  return {
    account: isMade || isSameAccount ? current.account.passwordRef : null,
    onboarding: current.onboarding.userPasswordRef,
  };
}

/** A snapshot as it would have been submitted, with the changes in it; what is empty counts as not given. */
function laidOver(current: ConfigurationSnapshot, changes: ConfigurationChanges): SubmittedConfiguration {
  const { account, onboarding, ...rest } = current;
  const { passwordRef: _passwordRef, ownerKey: _ownerKey, ...ownAccount } = account;
  const { userPasswordRef: _userPasswordRef, ...ownOnboarding } = onboarding;
  const submitted: Plain = { ...rest, account: ownAccount, onboarding: ownOnboarding };
  const merged = Object.fromEntries(
    Object.entries(submitted).map(([name, section]) => [
      name,
      withoutEmpty({ ...(isPlain(section) ? section : {}), ...changes[name as keyof ConfigurationChanges] }),
    ]),
  );
  const { name } = changes.restaurant ?? {};
  // The address follows from the name, unless somebody gives one.
  if (name !== undefined && changes.restaurant?.subdomain === undefined && isPlain(merged['restaurant']))
    delete merged['restaurant']['subdomain'];
  return submittedConfigurationSchema.parse(merged);
}

const withoutEmpty = (section: Plain): Plain =>
  Object.fromEntries(
    Object.entries(section).filter(([, value]) => value !== '' && value !== null && value !== undefined),
  );

/** What people call the fields that hold references. */
const REFERENCED: Readonly<Record<string, string>> = {
  'account.passwordRef': 'account.password',
  'onboarding.userPasswordRef': 'onboarding.userPassword',
};

/** Dotted paths of the fields that differ, what follows from others included; a new password always differs. */
export function changedPaths(before: ConfigurationSnapshot, after: ConfigurationSnapshot): string[] {
  const old: Plain = before;
  return Object.entries(after).flatMap(([name, section]: [string, Plain]) => {
    const was = isPlain(old[name]) ? old[name] : {};
    return Object.keys({ ...was, ...section })
      .filter((key) => key !== 'ownerKey' && canonicalJson(was[key]) !== canonicalJson(section[key]))
      .map((key) => REFERENCED[`${name}.${key}`] ?? `${name}.${key}`);
  });
}
