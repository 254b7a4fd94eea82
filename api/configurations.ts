/**
 * Step 5: from what was submitted for a job to what is signalled. The same evaluation answers what is missing (GET) and
 * decides what is accepted (POST). Passwords are sealed once a job is accepted, and never stand in an answer.
 */
import { randomUUID } from 'node:crypto';
import { z } from 'zod';
import {
  batchDefaultsSchema,
  fieldIssues,
  resolveConfiguration,
  submittedConfigurationSchema,
  withReferences,
  type BatchDefaults,
  type ConfigurationSnapshot,
  type FieldIssue,
  type KeptPasswords,
  type ResolvedConfiguration,
  type RestaurantFacts,
  type SubmittedConfiguration,
} from '../domain/configuration';
import { preflight, type PreflightFinding } from '../domain/preflight';
import { ownerKey, seal, type KeyRing } from '../domain/sealing';
import { deriveSubdomain } from '../domain/subdomain';
import { refuse, type Rejection } from './decisions';
import type { PasswordVault } from './passwords';
import type { ApiRecord } from './record';
import type { SealedSecretRow } from './record/control';
import type { BatchRow } from './schemas';

/** The defaults that the batch was created with; they were validated then. */
export function batchDefaultsOf(batch: Pick<BatchRow, 'metadata'>): BatchDefaults | null {
  const stored = batch.metadata['execution_config'];
  return stored === undefined || stored === null ? null : batchDefaultsSchema.parse(stored);
}

/** @returns the configuration, or why its form is refused. */
export function parseSubmitted(jobId: string, given: unknown): SubmittedConfiguration | Rejection {
  const parsed = submittedConfigurationSchema.safeParse(given);
  return parsed.success
    ? parsed.data
    : refuse(jobId, 'VALIDATION_FAILED', 'The configuration is not valid.', fieldIssues(parsed.error));
}

export interface Evaluation {
  resolved: ResolvedConfiguration;
  /** What is missing or wrong; empty = it can run. */
  issues: FieldIssue[];
  warnings: PreflightFinding[];
}

export type EvaluationReads = Pick<ApiRecord, 'dishes' | 'restaurantsOfOwner' | 'isSubdomainTaken'>;

/** Resolves and checks one job's configuration against the restaurant's data. */
export async function evaluate(
  record: EvaluationReads,
  input: {
    organisationId: string;
    given: SubmittedConfiguration;
    batchDefaults: BatchDefaults | null;
    facts: RestaurantFacts;
    /** Of the configuration that this one replaces. */
    kept?: KeptPasswords;
    generatePassword?: () => string;
  },
): Promise<Evaluation> {
  const { organisationId, given, batchDefaults, facts, kept, generatePassword } = input;
  const resolved = resolveConfiguration({
    given,
    batchDefaults,
    restaurant: facts,
    ...(kept ? { kept } : {}),
    ...(generatePassword ? { generatePassword } : {}),
  });
  const { configuration, missing } = resolved;
  const { problems, warnings } = preflight({
    configuration,
    restaurant: facts,
    menus: facts.menus,
    ...(await surroundings(record, organisationId, configuration, facts)),
  });
  // What is missing was told already; a check of the empty value in its place would tell it twice.
  const told = new Set(missing.map(({ path }) => path));
  const issues = [
    ...missing.map((field) => ({ ...field, code: 'MISSING' })),
    ...problems.filter(({ path }) => !told.has(path)),
  ];
  return { resolved, issues, warnings };
}

async function surroundings(
  record: EvaluationReads,
  organisationId: string,
  configuration: ConfigurationSnapshot,
  facts: RestaurantFacts,
) {
  const { selectedMenuId } = configuration.menu;
  const subdomain = deriveSubdomain(configuration.restaurant.name);
  // Another restaurant's menu is refused for that, and its dishes are not looked at.
  const isOwnMenu = facts.menus.some(({ id }) => id.toLowerCase() === selectedMenuId?.toLowerCase());
  const [dishes, otherRestaurantsOfAccount, isTaken] = await Promise.all([
    isOwnMenu && selectedMenuId ? record.dishes(selectedMenuId) : [],
    record.restaurantsOfOwner(organisationId, configuration.account.email),
    subdomain === null ? false : record.isSubdomainTaken(subdomain, facts.id),
  ]);
  return { dishes, otherRestaurantsOfAccount, takenSubdomains: isTaken && subdomain ? [subdomain] : [] };
}

export interface SealedConfiguration {
  configuration: ConfigurationSnapshot;
  /** To be stored before the configuration is signalled. */
  secrets: SealedSecretRow[];
}

/** Ids under which new passwords are stored. */
export interface SecretIds {
  account: string;
  onboarding: string;
}

/** What sealing needs to know. */
export interface SealingKeys {
  keyRing: KeyRing;
  ownerKeySecret: string;
}

const newSecretIds = (): SecretIds => ({ account: randomUUID(), onboarding: randomUUID() });

/** @param vault The submitted passwords, by the placeholders that stand in their place; generated ones stand for themselves. */
export function sealConfiguration(
  keys: SealingKeys,
  organisationId: string,
  resolved: ResolvedConfiguration,
  vault: PasswordVault,
): SealedConfiguration {
  const ids = newSecretIds();
  const configuration = referenceConfiguration(keys.ownerKeySecret, organisationId, resolved, ids);
  const { ownerKey: owner } = configuration.account;
  const secrets = sealPasswords(keys.keyRing, { organisationId, owner }, resolved.passwords, ids, vault);
  return { configuration, secrets };
}

/** The configuration with the ids of its new passwords and the key of its owner. */
export function referenceConfiguration(
  ownerKeySecret: string,
  organisationId: string,
  { configuration, passwords }: ResolvedConfiguration,
  ids: SecretIds,
): ConfigurationSnapshot {
  return withReferences(configuration, {
    account: passwords.account === undefined ? undefined : ids.account,
    onboarding: passwords.onboarding === undefined ? undefined : ids.onboarding,
    ownerKey: ownerKey(ownerKeySecret, organisationId, configuration.account.email),
  });
}

export function sealPasswords(
  keyRing: KeyRing,
  { organisationId, owner }: { organisationId: string; owner: string },
  passwords: ResolvedConfiguration['passwords'],
  ids: SecretIds,
  vault: PasswordVault,
): SealedSecretRow[] {
  return (['account', 'onboarding'] as const).flatMap((of) => {
    const password = passwords[of];
    if (password === undefined) return [];
    const id = ids[of];
    const clear = vault.get(password)?.reveal() ?? password;
    const { keyId, ciphertext } = seal(keyRing, { organisationId, secretId: id }, clear);
    return [{ id, organisation_id: organisationId, owner_key: owner, key_id: keyId, ciphertext }];
  });
}

export const fieldFinding = z.object({ path: z.string(), message: z.string(), code: z.string() });
