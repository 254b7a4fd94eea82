/** The twelve restaurants of the demo. Restaurants, people, companies, numbers and house numbers are invented. */
import { type z } from 'zod';
import { type batchFileRestaurantSchema, type BatchFileAnswers } from '../../domain/batch-file';
import { parseHoursText } from '../../domain/opening-hours';
import { CUISINES, type CuisineName } from '../demo/menu-pools';
import { composeMenu } from '../demo/menus';
import type { Scenario } from '../demo/restaurants';
import { inventedNzbn, type SeedEntityInput } from '../simulator/world';

type SampleRestaurant = z.input<typeof batchFileRestaurantSchema>;

interface Outline {
  name: string;
  street: string;
  suburb: string;
  city: string;
  postcode: string;
  phone: string;
  email: string;
  /** Of its website and pictures; under .example. */
  host: string;
  hours: string;
  cuisine: CuisineName;
  dishes: number;
  images: number;
  sets: number;
  company: SeedEntityInput | null;
  scenario?: Scenario;
  lateSeconds?: number;
  answers?: z.input<typeof batchFileRestaurantSchema>['answers'];
}

type Place = Pick<Outline, 'street' | 'suburb' | 'city' | 'postcode'>;

const RESTAURANT = { code: 'H451130', description: 'Restaurant operation' };
/** From here on the register's invented numbers belong to this sample. */
const FIRST_INDEX = 40;

/** A company with one director, who holds all shares. */
function company(
  index: number,
  name: string,
  person: string,
  place: Place,
  more: Partial<SeedEntityInput> = {},
): SeedEntityInput {
  return {
    name,
    number: String(9_990_001 + FIRST_INDEX + index),
    nzbn: inventedNzbn(FIRST_INDEX + index),
    registered: `20${12 + index}-0${1 + (index % 9)}-14`,
    addresses: [
      { lines: [place.street, place.suburb, place.city], post_code: place.postcode, from: '2022-03-01' },
    ],
    directors: [{ person, appointed: '2022-03-01' }],
    shares: 100,
    shareholders: [{ shares: 100, holders: [{ person }] }],
    industries: [RESTAURANT],
    ...more,
  };
}

const WEEK = 'Mon closed; Tue-Thu 11:30-21:30; Fri-Sat 11:30-00:30; Sun 11:30-20:30';

const VIADUCT = {
  street: '218 Customs Street West',
  suburb: 'Auckland Central',
  city: 'Auckland',
  postcode: '1010',
};
const MISSION_BAY = { street: '91 Tamaki Drive', suburb: 'Mission Bay', city: 'Auckland', postcode: '1071' };
const HAMILTON = {
  street: '407 Victoria Street',
  suburb: 'Hamilton Central',
  city: 'Hamilton',
  postcode: '3204',
};
const ROTORUA = {
  street: '1188 Tūtānekai Street',
  suburb: 'Rotorua Central',
  city: 'Rotorua',
  postcode: '3010',
};
const CUBA = { street: '264 Cuba Street', suburb: 'Te Aro', city: 'Wellington', postcode: '6011' };
const LYTTELTON = { street: '37 London Street', suburb: 'Lyttelton', city: 'Christchurch', postcode: '8082' };
const GISBORNE = {
  street: '310 Gladstone Road',
  suburb: 'Gisborne Central',
  city: 'Gisborne',
  postcode: '4010',
};
const DUNEDIN = { street: '166 George Street', suburb: 'Dunedin Central', city: 'Dunedin', postcode: '9016' };
const NELSON = { street: '52 Hardy Street', suburb: 'Nelson Central', city: 'Nelson', postcode: '7010' };
const PALMERSTON = {
  street: '74 Broadway Avenue',
  suburb: 'Palmerston North Central',
  city: 'Palmerston North',
  postcode: '4410',
};
const TAURANGA = {
  street: '129 Devonport Road',
  suburb: 'Tauranga Central',
  city: 'Tauranga',
  postcode: '3110',
};
const QUEENSTOWN = {
  street: '23 Shotover Street',
  suburb: 'Queenstown Central',
  city: 'Queenstown',
  postcode: '9300',
};

