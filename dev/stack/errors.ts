/**
 * Something the person at the keyboard can put right: `message` is one line that says what is wrong and what to do.
 * The commands print it without a stack trace and exit with 1.
 */
export class StackError extends Error {
  override readonly name = 'StackError';
}

/** The text of anything thrown. */
export function describe(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}

/** The `code` of a system error (`EADDRINUSE`, `ENOENT` ...), or undefined. */
export function errorCode(error: unknown): string | undefined {
  return error instanceof Error && 'code' in error && typeof error.code === 'string' ? error.code : undefined;
}
