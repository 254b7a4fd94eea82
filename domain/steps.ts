/** The six steps of a registration, as people read them. */
export const REGISTRATION_STEPS = [
  {
    number: 1,
    name: 'Menu & Branding Extraction',
    type: 'automatic',
    description: 'Follows the extractions that the lead conversion triggered.',
  },
  {
    number: 2,
    name: 'Contact Details Search',
    type: 'automatic',
    description: 'Searches the Companies Office register by name and by address.',
  },
  {
    number: 3,
    name: 'Company Selection',
    type: 'action_required',
    description: 'A person picks the company, says that none matches, or enters it by hand.',
  },
  {
    number: 4,
    name: 'Company Details Extraction',
    type: 'automatic',
    description: "Takes over the company's details.",
  },
  {
    number: 5,
    name: 'Yolo Mode Configuration',
    type: 'action_required',
    description: 'A person confirms the account settings.',
  },
  {
    number: 6,
    name: 'Pumpd Account Setup',
    type: 'automatic',
    description: 'Sets up the ordering account in twelve sub-steps.',
  },
] as const;

/** Steps that fail and can be run again; the others wait for a person. */
export const RETRYABLE_STEPS = [1, 2, 4, 6] as const;
export type RetryableStep = (typeof RETRYABLE_STEPS)[number];
