/** The fields of step 5, in sections, as people fill them in. The form shows what stands here and nothing else. */
import {
  HEADER_IMAGE_SOURCES,
  ITEM_LAYOUTS,
  REGISTRATION_MODES,
  TEXT_COLOURS,
  THEMES,
  TINTS,
} from '../../../../../domain/configuration/types';
import { PHASES, SUB_STEPS, subStepsOfPhase } from '../../../../../domain/sub-steps';

export type FieldKind =
  | { kind: 'text' | 'email' | 'phone' | 'password' | 'colour' | 'list' | 'menu' | 'hours' }
  | { kind: 'switch' }
  | { kind: 'select'; options: readonly { id: string; label: string }[] };

export type Field = FieldKind & {
  /** Dotted, as the API names it. */
  path: string;
  label: string;
  description?: string;
  /** A restaurant's own: never copied to another. */
  isOwn?: boolean;
};

export interface Section {
  id: string;
  title: string;
  fields: readonly Field[];
}

const words = (value: string): string => {
  const text = value.replace(/_/g, ' ');
  return text.charAt(0).toUpperCase() + text.slice(1);
};
const oneOf = (values: readonly string[], labels: Record<string, string> = {}) => ({
  kind: 'select' as const,
  options: values.map((id) => ({ id, label: labels[id] ?? words(id) })),
});
const tints = oneOf(TINTS, { none: 'As it is' });

const OWN = { isOwn: true } as const;

export const SECTIONS: readonly Section[] = [
  {
    id: 'account',
    title: 'Account',
    fields: [
      { path: 'account.email', label: 'E-mail', kind: 'email', ...OWN },
      { path: 'account.phone', label: 'Phone', kind: 'phone', ...OWN },
      {
        path: 'account.password',
        label: 'Password',
        kind: 'password',
        description: 'Left empty, a strong one is made. It is sealed at once and never shown here again.',
        ...OWN,
      },
      {
        path: 'account.registerNewUser',
        label: 'Create the account',
        kind: 'switch',
        description: 'Off: the account exists already.',
      },
    ],
  },
  {
    id: 'restaurant',
    title: 'Restaurant',
    fields: [
      { path: 'restaurant.name', label: 'Name', kind: 'text', ...OWN },
      { path: 'restaurant.phone', label: 'Phone', kind: 'phone', ...OWN },
      { path: 'restaurant.address', label: 'Address', kind: 'text', ...OWN },
      { path: 'restaurant.city', label: 'City', kind: 'text', ...OWN },
      {
        path: 'restaurant.registrationMode',
        label: 'In the account it is',
        ...oneOf(REGISTRATION_MODES, {
          existing_account_first_restaurant: 'The first restaurant',
          existing_account_additional_restaurant: 'One more restaurant',
        }),
        ...OWN,
      },
      {
        path: 'restaurant.subdomain',
        label: 'Subdomain',
        kind: 'text',
        description: 'The platform makes it from the name.',
        ...OWN,
      },
      { path: 'restaurant.opening_hours', label: 'Opening hours', kind: 'hours', ...OWN },
    ],
  },
  {
    id: 'menu',
    title: 'Menu',
    fields: [
      { path: 'menu.selectedMenuId', label: 'Menu', kind: 'menu', ...OWN },
      { path: 'menu.uploadImages', label: 'Upload the images', kind: 'switch' },
      { path: 'menu.addOptionSets', label: 'Add the option sets', kind: 'switch' },
      { path: 'menu.addItemTags', label: 'Add the item tags', kind: 'switch' },
    ],
  },
  {
    id: 'website',
    title: 'Website',
    fields: [
      { path: 'website.theme', label: 'Theme', ...oneOf(THEMES) },
      { path: 'website.primaryColor', label: 'Primary colour', kind: 'colour' },
      { path: 'website.secondaryColor', label: 'Secondary colour', kind: 'colour' },
      { path: 'website.cuisines', label: 'Cuisines', kind: 'list', description: 'Separated by commas.' },
      { path: 'website.itemLayout', label: 'Dishes as', ...oneOf(ITEM_LAYOUTS) },
      { path: 'website.configureHeader', label: 'Set up the header', kind: 'switch' },
      {
        path: 'website.headerImageSource',
        label: 'Picture of the header',
        ...oneOf(HEADER_IMAGE_SOURCES, {
          website_og_image: "The website's picture",
          facebook_cover_image: 'The Facebook cover',
          ubereats_og_image: "Uber Eats' picture",
          doordash_og_image: "DoorDash's picture",
        }),
      },
      { path: 'website.headerLogoDarkTint', label: 'Logo on dark', ...tints },
      { path: 'website.headerLogoLightTint', label: 'Logo on light', ...tints },
      { path: 'website.navLogoDarkTint', label: 'Small logo on dark', ...tints },
      { path: 'website.navLogoLightTint', label: 'Small logo on light', ...tints },
      { path: 'website.navTextColor', label: 'Text of the navigation', ...oneOf(TEXT_COLOURS) },
      { path: 'website.cardTextColor', label: 'Text on cards', ...oneOf(TEXT_COLOURS) },
      { path: 'website.disableGradients', label: 'Without gradients', kind: 'switch' },
    ],
  },
  {
    id: 'payment',
    title: 'Payment',
    fields: [{ path: 'payment.includeStripeLink', label: 'Make the Stripe link', kind: 'switch' }],
  },
  {
    id: 'onboarding',
    title: 'Onboarding',
    fields: [
      { path: 'onboarding.createOnboardingUser', label: 'Create the onboarding user', kind: 'switch' },
      { path: 'onboarding.syncOnboardingRecord', label: 'Update the onboarding record', kind: 'switch' },
      { path: 'onboarding.userName', label: 'Name of the user', kind: 'text', ...OWN },
      { path: 'onboarding.userEmail', label: 'E-mail of the user', kind: 'email', ...OWN },
      {
        path: 'onboarding.userPassword',
        label: 'Password of the user',
        kind: 'password',
        description: 'Left empty, a strong one is made.',
        ...OWN,
      },
    ],
  },
  {
    id: 'steps_enabled',
    title: 'Sub-steps',
    fields: PHASES.flatMap(({ phase }) =>
      subStepsOfPhase(phase).map(({ key, label }) => ({
        path: `steps_enabled.${key}`,
        label,
        kind: 'switch' as const,
        description: offWords(SUB_STEPS[key].whenSkipped),
      })),
    ),
  },
];

function offWords(whenSkipped: 'satisfies' | 'never' | 'if_exists'): string {
  switch (whenSkipped) {
    case 'satisfies':
      return 'Off: what comes after it goes on.';
    case 'if_exists':
      return 'Off: what needs it runs only if the thing exists already.';
    case 'never':
      return 'Off: what needs it is left out too.';
  }
}

export const FIELDS: ReadonlyMap<string, Field> = new Map(
  SECTIONS.flatMap(({ fields }) => fields.map((field) => [field.path, field] as const)),
);
