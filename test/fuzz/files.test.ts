import { readFileSync } from 'node:fs';
import path from 'node:path';
import fc from 'fast-check';
import { parseBatchFile, type ReadMenu } from '../../domain/batch-file';
import { csvLine, readCsvRows, safeCell } from '../../domain/csv';
import { parseLocatedJson } from '../../domain/located-json';
import { readMenuCsv } from '../../domain/menu-csv';
import { isPlainText } from '../../domain/plain-text';
import { anyBytes, holds, hostileText, mutatedBytes, mutations, textsIn } from './fuzz';

const file = (...parts: string[]): Buffer => readFileSync(path.join(__dirname, '..', '..', ...parts));
const MENU = file('test', 'fixtures', 'menu-20.csv');
const BATCH_CSV = file('dev', 'samples', 'batch-example.csv');
const BATCH_JSON = JSON.parse(file('dev', 'samples', 'restaurants.json').toString('utf8')) as unknown[];
const FEW = Buffer.from(JSON.stringify(BATCH_JSON.slice(0, 2)));

/** The same bytes in pieces: what is read must not depend on where a network or a disk cut them. */
async function* pieces(bytes: Uint8Array, size: number): AsyncGenerator<Uint8Array> {
  for (let at = 0; at < bytes.length; at += size) yield Promise.resolve(bytes.subarray(at, at + size));
}

const placed = ({ line, column }: { line: number; column: number }): boolean =>
  Number.isInteger(line) && line >= 1 && Number.isInteger(column) && column >= 1;

describe('a menu', () => {
  test.each([
    ['any bytes', anyBytes],
    ['a good one, damaged', mutatedBytes(MENU)],
  ])('of %s gives dishes or says what is wrong where', (_name, bytes) =>
    holds(
      fc.asyncProperty(bytes, fc.integer({ min: 1, max: 64 }), async (content, size) => {
        const result = await readMenuCsv(content);
        expect(result.dishes.length + result.problems.length).toBeGreaterThan(0);
        expect([...result.problems, ...result.warnings].every(placed)).toBe(true);
        for (const dish of result.dishes) {
          expect(dish.name.trim()).not.toBe('');
          expect(dish.price >= 0 && dish.price <= 10_000).toBe(true);
          expect(textsIn(dish).every(isPlainText)).toBe(true);
        }
        expect(await readMenuCsv(pieces(content, size))).toEqual(result);
      }),
      2,
    ),
  );

  test.each([
    ['quotes alone', '"'.repeat(2_000_000)],
    ['commas alone', ','.repeat(2_000_000)],
    ['line ends alone', '\n'.repeat(2_000_000)],
    ['carriage returns alone', '\r'.repeat(2_000_000)],
    ['one quote that never closes', `"${'a,\n'.repeat(500_000)}`],
  ])('that is huge and holds %s comes to an end', async (_name, text) => {
    const header = MENU.toString('utf8').split('\n', 1)[0] ?? '';
    for (const content of [text, `${header}\n${text}`]) {
      const { dishes, problems } = await readMenuCsv(content);
      expect(dishes).toEqual([]);
      expect(problems.length).toBeGreaterThan(0);
    }
  });
});

describe('a batch file', () => {
  const readMenu: ReadMenu = () => Promise.resolve(MENU);
  async function check(name: string, content: Uint8Array): Promise<void> {
    const result = await parseBatchFile(name, content, readMenu);
    if (!result.ok) {
      expect(result.problems.length).toBeGreaterThan(0);
      expect(result.problems.every(placed)).toBe(true);
      return;
    }
    expect(result.restaurants.length).toBeGreaterThan(0);
    for (const restaurant of result.restaurants) {
      expect(restaurant.name.trim()).not.toBe('');
      expect(restaurant.menu.dishes.length).toBeGreaterThan(0);
      expect(textsIn(restaurant).every(isPlainText)).toBe(true);
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  }

  test.each([
    ['CSV', 'batch.csv', BATCH_CSV],
    ['JSON', 'batch.json', FEW],
  ])('as damaged %s gives restaurants or says what is wrong where', (_kind, name, valid) =>
    holds(
      fc.asyncProperty(fc.oneof(anyBytes, mutatedBytes(valid)), (content) => check(name, content)),
      2,
    ),
  );
  test('of no known ending', () => holds(fc.asyncProperty(anyBytes, (content) => check('batch', content))));
  test('as JSON with values that do not belong', () =>
    holds(
      fc.asyncProperty(mutations(), (change) =>
        check('batch.json', Buffer.from(JSON.stringify(change(BATCH_JSON.slice(0, 2))) ?? 'null')),
      ),
      2,
    ));
  test.each([
    ['brackets', '['.repeat(3_000_000)],
    ['braces', '{"a":'.repeat(1_000_000)],
    ['backslashes in a text', `["${'\\\\'.repeat(2_000_000)}`],
    ['digits', `[${'1'.repeat(3_000_000)}]`],
    ['blanks', ' '.repeat(3_000_000)],
  ])('that is huge and holds %s alone comes to an end', async (_name, text) => {
    expect(await parseBatchFile('batch.json', Buffer.from(text), readMenu)).toMatchObject({ ok: false });
  });
});

test('places in JSON: what JSON.parse takes is taken with the same value, and nothing else', () =>
  holds(
    fc.asyncProperty(
      fc.oneof(
        fc.json(),
        mutatedBytes(Buffer.from('{"a":[1,-2.5e3,"x\\u00e9",null],"__proto__":{"b":true},"a":{}}')).map(
          (bytes) => Buffer.from(bytes).toString('utf8'),
        ),
      ),
      (text) => {
        let expected: { value: unknown } | null;
        try {
          expected = { value: JSON.parse(text) as unknown };
        } catch (error) {
          expect(error).toBeInstanceOf(SyntaxError);
          expected = null;
        }
        const located = parseLocatedJson(text);
        expect(located.ok).toBe(expected !== null);
        if (located.ok) expect(located.value).toEqual(expected?.value);
        else expect(placed(located.place)).toBe(true);
        return Promise.resolve();
      },
    ),
    5,
  ));

describe('a cell of a download', () => {
  const rowsOf = async (text: string): Promise<string[][]> => {
    const rows: string[][] = [];
    for await (const { cells } of readCsvRows(text)) if (cells) rows.push(cells);
    return rows;
  };
  const formula = fc.tuple(
    hostileText(),
    fc.constantFrom('', '', ' ', '\t', '\n', '\r\n', ';', ',', '|', '";', ' ; '),
    fc.constantFrom('=1+1', '+1', '-1', '@SUM(A1)', '\uff1d1', ''),
  );
  const text = fc.array(formula, { minLength: 1, maxLength: 3 }).map((parts) => parts.flat().join(''));

  test('is no formula, whichever sign the program takes for the end of a cell', () =>
    holds(
      fc.asyncProperty(text, (cell) => {
        for (const part of safeCell(cell).split(/[;|\t\r\n]/))
          expect(part).not.toMatch(/^[ \u00a0]*[=+\-@\uff1d\uff0b\uff0d\uff20]/);
        return Promise.resolve();
      }),
      10,
    ));

  test('stays one cell of one row, whatever it holds', () =>
    holds(
      fc.asyncProperty(text.filter(isPlainText), async (cell) => {
        const safe = safeCell(cell.slice(0, 1_000));
        expect(await rowsOf(csvLine(['first', safe, 'last']))).toEqual([['first', safe, 'last']]);
      }),
      5,
    ));
});
