import fc from 'fast-check';
import example from '../../fixtures/config-example.json';
import {
  resolveConfiguration,
  submittedConfigurationSchema,
  type ConfigurationSnapshot,
  type RestaurantFacts,
} from '../../../domain/configuration';
import { preflight, type PreflightInput } from '../../../domain/preflight';

const MENU_ID = example.menu.selectedMenuId;
const restaurant = { id: '00000000-0000-4000-8000-000000000001', name: 'Kōwhai Grill' };
const facts = { ...restaurant, menus: [], account: null } as unknown as RestaurantFacts;
const { configuration: good } = resolveConfiguration({
  given: submittedConfigurationSchema.parse(example),
  batchDefaults: null,
  restaurant: facts,
});

type Change = { [S in keyof ConfigurationSnapshot]?: Partial<ConfigurationSnapshot[S]> };
const changed = (change: Change): ConfigurationSnapshot =>
  Object.fromEntries(
    Object.entries(good).map(([section, values]) => [
      section,
      { ...values, ...change[section as keyof ConfigurationSnapshot] },
    ]),
  ) as ConfigurationSnapshot;

const run = (change: Change = {}, over: Partial<PreflightInput> = {}) =>
  preflight({
    configuration: changed(change),
    restaurant,
    menus: [{ id: MENU_ID }],
    dishes: [{ name: 'Pāua Fritter', tags: ['Popular', 'Nut Free'] }],
    ...over,
  });
const problems = (...args: Parameters<typeof run>) =>
  run(...args).problems.map(({ path, code }) => `${path} ${code}`);
const warnings = (...args: Parameters<typeof run>) =>
  run(...args).warnings.map(({ path, code }) => `${path} ${code}`);

it('lets the example through without a word', () => expect(run()).toEqual({ problems: [], warnings: [] }));

const day = (open: string, close: string) => [{ day: 'Monday' as const, hours: { open, close } }];

it.each<[string, Change, string[]]>([
  ['an e-mail with a name', { account: { email: 'O <o@x.example>' } }, ['account.email EMAIL_INVALID']],
  ['an impossible phone', { account: { phone: '09 123 4567' } }, ['account.phone PHONE_INVALID']],
  ['two phones', { restaurant: { phone: '09 555 0100 / 021 555 0100' } }, ['restaurant.phone PHONE_INVALID']],
  ['a colour word', { website: { primaryColor: 'red' } }, ['website.primaryColor COLOUR_INVALID']],
  [
    'another menu',
    { menu: { selectedMenuId: '00000000-0000-4000-8000-0000000000b2' } },
    ['menu.selectedMenuId MENU_NOT_OF_RESTAURANT'],
  ],
  [
    'close = open',
    { restaurant: { opening_hours: day('11:00', '11:00') } },
    ['restaurant.opening_hours.0 OPENING_HOURS'],
  ],
  ['past midnight', { restaurant: { opening_hours: day('18:00', '01:00') } }, []],
  [
    'all days closed',
    { restaurant: { opening_hours: [{ day: 'Monday', hours: null }] } },
    ['restaurant.opening_hours OPENING_HOURS'],
  ],
  ['a name without a letter a to z', { restaurant: { name: 'Ōū' } }, ['restaurant.name SUBDOMAIN_EMPTY']],
  [
    'a value outside of its list',
    { website: { navTextColor: 'custom' as 'white', itemLayout: 'grid' as 'card' } },
    ['website.navTextColor NOT_ALLOWED', 'website.itemLayout NOT_ALLOWED'],
  ],
  [
    'an unknown sub-step',
    { steps_enabled: { coffee: false } as object },
    ['steps_enabled.coffee NOT_ALLOWED'],
  ],
  ['an onboarding e-mail', { onboarding: { userEmail: 'nobody' } }, ['onboarding.userEmail EMAIL_INVALID']],
  [
    'an onboarding e-mail that nothing uses',
    { onboarding: { userEmail: '', createOnboardingUser: false, syncOnboardingRecord: false } },
    [],
  ],
])('checks %s', (_, change, expected) => expect(problems(change)).toEqual(expected));

it('reports everything at once', () => {
  expect(problems({ account: { email: '', phone: '' }, website: { secondaryColor: '#1' } })).toHaveLength(3);
});

it('wants dishes in the menu only if something is done with them', () => {
  expect(problems({}, { dishes: [] })).toEqual(['menu.selectedMenuId MENU_EMPTY']);
  expect(
    problems({ menu: { uploadImages: false }, steps_enabled: { menuImport: false } }, { dishes: [] }),
  ).toEqual([]);
});

it('shows which address the platform will make, and whether it is taken', () => {
  expect(warnings({ restaurant: { subdomain: 'kowhaigrill' } })).toEqual([
    'restaurant.subdomain SUBDOMAIN_DIFFERS',
  ]);
  expect(warnings({}, { takenSubdomains: ['other', 'KwhaiGrill'] })).toEqual([
    'restaurant.subdomain SUBDOMAIN_TAKEN',
  ]);
});

describe('a tag that says a dish contains an allergen', () => {
  const dishes = [
    { name: 'Satay', tags: ['Spicy', 'Contains Nuts'] },
    { name: 'Salad', tags: ['Vegan'] },
    { name: 'Toast', tags: 'Popular, contains gluten' },
    { name: null, tags: { labels: [{ text: 'CONTAINS egg' }] } },
  ];
  it('refuses the item tags and names the dishes, however the tags are stored', () => {
    const result = run({}, { dishes });
    expect(result.problems).toMatchObject([{ path: 'menu.addItemTags', code: 'ALLERGEN_TAGS' }]);
    const [{ message = '' } = {}] = result.problems;
    for (const name of ['Satay', 'Toast', 'without a name']) expect(message).toContain(name);
    expect(message).not.toContain('Salad');
  });
  it.each<Change>([{ menu: { addItemTags: false } }, { steps_enabled: { itemTags: false } }])(
    'does not matter when no tags are made: %j',
    (change) => expect(problems(change, { dishes })).toEqual([]),
  );
  it('is found whatever else is tagged', () => {
    fc.assert(
      fc.property(fc.array(fc.string()), fc.nat(5), (others, at) => {
        const tags = [...others.slice(0, at), 'Contains nuts', ...others.slice(at)];
        expect(problems({}, { dishes: [{ name: 'Dish', tags }] })).toEqual([
          'menu.addItemTags ALLERGEN_TAGS',
        ]);
      }),
    );
  });
});

it('warns of alike names in one account, of itself not', () => {
  const others = [
    { id: 'b', name: 'Kowhai Grill Ltd' },
    { id: 'c', name: 'Rimu Noodles' },
    { id: restaurant.id, name: 'Kōwhai Grill' },
  ];
  const result = run({}, { otherRestaurantsOfAccount: others });
  expect(result).toMatchObject({ problems: [], warnings: [{ code: 'ALIKE_NAME' }] });
  expect(result.warnings).toHaveLength(1);
});
