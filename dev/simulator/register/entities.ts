/** The companies that are always on the register: one for each trap that a reader of it can fall into. All invented. */
import { inventedNzbn, parseEntity, type SeedEntity, type SeedEntityInput } from '../world';

type Company = Partial<Omit<SeedEntityInput, 'nzbn' | 'name'>>;

const RESTAURANT = { code: 'H451130', description: 'Restaurant operation' };

/** `index` gives NZBN and company number. */
const company = (index: number, name: string | null, rest: Company = {}): SeedEntityInput => ({
  nzbn: inventedNzbn(index),
  number: String(9990001 + index),
  registered: '2017-05-09',
  shares: 100,
  industries: [RESTAURANT],
  ...rest,
  name,
});

const at = (street: string, suburb: string, city: string, post_code: string) => ({
  addresses: [{ lines: [street, suburb, city], post_code, from: '2021-01-26' }],
});

const director = (person: string) => ({
  directors: [{ person, appointed: '2017-05-09' }],
  shareholders: [{ shares: 100, holders: [{ person }] }],
});

/** The first six are those of the register's documented examples. */
const EXAMPLES: SeedEntityInput[] = [
  company(0, 'KOWHAI GRILL EXAMPLE LIMITED', {
    registered: '2015-02-11T10:20:30.000+1300',
    previous_names: ['HARBOUR GRILL EXAMPLE (2015) LIMITED'],
    trading_names: [{ name: 'Kōwhai Grill', from: '2019-03-04T09:12:00.000+1300' }],
    addresses: [
      {
        lines: ['1 Old Wharf Row', null, 'Wellington'],
        post_code: '6011',
        from: '2015-02-11',
        to: '2021-01-25',
      },
      { lines: ['12 Fern Street', 'Te Aro', 'Wellington'], post_code: '6011', from: '2021-01-26' },
      {
        type: 'SERVICE',
        care_of: 'Rimu Example Accounting Limited',
        lines: ['Level 2', '40 Quay Road', 'Wellington'],
        post_code: '6011',
        from: '2021-01-26',
      },
    ],
    directors: [
      { person: 'Former DIRECTOR', appointed: '2015-02-11', ceased: '2018-06-01' },
      { person: 'Mereana Ruth TESTPERSON', appointed: '2015-02-11' },
      { company: 'RATA EXAMPLE HOLDINGS LIMITED', nzbn: inventedNzbn(2), appointed: '2020-03-01' },
    ],
    shares: 1000,
    shareholders: [
      { shares: 600, holders: [{ person: 'Mereana Ruth TESTPERSON' }, { person: 'Joint HOLDER' }] },
      {
        shares: 400,
        holders: [{ company: 'RATA EXAMPLE HOLDINGS LIMITED', nzbn: inventedNzbn(2), number: '9990003' }],
      },
    ],
    phones: [{ area: '4', number: '5550100' }],
    emails: ['office@kowhaigrill.example'],
    websites: ['https://kowhaigrill.example'],
    gst_numbers: ['111111111'],
  }),
  company(1, 'KOWHAI HOSPITALITY EXAMPLE LIMITED', {
    status: '80',
    registered: '2009-08-03',
    industries: [],
  }),
  company(2, 'RATA EXAMPLE HOLDINGS LIMITED', {
    ...at('1 Rata Way', 'Thorndon', 'Wellington', '6011'),
    ...director('Aroha HOLDINGTEST'),
  }),
  company(3, 'TOTARA & SONS TEST EATERIES LIMITED', {
    registered: '2016-01-01',
    trading_names: [
      { name: 'Kowhai Corner', from: '2021-07-01' },
      { name: 'Old Totara Tearoom', from: '2016-01-01', to: '2021-06-30' },
    ],
    industries: null,
    ...at('9 Totara Terrace', 'Newtown', 'Wellington', '6021'),
    ...director('Hemi TOTARATEST'),
  }),
  company(4, null, {
    number: null,
    type: 'Sole_Trader',
    registered: null,
    shares: null,
    trading_names: [{ name: 'Kōwhai Kai Cart', from: '2023-11-20' }],
    industries: [],
  }),
  company(5, 'KOWHAI EXPRESS EXAMPLE LIMITED', {
    number: '9990005',
    status: '60',
    registered: '2018-05-14',
    previous_names: ['KOWHAI TO GO EXAMPLE LIMITED'],
    industries: [],
  }),
];

