/** The platform's menu CSV, 20 columns: read with every problem by line and column, written for import or for people. */
import { csvLine, readCsvRows, safeCell, type CsvLimits, type CsvProblemCode, type CsvSource } from './csv';
import type { FileFinding } from './csv';
import {
  MENU_COLUMNS,
  dishNames,
  oneLine,
  readDish,
  type DishNames,
  type DishProblemCode,
  type DishWarningCode,
  type MenuDish,
} from './menu-dish';

export { MENU_COLUMNS, type MenuDish } from './menu-dish';
export { safeCell } from './csv';

export type MenuProblemCode =
  CsvProblemCode | DishProblemCode | 'HEADER' | 'COLUMN_COUNT' | 'DUPLICATE_DISH' | 'NO_DISHES';
export type MenuWarningCode = DishWarningCode | 'SAME_NAME_IN_CATEGORIES';

export interface MenuCsvResult {
  /** Rows that passed, in file order. */
  dishes: MenuDish[];
  problems: FileFinding<MenuProblemCode>[];
  warnings: FileFinding<MenuWarningCode>[];
}

/** Older files lack the image columns, or have a lone `imageURL` that cannot be imported. */
const VARIANTS: readonly (readonly string[])[] = [
  MENU_COLUMNS,
  MENU_COLUMNS.slice(0, 16),
  [...MENU_COLUMNS.slice(0, 16), 'imageURL'],
];

const NAME_COLUMN = MENU_COLUMNS.indexOf('dishName') + 1;

/** One row under the header `columns`; adds to `result`. */
function takeRow(
  row: { line: number; cells: string[] },
  columns: readonly string[],
  names: DishNames,
  result: MenuCsvResult,
): void {
  const { line, cells } = row;
  if (cells.length !== columns.length) {
    const column = Math.min(cells.length, columns.length) + 1;
    const message = `The row has ${cells.length} cells where the header has ${columns.length}.`;
    result.problems.push({ line, column, code: 'COLUMN_COUNT', message });
    return;
  }
  const { dish, problems, warnings } = readDish(line, (name) => cells[columns.indexOf(name)] ?? '');
  const seen = dish.name === '' ? 'new' : names.check(dish);
  result.problems.push(...problems);
  result.warnings.push(...warnings);
  if (seen === 'duplicate') {
    const message = `"${dish.name}" stands in "${dish.category}" already.`;
    result.problems.push({ line, column: NAME_COLUMN, code: 'DUPLICATE_DISH', message });
  } else if (seen === 'elsewhere') {
    const message = `"${dish.name}" stands in another category too; option sets and tags match by name.`;
    result.warnings.push({ line, column: NAME_COLUMN, code: 'SAME_NAME_IN_CATEGORIES', message });
  }
  if (problems.length === 0 && seen !== 'duplicate') result.dishes.push(dish);
}

/**
 * Reads a menu row by row; all three variants. Problems come in file order, and a row with a problem is not among the
 * dishes. A file without a single dish always has a problem. Throws only what the source throws.
 */
export async function readMenuCsv(source: CsvSource, limits?: CsvLimits): Promise<MenuCsvResult> {
  const result: MenuCsvResult = { dishes: [], problems: [], warnings: [] };
  const names = dishNames();
  let columns: readonly string[] | undefined;
  for await (const row of readCsvRows(source, limits)) {
    if (row.cells === null) {
      result.problems.push(...row.problems);
    } else if (columns) {
      takeRow(row, columns, names, result);
    }
    if (columns) continue;
    columns = VARIANTS.find((variant) => variant.join() === row.cells?.join());
    if (!columns) {
      const message = `The first line is not the header of a menu: ${MENU_COLUMNS.join(',')}`;
      result.problems.push({ line: row.line, column: 1, code: 'HEADER', message });
      return result;
    }
  }
  const byPlace = (a: FileFinding, b: FileFinding): number => a.line - b.line || a.column - b.column;
  result.problems.sort(byPlace);
  result.warnings.sort(byPlace);
  if (result.dishes.length === 0 && result.problems.length === 0) {
    result.problems.push({
      line: 1,
      column: 1,
      code: 'NO_DISHES',
      message: 'There is no dish in this file.',
    });
  }
  return result;
}

function dishCells(dish: MenuDish): string[] {
  if (dish.name.trim() === '') throw new RangeError('A dish without a name cannot be written.');
  if (!(dish.price >= 0 && dish.price <= 10_000))
    throw new RangeError(`The price of "${dish.name}" cannot be written.`);
  const cells: Partial<Record<(typeof MENU_COLUMNS)[number], string>> = {
    menuName: 'Menu',
    categoryName: oneLine(dish.category) || 'Uncategorized',
    dishName: oneLine(dish.name),
    dishPrice: dish.price.toFixed(2),
    dishType: dish.type,
    dishDescription: oneLine(dish.description),
    tags: dish.tags.map((tag) => oneLine(tag).replaceAll(',', ' ')).join(', '),
    isCDNImage: dish.image ? 'TRUE' : 'FALSE',
    imageCDNID: dish.image?.id ?? '',
    imageCDNFilename: dish.image?.filename ?? '',
  };
  return MENU_COLUMNS.map((column) => cells[column] ?? '');
}

/**
 * The 20-column file line by line: UTF-8, no BOM, LF. Ids stay blank, which means *create*.
 * @param use `import` keeps cells as they are; `download` makes them safe to open in a spreadsheet.
 * @throws RangeError for a dish without a name or with a price outside of 0 to 10,000.
 */
export function* menuCsvLines(
  dishes: Iterable<MenuDish>,
  use: 'import' | 'download' = 'import',
): Generator<string> {
  yield csvLine(MENU_COLUMNS);
  for (const dish of dishes) {
    const cells = dishCells(dish);
    yield csvLine(use === 'download' ? cells.map(safeCell) : cells);
  }
}

/** All lines of `menuCsvLines` as one text. */
export function writeMenuCsv(dishes: Iterable<MenuDish>, use: 'import' | 'download' = 'import'): string {
  return [...menuCsvLines(dishes, use)].join('');
}
