/** The narrow port to the record that steps 2 to 4 need: one restaurant's row and its candidates row. */
import type { Candidate, CompanyDetails, ManualCompanyDetails } from '../../domain/company';
import type { AddressCheck } from '../../domain/company-matching';
import type { CandidatesStatus } from '../../domain/statuses';

export interface JobScope {
  jobId: string;
  restaurantId: string;
  organisationId: string;
}

export interface RestaurantFacts {
  name: string | null;
  address: string | null;
  city: string | null;
  /** `additional_contacts_metadata` as it is; null when it holds no object. */
  metadata: Record<string, unknown> | null;
}

/** What was searched for, as cleaned, and what it was made from. Null = not known. */
export interface SearchQueries {
  restaurant_name: string;
  street: string | null;
  city: string | null;
  postcode: string | null;
  original: { restaurant_name: string | null; street: string | null; city: string | null };
}

/** How the comparison by address went; `not_available` = there was nothing to compare. */
export type AddressStrategy = 'done' | 'partial' | 'failed' | 'not_available';

export interface CandidatesRow {
  search_no: number;
  status: CandidatesStatus;
  search_queries: SearchQueries | null;
  /** Hits of the name search, before evidence of the address. */
  name_results: Candidate[];
  combined_results: Candidate[];
}

/** Columns of the candidates row that a writer sets; absent = left as it is. Times ISO 8601. */
export interface CandidatesValues {
  status?: CandidatesStatus;
  search_queries?: SearchQueries;
  name_results?: Candidate[];
  /** Empty until the addresses were compared. */
  address_results?: { strategy: AddressStrategy; checks: AddressCheck[] } | [];
  combined_results?: Candidate[];
  candidate_count?: number;
  selected_company_number?: string | null;
  selected_company_data?: CompanyDetails | ManualSelection | ChosenCompany | null;
  error_message?: string | null;
  searched_at?: string | null;
  selected_at?: string | null;
}

export type ManualSelection = ManualCompanyDetails & { source: 'manual' };
/** What is known of a chosen company before its details are fetched. */
export interface ChosenCompany {
  company_number: string | null;
  nzbn: string;
}

/**
 * When a write may take effect: the row's status is one of `from`. With `searchNo` it must be of that search or an
 * older one; a row of an older search is taken over whatever its status, one of a newer search never.
 */
export interface WriteGuard {
  from: readonly CandidatesStatus[];
  searchNo?: number;
}

export interface RestaurantCompanyValues {
  company_name?: string;
  company_number?: string;
  nzbn?: string;
  gst_number?: string;
  contact_name?: string;
  full_legal_name?: string;
  contact_email?: string;
  contact_phone?: string;
  additional_contacts_metadata?: Record<string, unknown>;
}

/** Every method sees rows of `scope.organisationId` alone, and fails with an `ApplicationFailure`. */
export interface CompanyRecord {
  /** Null if there is no such restaurant. */
  readRestaurant(scope: JobScope): Promise<RestaurantFacts | null>;
  /** Sets the given columns; false if there is no such restaurant. */
  saveRestaurant(scope: JobScope, values: RestaurantCompanyValues): Promise<boolean>;
  /** Null if there is none yet. */
  readCandidates(scope: JobScope): Promise<CandidatesRow | null>;
  /** Sets the given columns, making the row if there is none; false if the guard held the write back. */
  writeCandidates(scope: JobScope, values: CandidatesValues, guard: WriteGuard): Promise<boolean>;
}
