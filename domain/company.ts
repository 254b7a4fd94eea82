/** What the product knows of companies: candidates of step 2, details of step 4, a person's selection in step 3. */

export const MATCH_SOURCES = ['name', 'trading_name', 'address'] as const;
export type MatchSource = (typeof MATCH_SOURCES)[number];

/** One company that may be the restaurant's. Dates `YYYY-MM-DD` (New Zealand date). */
export interface Candidate {
  company_name: string;
  /** Without leading zeros; null for those that have none (sole traders, partnerships, trusts). */
  company_number: string | null;
  nzbn: string;
  /** The register's description, e.g. "Registered"; decide on `status_code`. */
  status: string;
  status_code: string;
  /** Only companies that are registered may rank above others. */
  registered: boolean;
  incorporation_date: string | null;
  registered_address: string | null;
  match_sources: MatchSource[];
  /** 0 to 100. */
  score: number;
}

/** At most this many candidates are kept. */
export const MAX_CANDIDATES = 20;

export interface CompanyDetails {
  companyName: string | null;
  companyNumber: string | null;
  nzbn: string;
  status: { code: string; description: string; registered: boolean };
  entityType: string | null;
  incorporationDate: string | null;
  addresses: { type: string; text: string }[];
  directors: { name: string; nameAsGiven: string; isCompany: boolean; appointed: string | null }[];
  shareholders: { holders: string[]; shares: number; percentage: number | null; joint: boolean }[];
  gstNumbers: string[];
  emails: string[];
  websites: string[];
  /** E.164; invalid ones are dropped with a note. */
  phones: string[];
  tradingNames: string[];
  industries: { code: string; description: string }[];
  /** First current person among the directors, for contact_name (last name in title case); null if only companies direct it. */
  contactName: string | null;
  /** The same person as the register writes it, for full_legal_name. */
  fullLegalName: string | null;
  notes: string[];
  provenance: { source: 'nzbn'; fetchedAt: string; etag: string | null; lastUpdatedDate: string | null };
}

/** What identifies a candidate in signals, candidates lists kept by workflows and API bodies. */
export interface CompanyChoice {
  company_number: string | null;
  nzbn: string;
}

/** Details that a person typed in (step 3, manual entry); validated at the API's edge. */
export interface ManualCompanyDetails {
  contact_name: string;
  full_legal_name?: string | undefined;
  contact_email?: string | undefined;
  contact_phone?: string | undefined;
  company_name?: string | undefined;
  company_number?: string | undefined;
  gst_number?: string | undefined;
  nzbn?: string | undefined;
}

/** Edited words for a new search. Absent fields are taken from the restaurant. */
export interface SearchWords {
  restaurant_name?: string | undefined;
  street?: string | undefined;
  city?: string | undefined;
}
