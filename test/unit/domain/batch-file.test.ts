import { mkdtemp, rm, symlink, writeFile } from 'node:fs/promises';
import os from 'node:os';
import path from 'node:path';
import fc from 'fast-check';
import {
  parseBatchFile,
  readBatchFile,
  type BatchFileResult,
  type ReadMenu,
} from '../../../domain/batch-file';
import { parseLocatedJson } from '../../../domain/located-json';
import { MENU_COLUMNS, writeMenuCsv } from '../../../domain/menu-csv';

const dish = (name: string, price: unknown = 9.5): object => ({ category: 'Mains', name, price });
const restaurant = (over: object = {}): object => ({
  name: 'Kōwhai Grill',
  address: '12 Fern Street, Te Aro',
  city: 'Wellington',
  phone: '04 555 0100',
  email: 'owner@kowhaigrill.example',
  opening_hours: [{ day: 'Friday', hours: { open: '18:00', close: '01:00' } }],
  menu: { dishes: [dish('Hāngī Plate')], option_sets: 2 },
  ...over,
});

const noMenus: ReadMenu = () => Promise.reject(new Error('no menu file is asked for'));
const json = (value: unknown) =>
  parseBatchFile('batch.json', Buffer.from(JSON.stringify(value, null, 2)), noMenus);
const found = (result: BatchFileResult): string[] =>
  result.ok ? [] : result.problems.map(({ file, line, column, code }) => `${file}:${line}:${column} ${code}`);
const messages = (result: BatchFileResult): string[] =>
  result.ok ? [] : result.problems.map(({ message }) => message);

describe('a JSON file', () => {
  it('gives typed restaurants, normalised, with what is not given filled', async () => {
    const answers = {
      company: { search_again: { street: 'Fern' }, company_number: '09990001' },
      configuration: { use_defaults: true },
    };
    const company = {
      name: 'KOWHAI GRILL LIMITED',
      number: '09990001',
      nzbn: '9429099900007',
      directors: [{ person: 'A B' }],
    };
    const result = await json([
      restaurant({ primary_color: '#f2b705', company, answers, scenario: 'search_again', postcode: '6011' }),
      restaurant({ name: 'Rimu Noodles' }),
    ]);
    expect(result).toMatchObject({
      ok: true,
      restaurants: [
        {
          primary_color: '#F2B705',
          company: { ...company, number: '9990001' },
          answers: { ...answers, company: { company_number: '9990001' } },
        },
        {
          name: 'Rimu Noodles',
          company: null,
          expect: 'completed',
          cuisines: [],
          menu: {
            dishes: [{ name: 'Hāngī Plate', type: 'standard', tags: [], description: '' }],
            option_sets: 2,
          },
        },
      ],
    });
  });

  it('reports every bad place by line and column, and gives nothing', async () => {
    const text = [
      '[',
      '  {"name": "A", "address": "1 Fern Street", "city": "Wellington", "phone": "nope",',
      '   "email": "a@a.example", "opening_hours": [{"day": "Friday", "hours": {"open": "11:00", "close": "11:00"}}],',
      '   "menu": {"dishes": [{"name": "X", "price": -1}, {"name": "Y", "price": 2}, {"name": "y", "price": 3}]}},',
      '  7,',
      '  {"name": "B", "colour": "red"}',
      ']',
    ].join('\r\n');
    const result = await parseBatchFile('x.json', Buffer.from(`\uFEFF${text}`), noMenus);
    expect(found(result).slice(0, 5)).toEqual([
      'x.json:2:76 INVALID',
      'x.json:3:46 INVALID',
      'x.json:4:47 INVALID',
      'x.json:4:88 INVALID',
      'x.json:5:3 INVALID',
    ]);
    expect(found(result)).toContain('x.json:6:27 INVALID');
    expect(messages(result)).toContainEqual(expect.stringMatching(/^colour:/));
    expect(result).not.toHaveProperty('restaurants');
  });

  it.each([
    ['[{"name": }]', '1:11 JSON_SYNTAX'],
    ['[1,\n 2', '2:3 JSON_SYNTAX'],
    ['{"restaurants": []}', '1:1 INVALID'],
    ['[]', '1:1 NO_RESTAURANTS'],
    ['', '1:1 JSON_SYNTAX'],
    ['['.repeat(100_000), '1:202 JSON_SYNTAX'],
  ])('refuses %#', async (text, expected) => {
    expect(found(await parseBatchFile('x.json', Buffer.from(text), noMenus))).toEqual([`x.json:${expected}`]);
  });

  it.each([
    ['two answers', { answers: { company: { no_match: true, nzbn: '9429099900007' } } }],
    ['no answer', { answers: { company: {} } }],
    ['a password that is none', { answers: { configuration: { account: { password: 7 } } } }],
    ['a wrong NZBN', { company: { name: 'A', number: null, nzbn: '9429099900008' } }],
    ['a menu without dishes', { menu: { dishes: [] } }],
    ['all days closed', { opening_hours: [{ day: 'Monday', hours: null }] }],
    ['a script as website', { website_url: 'javascript:alert(1)' }],
    ['half a sign', { name: 'A\ud800' }],
    ['a zero byte', { city: 'Wel\u0000lington' }],
    ['a price in words', { menu: { dishes: [dish('A', 'POA')] } }],
    ['a price with three decimals', { menu: { dishes: [dish('A', 1.234)] } }],
  ])('refuses %s', async (_, over) => expect(found(await json([restaurant(over)]))).toHaveLength(1));

  it('refuses a restaurant that stands there twice, and more than a batch takes', async () => {
    const twice = await json([
      restaurant(),
      restaurant({ name: 'Other' }),
      restaurant({ name: ' KŌWHAI  grill ' }),
    ]);
    expect(messages(twice)).toEqual([expect.stringContaining('line 2')]);
    const many = await json(Array.from({ length: 1001 }, (_, i) => restaurant({ name: `Grill ${i}` })));
    expect(many).toMatchObject({ ok: false, problems: [{ code: 'TOO_MANY_RESTAURANTS' }] });
  });

  it('reports bytes that are not UTF-8', async () => {
    const bytes = Buffer.from(JSON.stringify([restaurant({ name: 'Café' })]), 'latin1');
    expect(found(await parseBatchFile('x.json', bytes, noMenus))).toEqual(['x.json:1:1 BAD_CHARACTER']);
  });
});

