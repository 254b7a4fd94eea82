/** zod's issues as flat, per-field problems. */
import type { z } from 'zod';

export interface FieldIssue {
  /** Dotted, e.g. `restaurant.opening_hours.3.hours`; empty for the whole. */
  path: string;
  message: string;
  /** zod's code in upper case, e.g. `INVALID_TYPE`, `UNRECOGNIZED_KEYS`. */
  code: string;
}

/** One entry per field. An unknown key is reported under its own path, not its parent's. */
export function fieldIssues(error: Pick<z.ZodError, 'issues'>): FieldIssue[] {
  return error.issues.flatMap((issue) => {
    const at = (extra: string[] = []): string => [...issue.path.map(String), ...extra].join('.');
    const code = issue.code.toUpperCase();
    return issue.code === 'unrecognized_keys'
      ? issue.keys.map((key) => ({ path: at([key]), message: 'This key is not known.', code }))
      : [{ path: at(), message: issue.message, code }];
  });
}
