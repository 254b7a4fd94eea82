import { defineSearchAttributeKey } from '@temporalio/common';

/** On-call engineers filter by these in the Web UI. Not encrypted: ids and numbers alone. */
export const BATCH_ID = defineSearchAttributeKey('BatchId', 'KEYWORD');
export const ORGANISATION_ID = defineSearchAttributeKey('OrganisationId', 'KEYWORD');
export const RESTAURANT_ID = defineSearchAttributeKey('RestaurantId', 'KEYWORD');
export const REGISTRATION_STEP = defineSearchAttributeKey('RegistrationStep', 'INT');
/** company_selection, configuration, repair, or none. */
export const AWAITING_INPUT = defineSearchAttributeKey('AwaitingInput', 'KEYWORD');
