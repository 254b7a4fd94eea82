/** The document that `POST /__sim/seed` takes: companies of the register, restaurants of the platform, accounts that exist already. */
import { z } from 'zod';

/** True for 13 digits beginning 94 whose last one is the GS1 check digit. */
export function isNzbn(value: string): boolean {
  if (!/^94\d{11}$/.test(value)) return false;
  const sum = [...value.slice(0, 12)].reduce(
    (total, digit, at) => total + Number(digit) * (at % 2 === 0 ? 1 : 3),
    0,
  );
  return (10 - (sum % 10)) % 10 === Number(value[12]);
}

/** The invented number `index` (0 to 99) of the block 9429099900xxx, which is not issued. */
export function inventedNzbn(index: number): string {
  const body = `9429099900${String(index).padStart(2, '0')}`;
  const found = [...'0123456789'].map((digit) => body + digit).find(isNzbn);
  if (found === undefined || index > 99) throw new RangeError(`There is no invented NZBN ${index}.`);
  return found;
}

const nzbn = z.string().refine(isNzbn, 'not an NZBN');
/** `YYYY-MM-DD`, or the register's own spelling with time and offset, which is then passed on as it is. */
const date = z.string().regex(/^\d{4}-\d{2}-\d{2}(T.*)?$/);

/** A person as the register writes it ("First Middle LAST"), or a company. */
const party = z.union([
  z.strictObject({ person: z.string().min(1) }),
  z.strictObject({ company: z.string().min(1), nzbn: nzbn.optional(), number: z.string().optional() }),
]);

const entitySchema = z.strictObject({
  nzbn,
  name: z.string().nullable(),
  /** Company number; null for sole traders, partnerships and trusts. */
  number: z.string().nullable(),
  /** Entity status code, see STATUS_TEXTS. */
  status: z.string().default('50'),
  type: z.string().default('LTD'),
  registered: date.nullable().default(null),
  trading_names: z
    .array(z.strictObject({ name: z.string(), from: date.optional(), to: date.optional() }))
    .default([]),
  previous_names: z.array(z.string()).default([]),
  addresses: z
    .array(
      z.strictObject({
        type: z.string().default('REGISTERED'),
        care_of: z.string().optional(),
        /** One to four lines, city last. */
        lines: z.array(z.string().nullable()).min(1).max(4),
        post_code: z.string().nullable().default(null),
        from: date.optional(),
        to: date.optional(),
      }),
    )
    .default([]),
  directors: z
    .array(
      z.strictObject({
        /** One of `person` and `company`. */
        person: z.string().optional(),
        company: z.string().optional(),
        nzbn: nzbn.optional(),
        appointed: date.optional(),
        ceased: date.optional(),
      }),
    )
    .default([]),
  shares: z.number().int().nullable().default(null),
  shareholders: z
    .array(z.strictObject({ shares: z.number().int(), holders: z.array(party).min(1) }))
    .default([]),
  phones: z
    .array(
      z.strictObject({ country: z.string().default('64'), area: z.string().nullable(), number: z.string() }),
    )
    .default([]),
  emails: z.array(z.string()).default([]),
  websites: z.array(z.string()).default([]),
  gst_numbers: z.array(z.string()).default([]),
  /** `null`: the key `classifications` is absent from search items, as seen at times. */
  industries: z
    .array(z.strictObject({ code: z.string(), description: z.string() }))
    .nullable()
    .default([]),
});

/** `hours: null` = closed that day. */
const openingHours = z.array(
  z.strictObject({
    day: z.string(),
    hours: z.strictObject({ open: z.string(), close: z.string() }).nullable(),
  }),
);

const dishSchema = z.strictObject({
  category: z.string(),
  name: z.string().min(1),
  /** NZD, GST included. */
  price: z.number().nonnegative(),
  description: z.string().optional(),
  tags: z.array(z.string()).default([]),
  /** URL of the picture; absent = no picture. */
  image: z.string().optional(),
});

const menuSchema = z.strictObject({
  id: z.string().min(1),
  dishes: z.array(dishSchema),
  /** How many option sets the menu's dishes have in all. */
  option_sets: z.number().int().nonnegative().default(0),
});

const extractionSchema = z.strictObject({
  /** `none`: nobody asked for an extraction; menus and colours that are given are there all the same. */
  state: z.enum(['completed', 'late', 'failed', 'none']),
  /** Unscaled seconds until a `late` one completes. */
  late_seconds: z.number().nonnegative().default(60),
});

const restaurantSchema = z.strictObject({
  /** A UUID where a platform database is configured. */
  id: z.string().min(1),
  organisation_id: z.string().min(1),
  name: z.string().min(1),
  address: z.string(),
  city: z.string(),
  phone: z.string(),
  email: z.string().optional(),
  website_url: z.string().optional(),
  ubereats_url: z.string().optional(),
  primary_color: z.string().optional(),
  secondary_color: z.string().optional(),
  opening_hours: openingHours,
  cuisine: z.array(z.string()).optional(),
  extraction: extractionSchema.default({ state: 'completed', late_seconds: 60 }),
  menus: z.array(menuSchema).default([]),
});

/** An account that exists at the vendor before anything begins. */
const accountSchema = z.strictObject({
  email: z.string().min(3),
  password: z.string().min(1),
  phone: z.string().default('+6495550100'),
  /** With it, the set-up backend holds the account's credentials too. */
  organisation_id: z.string().optional(),
});

export const worldSchema = z.strictObject({
  entities: z.array(entitySchema).default([]),
  restaurants: z.array(restaurantSchema).default([]),
  accounts: z.array(accountSchema).default([]),
});

export type SeedEntity = z.output<typeof entitySchema>;
export type SeedEntityInput = z.input<typeof entitySchema>;
export type SeedDish = z.output<typeof dishSchema>;
export type SeedMenu = z.output<typeof menuSchema>;
export type SeedRestaurant = z.output<typeof restaurantSchema>;
export type SeedRestaurantInput = z.input<typeof restaurantSchema>;
export type World = z.output<typeof worldSchema>;
/** What callers write: fields with a default may be left out. */
export type WorldDocument = z.input<typeof worldSchema>;

export const parseEntity = (input: SeedEntityInput): SeedEntity => entitySchema.parse(input);
