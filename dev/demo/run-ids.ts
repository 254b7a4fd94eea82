/** Fresh identities for each run, so that the demo may be repeated at once on the same stack. */
import { createHash, randomBytes } from 'node:crypto';

/** Eight hexadecimal digits. */
export function newRunId(): string {
  return randomBytes(4).toString('hex');
}

/** A UUID (version 4 in form), the same for the same run and parts. */
export function runUuid(runId: string, ...parts: (string | number)[]): string {
  const digits = createHash('sha256')
    .update(JSON.stringify([runId, ...parts]))
    .digest('hex');
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}

/** The address with the run in it: the vendor keeps an e-mail's account for ever. The case of the rest is kept. */
export function runEmail(runId: string, email: string): string {
  const at = email.lastIndexOf('@');
  return `${email.slice(0, at)}+${runId}${email.slice(at)}`;
}