const addressOf = ({ street, suburb, city, postcode }: Place): string =>
  `${street}, ${suburb}, ${city} ${postcode}`;

/** Everything a person can set, as a colleague who uses no defaults would submit it. */
const EVERYTHING_SET: BatchFileAnswers['configuration'] = {
  account: {
    registerNewUser: true,
    email: 'mei.goldtest@goldenkereru.example',
    password: 'Example-Pass-0010',
    phone: '+6465550110',
  },
  restaurant: {
    registrationMode: 'existing_account_first_restaurant',
    name: 'Golden Kererū Dumpling House',
    phone: '+6465550110',
    address: addressOf(PALMERSTON),
    city: PALMERSTON.city,
    opening_hours: parseHoursText('Mon-Thu 11:00-21:00; Fri-Sat 11:00-23:30; Sun 10:30-21:00') ?? [],
  },
  menu: { uploadImages: true, addOptionSets: true, addItemTags: true },
  website: {
    theme: 'light',
    cuisines: ['Chinese', 'Yum Cha'],
    primaryColor: '#9E1B32',
    secondaryColor: '#E8C547',
    disableGradients: true,
    configureHeader: true,
    headerImageSource: 'facebook_cover_image',
    headerLogoDarkTint: 'white',
    headerLogoLightTint: 'primary',
    navLogoDarkTint: 'none',
    navLogoLightTint: 'none',
    navTextColor: 'white',
    cardTextColor: 'black',
    itemLayout: 'list',
  },
  payment: { includeStripeLink: true },
  onboarding: {
    createOnboardingUser: true,
    syncOnboardingRecord: true,
    userName: 'Mei Goldtest',
    userEmail: 'front@goldenkereru.example',
    userPassword: 'Example-Pass-0011',
  },
};

