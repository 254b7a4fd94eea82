/** One row of a menu CSV as a dish: what each column may hold, and what is cleaned with a warning. */
import { isAllergenTag } from './allergens';
import type { FileFinding } from './csv';

export const MENU_COLUMNS = [
  'menuID',
  'menuName',
  'menuDisplayName',
  'menuDescription',
  'categoryID',
  'categoryName',
  'categoryDisplayName',
  'categoryDescription',
  'dishID',
  'dishName',
  'dishPrice',
  'dishType',
  'dishDescription',
  'displayName',
  'printName',
  'tags',
  'isCDNImage',
  'imageCDNID',
  'imageCDNFilename',
  'imageExternalURL',
] as const;
type Column = (typeof MENU_COLUMNS)[number];

export interface MenuDish {
  category: string;
  name: string;
  /** NZD with GST, at most two decimals. */
  price: number;
  type: 'standard' | 'combo';
  description: string;
  tags: string[];
  image: { id: string; filename: string } | null;
}

export type DishProblemCode =
  | 'ID_NOT_BLANK'
  | 'NAME_REQUIRED'
  | 'PRICE_NOT_A_NUMBER'
  | 'PRICE_OUT_OF_RANGE'
  | 'DISH_TYPE'
  | 'IMAGE_FLAG'
  | 'IMAGE_ID_REQUIRED'
  | 'IMAGE_ID_INVALID'
  | 'IMAGE_FILENAME_REQUIRED'
  | 'IMAGE_NOT_EXPECTED';

export type DishWarningCode =
  | 'PRICE_CLEANED'
  | 'NULL_TEXT'
  | 'TAG_CLEANED'
  | 'ALLERGEN_TAG'
  | 'MENU_NAME'
  | 'CELL_IGNORED'
  | 'IMAGE_NOT_IMPORTED';

export interface DishReading {
  dish: MenuDish;
  problems: FileFinding<DishProblemCode>[];
  warnings: FileFinding<DishWarningCode>[];
}

/** Line breaks become single spaces. */
export const oneLine = (text: string): string =>
  text
    .split(/[\r\n]+/)
    .map((part) => part.trim())
    .join(' ')
    .trim();

export const DEFAULT_CATEGORY = 'Uncategorized';
const MAX_PRICE = 10_000;
const UUID = /^[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}$/i;

