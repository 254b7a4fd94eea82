/** Everything that looks random in the simulator comes from here, so that one seed gives one world. */
import { createHash } from 'node:crypto';

type Part = string | number;

function digest(seed: number, parts: readonly Part[]): Buffer {
  return createHash('sha256')
    .update(JSON.stringify([seed, ...parts]))
    .digest();
}

/** A number in [0, 1), the same for the same seed and parts. */
export function fraction(seed: number, ...parts: Part[]): number {
  return digest(seed, parts).readUIntBE(0, 6) / 2 ** 48;
}

/** A factor in [0.8, 1.2): the spread of durations. */
export function spread(seed: number, ...parts: Part[]): number {
  return 0.8 + 0.4 * fraction(seed, ...parts);
}

/** `length` (at most 64) hexadecimal digits. */
export function hex(length: number, seed: number, ...parts: Part[]): string {
  return digest(seed, parts).toString('hex').slice(0, length);
}

/** A UUID (version 4 in form). */
export function uuid(seed: number, ...parts: Part[]): string {
  const digits = hex(32, seed, ...parts);
  return [
    digits.slice(0, 8),
    digits.slice(8, 12),
    `4${digits.slice(13, 16)}`,
    `8${digits.slice(17, 20)}`,
    digits.slice(20, 32),
  ].join('-');
}

/** What stands in for a secret in ledger, state and answers: comparable, not readable. */
export function secretHash(secret: string): string {
  return `sha256:${createHash('sha256').update(secret).digest('hex').slice(0, 16)}`;
}
