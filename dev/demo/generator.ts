/** Restaurants by the number: `--restaurants N`. The same number and seed give the same restaurants. */
import { fraction } from '../simulator/random';
import { isNzbn, type SeedEntityInput } from '../simulator/world';
import { CUISINES, CUISINE_NAMES, type CuisineName } from './menu-pools';
import { composeMenu } from './menus';
import type { DemoRestaurant } from './restaurants';

export const MOST_GENERATED = 1_000;

const FIRST = [
  'Kōwhai',
  'Tūī',
  'Rātā',
  'Mānuka',
  'Kererū',
  'Pōhutukawa',
  'Toroa',
  'Harakeke',
  'Kākā',
  'Moana',
  'Tōtara',
  'Huia',
  'Pīwakawaka',
  'Kauri',
  'Ruru',
  'Nīkau',
  'Kōtuku',
  'Pāua',
  'Rimu',
  'Tawa',
  'Kahikatea',
  'Toetoe',
  'Kōura',
  'Matai',
  'Pūkeko',
] as const;
const SECOND = [
  'Bay',
  'Bridge',
  'Corner',
  'Creek',
  'Ember',
  'Fern',
  'Field',
  'Forge',
  'Garden',
  'Grove',
  'Harbour',
  'Hearth',
  'Hill',
  'Island',
  'Junction',
  'Lane',
  'Lantern',
  'Meadow',
  'Mill',
  'Orchard',
  'Paddock',
  'Pantry',
  'Peak',
  'Pepper',
  'Pier',
  'Plough',
  'Quay',
  'Reef',
  'River',
  'Saffron',
  'Shore',
  'Silver',
  'Spoon',
  'Stone',
  'Summit',
  'Terrace',
  'Tide',
  'Valley',
  'Willow',
  'Woolshed',
] as const;
const KIND: Record<CuisineName, string> = {
  seafood: 'Seafood',
  indian: 'Tandoor',
  thai: 'Thai Kitchen',
  pizza: 'Pizzeria',
  burgers: 'Burgers',
  japanese: 'Sushi Bar',
  fishAndChips: 'Fish & Chips',
  bakery: 'Bakehouse',
  chinese: 'Dumplings',
  vietnamese: 'Phở House',
};
const STREETS = [
  'Fern Street',
  'Marine Parade',
  'Rimu Road',
  'Station Lane',
  'Totara Avenue',
  'Wharf Street',
  'Kauri Crescent',
] as const;
const CITIES = [
  { city: 'Auckland', suburb: 'Grey Lynn', postcode: '1021', area: '9' },
  { city: 'Hamilton', suburb: 'Frankton', postcode: '3204', area: '7' },
  { city: 'Tauranga', suburb: 'Ōtūmoetai', postcode: '3110', area: '7' },
  { city: 'Wellington', suburb: 'Te Aro', postcode: '6011', area: '4' },
  { city: 'Christchurch', suburb: 'Addington', postcode: '8024', area: '3' },
  { city: 'Dunedin', suburb: 'North East Valley', postcode: '9010', area: '3' },
] as const;
const GIVEN = [
  'Aroha',
  'Hemi',
  'Mereana',
  'Tama',
  'Anika',
  'Priya',
  'Wei',
  'Sione',
  'Grace',
  'Liam',
] as const;

const WEEK = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'] as const;

const fold = (text: string): string =>
  text
    .normalize('NFD')
    .replace(/\p{M}/gu, '')
    .toLowerCase()
    .replace(/[^a-z]/g, '');

/**
 * Number `index` (0 to 999) of the invented block 942909991xxx, next to the 100 numbers that samples and tests use; neither
 * is issued. Throws a RangeError beyond it.
 */
export function generatedNzbn(index: number): string {
  const body = `942909991${String(index).padStart(3, '0')}`;
  const found = [...'0123456789'].map((digit) => body + digit).find(isNzbn);
  if (found === undefined || index < 0 || index >= MOST_GENERATED)
    throw new RangeError(`No generated NZBN ${index}.`);
  return found;
}

