/**
 * Restaurant and company names: cleaning before a search, comparing after it.
 * Everything here is total: any text in, never a throw.
 */
import { token_set_ratio, token_sort_ratio } from 'fuzzball';

/** Lower case without diacritics, so that "Kōwhai" and "KOWHAI" compare equal. Other scripts are kept. */
export function foldText(text: string): string {
  return text.normalize('NFKD').replace(/\p{M}/gu, '').toLowerCase().normalize('NFC');
}

export function collapseSpace(text: string): string {
  return text.replace(/\s+/gu, ' ').trim();
}

/** Drops every "(…)" part, such as a branch suffix; the original if nothing is left. */
export function cleanRestaurantName(name: string): string {
  let cleaned = name;
  for (let before = ''; before !== cleaned;) {
    before = cleaned;
    cleaned = cleaned.replace(/\([^()]*\)/gu, ' ');
  }
  return collapseSpace(cleaned) || collapseSpace(name);
}

const LEGAL_WORDS: ReadonlySet<string> = new Set(['limited', 'ltd', 'nz']);
const YEAR = /^(19|20)\d\d$/;

/**
 * A name reduced to what identifies it: folded, without LIMITED, LTD, NZ, years, brackets and punctuation.
 * A year that opens the name is part of it ("1947 Eatery"). Never empty when the name has a letter or digit.
 */
export function comparableName(name: string): string {
  const words = foldText(name)
    .replace(/&/g, ' and ')
    .replace(/\bn\.\s?z\.?(?=\s|$)/g, 'nz')
    .replace(/['’‘`ʻ]/gu, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  const kept = words.filter((word, at) => !LEGAL_WORDS.has(word) && !(at > 0 && YEAR.test(word)));
  return (kept.length > 0 ? kept : words).join(' ');
}

/**
 * How alike two names are, 0 to 100. Mean of token-set and token-sort: the first alone would call
 * "Spice Route" and "SPICE ROUTE WELLINGTON" equal, the second alone punishes every added word.
 */
export function nameSimilarity(a: string, b: string): number {
  const [left, right] = [comparableName(a), comparableName(b)];
  if (left === '' || right === '') return 0;
  if (left === right) return 100;
  // Folded already; fuzzball's own clean-up would drop whatever is not ASCII.
  const options = { full_process: false };
  const score = (token_set_ratio(left, right, options) + token_sort_ratio(left, right, options)) / 2;
  // Only equal names score 100.
  return Math.min(99, Math.max(0, Math.round(score)));
}

const FILLER_WORDS: ReadonlySet<string> = new Set(['and', 'the', 'of', 'at', 'a', 'on', 'in']);

/** Whether two names share a word that says something: how the register itself matches. */
export function shareWord(a: string, b: string): boolean {
  const words = (name: string): string[] =>
    comparableName(name)
      .split(' ')
      .filter((word) => word !== '' && !FILLER_WORDS.has(word));
  const others = new Set(words(b));
  return words(a).some((word) => others.has(word));
}

/** Title case for a name written in capitals ("O'BRIEN-TE WHARE" → "O'Brien-Te Whare"); any other spelling is kept. */
export function titleCaseIfCapitals(name: string): string {
  if (name !== name.toUpperCase()) return name;
  return name
    .toLowerCase()
    .replace(/(^|[\s'’-])(\p{L})/gu, (_, lead: string, letter: string) => lead + letter.toUpperCase());
}
