/**
 * zod schemas of the configuration: what is submitted in step 5, what a batch may hold as defaults, and the stored snapshot.
 * They check form; `domain/preflight` checks what the values mean.
 */
import { z } from 'zod';
import { isPlainText, NOT_PLAIN_TEXT } from '../plain-text';
import { SUB_STEP_KEYS, type SubStepKey } from '../sub-steps';
import type { SwitchSettings } from './enabled';
import {
  HEADER_IMAGE_SOURCES,
  ITEM_LAYOUTS,
  REGISTRATION_MODES,
  TEXT_COLOURS,
  THEMES,
  TINTS,
  WEEKDAYS,
  type ConfigurationSnapshot,
} from './types';

const text = (max: number) => z.string().trim().max(max).refine(isPlainText, { error: NOT_PLAIN_TEXT });
const filled = (max: number) => text(max).min(1);
/** Kept as typed: a blank at either end may belong to it. */
const password = z.string().min(1).max(200);

/** The word "Closed" in place of hours is accepted on input. */
const closed = z
  .string()
  .regex(/^\s*closed\s*$/i, 'Give { open, close }, null or "Closed".')
  .transform(() => null);

const hours = z.strictObject({ open: text(10), close: text(10) });

/** "monday" is read as Monday. */
const weekday = z.preprocess(
  (value) =>
    typeof value === 'string'
      ? value.trim().charAt(0).toUpperCase() + value.trim().slice(1).toLowerCase()
      : value,
  z.enum(WEEKDAYS),
);

/** Opening hours in their form; whether times make sense is pre-flight's question, which answers per entry. */
export const openingHoursSchema = z
  .array(z.strictObject({ day: weekday, hours: z.union([hours, z.null(), closed]) }))
  .max(50);

const stepsEnabled = z.strictObject(
  Object.fromEntries(SUB_STEP_KEYS.map((key) => [key, z.boolean().optional()])) as Record<
    SubStepKey,
    z.ZodOptional<z.ZodBoolean>
  >,
);

const website = {
  theme: z.enum(THEMES),
  cuisines: z.array(filled(100)).max(50),
  primaryColor: filled(20),
  secondaryColor: filled(20),
  disableGradients: z.boolean(),
  configureHeader: z.boolean(),
  headerImageSource: z.enum(HEADER_IMAGE_SOURCES),
  headerLogoSource: text(100),
  headerLogoDarkTint: z.enum(TINTS),
  headerLogoLightTint: z.enum(TINTS),
  navLogoSource: text(100),
  navLogoDarkTint: z.enum(TINTS),
  navLogoLightTint: z.enum(TINTS),
  navTextColor: z.enum(TEXT_COLOURS),
  navTextCustomColor: text(20),
  cardTextColor: z.enum(TEXT_COLOURS),
  cardTextCustomColor: text(20),
  faviconSource: text(100),
  itemLayout: z.enum(ITEM_LAYOUTS),
};

const menuSwitches = { uploadImages: z.boolean(), addOptionSets: z.boolean(), addItemTags: z.boolean() };
const onboardingSwitches = { createOnboardingUser: z.boolean(), syncOnboardingRecord: z.boolean() };
const payment = { includeStripeLink: z.boolean() };
const accountSwitches = { registerNewUser: z.boolean() };

const ownAccount = { email: filled(320), password, phone: filled(60) };
const ownRestaurant = {
  registrationMode: z.enum(REGISTRATION_MODES),
  name: filled(200),
  phone: filled(60),
  address: filled(500),
  city: filled(100),
  subdomain: text(100),
  opening_hours: openingHoursSchema,
};
const ownMenu = { selectedMenuId: z.guid() };
const ownOnboarding = { userName: filled(200), userEmail: filled(320), userPassword: password };

const section = <S extends z.ZodRawShape>(shape: S) => z.strictObject(shape).partial().optional();

/** One job's entry of `POST /:id/steps/5/complete`. Unknown keys are refused, unknown sub-step keys too. */
export const submittedConfigurationSchema = z.strictObject({
  /** true: every field that is not given is filled. Otherwise what is not given is listed as missing. */
  use_defaults: z.boolean().optional(),
  account: section({ ...accountSwitches, ...ownAccount }),
  restaurant: section(ownRestaurant),
  menu: section({ ...ownMenu, ...menuSwitches }),
  website: section(website),
  payment: section(payment),
  onboarding: section({ ...onboardingSwitches, ...ownOnboarding }),
  steps_enabled: stepsEnabled.optional(),
});
export type SubmittedConfiguration = z.infer<typeof submittedConfigurationSchema>;

const absent = z
  .unknown()
  .optional()
  .refine((value) => value === undefined, "This is a restaurant's own: it cannot be a default of a batch.");

/** Keys of the shape that a batch may not hold, each refused under its own path. */
const refuse = <S extends z.ZodRawShape>(shape: S): Record<keyof S, typeof absent> =>
  Object.fromEntries(Object.keys(shape).map((key) => [key, absent])) as Record<keyof S, typeof absent>;

/** `execution_config` of a batch: the same without what is a restaurant's own. */
export const batchDefaultsSchema = z.strictObject({
  account: section({ ...accountSwitches, ...refuse(ownAccount) }),
  restaurant: section(refuse(ownRestaurant)),
  menu: section({ ...refuse(ownMenu), ...menuSwitches }),
  website: section(website),
  payment: section(payment),
  onboarding: section({ ...onboardingSwitches, ...refuse(ownOnboarding) }),
  steps_enabled: stepsEnabled.optional(),
});
export type BatchDefaults = z.infer<typeof batchDefaultsSchema>;

const reference = z.guid().nullable();

/** A stored or signalled snapshot. Parsing fails on anything that is not complete, and on a password in it. */
export const configurationSnapshotSchema = z.strictObject({
  account: z.strictObject({
    ...accountSwitches,
    email: ownAccount.email,
    passwordRef: reference,
    phone: ownAccount.phone,
    ownerKey: filled(64),
  }),
  restaurant: z.strictObject(ownRestaurant),
  menu: z.strictObject({ selectedMenuId: ownMenu.selectedMenuId.nullable(), ...menuSwitches }),
  website: z.strictObject({
    ...website,
    primaryColor: website.primaryColor.nullable(),
    secondaryColor: website.secondaryColor.nullable(),
  }),
  payment: z.strictObject(payment),
  onboarding: z.strictObject({
    ...onboardingSwitches,
    userName: text(200),
    userEmail: text(320),
    userPasswordRef: reference,
  }),
  steps_enabled: stepsEnabled,
}) satisfies z.ZodType<ConfigurationSnapshot>;

/** What switches sub-steps, of a stored configuration that is shown without its references. */
export const switchSettingsSchema = z.object({
  account: z.object(accountSwitches),
  menu: z.object(menuSwitches),
  onboarding: z.object(onboardingSwitches),
  steps_enabled: stepsEnabled,
}) satisfies z.ZodType<SwitchSettings>;
