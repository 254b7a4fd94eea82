/** CSV as rows with their physical lines, and cells that are safe to open in a spreadsheet. Shared by menus and batch files. */
import { pipeline, Readable } from 'node:stream';
import { parse } from 'csv-parse';
import { stringify } from 'csv-stringify/sync';
import { isPlainText, NOT_PLAIN_TEXT } from './plain-text';

/** Where something stands in a file. In CSV, `column` counts cells from 1; in JSON, characters. */
export interface FileFinding<Code extends string = string> {
  line: number;
  column: number;
  code: Code;
  message: string;
}

export type CsvProblemCode =
  'BLANK_LINE' | 'QUOTE_MISPLACED' | 'QUOTE_NOT_CLOSED' | 'CELL_TOO_LONG' | 'BAD_CHARACTER' | FileLimitCode;
/** These end the file: what stands behind is not read. */
export type FileLimitCode = 'FILE_TOO_LARGE' | 'TOO_MANY_ROWS';

export interface CsvLimits {
  bytes: number;
  /** Without the header. */
  rows: number;
  /** Characters. */
  cell: number;
}

export const CSV_LIMITS: CsvLimits = { bytes: 10 * 1024 * 1024, rows: 5000, cell: 20_000 };

export type CsvSource = string | Uint8Array | AsyncIterable<Uint8Array | string>;

/** Either cells that can be read, or what is wrong with the row as such. `line`: where the row begins, from 1. */
export type CsvRow =
  | { line: number; cells: string[]; problems: [] }
  | { line: number; cells: null; problems: FileFinding<CsvProblemCode>[] };

/** The parser reads a piece to its end before anybody may stop it: small, so that a file of nothing but rows costs little. */
const PIECE_BYTES = 16 * 1024;

function* inPieces(chunk: Uint8Array | string): Generator<Uint8Array> {
  const bytes = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
  for (let at = 0; at < bytes.length; at += PIECE_BYTES) yield bytes.subarray(at, at + PIECE_BYTES);
}

/** Hands on what fits, and then tells that there was more: an error would take rows along that are still on their way. */
async function* limited(source: CsvSource, bytes: number, onMore: () => void): AsyncGenerator<Uint8Array> {
  let left = bytes;
  const chunks = typeof source === 'string' || source instanceof Uint8Array ? [source] : source;
  for await (const chunk of chunks) {
    left -= Buffer.byteLength(chunk);
    if (left < 0) return onMore();
    yield* inPieces(chunk);
  }
}

/** Offset behind the closing quote of the cell that begins at `at`; -1 if there is none. */
function endOfQuoted(raw: string, at: number): number {
  for (let from = at + 1; ; from += 2) {
    from = raw.indexOf('"', from);
    if (from < 0 || raw[from + 1] !== '"') return from < 0 ? -1 : from + 1;
  }
}

/**
 * The number of the cell whose quotes are not where RFC 4180 wants them; null if all are. The parser is lenient there.
 * A scan and not a pattern: a pattern runs out of stack in a cell of megabytes.
 */
function misplacedQuote(raw: string): number | null {
  for (let at = 0, column = 1; ; column += 1) {
    const comma = raw.indexOf(',', at);
    const end = raw[at] === '"' ? endOfQuoted(raw, at) : comma < 0 ? raw.length : comma;
    if (end < 0 || (raw[at] !== '"' && raw.slice(at, end).includes('"'))) return column;
    if (end >= raw.length) return null;
    if (raw[end] !== ',') return column;
    at = end + 1;
  }
}

