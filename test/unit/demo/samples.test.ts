import { readFileSync } from 'node:fs';
import path from 'node:path';
import { readBatchFile, type BatchFileRestaurant } from '../../../domain/batch-file';
import { parseNzbn, parsePhone } from '../../../domain/nz';
import { deriveSubdomain } from '../../../domain/subdomain';
import { generateRestaurants, MOST_GENERATED } from '../../../dev/demo/generator';
import { loadRestaurants, SAMPLE_FILE } from '../../../dev/demo/load';
import { CUISINE_NAMES } from '../../../dev/demo/menu-pools';
import { composeMenu, dishesAvailable } from '../../../dev/demo/menus';
import { SCENARIOS, type DemoRestaurant } from '../../../dev/demo/restaurants';
import { sampleRestaurants } from '../../../dev/samples/twelve';
import { STANDING_ENTITIES } from '../../../dev/simulator/register/entities';

const FOLDER = path.dirname(SAMPLE_FILE);

async function fileOf(name: string): Promise<BatchFileRestaurant[]> {
  const read = await readBatchFile(path.join(FOLDER, name));
  if (!read.ok) throw new Error(JSON.stringify(read.problems));
  return read.restaurants;
}

async function load(source: Parameters<typeof loadRestaurants>[0]): Promise<DemoRestaurant[]> {
  const loaded = await loadRestaurants(source);
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.restaurants;
}

const distinct = (values: readonly unknown[]): boolean => new Set(values).size === values.length;

/** Hosts of every address and link in a text. */
const hostsIn = (text: string): string[] =>
  [...text.matchAll(/(?:@|https?:\/\/)([A-Za-z0-9.-]+)/g)].map(([, host]) => host ?? '');

const closesPastMidnight = ({ openingHours }: DemoRestaurant): boolean =>
  openingHours.some(({ hours }) => hours !== null && hours.close < hours.open);

