/**
 * The wire of the NZBN API v5, read tolerantly: keys that we do not use are dropped, null and absent are one, lists come
 * bare or wrapped. The addresses of roles and shareholders are not listed here, so they never pass this boundary: they are homes.
 */
import { z } from 'zod';
import { toPlainText } from '../../domain/plain-text';

/** Longer than anything that the register holds in one field; what is kept of it goes into payloads and rows. */
const LONGEST_TEXT = 1_000;

/** Trimmed text that can be stored; numbers are taken as text, an empty text as null. */
const text = z
  .union([z.string(), z.number()])
  .nullish()
  .transform((value) => toPlainText(String(value ?? '').slice(0, LONGEST_TEXT)).trim() || null);

/** A whole number that may come as text; null when absent. */
const amount = z
  .union([
    z.number(),
    z
      .string()
      .trim()
      .regex(/^\d+(\.\d+)?$/)
      .transform(Number),
  ])
  .nullish()
  .transform((value) => value ?? null);

/** The New Zealand date: the first ten characters. Never through `Date`, whose UTC would move a day. Unreadable = null. */
const date = text.transform((value) => /^\d{4}-\d{2}-\d{2}/.exec(value ?? '')?.[0] ?? null);

/** A list that is absent, bare, or wrapped in an object under one of `keys` (or `items`). Null rows are dropped. */
function listOf<T extends z.ZodType>(row: T, ...keys: string[]) {
  return z.preprocess(
    (value) => {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) return value ?? [];
      const found = Object.entries(value).find(([key]) => key === 'items' || keys.includes(key));
      return found ? (found[1] ?? []) : value;
    },
    z
      .array(row.nullable())
      .transform((rows) => rows.filter((one): one is NonNullable<typeof one> => one !== null)),
  );
}

const tradingName = z.object({ name: text, endDate: date });

const nzbn = z
  .union([z.string(), z.number()])
  .transform((value) => String(value).replace(/\s/g, ''))
  .pipe(z.string().regex(/^\d{13}$/));

const searchItem = z.object({
  nzbn,
  entityName: text,
  entityStatusCode: text,
  entityStatusDescription: text,
  entityTypeCode: text,
  tradingNames: listOf(tradingName, 'tradingNames'),
  previousEntityNames: listOf(text),
  registrationDate: date,
  sourceRegisterUniqueId: text,
});

const count = z.number().int().nonnegative().nullish();

export const searchPageSchema = z
  .object({ items: z.array(searchItem), totalItems: count, totalResults: count })
  .transform(({ items, totalItems, totalResults }) => ({ items, total: totalItems ?? totalResults ?? null }));

export type SearchItem = z.infer<typeof searchItem>;

const address = z.object({
  careOf: text,
  address1: text,
  address2: text,
  address3: text,
  address4: text,
  postCode: text,
  addressType: text,
  endDate: date,
});

const person = z.object({ firstName: text, middleNames: text, lastName: text }).nullish();

const role = z.object({
  roleType: text,
  roleStatus: text,
  startDate: date,
  /** Any text here means ended, readable as a date or not. */
  endDate: text,
  rolePerson: person,
  roleEntity: z.object({ nzbn: text, entityName: text }).nullish(),
});

const shareholder = z.object({
  vacationDate: date,
  individualShareholder: z
    .object({ firstName: text, middleNames: text, lastName: text, fullName: text })
    .nullish(),
  otherShareholder: z.object({ currentEntityName: text }).nullish(),
});

const shareholding = z
  .object({
    numberOfShares: amount,
    shareAllocation: listOf(
      z.object({ allocation: amount, shareholder: listOf(shareholder) }),
      'shareAllocation',
    ),
  })
  .nullish();

const classification = z.object({ classificationCode: text, classificationDescription: text });

export const entitySchema = z.object({
  nzbn,
  entityName: text,
  entityStatusCode: text,
  entityStatusDescription: text,
  entityTypeDescription: text,
  registrationDate: date,
  lastUpdatedDate: text,
  sourceRegister: text,
  sourceRegisterUniqueIdentifier: text,
  addresses: listOf(address, 'addressList', 'addresses'),
  emailAddresses: listOf(z.object({ emailAddress: text, endDate: date }), 'emailAddresses'),
  phoneNumbers: listOf(
    z.object({ phoneCountryCode: text, phoneAreaCode: text, phoneNumber: text, endDate: date }),
    'phoneNumbers',
  ),
  websites: listOf(z.object({ url: text, endDate: date }), 'websites'),
  tradingNames: listOf(tradingName, 'tradingNames'),
  industryClassifications: listOf(classification, 'industryClassifications'),
  gstNumbers: listOf(z.object({ gstNumber: text, endDate: date }), 'gstNumbers'),
  roles: listOf(role, 'roles'),
  'company-details': z.object({ shareholding }).nullish(),
});

export type WireEntity = z.infer<typeof entitySchema>;
export type WireRole = z.infer<typeof role>;
export type WirePerson = NonNullable<z.infer<typeof person>>;
export type WireAddress = z.infer<typeof address>;

/** Error bodies differ between gateway and register; only what tells the classes apart is read, and nothing of it is kept. */
export const errorBodySchema = z.object({
  message: z.string().optional().catch(undefined),
  errorDescription: z.string().optional().catch(undefined),
  errorMessage: z.string().optional().catch(undefined),
});