describe('a CSV file', () => {
  const header =
    'name,address,city,phone,email,opening_hours,menu_file,option_sets,cuisines,company_number,company_name,company_nzbn,answer';
  const good =
    'Kōwhai Grill,"12 Fern Street, Te Aro",Wellington,04 555 0100,o@k.example,Tue-Sat 11:00-21:30; Sun closed,menu.csv,3,Thai;Seafood,9990001,KOWHAI LIMITED,9429099900007,';
  const row = (change: (cells: string) => string): string => change(good.replace('Kōwhai', 'Another'));
  const menus: Record<string, string> = {
    'menu.csv': writeMenuCsv([
      {
        category: 'Mains',
        name: 'Satay',
        price: 12,
        type: 'standard',
        description: '',
        tags: ['Spicy'],
        image: null,
      },
    ]),
    'bad.csv': `${MENU_COLUMNS.join(',')}\n,Menu,,,,Mains,,,,,POA,,,,,,FALSE,,,\n`,
  };
  const readMenu: ReadMenu = (file) =>
    Promise.resolve(
      menus[file] ?? {
        problem: { file, line: 1, column: 1, code: 'UNREADABLE', message: 'There is no such file.' },
      },
    );
  const csv = (...lines: string[]) =>
    parseBatchFile('b.csv', Buffer.from([header, ...lines].join('\n')), readMenu);

  it('gives the same restaurants as JSON', async () => {
    expect(
      await csv(
        good,
        row((cells) => cells.replace(',9990001,KOWHAI LIMITED,9429099900007,', ',,,,no_match')),
      ),
    ).toMatchObject({
      ok: true,
      restaurants: [
        {
          name: 'Kōwhai Grill',
          address: '12 Fern Street, Te Aro',
          cuisines: ['Thai', 'Seafood'],
          opening_hours: expect.arrayContaining([
            { day: 'Thursday', hours: { open: '11:00', close: '21:30' } },
            { day: 'Monday', hours: null },
          ]),
          menu: { dishes: [{ name: 'Satay', price: 12, tags: ['Spicy'] }], option_sets: 3 },
          company: { number: '9990001', name: 'KOWHAI LIMITED', nzbn: '9429099900007' },
        },
        { company: null, answers: { company: { no_match: true } } },
      ],
    });
  });

  it('reports every bad row at its cell, menus under their own name', async () => {
    const result = await csv(
      row((cells) => cells.replace('04 555 0100', '09 123 4567')),
      row((cells) => cells.replace('menu.csv', 'bad.csv')),
      row((cells) => cells.replace('menu.csv', 'none.csv')),
      '',
      row((cells) => cells.replace(',3,', ',3,4,')),
      row((cells) => cells.replace('menu.csv', '').replace('Sun closed', 'Sun late')),
      row((cells) => `${cells}perhaps`),
      row((cells) => cells.replace(',9429099900007', ',')),
      good.replace(',3,', ',many,'),
    );
    expect(found(result)).toEqual([
      'b.csv:2:4 INVALID',
      'b.csv:5:1 BLANK_LINE',
      'b.csv:6:14 COLUMN_COUNT',
      'b.csv:7:6 INVALID',
      'b.csv:7:7 MISSING',
      'b.csv:8:13 INVALID',
      'b.csv:9:12 INVALID',
      'b.csv:10:8 INVALID',
      'bad.csv:2:10 NAME_REQUIRED',
      'bad.csv:2:11 PRICE_NOT_A_NUMBER',
      'none.csv:1:1 UNREADABLE',
    ]);
  });

  it.each([
    ['an unknown column', `${header},colour`],
    ['a missing column', header.replace('phone,', '')],
    ['a column twice', `${header},city`],
    ['another file', '{"a": 1}'],
  ])('refuses a header with %s', async (_, first) => {
    const result = await parseBatchFile('b.csv', Buffer.from(`${first}\n${good}`), readMenu);
    expect(found(result).at(-1)).toBe('b.csv:1:1 HEADER');
  });

  it('refuses a file without rows, and one whose quote is never closed', async () => {
    expect(found(await csv())).toEqual(['b.csv:1:1 NO_RESTAURANTS']);
    expect(found(await parseBatchFile('b.csv', Buffer.from(''), readMenu))).toEqual([
      'b.csv:1:1 NO_RESTAURANTS',
    ]);
    expect(found(await csv(good, '"open,1'))).toEqual(['b.csv:3:1 QUOTE_NOT_CLOSED']);
  });
});