/** What both the sample and generated restaurants must be. */
function expectInvented(restaurants: readonly DemoRestaurant[]): void {
  const entities = restaurants.flatMap(({ entity }) => (entity === null ? [] : [entity]));
  expect(distinct(restaurants.map(({ name }) => name))).toBe(true);
  expect(distinct(restaurants.map(({ name }) => deriveSubdomain(name)))).toBe(true);
  expect(distinct(entities.map(({ nzbn }) => nzbn))).toBe(true);
  expect(distinct(entities.flatMap(({ number }) => number ?? []))).toBe(true);
  const standing = new Set(STANDING_ENTITIES.flatMap(({ nzbn, number }) => [nzbn, number]));
  for (const { nzbn, number } of entities) {
    expect(parseNzbn(nzbn)).toEqual({ ok: true, value: nzbn });
    expect(nzbn).toMatch(/^94290999/);
    expect(standing.has(nzbn) || (number !== null && standing.has(number))).toBe(false);
  }
  for (const { phone, dishes, optionSets, primaryColour } of restaurants) {
    expect(parsePhone(phone)).toMatchObject({ ok: true, value: expect.stringContaining('5550') });
    expect(dishes.length).toBeGreaterThanOrEqual(20);
    expect(dishes.length).toBeLessThanOrEqual(130);
    expect(distinct(dishes.map(({ category, name }) => `${category} ${name}`))).toBe(true);
    expect(dishes.some(({ tags }) => tags?.some((tag) => /contains/i.test(tag)))).toBe(false);
    expect(optionSets).toBeGreaterThanOrEqual(1);
    expect(optionSets).toBeLessThanOrEqual(8);
    expect(primaryColour).toMatch(/^#[0-9A-F]{6}$/);
  }
  expect(hostsIn(JSON.stringify(restaurants)).filter((host) => !host.endsWith('.example'))).toEqual([]);
}

describe('the sample', () => {
  it('is what its script writes', async () => {
    expect(JSON.parse(readFileSync(SAMPLE_FILE, 'utf8'))).toEqual(
      JSON.parse(JSON.stringify(sampleRestaurants())),
    );
  });

  it('holds twelve invented restaurants with all that they must have', async () => {
    const restaurants = await load({});
    expect(restaurants).toHaveLength(12);
    expectInvented(restaurants);
    expect(restaurants.every(({ address }) => /^(Level \d+, )?\d+ .+ \d{4}$/.test(address))).toBe(true);
    expect(restaurants.some(({ name }) => /[āēīōū]/i.test(name))).toBe(true);
    expect(restaurants.some(closesPastMidnight)).toBe(true);
    expect(restaurants.some(({ dishes }) => dishes.length === 20)).toBe(true);
    expect(restaurants.some(({ dishes }) => dishes.length === 130)).toBe(true);
    expect(restaurants.some(({ dishes }) => dishes.filter(({ image }) => image).length > 10)).toBe(true);
    expect(restaurants.every(({ expected }) => expected === 'completed')).toBe(true);
  });

  it('has each of the special cases', async () => {
    const restaurants = await load({});
    const of = (scenario: (typeof SCENARIOS)[number]) =>
      restaurants.filter((one) => one.scenario === scenario);
    expect(SCENARIOS.map((scenario) => of(scenario).length)).toEqual(
      SCENARIOS.map((scenario) => (scenario === 'shared_owner' ? 2 : 1)),
    );
    const [first, second] = of('shared_owner').map(({ email }) => email);
    expect(first).not.toBe(second);
    expect(first?.toLowerCase()).toBe(second?.toLowerCase());
    expect(of('no_match')[0]).toMatchObject({ entity: null, company: { kind: 'no_match' } });
    expect(of('manual_entry')[0]?.company.kind).toBe('by_hand');
    expect(of('search_again')[0]?.company).toMatchObject({ kind: 'number', searchAgain: expect.anything() });
    expect(of('late_extraction')[0]?.extractionLateSeconds).toBeGreaterThanOrEqual(120);
    expect(of('sole_trader')[0]).toMatchObject({ entity: { number: null }, company: { kind: 'nzbn' } });
  });

  it('answers step 5 in every way: defaults, a few fields, everything', async () => {
    const configurations = (await load({})).map(({ configuration }) => configuration);
    const few = configurations.filter((one) => one.use_defaults && Object.keys(one).length > 1);
    const everything = configurations.filter((one) => !one.use_defaults);
    expect([few.length > 0, everything.length]).toEqual([true, 1]);
    expect(configurations.length - few.length - everything.length).toBeGreaterThan(6);
  });

  it('has nothing that one restaurant shares with another but the owner', async () => {
    const restaurants = await load({});
    const users = restaurants.map(({ email, configuration }) => configuration.onboarding?.userEmail ?? email);
    expect(distinct(users.map((user) => user.toLowerCase()))).toBe(true);
  });
});

describe('the CSV example', () => {
  it('is valid with its menus beside it', async () => {
    const restaurants = await fileOf('batch-example.csv');
    expect(restaurants.map(({ menu }) => menu.dishes.length)).toEqual([22, 24]);
    const demo = await load({ file: path.join(FOLDER, 'batch-example.csv') });
    expectInvented(demo);
    expect(demo.map(({ company }) => company.kind)).toEqual(['number', 'no_match']);
  });
});

describe('generated restaurants', () => {
  it('are the same for the same number and seed, and others for another seed', () => {
    expect(generateRestaurants(20)).toEqual(generateRestaurants(20));
    expect(generateRestaurants(20, 2)).not.toEqual(generateRestaurants(20, 1));
    expect(generateRestaurants(20).slice(0, 5)).toEqual(generateRestaurants(5));
  });

  it('are distinct and valid up to the most there are', () => {
    const all = generateRestaurants(MOST_GENERATED);
    expect(all).toHaveLength(MOST_GENERATED);
    expectInvented(all);
    expect(distinct(all.map(({ email }) => email))).toBe(true);
  });

  it.each([0, -1, 1.5, MOST_GENERATED + 1, NaN])('cannot be %d', (count) => {
    expect(() => generateRestaurants(count)).toThrow(RangeError);
  });
});

describe('menus', () => {
  it.each(CUISINE_NAMES)(
    'of %s have as many dishes and pictures as ordered, at most what there is',
    (cuisine) => {
      const order = { cuisine, dishes: 21, images: 5, imageHost: 'images.example', seed: 1 };
      const menu = composeMenu(order);
      expect([menu.length, menu.filter(({ image }) => image).length]).toEqual([21, 5]);
      for (const { price } of menu) expect(Number(price.toFixed(2))).toBe(price);
      expect(() => composeMenu({ ...order, dishes: dishesAvailable(cuisine) + 1 })).toThrow(RangeError);
    },
  );
});
