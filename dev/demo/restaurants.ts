/** What the demo knows of one restaurant: what is seeded into the outside world, and what its person will answer. */
import type { ManualCompanyDetails, SearchWords } from '../../domain/company';
import type { SubmittedConfiguration } from '../../domain/configuration';
import type { OpeningHoursEntry } from '../../domain/configuration/types';
import type { JobStatus } from '../../domain/statuses';
import type { SeedEntityInput } from '../simulator/world';
import type { ComposedDish } from './menus';

/** What makes a restaurant of the sample special. */
export const SCENARIOS = [
  'shared_owner',
  'no_match',
  'manual_entry',
  'search_again',
  'late_extraction',
  'registration_times_out',
  'sole_trader',
] as const;
export type Scenario = (typeof SCENARIOS)[number];

/** How the person answers step 3; `searchAgain` comes before a choice that is not in the first list. */
export type CompanyAnswer = { searchAgain?: SearchWords } & (
  | { kind: 'number'; number: string }
  | { kind: 'nzbn'; nzbn: string }
  | { kind: 'no_match' }
  | { kind: 'by_hand'; details: ManualCompanyDetails }
);

export interface DemoRestaurant {
  name: string;
  address: string;
  city: string;
  phone: string;
  /** The owner's e-mail, in the case it was written. */
  email: string;
  websiteUrl: string | null;
  primaryColour: string | null;
  secondaryColour: string | null;
  openingHours: OpeningHoursEntry[];
  cuisines: string[];
  dishes: ComposedDish[];
  optionSets: number;
  /** Unscaled seconds until its extraction completes; null = it is complete. */
  extractionLateSeconds: number | null;
  /** The company as the register has it; null = it has none. */
  entity: SeedEntityInput | null;
  expected: JobStatus;
  scenario: Scenario | null;
  company: CompanyAnswer;
  configuration: SubmittedConfiguration;
}