function rowProblems(
  raw: string,
  cells: string[],
  line: number,
  limits: CsvLimits,
): FileFinding<CsvProblemCode>[] {
  const problem = (column: number, code: CsvProblemCode, message: string) => ({
    line,
    column,
    code,
    message,
  });
  if (raw.trim() === '') return [problem(1, 'BLANK_LINE', 'The line is blank.')];
  const misplaced = raw.includes('"') ? misplacedQuote(raw) : null;
  if (misplaced !== null) {
    return [
      problem(
        misplaced,
        'QUOTE_MISPLACED',
        'A cell with a quote must stand in quotes, each inner one doubled.',
      ),
    ];
  }
  return cells.flatMap((cell, i) => {
    if (cell.length > limits.cell) {
      return [problem(i + 1, 'CELL_TOO_LONG', `A cell has at most ${limits.cell} characters.`)];
    }
    return isPlainText(cell) ? [] : [problem(i + 1, 'BAD_CHARACTER', NOT_PLAIN_TEXT)];
  });
}

/**
 * Reads a CSV row by row without holding the file: UTF-8 with or without BOM, LF or CRLF, RFC 4180 quotes. A broken row
 * is reported and the next one read; an open quote and a limit end the file. Blank lines are rows with a problem, the
 * header is an ordinary row. Throws only what the source itself throws.
 */
export async function* readCsvRows(
  source: CsvSource,
  limits: CsvLimits = CSV_LIMITS,
): AsyncGenerator<CsvRow> {
  let openQuote: number | null = null;
  let isCut = false;
  const parser = parse({
    bom: true,
    raw: true,
    relax_quotes: true,
    relax_column_count: true,
    record_delimiter: ['\r\n', '\n'],
    skip_records_with_error: true,
    // With relaxed quotes and column counts, an open quote is the only error left.
    on_skip: (error) => {
      openQuote = Number(error?.['index'] ?? 0) + 1;
      return undefined;
    },
  });
  const chunks = limited(source, limits.bytes, () => (isCut = true));
  // An error of the source reaches the loop below through the parser, which pipeline destroys with it.
  pipeline(Readable.from(chunks), parser, () => undefined);

  let line = 1;
  let rows = 0;
  const ending = (column: number, code: CsvProblemCode, message: string): CsvRow => ({
    line,
    cells: null,
    problems: [{ line, column, code, message }],
  });
  for await (const { raw, record: cells } of parser as AsyncIterable<{ raw: string; record: string[] }>) {
    if (isCut && !/[\r\n]$/.test(raw)) break;
    rows += 1;
    if (rows > limits.rows + 1) {
      yield ending(1, 'TOO_MANY_ROWS', `A file has at most ${limits.rows} rows.`);
      return;
    }
    const text = raw.replace(/^\uFEFF/, '').replace(/\r?\n?$/, '');
    const problems = rowProblems(text, cells, line, limits);
    yield problems.length > 0 ? { line, cells: null, problems } : { line, cells, problems: [] };
    line += text.split('\n').length;
  }
  if (isCut) {
    yield ending(1, 'FILE_TOO_LARGE', `A file has at most ${limits.bytes} bytes.`);
  } else if (openQuote !== null) {
    yield ending(
      openQuote,
      'QUOTE_NOT_CLOSED',
      'A quote is opened and never closed: the rest of the file is lost.',
    );
  }
}

/** What begins a formula; some programs take the full-width signs too, and all skip blanks before them. */
const FORMULA = '(?=[ \\u00A0]*[=+\\-@\\uFF1D\\uFF0B\\uFF0D\\uFF20])';
const CELL_START = new RegExp(`^(?:(?=[\\t\\r\\n])|${FORMULA})`);
/** Where a program that takes other signs for separators would begin another cell. */
const INNER_START = new RegExp(`([;|\\t\\r\\n])${FORMULA}`, 'g');

/**
 * A cell of a file that people download: what a spreadsheet would run as a formula gets a leading apostrophe, also behind a sign
 * that it may take for the end of the cell (many countries' programs read semicolons so, whatever the file says).
 */
export function safeCell(text: string): string {
  return text.replace(CELL_START, "'").replace(INNER_START, "$1'");
}

/** One line with its LF, quoted as RFC 4180 says. */
export function csvLine(cells: readonly string[]): string {
  return stringify([cells], { record_delimiter: '\n', quoted_match: /[\r\n]/ });
}
