/** The narrow port to the record that step 1 needs. */

export const EXTRACTION_JOB_TYPES = ['full_menu', 'premium', 'premium_extraction'] as const;

export interface ExtractionFacts {
  /** The newest extraction of the types above. */
  job: { type: string; status: string } | null;
  /** Whether the restaurant has a page to extract from. */
  hasSource: boolean;
  /** Primary and secondary colour are both there. */
  hasColours: boolean;
  /** The newest menu, an active one before others. */
  menuId: string | null;
}

export interface ExtractionRecord {
  /** Fails with an `ApplicationFailure`; `RecordRefused` if the organisation has no such restaurant. */
  readExtraction(scope: { restaurantId: string; organisationId: string }): Promise<ExtractionFacts>;
}