const OUTLINES: readonly Outline[] = [
  {
    name: 'Tāmaki Tides',
    ...VIADUCT,
    phone: '09 555 0101',
    email: 'Hana.Tidetest@TamakiTides.example',
    host: 'tamakitides.example',
    hours: 'Mon-Thu 11:30-22:00; Fri-Sat 11:30-01:00; Sun 11:30-21:00',
    cuisine: 'seafood',
    dishes: 60,
    images: 24,
    sets: 6,
    company: company(0, 'TAMAKI TIDES LIMITED', 'Hana TIDETEST', VIADUCT, {
      trading_names: [{ name: 'Tāmaki Tides', from: '2022-03-01' }],
      gst_numbers: ['111111111'],
      emails: ['office@tamakitides.example'],
      phones: [{ area: '9', number: '5550101' }],
    }),
    scenario: 'shared_owner',
  },
  {
    name: 'Little Tides Fish & Chips',
    ...MISSION_BAY,
    phone: '09 555 0102',
    email: 'hana.tidetest@tamakitides.example',
    host: 'littletides.example',
    hours: 'Mon-Sun 11:00-21:00',
    cuisine: 'fishAndChips',
    dishes: 34,
    images: 6,
    sets: 2,
    company: company(1, 'LITTLE TIDES TAKEAWAYS LIMITED', 'Hana TIDETEST', MISSION_BAY),
    scenario: 'shared_owner',
    answers: {
      // The owner has one log-in for both; the front of house here has its own.
      configuration: {
        use_defaults: true,
        onboarding: { userName: 'Rawiri Tidetest', userEmail: 'shop@littletides.example' },
      },
    },
  },
  {
    name: 'Masala Junction',
    ...HAMILTON,
    phone: '07 555 0103',
    email: 'priya@masalajunction.example',
    host: 'masalajunction.example',
    hours: 'Mon-Thu 11:00-22:00; Fri-Sat 11:00-02:00; Sun 16:00-22:00',
    cuisine: 'indian',
    dishes: 130,
    images: 40,
    sets: 8,
    company: company(2, 'MASALA JUNCTION HAMILTON LIMITED', 'Priya JUNCTIONTEST', HAMILTON, {
      gst_numbers: ['123123123'],
    }),
  },
  {
    name: 'Ngā Rātā Pizzeria',
    ...ROTORUA,
    phone: '07 555 0104',
    email: 'kia.ora@ngaratapizza.example',
    host: 'ngaratapizza.example',
    hours: WEEK,
    cuisine: 'pizza',
    dishes: 48,
    images: 12,
    sets: 4,
    company: company(3, 'NGA RATA PIZZERIA LIMITED', 'Tama RATATEST', ROTORUA),
    scenario: 'late_extraction',
    // Seven minutes: late enough to be seen at the demo's usual speed, and before step 1 gives up after ten.
    lateSeconds: 420,
  },
  {
    name: 'Chilli Orchid',
    ...CUBA,
    phone: '04 555 0105',
    email: 'hello@chilliorchid.example',
    host: 'chilliorchid.example',
    hours: 'Mon closed; Tue-Sun 17:00-22:30',
    cuisine: 'thai',
    dishes: 56,
    images: 18,
    sets: 5,
    company: company(4, 'RIVERSTONE PROVISIONS LIMITED', 'Anong RIVERTEST', {
      ...CUBA,
      street: 'Level 3, 8 Dixon Street',
    }),
    scenario: 'search_again',
    answers: {
      company: { search_again: { restaurant_name: 'Riverstone Provisions' }, company_number: '9990045' },
    },
  },
  {
    name: 'Smoke & Ember Burgers',
    ...LYTTELTON,
    phone: '03 555 0106',
    email: 'grill@smokeandember.example',
    host: 'smokeandember.example',
    hours: 'Mon-Wed 11:30-21:00; Thu-Sat 11:30-03:00; Sun 11:30-21:00',
    cuisine: 'burgers',
    dishes: 40,
    images: 10,
    sets: 7,
    company: company(5, 'SMOKE AND EMBER LIMITED', 'Liam EMBERTEST', LYTTELTON, {
      trading_names: [{ name: 'Smoke & Ember Burgers', from: '2022-03-01' }],
    }),
    scenario: 'registration_times_out',
  },
  {
    name: 'Hāngī Pit Kai Cart',
    ...GISBORNE,
    phone: '021 555 0107',
    email: 'wiremu@hangipit.example',
    host: 'hangipit.example',
    hours: 'Mon-Wed closed; Thu-Sun 10:00-16:00',
    cuisine: 'seafood',
    dishes: 20,
    images: 0,
    sets: 1,
    company: company(6, '', '', GISBORNE, {
      name: null,
      number: null,
      type: 'Sole_Trader',
      registered: null,
      trading_names: [{ name: 'Hāngī Pit Kai Cart', from: '2023-10-01' }],
      addresses: [],
      directors: [],
      shares: null,
      shareholders: [],
    }),
    scenario: 'sole_trader',
  },
  {
    name: 'Sakura Corner',
    ...DUNEDIN,
    phone: '03 555 0108',
    email: 'yuki@sakuracorner.example',
    host: 'sakuracorner.example',
    hours: 'Mon-Sat 11:00-21:30; Sun closed',
    cuisine: 'japanese',
    dishes: 52,
    images: 16,
    sets: 3,
    company: company(7, 'PACIFIC RICE COMPANY LIMITED', 'Yuki CORNERTEST', DUNEDIN, {
      trading_names: [{ name: 'Sakura Corner', from: '2021-07-01' }],
    }),
  },
  {
    name: 'The Flour Shed',
    ...NELSON,
    phone: '03 555 0109',
    email: 'bake@flourshed.example',
    host: 'flourshed.example',
    hours: 'Mon-Fri 06:30-15:00; Sat-Sun 07:30-14:30',
    cuisine: 'bakery',
    dishes: 38,
    images: 8,
    sets: 2,
    company: null,
    scenario: 'no_match',
    answers: { company: { no_match: true } },
  },
  {
    name: 'Golden Kererū Dumpling House',
    ...PALMERSTON,
    phone: '06 555 0110',
    email: 'mei.goldtest@goldenkereru.example',
    host: 'goldenkereru.example',
    hours: 'Mon-Thu 11:00-21:00; Fri-Sat 11:00-23:30; Sun 10:30-21:00',
    cuisine: 'chinese',
    dishes: 80,
    images: 9,
    sets: 4,
    company: company(9, 'GOLDEN KERERU DUMPLING HOUSE LIMITED', 'Mei Lin GOLDTEST', PALMERSTON, {
      directors: [
        { person: 'Gone FORMERTEST', appointed: '2015-06-01', ceased: '2019-12-31' },
        { person: 'Mei Lin GOLDTEST', appointed: '2019-12-31' },
      ],
    }),
    answers: { configuration: EVERYTHING_SET },
  },
  {
    name: 'Phở Whenua',
    ...TAURANGA,
    phone: '07 555 0111',
    email: 'linh@phowhenua.example',
    host: 'phowhenua.example',
    hours: 'Mon-Sat 10:30-20:30; Sun closed',
    cuisine: 'vietnamese',
    dishes: 24,
    images: 4,
    sets: 3,
    company: null,
    scenario: 'manual_entry',
    answers: {
      company: {
        manual: {
          contact_name: 'Linh Whenuatest',
          full_legal_name: 'Linh WHENUATEST',
          contact_email: 'linh@phowhenua.example',
          contact_phone: '07 555 0111',
          company_name: 'Whenua Kitchens Limited',
          company_number: '9990052',
          gst_number: '111-111-111',
          nzbn: inventedNzbn(FIRST_INDEX + 11),
        },
      },
    },
  },
  {
    name: 'Skyline & Co. Rooftop',
    ...QUEENSTOWN,
    phone: '03 555 0112',
    email: 'bookings@skylineandco.example',
    host: 'skylineandco.example',
    hours: 'Mon-Sun 16:00-02:30',
    cuisine: 'seafood',
    dishes: 44,
    images: 20,
    sets: 5,
    company: company(10, 'SKYLINE AND CO HOSPITALITY LIMITED', 'Grace SKYTEST', QUEENSTOWN),
    answers: {
      configuration: {
        use_defaults: true,
        website: { theme: 'light', itemLayout: 'list', disableGradients: true },
        menu: { addItemTags: false },
        payment: { includeStripeLink: false },
      },
    },
  },
];

function restaurant(outline: Outline, index: number): SampleRestaurant {
  const { cuisine, dishes, images, sets, host, scenario, lateSeconds, answers } = outline;
  const [primary_color, secondary_color] = CUISINES[cuisine].colours;
  return {
    name: outline.name,
    address: addressOf(outline),
    city: outline.city,
    postcode: outline.postcode,
    phone: outline.phone,
    email: outline.email,
    website_url: `https://www.${host}`,
    primary_color,
    secondary_color,
    cuisines: [...CUISINES[cuisine].cuisines],
    opening_hours: parseHoursText(outline.hours) ?? [],
    ...(scenario === undefined ? {} : { scenario }),
    ...(lateSeconds === undefined ? {} : { extraction_late_seconds: lateSeconds }),
    expect: 'completed',
    company: outline.company as SampleRestaurant['company'],
    ...(answers === undefined ? {} : { answers }),
    menu: {
      option_sets: sets,
      dishes: composeMenu({ cuisine, dishes, images, imageHost: `images.${host}`, seed: 100 + index }),
    },
  };
}

export function sampleRestaurants(): SampleRestaurant[] {
  return OUTLINES.map(restaurant);
}
