/**
 * The file that a batch of restaurants is made from: JSON (an array) or CSV (a row a restaurant, menus beside it).
 * Every bad row is reported with its line and column; a file with one problem gives no restaurants at all.
 */
import { readFile, realpath } from 'node:fs/promises';
import path from 'node:path';
import { readBatchCsv } from './batch-file/csv';
import { readBatchJson } from './batch-file/json';
import type { BatchFileProblem, Reading, ReadMenu } from './batch-file/problems';
import type { BatchFileRestaurant } from './batch-file/schema';

export type { BatchFileProblem, ReadMenu } from './batch-file/problems';
export {
  batchFileRestaurantSchema,
  type BatchFileAnswers,
  type BatchFileCompany,
  type BatchFileDish,
  type BatchFileRestaurant,
} from './batch-file/schema';

export type BatchFileResult =
  | { ok: true; restaurants: BatchFileRestaurant[] }
  | {
      ok: false;
      /** At least one, in the order of the file. */
      problems: BatchFileProblem[];
    };

/** As many as a batch takes. */
const MAX_RESTAURANTS = 1000;

/** Problems of the file as a whole. */
function overall(file: string, { restaurants, problems }: Reading): BatchFileProblem[] {
  if (restaurants.length === 0 && problems.length === 0) {
    return [
      { file, line: 1, column: 1, code: 'NO_RESTAURANTS', message: 'There is no restaurant in this file.' },
    ];
  }
  const found: BatchFileProblem[] = [];
  const seen = new Map<string, number>();
  for (const [i, { restaurant, line, column }] of restaurants.entries()) {
    const { name, address, city } = restaurant;
    const key = JSON.stringify([name, address, city].map((part) => part.toLowerCase().replace(/\s+/g, ' ')));
    const earlier = seen.get(key);
    if (earlier !== undefined) {
      const message = `"${name}" at this address stands in line ${earlier} already.`;
      found.push({ file, line, column, code: 'DUPLICATE_RESTAURANT', message });
    }
    seen.set(key, earlier ?? line);
    if (i === MAX_RESTAURANTS) {
      const message = `A batch has at most ${MAX_RESTAURANTS} restaurants.`;
      found.push({ file, line, column, code: 'TOO_MANY_RESTAURANTS', message });
    }
  }
  return found;
}

/** JSON by its ending, or by its first sign where the ending says nothing. */
function isJson(file: string, content: Uint8Array): boolean {
  const ending = path.extname(file).toLowerCase();
  if (ending === '.json' || ending === '.csv') return ending === '.json';
  return /^\uFEFF?\s*[[{]/.test(Buffer.from(content.subarray(0, 1000)).toString('utf8'));
}

/**
 * @param file Its name, shown with problems; the ending `.json` or `.csv` says what it is.
 * @param readMenu Gives the menu files that the rows of a CSV name.
 */
export async function parseBatchFile(
  file: string,
  content: Uint8Array,
  readMenu: ReadMenu,
): Promise<BatchFileResult> {
  const reading = isJson(file, content)
    ? readBatchJson(file, content)
    : await readBatchCsv(file, content, readMenu);
  const problems = [...reading.problems, ...overall(file, reading)];
  if (problems.length === 0)
    return { ok: true, restaurants: reading.restaurants.map(({ restaurant }) => restaurant) };
  const ofFile = (problem: BatchFileProblem): number => (problem.file === file ? 0 : 1);
  problems.sort(
    (a, b) => ofFile(a) - ofFile(b) || (ofFile(a) === 0 ? a.line - b.line || a.column - b.column : 0),
  );
  return { ok: false, problems };
}

const unreadable = (file: string, why: string): { problem: BatchFileProblem } => ({
  problem: { file, line: 1, column: 1, code: 'UNREADABLE', message: why },
});

async function readWhole(file: string, shown: string): Promise<Uint8Array | { problem: BatchFileProblem }> {
  try {
    return await readFile(file);
  } catch (error) {
    const code = error instanceof Error && 'code' in error ? String(error.code) : 'unknown error';
    return unreadable(
      shown,
      code === 'ENOENT' ? 'There is no such file.' : `The file cannot be read (${code}).`,
    );
  }
}

/** Reads a batch file from disk. Menu files must stand in its folder or below it. */
export async function readBatchFile(file: string): Promise<BatchFileResult> {
  const content = await readWhole(file, file);
  if ('problem' in content) return { ok: false, problems: [content.problem] };
  const folder = await realpath(path.dirname(file));
  return parseBatchFile(file, content, async (menuFile) => {
    const target = path.resolve(folder, menuFile);
    const real = await realpath(target).catch(() => target);
    if (!real.startsWith(folder + path.sep))
      return unreadable(menuFile, 'A menu file stands beside its batch file.');
    return readWhole(real, menuFile);
  });
}