const TRAPS: SeedEntityInput[] = [
  // Found by its trading name alone.
  company(6, 'PUKEKO VENTURES EXAMPLE LIMITED', {
    trading_names: [{ name: 'The Blue Heron', from: '2019-02-01' }],
    ...at('18 Marine Parade', 'Ahuriri', 'Napier', '4110'),
    ...director('Anahera PUKEKOTEST'),
  }),
  // Found by an old name alone.
  company(7, 'TUI TABLE EXAMPLE LIMITED', {
    previous_names: ['SALTWATER DINER EXAMPLE LIMITED'],
    ...at('77 Saltwater Road', 'Sumner', 'Christchurch', '8081'),
    ...director('Wiremu TUITEST'),
  }),
  // Two companies at one address.
  company(8, 'LANTERN HOUSE EXAMPLE LIMITED', {
    ...at('27 Lantern Lane', 'Ponsonby', 'Auckland', '1011'),
    ...director('Lily LANTERNTEST'),
  }),
  company(9, 'LANTERN PROPERTY EXAMPLE LIMITED', {
    ...at('27 Lantern Lane', 'Ponsonby', 'Auckland', '1011'),
    ...director('Lily LANTERNTEST'),
  }),
  // Removed, with an active successor.
  company(10, 'MOANA KITCHEN (2012) EXAMPLE LIMITED', {
    status: '80',
    registered: '2012-03-03',
    ...at('5 Tide Street', 'Mount Maunganui', 'Tauranga', '3116'),
  }),
  company(11, 'MOANA KITCHEN EXAMPLE LIMITED', {
    ...at('5 Tide Street', 'Mount Maunganui', 'Tauranga', '3116'),
    ...director('Moana KITCHENTEST'),
  }),
  // Directed by a company alone.
  company(12, 'NIKAU DINING EXAMPLE LIMITED', {
    ...at('31 Palm Grove', 'Miramar', 'Wellington', '6022'),
    directors: [{ company: 'RATA EXAMPLE HOLDINGS LIMITED', nzbn: inventedNzbn(2), appointed: '2019-01-01' }],
    shareholders: [
      {
        shares: 100,
        holders: [{ company: 'RATA EXAMPLE HOLDINGS LIMITED', nzbn: inventedNzbn(2), number: '9990003' }],
      },
    ],
  }),
  // Shares held jointly.
  company(13, 'PIWAKAWAKA BISTRO EXAMPLE LIMITED', {
    ...at('4 Fantail Close', 'Riccarton', 'Christchurch', '8011'),
    directors: [{ person: 'Joan JOINTTEST' }, { person: 'John JOINTTEST' }],
    shareholders: [{ shares: 100, holders: [{ person: 'Joan JOINTTEST' }, { person: 'John JOINTTEST' }] }],
  }),
  // The first director listed has ceased.
  company(14, 'WEKA NOODLES EXAMPLE LIMITED', {
    ...at('62 Noodle Street', 'Hamilton East', 'Hamilton', '3216'),
    directors: [
      { person: 'Gone CEASEDTEST', appointed: '2010-01-01', ceased: '2016-06-30' },
      { person: 'Mei Lin WEKATEST', appointed: '2016-07-01' },
    ],
  }),
  company(15, 'KĀKĀPŌ KAI EXAMPLE LIMITED', {
    trading_names: [{ name: 'Kākāpō Kai', from: '2020-10-10' }],
    ...at('8 Ōrākei Road', 'Remuera', 'Auckland', '1050'),
    ...director('Ngāio KĀKĀPŌTEST'),
  }),
  company(16, "O'MALLEY & DAUGHTERS EXAMPLE LIMITED", {
    ...at('14 Harbour Street', 'Ōamaru', 'Ōamaru', '9400'),
    ...director("Niamh O'MALLEYTEST"),
  }),
  // Everything kept private.
  company(17, 'RIMU ROOM EXAMPLE LIMITED', { shares: null, industries: [] }),
  // The same street in two cities.
  company(18, 'BEACH ROAD CAFE EXAMPLE LIMITED', {
    ...at('5 Beach Road', 'Castor Bay', 'Auckland', '0620'),
    ...director('Sandy BEACHTEST'),
  }),
  company(19, 'SEASIDE CAFE EXAMPLE LIMITED', {
    ...at('5 Beach Road', 'Haumoana', 'Hastings', '4102'),
    ...director('Shelly BEACHTEST'),
  }),
  // Its registered address has expired.
  company(20, 'HARAKEKE HOUSE EXAMPLE LIMITED', {
    addresses: [
      { lines: ['99 Flax Row', null, 'Nelson'], post_code: '7010', from: '2017-05-09', to: '2020-02-02' },
    ],
    ...director('Fern HARAKEKETEST'),
  }),
  company(21, null, {
    number: null,
    type: 'Partnership',
    shares: null,
    trading_names: [{ name: 'Two Spoons Partnership', from: '2022-01-01' }],
  }),
];

/** More hits for one word than two pages hold. */
const CROWD = Array.from({ length: 22 }, (_, at) =>
  company(78 + at, `CROWDED KITCHEN ${String(at + 1).padStart(2, '0')} EXAMPLE LIMITED`),
);

/** NZBN indexes 22 to 77 of the block are free for tests and samples. */
export const STANDING_ENTITIES: readonly SeedEntity[] = [...EXAMPLES, ...TRAPS, ...CROWD].map(parseEntity);
