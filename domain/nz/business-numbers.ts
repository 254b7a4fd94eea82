/** New Zealand business identifiers: NZBN, company number, IRD (= GST) number. */
import { accept, refuse, type Parsed } from './parsed';

const digits = (text: string): number[] => [...text].map(Number);

const weighted = (numbers: readonly number[], weights: readonly number[]): number =>
  numbers.reduce((sum, digit, i) => sum + digit * (weights[i] ?? 0), 0);

/** GS1 check digit over the first twelve digits. */
function nzbnCheckDigit(first12: string): number {
  const sum = weighted(digits(first12), [1, 3, 1, 3, 1, 3, 1, 3, 1, 3, 1, 3]);
  return (10 - (sum % 10)) % 10;
}

/** New Zealand Business Number: 13 digits, white space stripped. */
export function parseNzbn(input: string): Parsed {
  const value = input.replace(/\s/g, '');
  if (value === '') return refuse('The NZBN is empty.');
  if (!/^\d{13}$/.test(value)) return refuse('An NZBN has 13 digits.');
  if (!value.startsWith('94')) return refuse('An NZBN begins with 94.');
  if (nzbnCheckDigit(value.slice(0, 12)) !== Number(value[12])) {
    return refuse('The check digit of this NZBN is wrong: a digit is mistyped.');
  }
  return accept(value, value.startsWith('94290') ? undefined : 'NZBNs usually begin with 94290: check it.');
}

/** Number of the Companies Register: up to 8 digits, without its leading zeros so that two spellings compare equal. */
export function parseCompanyNumber(input: string): Parsed {
  const value = input.trim();
  if (value === '') return refuse('The company number is empty.');
  if (/^\d{13}$/.test(value)) return refuse('This looks like an NZBN, not a company number.');
  if (!/^\d{1,8}$/.test(value)) return refuse('A company number has 1 to 8 digits.');
  const number = value.replace(/^0+/, '');
  return number === '' ? refuse('A company number is not zero.') : accept(number);
}

const IRD_MIN = 10_000_000;
const IRD_WEIGHTS = [
  [3, 2, 7, 6, 5, 4, 3, 2],
  [7, 4, 3, 2, 5, 2, 7, 6],
] as const;

/** null: this base has no check digit, so no such number was issued. */
function irdCheckDigit(base: string): number | null {
  for (const weights of IRD_WEIGHTS) {
    const remainder = weighted(digits(base.padStart(8, '0')), weights) % 11;
    const check = remainder === 0 ? 0 : 11 - remainder;
    if (check < 10) return check;
  }
  return null;
}

/**
 * IRD number; the GST number is the same number. Spaces and hyphens are stripped, a written-out leading zero too.
 * @param max Upper bound, setting `IRD_MAX`: numbers near 150,000,000 are being issued.
 */
export function parseIrd(input: string, max = 150_000_000): Parsed {
  const stripped = input.replace(/[\s-]/g, '');
  if (stripped === '') return refuse('The IRD number is empty.');
  if (!/^\d{8,9}$/.test(stripped)) return refuse('An IRD number has 8 or 9 digits.');
  const value = String(Number(stripped));
  if (Number(value) < IRD_MIN || Number(value) > max)
    return refuse('This IRD number is outside of what is issued.');
  if (irdCheckDigit(value.slice(0, -1)) !== Number(value.at(-1))) {
    return refuse('The check digit of this IRD number is wrong: a digit is mistyped.');
  }
  return accept(value);
}

/** `NN-NNN-NNN` or `NNN-NNN-NNN`, of a number that `parseIrd` accepted. */
export function formatIrd(value: string): string {
  return value.replace(/^(\d+)(\d{3})(\d{3})$/, '$1-$2-$3');
}
