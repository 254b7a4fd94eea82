/**
 * The account settings of one registration ("yolo configuration") as they run: complete, resolved, without passwords.
 * Workflow code imports this file: nothing but plain types and constants may stand here.
 */
import type { SubStepKey } from '../sub-steps';

export const WEEKDAYS = [
  'Monday',
  'Tuesday',
  'Wednesday',
  'Thursday',
  'Friday',
  'Saturday',
  'Sunday',
] as const;
export const REGISTRATION_MODES = [
  'existing_account_first_restaurant',
  'existing_account_additional_restaurant',
] as const;
export const THEMES = ['light', 'dark'] as const;
/** The backend also knows "custom", which does nothing for tints and means white for texts: it is refused. */
export const TINTS = ['none', 'white', 'black', 'primary', 'secondary'] as const;
export const TEXT_COLOURS = ['white', 'black', 'primary', 'secondary'] as const;
export const ITEM_LAYOUTS = ['list', 'card'] as const;
export const HEADER_IMAGE_SOURCES = [
  'website_og_image',
  'facebook_cover_image',
  'ubereats_og_image',
  'doordash_og_image',
] as const;

export type Weekday = (typeof WEEKDAYS)[number];
export type RegistrationMode = (typeof REGISTRATION_MODES)[number];
export type Theme = (typeof THEMES)[number];
export type Tint = (typeof TINTS)[number];
export type TextColour = (typeof TEXT_COLOURS)[number];
export type ItemLayout = (typeof ITEM_LAYOUTS)[number];
export type HeaderImageSource = (typeof HEADER_IMAGE_SOURCES)[number];

/** Times `HH:MM`, 24 hours; a close before its open is past midnight; `hours: null` = closed. A day may have several rows. */
export type OpeningHoursEntry = { day: Weekday; hours: { open: string; close: string } | null };

export type WebsiteConfiguration = {
  theme: Theme;
  cuisines: string[];
  /** `#RRGGBB`; null only if neither code generation nor the website is set up. */
  primaryColor: string | null;
  secondaryColor: string | null;
  disableGradients: boolean;
  configureHeader: boolean;
  headerImageSource: HeaderImageSource;
  /** Without effect at the backend today, as are navLogoSource, faviconSource and the two custom text colours. */
  headerLogoSource: string;
  headerLogoDarkTint: Tint;
  headerLogoLightTint: Tint;
  navLogoSource: string;
  navLogoDarkTint: Tint;
  navLogoLightTint: Tint;
  navTextColor: TextColour;
  navTextCustomColor: string;
  cardTextColor: TextColour;
  cardTextCustomColor: string;
  faviconSource: string;
  itemLayout: ItemLayout;
};

/**
 * What is submitted is what runs: this is signalled to the workflow, stored in `registration_jobs.execution_config` and
 * given to activities. It holds ids of sealed secrets in place of passwords.
 */
export type ConfigurationSnapshot = {
  account: {
    /** false: the account exists; it is not created, and what needs it goes on. */
    registerNewUser: boolean;
    /** In its original case: it is signed and logged in with as it is. */
    email: string;
    passwordRef: string | null;
    /** E.164. */
    phone: string;
    /** HMAC of organisation and lower-case e-mail (`ownerKey` of `domain/sealing`): who shares an account. */
    ownerKey: string;
  };
  restaurant: {
    registrationMode: RegistrationMode;
    name: string;
    /** E.164. */
    phone: string;
    address: string;
    city: string;
    /** Shown to people; the backend derives its own from the name. */
    subdomain: string;
    opening_hours: OpeningHoursEntry[];
  };
  menu: {
    /** null only if no sub-step needs a menu. */
    selectedMenuId: string | null;
    uploadImages: boolean;
    addOptionSets: boolean;
    addItemTags: boolean;
  };
  website: WebsiteConfiguration;
  payment: { includeStripeLink: boolean };
  onboarding: {
    createOnboardingUser: boolean;
    syncOnboardingRecord: boolean;
    userName: string;
    userEmail: string;
    userPasswordRef: string | null;
  };
  /** A key that is absent is enabled; only `false` switches a sub-step off. */
  steps_enabled: { [K in SubStepKey]?: boolean | undefined };
};