/** Rests of scraping; in tags alone, since "100% beef" and "pickles (2)" are meant in names and descriptions. */
const TAG_RESTS = [
  /\bplus small\b/gi,
  /(?:\bno\.?|#) ?\d{1,3} most liked\b/gi,
  /\( ?\d{1,6} ?\)/g,
  /\b\d{1,3}(?:\.\d{1,3})? ?%/g,
];

/** @param tag With single spaces. */
export function cleanTag(tag: string): string {
  return TAG_RESTS.reduce((text, rest) => text.replace(rest, ' '), tag)
    .replace(/\s+/g, ' ')
    .trim();
}

interface Price {
  value: number;
  problem?: 'PRICE_NOT_A_NUMBER' | 'PRICE_OUT_OF_RANGE';
  cleaned: boolean;
}

/** Currency signs and spaces are stripped; a price is never guessed and never becomes 0.00 in silence. */
export function readPrice(text: string): Price {
  const stripped = text.replace(/[$€£¥\s]/g, '');
  const cleaned = stripped !== text.trim();
  const value = Number(stripped);
  if (!/^-?\d{1,12}(\.\d{1,2})?$/.test(stripped)) return { value: 0, problem: 'PRICE_NOT_A_NUMBER', cleaned };
  return stripped.startsWith('-') || value > MAX_PRICE
    ? { value, problem: 'PRICE_OUT_OF_RANGE', cleaned }
    : { value, cleaned };
}

type Cell = (column: Column | 'imageURL') => string;
type Add<Code> = (column: Column | 'imageURL', code: Code, message: string) => void;

function readImage(cell: Cell, problem: Add<DishProblemCode>): MenuDish['image'] {
  const [flag, id, filename] = [
    cell('isCDNImage').toUpperCase(),
    cell('imageCDNID'),
    cell('imageCDNFilename'),
  ];
  if (flag === 'FALSE' || flag === '') {
    if (id !== '') problem('imageCDNID', 'IMAGE_NOT_EXPECTED', 'isCDNImage is FALSE: leave the image blank.');
    if (filename !== '')
      problem('imageCDNFilename', 'IMAGE_NOT_EXPECTED', 'isCDNImage is FALSE: leave the image blank.');
    return null;
  }
  if (flag !== 'TRUE') {
    problem('isCDNImage', 'IMAGE_FLAG', 'isCDNImage is TRUE or FALSE.');
    return null;
  }
  if (id === '') problem('imageCDNID', 'IMAGE_ID_REQUIRED', 'isCDNImage is TRUE: give the image id.');
  else if (!UUID.test(id)) problem('imageCDNID', 'IMAGE_ID_INVALID', 'The image id is not a UUID.');
  if (filename === '') {
    problem('imageCDNFilename', 'IMAGE_FILENAME_REQUIRED', 'isCDNImage is TRUE: give the file name.');
  }
  return { id, filename };
}

function readTags(cell: Cell, warn: Add<DishWarningCode>): string[] {
  const given = cell('tags')
    .split(',')
    .map((tag) => tag.trim().replace(/\s+/g, ' '))
    .filter((tag) => tag !== '');
  for (const tag of given.filter(isAllergenTag)) {
    warn(
      'tags',
      'ALLERGEN_TAG',
      `"${tag}" says that the dish contains something: item tags will be refused.`,
    );
  }
  const cleaned = given.map(cleanTag).filter((tag) => tag !== '');
  if (cleaned.join() !== given.join())
    warn('tags', 'TAG_CLEANED', 'Rests of scraping were removed from the tags.');
  return cleaned;
}

function readDescription(cell: Cell, warn: Add<DishWarningCode>): string {
  const text = cell('dishDescription');
  if (text.toLowerCase() !== 'null') return text;
  warn('dishDescription', 'NULL_TEXT', 'The description is the word "null": taken as blank.');
  return '';
}

const IDS = ['menuID', 'categoryID', 'dishID'] as const;
/** Columns that have no place in our menus. */
const IGNORED = [
  'menuDisplayName',
  'menuDescription',
  'categoryDisplayName',
  'categoryDescription',
  'displayName',
  'printName',
] as const;

function checkOtherColumns(cell: Cell, problem: Add<DishProblemCode>, warn: Add<DishWarningCode>): void {
  for (const column of IDS) {
    if (cell(column) !== '')
      problem(column, 'ID_NOT_BLANK', `${column} must be blank, which means "create".`);
  }
  for (const column of IGNORED) {
    if (cell(column) !== '') warn(column, 'CELL_IGNORED', `${column} is not taken over.`);
  }
  for (const column of ['imageExternalURL', 'imageURL'] as const) {
    if (cell(column) !== '') warn(column, 'IMAGE_NOT_IMPORTED', 'An image by its URL cannot be imported.');
  }
  if (cell('menuName').toLowerCase() !== 'menu') {
    warn('menuName', 'MENU_NAME', 'The platform names every menu "Menu".');
  }
}

/** @param rawCell The text of a column, empty if this variant of the file has none. Line breaks become spaces. */
export function readDish(line: number, rawCell: Cell): DishReading {
  const problems: FileFinding<DishProblemCode>[] = [];
  const warnings: FileFinding<DishWarningCode>[] = [];
  const columnOf = (name: Column | 'imageURL'): number =>
    name === 'imageURL' ? MENU_COLUMNS.indexOf('isCDNImage') + 1 : MENU_COLUMNS.indexOf(name) + 1;
  const problem: Add<DishProblemCode> = (name, code, message) =>
    problems.push({ line, column: columnOf(name), code, message });
  const warn: Add<DishWarningCode> = (name, code, message) =>
    warnings.push({ line, column: columnOf(name), code, message });
  const cell: Cell = (name) => oneLine(rawCell(name));

  checkOtherColumns(cell, problem, warn);
  const name = cell('dishName');
  if (name === '') problem('dishName', 'NAME_REQUIRED', 'A dish needs a name.');
  const price = readPrice(cell('dishPrice'));
  if (price.problem === 'PRICE_NOT_A_NUMBER') {
    problem('dishPrice', price.problem, 'The price is not a number with at most two decimals.');
  } else if (price.problem) {
    problem('dishPrice', price.problem, `A price is from 0 to ${MAX_PRICE}.`);
  } else if (price.cleaned) {
    warn('dishPrice', 'PRICE_CLEANED', 'A currency sign or a space was removed from the price.');
  }
  const type = cell('dishType').toLowerCase() || 'standard';
  if (type !== 'standard' && type !== 'combo')
    problem('dishType', 'DISH_TYPE', 'dishType is standard or combo.');

  const dish: MenuDish = {
    category: cell('categoryName') || DEFAULT_CATEGORY,
    name,
    price: price.value,
    type: type === 'combo' ? 'combo' : 'standard',
    description: readDescription(cell, warn),
    tags: readTags(cell, warn),
    image: readImage(cell, problem),
  };
  return { dish, problems, warnings };
}

const folded = (text: string): string => text.normalize('NFC').toLowerCase().replace(/\s+/g, ' ');

export interface DishNames {
  check: (dish: Pick<MenuDish, 'name' | 'category'>) => 'new' | 'duplicate' | 'elsewhere';
}

/** Remembers the names of a menu: twice in one category is refused, in two categories it is doubtful. */
export function dishNames(): DishNames {
  const categoriesOf = new Map<string, Set<string>>();
  return {
    check: ({ name, category }) => {
      const categories = categoriesOf.get(folded(name)) ?? new Set<string>();
      categoriesOf.set(folded(name), categories);
      if (categories.has(folded(category))) return 'duplicate';
      categories.add(folded(category));
      return categories.size > 1 ? 'elsewhere' : 'new';
    },
  };
}
