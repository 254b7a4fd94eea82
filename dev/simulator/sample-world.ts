/** A world of restaurants that point at the standing companies: one for each case that a set-up can meet. All invented. */
import { uuid } from './random';
import type { SeedRestaurantInput, WorldDocument } from './world';

type Hours = SeedRestaurantInput['opening_hours'];

const DAYS = ['Monday', 'Tuesday', 'Wednesday', 'Thursday', 'Friday', 'Saturday', 'Sunday'];
const USUAL: Hours = DAYS.map((day) => ({ day, hours: { open: '11:00', close: '21:30' } }));
const PAST_MIDNIGHT: Hours = DAYS.map((day) => ({
  day,
  hours: { open: '17:00', close: day === 'Friday' || day === 'Saturday' ? '01:30' : '23:00' },
}));
const CLOSED: Hours = DAYS.map((day) => ({ day, hours: null }));

interface Case {
  name: string;
  address: string;
  city: string;
  email?: string;
  dishes: number;
  images?: number;
  optionSets?: number;
  tags?: string[];
  colours?: boolean;
  website?: boolean;
  hours?: Hours;
  extraction?: SeedRestaurantInput['extraction'];
}

const CASES: Case[] = [
  {
    name: 'Kōwhai Grill',
    address: '12 Fern Street, Te Aro',
    city: 'Wellington',
    dishes: 12,
    images: 8,
    optionSets: 5,
    website: true,
  },
  { name: 'The Blue Heron', address: '18 Marine Parade', city: 'Napier', dishes: 12, website: true },
  {
    name: 'Saltwater Diner',
    address: '77 Saltwater Rd',
    city: 'Christchurch',
    dishes: 200,
    images: 60,
    optionSets: 73,
  },
  {
    name: 'Lantern House',
    address: '27 Lantern Lane',
    city: 'Auckland',
    dishes: 12,
    email: 'lily@lanternhouse.example',
  },
  {
    name: 'Lantern House Express',
    address: '29 Lantern Lane',
    city: 'Auckland',
    dishes: 12,
    email: 'Lily@LanternHouse.example',
  },
  { name: 'Moana Kitchen', address: '5 Tide Street', city: 'Tauranga', dishes: 12, colours: false },
  { name: 'Nikau Dining', address: '31 Palm Grove', city: 'Wellington', dishes: 0 },
  {
    name: 'Weka Noodles (Hamilton East)',
    address: '62 Noodle Street',
    city: 'Hamilton',
    dishes: 12,
    tags: ['contains nuts'],
  },
  {
    name: 'Kākāpō Kai',
    address: '8 Ōrākei Road',
    city: 'Auckland',
    dishes: 12,
    hours: PAST_MIDNIGHT,
    tags: ['gf'],
  },
  { name: "O'Malley & Daughters", address: '14 Harbour Street', city: 'Ōamaru', dishes: 12, hours: CLOSED },
  {
    name: 'Seaside Cafe',
    address: '5 Beach Road',
    city: 'Hastings',
    dishes: 12,
    extraction: { state: 'late', late_seconds: 90 },
  },
  { name: 'Rimu Room', address: '2 Rimu Road', city: 'Dunedin', dishes: 12, extraction: { state: 'failed' } },
];

function restaurant(organisationId: string, given: Case, at: number): SeedRestaurantInput {
  const slug = `sample${at + 1}`;
  const { images = 0, optionSets = 0, tags = [], colours = true, extraction } = given;
  return {
    id: uuid(0, 'sample', organisationId, at),
    organisation_id: organisationId,
    name: given.name,
    address: given.address,
    city: given.city,
    phone: `+649555${String(100 + at).padStart(4, '0')}`,
    email: given.email ?? `owner@${slug}.example`,
    ubereats_url: `https://delivery.example/store/${slug}`,
    ...(given.website === true ? { website_url: `https://${slug}.example` } : {}),
    ...(colours ? { primary_color: '#F2B705', secondary_color: '#1F2A30' } : {}),
    opening_hours: given.hours ?? USUAL,
    cuisine: ['Modern New Zealand'],
    ...(extraction === undefined ? {} : { extraction }),
    menus: [
      {
        id: uuid(0, 'sample-menu', organisationId, at),
        option_sets: optionSets,
        dishes: Array.from({ length: given.dishes }, (_, number) => ({
          category: number % 2 === 0 ? 'Starters' : 'Mains',
          name: `Dish ${number + 1}`,
          price: 8 + (number % 30),
          tags: number === 0 ? tags : [],
          ...(number < images ? { image: `https://images.example/${slug}/${number + 1}.jpg` } : {}),
        })),
      },
    ],
  };
}

/** Twelve restaurants of one organisation, always with the same ids. */
export function sampleWorld(organisationId: string): WorldDocument {
  return { restaurants: CASES.map((given, at) => restaurant(organisationId, given, at)) };
}
