/** The defaults of a batch, as far as they can be set here: what differs from the built-in values is sent, and nothing else. */
import { BUILT_IN } from '../../../../../domain/configuration/built-in';
import type { NewBatch } from '../../api/types';

export type BatchDefaults = NonNullable<NewBatch['execution_config']>;

export const SWITCHES = [
  {
    section: 'account',
    field: 'registerNewUser',
    label: 'Create the ordering account',
    hint: 'Off: the account exists already.',
  },
  { section: 'menu', field: 'uploadImages', label: 'Upload images', hint: null },
  { section: 'menu', field: 'addOptionSets', label: 'Add option sets', hint: null },
  { section: 'menu', field: 'addItemTags', label: 'Add item tags', hint: null },
  { section: 'payment', field: 'includeStripeLink', label: 'Include the Stripe link', hint: null },
  { section: 'onboarding', field: 'createOnboardingUser', label: 'Create the onboarding user', hint: null },
  { section: 'onboarding', field: 'syncOnboardingRecord', label: 'Write the onboarding record', hint: null },
  { section: 'website', field: 'configureHeader', label: 'Set up the header', hint: null },
  { section: 'website', field: 'disableGradients', label: 'No gradients', hint: null },
] as const;

export const CHOICES = [
  {
    field: 'theme',
    label: 'Theme',
    options: [
      { id: 'dark', label: 'Dark' },
      { id: 'light', label: 'Light' },
    ],
  },
  {
    field: 'itemLayout',
    label: 'Menu items as',
    options: [
      { id: 'card', label: 'Cards' },
      { id: 'list', label: 'List' },
    ],
  },
  {
    field: 'headerImageSource',
    label: 'Header image from',
    options: [
      { id: 'website_og_image', label: 'The website' },
      { id: 'facebook_cover_image', label: 'Facebook' },
      { id: 'ubereats_og_image', label: 'Uber Eats' },
      { id: 'doordash_og_image', label: 'DoorDash' },
    ],
  },
] as const;

/** By `section.field`. */
export type DefaultValues = Readonly<Record<string, boolean | string>>;

const pathOf = (section: string, field: string): string => `${section}.${field}`;

function builtIn(section: string, field: string): boolean | string {
  const sections: Readonly<Record<string, Readonly<Record<string, unknown>>>> = BUILT_IN;
  return sections[section]?.[field] as boolean | string;
}

const FIELDS = [
  ...SWITCHES.map(({ section, field }) => [section, field] as const),
  ...CHOICES.map(({ field }) => ['website', field] as const),
];

export const BUILT_IN_VALUES: DefaultValues = Object.fromEntries(
  FIELDS.map(([section, field]) => [pathOf(section, field), builtIn(section, field)]),
);

/** Undefined when nothing differs. */
export function toExecutionConfig(values: DefaultValues): BatchDefaults | undefined {
  const changed: Record<string, Record<string, boolean | string>> = {};
  for (const [section, field] of FIELDS) {
    const value = values[pathOf(section, field)];
    if (value === undefined || value === builtIn(section, field)) continue;
    changed[section] = { ...changed[section], [field]: value };
  }
  return Object.keys(changed).length === 0 ? undefined : (changed as BatchDefaults);
}

export function countChanged(values: DefaultValues): number {
  return Object.keys(values).filter((path) => values[path] !== BUILT_IN_VALUES[path]).length;
}
