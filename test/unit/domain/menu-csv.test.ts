import { createReadStream, readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { isAllergenTag } from '../../../domain/allergens';
import { MENU_COLUMNS, readMenuCsv, safeCell, writeMenuCsv, type MenuDish } from '../../../domain/menu-csv';
import { cleanTag, readPrice } from '../../../domain/menu-dish';

const fixture = (name: string): string => path.join(__dirname, '../../fixtures', name);
const header = MENU_COLUMNS.join(',');
const codes = (findings: { line: number; column: number; code: string }[]): string[] =>
  findings.map(({ line, code }) => `${line} ${code}`);

/** A line of the file; what is not given is blank or harmless. */
const line = (cells: Partial<Record<(typeof MENU_COLUMNS)[number], string>>): string =>
  MENU_COLUMNS.map(
    (column) =>
      ({
        menuName: 'Menu',
        categoryName: 'Mains',
        dishName: 'Dish',
        dishPrice: '9.00',
        isCDNImage: 'FALSE',
        ...cells,
      })[column] ?? '',
  ).join(',');
const read = (...lines: string[]) => readMenuCsv([header, ...lines].join('\n'));

async function* chunks(...parts: string[]) {
  yield* parts;
}

const dish = (over: Partial<MenuDish> = {}): MenuDish => ({
  category: 'Mains',
  name: 'Dish',
  price: 9,
  type: 'standard',
  description: '',
  tags: [],
  image: null,
  ...over,
});

describe('the fixtures', () => {
  it('menu-20.csv passes whole and is written again byte by byte', async () => {
    const result = await readMenuCsv(createReadStream(fixture('menu-20.csv'), { highWaterMark: 7 }));
    expect(result).toMatchObject({ problems: [], warnings: [] });
    expect(result.dishes).toHaveLength(12);
    expect(result.dishes[4]).toEqual(
      dish({
        name: 'The "Big Tōtara" Burger',
        price: 24,
        description: '100% beef, cheddar, pickles (2) and house relish',
        tags: ['Popular'],
      }),
    );
    expect(writeMenuCsv(result.dishes)).toBe(readFileSync(fixture('menu-20.csv'), 'utf8'));
  });

  it('menu-bad.csv gives exactly its problems, warnings and four good rows', async () => {
    const result = await readMenuCsv(readFileSync(fixture('menu-bad.csv')));
    expect(codes(result.problems)).toEqual([
      '3 COLUMN_COUNT',
      '4 COLUMN_COUNT',
      '5 BLANK_LINE',
      '6 PRICE_NOT_A_NUMBER',
      '7 PRICE_OUT_OF_RANGE',
      '8 NAME_REQUIRED',
      '9 DISH_TYPE',
      '10 IMAGE_ID_REQUIRED',
      '11 IMAGE_ID_INVALID',
      '12 DUPLICATE_DISH',
      '15 ID_NOT_BLANK',
      '17 QUOTE_NOT_CLOSED',
    ]);
    expect(codes(result.warnings).sort()).toEqual(['13 NULL_TEXT', '14 ALLERGEN_TAG', '14 PRICE_CLEANED']);
    expect(result.dishes.map(({ name, price }) => [name, price])).toEqual([
      ['Good Dish', 20],
      ['Null Text', 18],
      ['Dollar Sign', 18],
      ['Another Good Dish', 12],
    ]);
    expect(result.problems.map(({ column }) => column)).toEqual([
      20, 21, 1, 11, 11, 10, 12, 18, 18, 10, 1, 13,
    ]);
  });

  it('reads BOM and CRLF alike', async () => {
    const text = readFileSync(fixture('menu-bad.csv'), 'utf8');
    const plain = await readMenuCsv(text);
    expect(await readMenuCsv(`\uFEFF${text.replaceAll('\n', '\r\n')}`)).toEqual(plain);
  });
});

describe('reading', () => {
  it('takes the older variants', async () => {
    const old = (columns: number, extra: string[] = [], cell: string[] = []) =>
      readMenuCsv(
        [
          [...MENU_COLUMNS.slice(0, columns), ...extra].join(),
          [...line({}).split(',').slice(0, columns), ...cell].join(),
        ].join('\r\n'),
      );
    expect(await old(16)).toMatchObject({ dishes: [dish()], problems: [], warnings: [] });
    const withUrl = await old(16, ['imageURL'], ['https://images.example/a.jpeg']);
    expect(withUrl).toMatchObject({ dishes: [dish()], problems: [] });
    expect(withUrl.warnings).toMatchObject([{ line: 2, column: 17, code: 'IMAGE_NOT_IMPORTED' }]);
    expect(codes((await old(18)).problems)).toEqual(['1 HEADER']);
  });

  it('reports several problems of one row in the order of their columns', async () => {
    const result = await read(line({ dishID: 'x', dishName: '', dishPrice: 'POA', dishType: 'set' }));
    expect(result.problems.map(({ column, code }) => `${column} ${code}`)).toEqual([
      '9 ID_NOT_BLANK',
      '10 NAME_REQUIRED',
      '11 PRICE_NOT_A_NUMBER',
      '12 DISH_TYPE',
    ]);
  });

  it('counts physical lines across line breaks in cells, and makes spaces of these', async () => {
    const result = await read(line({ dishDescription: '"one\r\ntwo\nthree"' }), line({ dishName: '' }));
    expect(result.dishes[0]?.description).toBe('one two three');
    expect(codes(result.problems)).toEqual(['5 NAME_REQUIRED']);
  });

  it('lets one row with misplaced quotes not stop the others', async () => {
    const result = await read(
      line({ dishName: 'A "B" C' }),
      line({ dishName: '"A"B' }),
      line({ dishName: '"Fine ""one"""' }),
    );
    expect(codes(result.problems)).toEqual(['2 QUOTE_MISPLACED', '3 QUOTE_MISPLACED']);
    expect(result.problems.map(({ column }) => column)).toEqual([10, 10]);
    expect(result.dishes.map(({ name }) => name)).toEqual(['Fine "one"']);
  });

  it('compares names without regard to case and spaces', async () => {
    const result = await read(
      line({}),
      line({ dishName: ' dish ' }),
      line({ categoryName: 'Sides', dishName: 'DISH' }),
      line({ categoryName: '', dishName: 'Stray' }),
    );
    expect(codes(result.problems)).toEqual(['3 DUPLICATE_DISH']);
    expect(codes(result.warnings)).toEqual(['4 SAME_NAME_IN_CATEGORIES']);
    expect(result.dishes.map(({ category }) => category)).toEqual(['Mains', 'Sides', 'Uncategorized']);
  });

  it('wants an image id and a file name, or none of both', async () => {
    const id = '00000000-0000-4000-8000-000000000001';
    const result = await read(
      line({ dishName: 'A', isCDNImage: 'TRUE', imageCDNID: id }),
      line({ dishName: 'B', imageCDNID: id }),
      line({ dishName: 'C', isCDNImage: 'maybe' }),
      line({ dishName: 'D', isCDNImage: 'true', imageCDNID: id, imageCDNFilename: 'd.jpeg' }),
    );
    expect(codes(result.problems)).toEqual([
      '2 IMAGE_FILENAME_REQUIRED',
      '3 IMAGE_NOT_EXPECTED',
      '4 IMAGE_FLAG',
    ]);
    expect(result.dishes).toEqual([dish({ name: 'D', image: { id, filename: 'd.jpeg' } })]);
  });

  it('ends at its limits, keeps what was read before, and says so', async () => {
    const limits = { bytes: 10_000, rows: 2, cell: 50 };
    const rows = [line({ dishName: 'A' }), line({ dishName: 'B' }), line({ dishName: 'C' })];
    const many = await readMenuCsv([header, ...rows].join('\n'), limits);
    expect([codes(many.problems), many.dishes.length]).toEqual([['4 TOO_MANY_ROWS'], 2]);
    const long = await readMenuCsv(
      [header, line({ dishDescription: 'x'.repeat(51) }), rows[0]].join('\n'),
      limits,
    );
    expect([codes(long.problems), long.dishes.length]).toEqual([['2 CELL_TOO_LONG'], 1]);
    async function* endless() {
      yield `${header}\n${rows[0]}\n`;
      for (;;) yield `${rows[1]}\n`;
    }
    const large = await readMenuCsv(endless(), { ...limits, rows: 1e9 });
    expect(large.problems.at(-1)?.code).toBe('FILE_TOO_LARGE');
    expect(large.dishes.map(({ name }) => name)).toEqual(['A', 'B']);
    const cut = await readMenuCsv(chunks(`${header}\n${rows[0]}\n,Menu,"`, rows[1] ?? ''), {
      ...limits,
      bytes: 320,
    });
    expect([codes(cut.problems), cut.dishes.length]).toEqual([['3 FILE_TOO_LARGE'], 1]);
    const half = await readMenuCsv(chunks(`${header}\n${rows[0]}\n,Menu,,`, rows[1] ?? ''), {
      ...limits,
      bytes: 320,
    });
    expect([codes(half.problems), half.dishes.length]).toEqual([['3 FILE_TOO_LARGE'], 1]);
  });

  it('stands a cell of millions of quotes', async () => {
    const huge = line({ dishName: `"${'""'.repeat(2_000_000)}"` });
    const marks = line({
      dishName: 'B',
      dishDescription: ' '.repeat(19_000) + 'x',
      tags: '9'.repeat(19_000),
    });
    const result = await read(huge, ...Array<string>(20).fill(marks));
    expect(codes(result.problems)[0]).toBe('2 CELL_TOO_LONG');
    expect(result.dishes).toHaveLength(1);
  });

  it('passes on what its source throws', async () => {
    async function* broken() {
      yield `${header}\n`;
      throw new Error('disk gone');
    }
    await expect(readMenuCsv(broken())).rejects.toThrow('disk gone');
  });

  it.each([
    ['', ['1 NO_DISHES']],
    [header, ['1 NO_DISHES']],
    [`${header}\n`, ['1 NO_DISHES']],
    [`${header.replace('dishName', 'dish name')}\n${line({})}`, ['1 HEADER']],
    [`${header}\n${line({ dishName: 'A\u0000' })}`, ['2 BAD_CHARACTER']],
  ])('never takes nothing for success: %#', async (text, expected) => {
    const result = await readMenuCsv(text);
    expect([codes(result.problems), result.dishes]).toEqual([expected, []]);
  });

  it('reports bytes that are not UTF-8', async () => {
    const bytes = Buffer.concat([
      Buffer.from(`${header}\n`),
      Buffer.from(line({ dishName: 'Caf\u00e9' }), 'latin1'),
    ]);
    expect(codes((await readMenuCsv(bytes)).problems)).toEqual(['2 BAD_CHARACTER']);
  });

  it('survives arbitrary bytes, and never succeeds with nothing', async () => {
    const cell = fc.constantFrom(
      '',
      'Menu',
      '"',
      '""',
      '"a',
      ',',
      '\r',
      'POA',
      '$5',
      '=1',
      '-1',
      'TRUE',
      '\uFEFF',
      '%',
    );
    const body = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.array(fc.oneof(cell, fc.constant('\n'), fc.string())).map((cells) => Buffer.from(cells.join(','))),
    );
    await fc.assert(
      fc.asyncProperty(body, fc.boolean(), async (bytes, withHeader) => {
        const file = withHeader ? Buffer.concat([Buffer.from(`${header}\n`), bytes]) : bytes;
        const { dishes, problems } = await readMenuCsv(file);
        expect(dishes.length + problems.length).toBeGreaterThan(0);
        for (const { line: at, column } of problems) expect(Math.min(at, column)).toBeGreaterThanOrEqual(1);
      }),
      { numRuns: 500 },
    );
  });
});

