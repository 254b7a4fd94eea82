/** Invented menus: a cuisine, a number of dishes and a seed give one menu, always the same. */
import { fraction } from '../simulator/random';
import { CUISINES, type Category, type CuisineName } from './menu-pools';

export interface ComposedDish {
  category: string;
  name: string;
  /** NZD, GST included. */
  price: number;
  description?: string;
  tags?: string[];
  /** URL of the picture. */
  image?: string;
}

export interface MenuOrder {
  cuisine: CuisineName;
  /** How many dishes; at most `dishesAvailable(cuisine)`. */
  dishes: number;
  /** How many of them have a picture. */
  images: number;
  /** Host of the pictures, under .example. */
  imageHost: string;
  seed: number;
}

const TAGGED_SHARE = 0.35;
const NOTED_SHARE = 0.6;

function namesOf({ dishes }: Category): string[] {
  if (!('first' in dishes)) return [...dishes];
  return dishes.first.flatMap((first) => dishes.second.map((second) => `${first} ${second}`));
}

const categoriesOf = (cuisine: CuisineName): readonly Category[] => CUISINES[cuisine].categories;

export function dishesAvailable(cuisine: CuisineName): number {
  return categoriesOf(cuisine).reduce((total, category) => total + namesOf(category).length, 0);
}

/** Prices end in .00, .50 or .90, as on a board. */
function priceOf([least, most]: readonly [number, number], at: number): number {
  const endings = [0, 0.5, 0.9];
  return Math.floor(least + (most - least) * at) + (endings[Math.floor(at * 97) % endings.length] ?? 0);
}

const pick = <T>(list: readonly T[] | undefined, at: number): T | undefined =>
  list?.[Math.floor(at * list.length)];

const slug = (name: string): string =>
  name
    .normalize('NFD')
    .replace(/[^a-zA-Z0-9 -]/g, '')
    .trim()
    .replace(/\s+/g, '-')
    .toLowerCase();

function dish(category: Category, name: string, seed: number): ComposedDish {
  const chance = (about: string): number => fraction(seed, about, category.name, name);
  const note = chance('noted') < NOTED_SHARE ? pick(category.notes, chance('note')) : undefined;
  const tag = chance('tagged') < TAGGED_SHARE ? pick(category.tags, chance('tag')) : undefined;
  return {
    category: category.name,
    name,
    price: priceOf(category.price, chance('price')),
    ...(note === undefined ? {} : { description: note }),
    ...(tag === undefined ? {} : { tags: [tag] }),
  };
}

/** The `wanted` items that chance puts first, in their own order. */
function some<T>(items: readonly T[], wanted: number, chance: (at: number) => number): T[] {
  const drawn = items.map((_, at) => ({ at, chance: chance(at) })).sort((a, b) => a.chance - b.chance);
  const chosen = new Set(drawn.slice(0, wanted).map(({ at }) => at));
  return items.filter((_, at) => chosen.has(at));
}

/** Throws a RangeError when the cuisine has fewer dishes than asked for. */
export function composeMenu({ cuisine, dishes, images, imageHost, seed }: MenuOrder): ComposedDish[] {
  if (dishes > dishesAvailable(cuisine)) throw new RangeError(`${cuisine} has fewer than ${dishes} dishes.`);
  const all = categoriesOf(cuisine).flatMap((category) =>
    namesOf(category).map((name) => ({ category, name })),
  );
  const menu = some(all, dishes, (at) => fraction(seed, 'dish', at)).map(({ category, name }) =>
    dish(category, name, seed),
  );
  const pictured = new Set(some(menu, images, (at) => fraction(seed, 'image', at)));
  return menu.map((item) =>
    pictured.has(item) ? { ...item, image: `https://${imageHost}/menu/${slug(item.name)}.jpeg` } : item,
  );
}
