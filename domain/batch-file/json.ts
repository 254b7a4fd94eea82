/** A batch file as JSON: an array of restaurants, each with its menu. */
import { isUtf8 } from 'node:buffer';
import { type z } from 'zod';
import { parseLocatedJson } from '../located-json';
import type { BatchFileProblem, Reading } from './problems';
import { batchFileRestaurantSchema } from './schema';

const MAX_BYTES = 50 * 1024 * 1024;

/** Where an issue of zod points to, and what it says; an unknown key is pointed at itself. */
function pointed(issue: z.core.$ZodIssue): { path: PropertyKey[]; message: string }[] {
  if (issue.code !== 'unrecognized_keys') return [{ path: issue.path, message: issue.message }];
  return issue.keys.map((key) => ({ path: [...issue.path, key], message: 'This key is not known.' }));
}

/** Every restaurant is read, whatever is wrong with others. */
export function readBatchJson(file: string, bytes: Uint8Array): Reading {
  const only = (problem: Omit<BatchFileProblem, 'file'>): Reading => ({
    restaurants: [],
    problems: [{ file, ...problem }],
  });
  const start = { line: 1, column: 1 };
  if (bytes.length > MAX_BYTES) {
    return only({ ...start, code: 'FILE_TOO_LARGE', message: `A file has at most ${MAX_BYTES} bytes.` });
  }
  if (!isUtf8(bytes)) return only({ ...start, code: 'BAD_CHARACTER', message: 'The file is not UTF-8.' });
  const json = parseLocatedJson(new TextDecoder().decode(bytes));
  if (!json.ok)
    return only({ ...json.place, code: 'JSON_SYNTAX', message: 'This is not JSON from here on.' });
  if (!Array.isArray(json.value)) {
    return only({
      ...json.locate([]),
      code: 'INVALID',
      message: 'The file must hold an array of restaurants.',
    });
  }
  const all: Reading = { restaurants: [], problems: [] };
  for (const [i, value] of json.value.entries()) {
    const parsed = batchFileRestaurantSchema.safeParse(value);
    if (parsed.success) {
      all.restaurants.push({ restaurant: parsed.data, ...json.locate([i]) });
      continue;
    }
    for (const { path, message } of parsed.error.issues.flatMap(pointed)) {
      const at = path.map(String).join('.') || `restaurant ${i + 1}`;
      all.problems.push({
        file,
        ...json.locate([i, ...path]),
        code: 'INVALID',
        message: `${at}: ${message}`,
      });
    }
  }
  return all;
}
