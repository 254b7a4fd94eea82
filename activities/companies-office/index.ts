/** Steps 2 to 4: the search of the company register, a person's choice from it, and the chosen company's details. */
import type { CompaniesOfficeDeps } from './deps';
import { createDetailsActivities, type DetailsActivities } from './details';
import { createSearchActivities, type SearchActivities } from './search';

export type CompaniesOfficeActivities = SearchActivities & DetailsActivities;

/**
 * Activities of the task queues `companies-office` (those that call the register: searchCompaniesByName,
 * completeSearch, fetchCompanyDetails) and `registrations`. Each fails with an `ApplicationFailure` typed by domain/failures.ts.
 */
export function createCompaniesOfficeActivities(
  deps: Omit<CompaniesOfficeDeps, 'now'> & Partial<Pick<CompaniesOfficeDeps, 'now'>>,
): CompaniesOfficeActivities {
  const complete = { now: () => new Date(), ...deps };
  return { ...createSearchActivities(complete), ...createDetailsActivities(complete) };
}

export { createNzbnClient, type NzbnSettings } from './nzbn-client';
export type { Turns } from './pacing';
export { createSharedTurns } from './shared-turns';
export { createSupabaseCompanyRecord } from './supabase-record';