describe('writing', () => {
  const text = fc
    .stringMatching(/^[A-Za-zāū"=+@0-9](?:[^\x00-\x1f\x7f-\x9f\ufffd]{0,20}[a-z])?$/u)
    .map((s) => s.replace(/\s+/g, ' '));
  const dishes = fc.uniqueArray(
    fc.record({
      category: text,
      name: text,
      price: fc.integer({ min: 0, max: 1_000_000 }).map((cents) => cents / 100),
      type: fc.constantFrom('standard' as const, 'combo' as const),
      description: text.filter((value) => value.toLowerCase() !== 'null'),
      tags: fc.uniqueArray(fc.constantFrom('Vegan', 'Popular', 'Gluten Free'), { maxLength: 3 }),
      image: fc.option(fc.record({ id: fc.uuid(), filename: fc.constantFrom('a.jpeg', 'b.jpeg') })),
    }),
    { selector: ({ name }) => name.normalize('NFC').toLowerCase(), minLength: 1 },
  );

  it('is what reading gives back', async () => {
    await fc.assert(
      fc.asyncProperty(dishes, async (menu) => {
        expect(await readMenuCsv(writeMenuCsv(menu))).toEqual({ dishes: menu, problems: [], warnings: [] });
      }),
    );
  });

  it('quotes, and keeps no line break', () => {
    const written = writeMenuCsv([dish({ name: 'A, "B"', description: 'one\r\ntwo', tags: ['x,y', 'z'] })]);
    expect(written.split('\n')[1]).toBe(
      ',Menu,,,,Mains,,,,"A, ""B""",9.00,standard,one two,,,"x y, z",FALSE,,,',
    );
  });

  it('gives formulas an apostrophe in downloads alone', () => {
    const menu = [dish({ name: '=1+1', description: '+ add a waffle' })];
    expect(writeMenuCsv(menu)).toContain(',=1+1,');
    expect(writeMenuCsv(menu, 'download')).toMatch(/,'=1\+1,.*,'\+ add a waffle,/);
    expect(["'=a", "'+a", "'-a", "'@a", "'\ta", 'a=', '']).toEqual(
      ['=a', '+a', '-a', '@a', '\ta', 'a=', ''].map(safeCell),
    );
  });

  it.each([{ name: ' ' }, { price: Number.NaN }, { price: -1 }, { price: 10_000.01 }])(
    'refuses %p',
    (over) => {
      expect(() => writeMenuCsv([dish(over)])).toThrow(RangeError);
    },
  );
});

describe('cells', () => {
  it.each<[string, object]>([
    ['18', { value: 18, cleaned: false }],
    [' $ 18.5', { value: 18.5, cleaned: true }],
    ['€10000', { value: 10000, cleaned: true }],
    ['10000.01', { problem: 'PRICE_OUT_OF_RANGE' }],
    ['$-4', { problem: 'PRICE_OUT_OF_RANGE' }],
    ...['', 'POA', '1,200', '1.234', '+5', '1e3', '0x10', '.5', '5.', 'NaN', '$'].map(
      (text): [string, object] => [text, { problem: 'PRICE_NOT_A_NUMBER' }],
    ),
  ])('reads the price "%s"', (text, expected) => expect(readPrice(text)).toMatchObject(expected));

  it.each([
    ['85% (120)', ''],
    ['Vegan (2)', 'Vegan'],
    ['Plus small', ''],
    ['No. 1 most liked', ''],
    ['Most liked', 'Most liked'],
    ['Gluten Free', 'Gluten Free'],
  ])('cleans the tag "%s" to "%s"', (tag, cleaned) => expect(cleanTag(tag)).toBe(cleaned));

  it.each([
    'Contains Nuts',
    'contains: dairy',
    'MAY CONTAIN sesame',
    'contains_nuts',
    'Traces of egg',
    'with peanuts',
    'Cóntains nuts',
  ])('"%s" says that it contains an allergen', (tag) => expect(isAllergenTag(tag)).toBe(true));
  it.each(['Nut Free', 'Vegan', 'Popular', 'with rice', 'Gluten Free', 'Container deal', ''])(
    '"%s" does not',
    (tag) => expect(isAllergenTag(tag)).toBe(false),
  );
});