describe('a file on disk', () => {
  let folder = '';
  beforeAll(async () => {
    folder = await mkdtemp(path.join(os.tmpdir(), 'batch-file-'));
  });
  afterAll(() => rm(folder, { recursive: true, force: true }));
  const at = (name: string): string => path.join(folder, name);
  const rowWith = (menuFile: string): string =>
    `name,address,city,phone,email,opening_hours,menu_file\nA,1 Fern Street,Wellington,04 555 0100,a@a.example,Fri 18:00-01:00,${menuFile}\n`;

  it('is read with the menus beside it', async () => {
    await writeFile(
      at('m.csv'),
      writeMenuCsv([
        { category: '', name: 'X', price: 1, type: 'combo', description: '', tags: [], image: null },
      ]),
    );
    await writeFile(at('b.csv'), rowWith('m.csv'));
    expect(await readBatchFile(at('b.csv'))).toMatchObject({ ok: true, restaurants: [{ name: 'A' }] });
  });

  it('never reads a menu outside of its folder', async () => {
    await symlink('/etc/hostname', at('link.csv'));
    for (const outside of ['../../etc/hostname', '/etc/hostname', 'link.csv']) {
      await writeFile(at('b.csv'), rowWith(outside));
      expect(await readBatchFile(at('b.csv'))).toMatchObject({
        problems: [{ file: outside, code: 'UNREADABLE' }],
      });
    }
  });

  it('is reported when it is not there', async () => {
    expect(await readBatchFile(at('none.json'))).toMatchObject({ problems: [{ code: 'UNREADABLE' }] });
    expect(await readBatchFile(at('no/such/folder.csv'))).toMatchObject({
      problems: [{ code: 'UNREADABLE' }],
    });
    expect(await readBatchFile(folder)).toMatchObject({ problems: [{ code: 'UNREADABLE' }] });
  });
});

describe('any content', () => {
  it('gives problems or restaurants, never nothing, never a crash', async () => {
    const content = fc.oneof(
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      fc.json().map((text) => Buffer.from(text)),
      fc
        .array(fc.oneof(fc.constant(restaurant()), fc.object()))
        .map((list) => Buffer.from(JSON.stringify(list))),
    );
    await fc.assert(
      fc.asyncProperty(content, fc.constantFrom('a.json', 'a.csv', 'a'), async (bytes, name) => {
        const result = await parseBatchFile(name, bytes, noMenus);
        expect(result.ok ? result.restaurants.length : result.problems.length).toBeGreaterThan(0);
      }),
      { numRuns: 500 },
    );
  });

  it('is JSON for us exactly when it is for JSON.parse', () => {
    const isJson = (text: string): boolean => {
      try {
        JSON.parse(text);
        return true;
      } catch (error) {
        if (error instanceof SyntaxError) return false;
        throw error;
      }
    };
    const pieces = fc.array(
      fc.constantFrom(
        '{',
        '}',
        '[',
        ']',
        ',',
        ':',
        '"a"',
        '"\\u00e9"',
        '"\\x"',
        '"',
        '-',
        '0',
        '1',
        '.',
        'e5',
        'true',
        'null',
        ' ',
        '\n',
        '\u00a0',
      ),
    );
    fc.assert(
      fc.property(
        fc.oneof(
          fc.json(),
          fc.string(),
          pieces.map((parts) => parts.join('')),
        ),
        (text) => {
          expect(parseLocatedJson(text).ok).toBe(isJson(text));
        },
      ),
      { numRuns: 3000 },
    );
  });
});
