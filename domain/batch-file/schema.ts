/** One restaurant of a batch file: its form, its checks, its type. Both kinds of file go through this one schema. */
import { z } from 'zod';
import { openingHoursSchema, submittedConfigurationSchema } from '../configuration/schema';
import type { OpeningHoursEntry } from '../configuration/types';
import { dishNames, readPrice } from '../menu-dish';
import {
  parseColour,
  parseCompanyNumber,
  parseEmail,
  parseNzbn,
  parsePhone,
  parsePostcode,
  type Parsed,
} from '../nz';
import { normaliseOpeningHours, openingHoursFindings } from '../opening-hours';
import { isPlainText, NOT_PLAIN_TEXT } from '../plain-text';
import { JOB_STATUSES } from '../statuses';

const anyText = (max: number) => z.string().trim().max(max).refine(isPlainText, { error: NOT_PLAIN_TEXT });
const text = (max: number) => anyText(max).min(1);

/** A text that one of our parsers must accept; the normalised value comes out. */
const parsed = (parse: (input: string) => Parsed) =>
  z.string().transform((value, context) => {
    const result = parse(value);
    if (result.ok) return result.value;
    context.addIssue({ code: 'custom', message: result.problem });
    return z.NEVER;
  });

/** Kept as it is written ("04 555 0100"), but valid. */
const phone = text(60).refine((value) => parsePhone(value).ok, {
  error: 'This is not one valid phone number.',
});

const openingHours = openingHoursSchema.transform((entries, context): OpeningHoursEntry[] => {
  const hours = normaliseOpeningHours(entries);
  for (const { severity, entry, message } of openingHoursFindings(hours)) {
    if (severity === 'problem')
      context.addIssue({ code: 'custom', message, path: entry === null ? [] : [entry] });
  }
  return hours;
});

const dish = z.strictObject({
  category: anyText(200).default('Uncategorized'),
  name: text(500),
  price: z.number().refine((value) => readPrice(String(value)).problem === undefined, {
    error: 'A price is from 0 to 10000 with at most two decimals.',
  }),
  type: z.enum(['standard', 'combo']).default('standard'),
  description: anyText(20_000).default(''),
  tags: z.array(text(200)).max(50).default([]),
  /** URL, or the file name in the image CDN. */
  image: text(2000).optional(),
});

const menu = z.strictObject({
  dishes: z
    .array(dish)
    .min(1)
    .max(5000)
    .superRefine((dishes, context) => {
      const names = dishNames();
      for (const [i, one] of dishes.entries()) {
        if (names.check(one) !== 'duplicate') continue;
        const message = `"${one.name}" stands in "${one.category}" already.`;
        context.addIssue({ code: 'custom', message, path: [i, 'name'] });
      }
    }),
  /** How many option sets the dishes have in all. */
  option_sets: z.number().int().min(0).max(500).default(0),
});

/**
 * The company as the register has it; null: it has none. What is checked here is what every reader needs; further keys
 * (trading_names, addresses, directors, …) are handed on as they are.
 */
const company = z.looseObject({
  name: text(300).nullable(),
  number: parsed(parseCompanyNumber).nullable(),
  nzbn: parsed(parseNzbn),
});

const words = z.strictObject({ restaurant_name: text(200), street: text(300), city: text(100) }).partial();

const manualDetails = z.strictObject({
  contact_name: text(200),
  full_legal_name: text(200).optional(),
  contact_email: parsed(parseEmail).optional(),
  contact_phone: phone.optional(),
  company_name: text(200).optional(),
  company_number: parsed(parseCompanyNumber).optional(),
  gst_number: text(20).optional(),
  nzbn: parsed(parseNzbn).optional(),
});

/** What the person will answer in step 3: one way alone, if wanted after a second search. */
const companyAnswer = z
  .strictObject({
    search_again: words.optional(),
    company_number: parsed(parseCompanyNumber).optional(),
    nzbn: parsed(parseNzbn).optional(),
    no_match: z.literal(true).optional(),
    manual: manualDetails.optional(),
  })
  .refine(
    ({ search_again: _, ...ways }) => Object.values(ways).filter((way) => way !== undefined).length === 1,
    { error: 'Give one of company_number, nzbn, no_match and manual.' },
  );

const answers = z.strictObject({
  company: companyAnswer.optional(),
  configuration: submittedConfigurationSchema.optional(),
});

export const batchFileRestaurantSchema = z.strictObject({
  name: text(200),
  address: text(500),
  city: text(100),
  postcode: parsed(parsePostcode).optional(),
  phone,
  email: parsed(parseEmail),
  opening_hours: openingHours,
  primary_color: parsed(parseColour).optional(),
  secondary_color: parsed(parseColour).optional(),
  website_url: z
    .url({ protocol: /^https?$/ })
    .max(2000)
    .optional(),
  cuisines: z.array(text(100)).max(50).default([]),
  menu,
  company: company.nullable().default(null),
  /** Where the registration should end. */
  expect: z.enum(JOB_STATUSES).default('completed'),
  /** What is special about it, for who reads the file. */
  scenario: text(100).optional(),
  /** Seconds until its menu extraction completes; absent: it is complete. */
  extraction_late_seconds: z.number().min(0).max(86_400).optional(),
  answers: answers.optional(),
});

export type BatchFileRestaurant = z.output<typeof batchFileRestaurantSchema>;
export type BatchFileDish = BatchFileRestaurant['menu']['dishes'][number];
export type BatchFileCompany = NonNullable<BatchFileRestaurant['company']>;
export type BatchFileAnswers = NonNullable<BatchFileRestaurant['answers']>;