/** A walk over all pairs that changes both words at each step; 25 x 40 pairs, each once. */
function words(index: number): { first: string; second: string } {
  const first = FIRST[index % FIRST.length] as string;
  const second = SECOND[(index + 2 * Math.floor(index / FIRST.length)) % SECOND.length] as string;
  return { first, second };
}

function entityOf(
  index: number,
  name: string,
  person: string,
  place: { street: string; at: (typeof CITIES)[number] },
): SeedEntityInput {
  const { street, at } = place;
  return {
    nzbn: generatedNzbn(index),
    number: String(9_991_000 + index),
    name: `${name.toUpperCase()} LIMITED`,
    registered: '2019-04-15',
    trading_names: [{ name, from: '2019-05-01' }],
    addresses: [{ lines: [street, at.suburb, at.city], post_code: at.postcode, from: '2019-04-15' }],
    directors: [{ person, appointed: '2019-04-15' }],
    shares: 100,
    shareholders: [{ shares: 100, holders: [{ person }] }],
    phones: [{ area: at.area, number: phoneDigits(index) }],
    industries: [{ code: 'H451130', description: 'Restaurant operation' }],
  };
}

/** 555 0xxx, the block that is kept for inventions. */
const phoneDigits = (index: number): string => `5550${String(index % 1_000).padStart(3, '0')}`;

/** Throws a RangeError unless `count` is a whole number from 1 to MOST_GENERATED. */
export function generateRestaurants(count: number, seed = 1): DemoRestaurant[] {
  if (!Number.isInteger(count) || count < 1 || count > MOST_GENERATED) {
    throw new RangeError(`Give a number of restaurants from 1 to ${MOST_GENERATED}.`);
  }
  return Array.from({ length: count }, (_, index) => restaurant(index, seed));
}

function restaurant(index: number, seed: number): DemoRestaurant {
  const chance = (about: string): number => fraction(seed, about, index);
  const one = <T>(list: readonly T[], about: string): T => list[Math.floor(chance(about) * list.length)] as T;
  const cuisine = one(CUISINE_NAMES, 'cuisine');
  const { first, second } = words(index);
  const name = `${first} ${second} ${KIND[cuisine]}`;
  const host = `${fold(first)}${fold(second)}.example`;
  const at = one(CITIES, 'city');
  const street = `${1 + Math.floor(chance('house') * 180)} ${one(STREETS, 'street')}`;
  const opens = one(['10:00', '11:00', '11:30'] as const, 'open');
  const closes = one(['21:00', '22:30', '00:30', '02:00'] as const, 'close');
  const [primary, secondary] = CUISINES[cuisine].colours;
  const entity = entityOf(index, name, `${one(GIVEN, 'given')} ${fold(second).toUpperCase()}TEST`, {
    street,
    at,
  });
  const dishes = 20 + Math.floor(chance('dishes') * 9);
  return {
    name,
    address: `${street}, ${at.suburb}, ${at.city} ${at.postcode}`,
    city: at.city,
    phone: `+64${at.area}${phoneDigits(index)}`,
    email: `owner${index}@${host}`,
    websiteUrl: `https://${host}`,
    primaryColour: primary,
    secondaryColour: secondary,
    openingHours: WEEK.map((day) => ({
      day,
      hours: day === 'Monday' ? null : { open: opens, close: closes },
    })),
    cuisines: [...CUISINES[cuisine].cuisines],
    dishes: composeMenu({
      cuisine,
      dishes,
      images: Math.floor(chance('images') * 6),
      imageHost: `images.${host}`,
      seed: seed + index,
    }),
    optionSets: 1 + Math.floor(chance('sets') * 3),
    extractionLateSeconds: null,
    entity,
    expected: 'completed',
    scenario: null,
    company: { kind: 'number', number: entity.number ?? '' },
    configuration: { use_defaults: true },
  };
}
