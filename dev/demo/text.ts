/** Text on a terminal: how wide it is, cut and filled to a width, coloured. */
import { stripVTControlCharacters } from 'node:util';

const graphemes = new Intl.Segmenter('en', { granularity: 'grapheme' });
/** East Asian wide characters and pictures take two cells. */
const WIDE =
  /^[\u1100-\u115F\u2E80-\uA4CF\uAC00-\uD7A3\uF900-\uFAFF\uFE30-\uFE6F\uFF00-\uFF60\uFFE0-\uFFE6]|^\p{Emoji_Presentation}/u;
/** Control characters and marks without a base take none. */
const NO_WIDTH = /^[\p{Cc}\p{Cf}\p{M}]+$/u;

const clusters = (text: string): string[] => [...graphemes.segment(text)].map(({ segment }) => segment);
const widthOf = (cluster: string): number => (NO_WIDTH.test(cluster) ? 0 : WIDE.test(cluster) ? 2 : 1);

/** Cells that a text takes; a letter with its macron, in one character or two, takes one. Colours take none. */
export function displayWidth(text: string): number {
  return clusters(stripVTControlCharacters(text)).reduce((sum, cluster) => sum + widthOf(cluster), 0);
}

/** The text in at most `width` cells, ending in "…" if something was cut. Not for coloured text. */
export function fit(text: string, width: number): string {
  if (displayWidth(text) <= width) return text;
  let kept = '';
  let used = 1;
  for (const cluster of clusters(text)) {
    used += widthOf(cluster);
    if (used > width) break;
    kept += cluster;
  }
  return width > 0 ? `${kept.trimEnd()}…` : '';
}

/** Cut or filled with blanks to exactly `width` cells. */
export function cell(text: string, width: number, align: 'left' | 'right' = 'left'): string {
  const cut = fit(text, width);
  const blanks = ' '.repeat(Math.max(0, width - displayWidth(cut)));
  return align === 'left' ? cut + blanks : blanks + cut;
}

const CODES = { green: 32, red: 31, yellow: 33, cyan: 36, dim: 2, bold: 1 } as const;
export type Colour = keyof typeof CODES;
export type Paint = (colour: Colour, text: string) => string;

/** Plain text where colours are not wanted (NO_COLOR, or no terminal). */
export function painter(colours: boolean): Paint {
  return (colour, text) => (colours ? `\u001B[${CODES[colour]}m${text}\u001B[0m` : text);
}

export interface Column {
  title: string;
  align?: 'left' | 'right';
  /** Gives cells away where the table is too wide. */
  shrinks?: boolean;
}

const GAP = '  ';
const LEAST = 8;

/** As wide as the widest cell of each column; the widest of those that may shrink gives way until all fit. */
function columnWidths(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): number[] {
  const widths = columns.map(({ title }, at) =>
    Math.max(...[title, ...rows.map((row) => row[at] ?? '')].map(displayWidth)),
  );
  const total = (): number => widths.reduce((sum, each) => sum + each, GAP.length * (columns.length - 1));
  while (total() > width) {
    const [widest] = columns
      .flatMap(({ shrinks }, at) => (shrinks && (widths[at] ?? 0) > LEAST ? [at] : []))
      .sort((a, b) => (widths[b] ?? 0) - (widths[a] ?? 0));
    if (widest === undefined) break;
    widths[widest] = (widths[widest] ?? 0) - 1;
  }
  return widths;
}

/** A table with a line under its head, no wider than `width` cells. */
export function table(
  columns: readonly Column[],
  rows: readonly (readonly string[])[],
  width: number,
): string[] {
  const widths = columnWidths(columns, rows, width);
  const line = (cells: readonly string[]): string => {
    const filled = columns.map(({ align }, at) => cell(cells[at] ?? '', widths[at] ?? 0, align));
    return fit(filled.join(GAP).trimEnd(), width);
  };
  return [
    line(columns.map(({ title }) => title)),
    line(widths.map((each) => '─'.repeat(each))),
    ...rows.map(line),
  ];
}
