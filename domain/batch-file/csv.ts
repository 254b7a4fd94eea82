/** A batch file as CSV: one row a restaurant, its menu in a menu CSV beside it. */
import { readCsvRows, type CsvSource } from '../csv';
import { fieldIssues } from '../configuration/issues';
import { readMenuCsv } from '../menu-csv';
import { parseHoursText } from '../opening-hours';
import type { BatchFileProblem, ReadMenu, Reading } from './problems';
import { batchFileRestaurantSchema } from './schema';

const REQUIRED = ['name', 'address', 'city', 'phone', 'email', 'opening_hours', 'menu_file'] as const;
const OPTIONAL = [
  'postcode',
  'primary_color',
  'secondary_color',
  'website_url',
  'cuisines',
  'option_sets',
  'company_name',
  'company_number',
  'company_nzbn',
  'expect',
  'scenario',
  'extraction_late_seconds',
  'answer',
] as const;
type Column = (typeof REQUIRED)[number] | (typeof OPTIONAL)[number];
const COLUMNS: readonly string[] = [...REQUIRED, ...OPTIONAL];

type Cells = Partial<Record<Column, string>>;

/** In a cell a number is text; what is none stays as it is, for the schema to refuse. */
const number = (cell: string | undefined): unknown =>
  cell === undefined || !/^\d+(\.\d+)?$/.test(cell) ? cell : Number(cell);

/** Which column a problem of the schema is shown at. */
const COLUMN_OF: { [path: string]: Column } = {
  company: 'company_nzbn',
  'company.name': 'company_name',
  'company.number': 'company_number',
  'company.nzbn': 'company_nzbn',
  menu: 'menu_file',
  'menu.option_sets': 'option_sets',
  answers: 'answer',
};

function columnOf(path: string): Column {
  for (let prefix = path; prefix !== ''; prefix = prefix.replace(/\.?[^.]*$/, '')) {
    const column = COLUMN_OF[prefix] ?? COLUMNS.find((name) => name === prefix);
    if (column !== undefined) return column as Column;
  }
  return 'name';
}

/** A row as the schema wants it. Blank cells are absent. */
function toObject(cells: Cells, dishes: unknown): unknown {
  const { company_name, company_number, company_nzbn, answer, option_sets, menu_file: _, ...rest } = cells;
  const hasCompany = [company_name, company_number, company_nzbn].some((cell) => cell !== undefined);
  return {
    ...rest,
    opening_hours: parseHoursText(cells.opening_hours ?? ''),
    cuisines: cells.cuisines?.split(';').filter((name) => name.trim() !== ''),
    extraction_late_seconds: number(cells.extraction_late_seconds),
    menu: { dishes, option_sets: number(option_sets) },
    company: hasCompany
      ? { name: company_name ?? null, number: company_number ?? null, nzbn: company_nzbn }
      : null,
    answers: answer === undefined ? undefined : { company: { [answer]: true } },
  };
}

interface MenuReading {
  dishes: unknown;
  problems: BatchFileProblem[];
}

/** The dishes of a menu file, or its problems under its own name. `null` dishes: they cannot be judged. */
async function readMenu(file: string, read: ReadMenu): Promise<MenuReading> {
  const source = await read(file);
  if (typeof source === 'object' && 'problem' in source) return { dishes: null, problems: [source.problem] };
  const { dishes, problems } = await readMenuCsv(source);
  return {
    dishes: dishes.map(({ image, ...dish }) => ({ ...dish, ...(image ? { image: image.filename } : {}) })),
    problems: problems.map((problem) => ({ file, ...problem })),
  };
}

async function readRow(
  file: string,
  line: number,
  columns: readonly string[],
  cells: readonly string[],
  read: ReadMenu,
): Promise<Reading> {
  const values: Cells = Object.fromEntries(
    columns.flatMap((column, i) => (cells[i]?.trim() ? [[column, cells[i].trim()]] : [])),
  );
  const menu = values.menu_file === undefined ? null : await readMenu(values.menu_file, read);
  const parsed = batchFileRestaurantSchema.safeParse(toObject(values, menu?.dishes));
  if (parsed.success && !menu?.problems.length) {
    return { restaurants: [{ restaurant: parsed.data, line, column: 1 }], problems: [] };
  }
  const own = new Map<Column, BatchFileProblem>();
  for (const { path, message } of fieldIssues(parsed.error ?? { issues: [] })) {
    const column = columnOf(path);
    const isAbsent = values[column] === undefined && (REQUIRED as readonly string[]).includes(column);
    // The menu's own problems say more than that it could not be taken.
    if (own.has(column) || (column === 'menu_file' && !isAbsent)) continue;
    own.set(column, {
      file,
      line,
      column: Math.max(columns.indexOf(column), 0) + 1,
      code: isAbsent ? 'MISSING' : 'INVALID',
      message: isAbsent ? `${column} is missing.` : `${column}: ${hint(column, values) ?? message}`,
    });
  }
  return { restaurants: [], problems: [...own.values(), ...(menu?.problems ?? [])] };
}

/** How a cell is written, where the schema only says that what it made of the cell is not right. */
function hint(column: Column, values: Cells): string | undefined {
  if (column === 'answer') return 'the one answer that a cell can hold is no_match.';
  return column === 'opening_hours' && parseHoursText(values.opening_hours ?? '') === null
    ? 'write e.g. "Mon-Thu 11:00-21:30; Fri-Sat 11:00-01:00; Sun closed".'
    : undefined;
}

function headerProblem(cells: readonly string[] | null): string | null {
  if (cells === null) return 'The first line cannot be read as a header.';
  const unknown = cells.filter((cell) => !COLUMNS.includes(cell));
  const absent = REQUIRED.filter((column) => !cells.includes(column));
  if (unknown.length > 0) return `Unknown columns: ${unknown.join(', ')}. Known: ${COLUMNS.join(', ')}.`;
  if (absent.length > 0) return `Missing columns: ${absent.join(', ')}.`;
  return new Set(cells).size < cells.length ? 'A column stands there twice.' : null;
}

/** Every row is read, whatever is wrong with others; two problems of one cell are one. */
export async function readBatchCsv(file: string, source: CsvSource, read: ReadMenu): Promise<Reading> {
  const all: Reading = { restaurants: [], problems: [] };
  let columns: string[] | undefined;
  for await (const { line, cells, problems } of readCsvRows(source)) {
    if (!columns) {
      columns = cells?.map((cell) => cell.trim());
      const message = headerProblem(columns ?? null);
      if (message === null) continue;
      all.problems.push(...problems.map((problem) => ({ file, ...problem })));
      all.problems.push({ file, line, column: 1, code: 'HEADER', message });
      return all;
    }
    if (cells === null) {
      all.problems.push(...problems.map((problem) => ({ file, ...problem })));
    } else if (cells.length !== columns.length) {
      const message = `The row has ${cells.length} cells where the header has ${columns.length}.`;
      const column = Math.min(cells.length, columns.length) + 1;
      all.problems.push({ file, line, column, code: 'COLUMN_COUNT', message });
    } else {
      const row = await readRow(file, line, columns, cells, read);
      all.restaurants.push(...row.restaurants);
      all.problems.push(...row.problems);
    }
  }
  return all;
}
