import type { SubmittedConfiguration } from './schema';

type Section = Exclude<keyof SubmittedConfiguration, 'use_defaults' | 'steps_enabled'>;

/** What a field is when neither a person, nor the batch, nor the restaurant says it. Plain values: the console shows them too. */
export const BUILT_IN = {
  account: { registerNewUser: true },
  restaurant: { registrationMode: 'existing_account_first_restaurant' },
  menu: { uploadImages: true, addOptionSets: true, addItemTags: true },
  website: {
    theme: 'dark',
    cuisines: [],
    disableGradients: false,
    configureHeader: true,
    headerImageSource: 'website_og_image',
    headerLogoDarkTint: 'none',
    headerLogoLightTint: 'none',
    navLogoDarkTint: 'none',
    navLogoLightTint: 'none',
    navTextColor: 'white',
    cardTextColor: 'white',
    itemLayout: 'card',
  },
  payment: { includeStripeLink: true },
  onboarding: { createOnboardingUser: true, syncOnboardingRecord: true },
} as const satisfies { [S in Section]: Record<string, unknown> };
