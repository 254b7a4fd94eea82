/**
 * New Zealand street addresses: cutting the street out of a longer text, and evidence that two addresses are one place.
 * Total functions: any text in, never a throw.
 */
import { collapseSpace, foldText } from './names';

const STREET_TYPES: ReadonlySet<string> = new Set(
  (
    'street road avenue lane place way crescent drive terrace boulevard court close parade highway grove rise mews ' +
    'quay esplanade square walk path row'
  ).split(' '),
);

const ABBREVIATIONS: Readonly<Record<string, string>> = {
  st: 'street',
  rd: 'road',
  ave: 'avenue',
  ln: 'lane',
  pl: 'place',
  cres: 'crescent',
  dr: 'drive',
  tce: 'terrace',
  blvd: 'boulevard',
  ct: 'court',
  pde: 'parade',
  hwy: 'highway',
  sq: 'square',
};

/** "st." → "street"; undefined when the word is no street type. */
function streetType(word: string): string | undefined {
  const bare = foldText(word).replace(/[.,;]+$/u, '');
  if (STREET_TYPES.has(bare)) return bare;
  return Object.hasOwn(ABBREVIATIONS, bare) ? ABBREVIATIONS[bare] : undefined;
}

/** The street of an address needs a name before its type: "12 St Heliers Bay Road" is not cut at "St". */
function hasNameBefore(words: readonly string[], at: number): boolean {
  const before = words[at - 1];
  return before !== undefined && /^\p{L}/u.test(before) && !/[,;]$/u.test(before);
}

/** The text up to and including the first street type, abbreviations included; the first three words if it has none. */
export function cutStreet(address: string): string {
  const words = collapseSpace(address)
    .split(' ')
    .filter((word) => word !== '');
  const type = words.findIndex((word, at) => streetType(word) !== undefined && hasNameBefore(words, at));
  const kept = type === -1 ? words.slice(0, 3) : words.slice(0, type + 1);
  return kept.join(' ').replace(/[\s,;]+$/u, '');
}

/** One place: what must agree for two addresses to be the same. All folded. */
export interface Place {
  /** "12", "12a", "12-14"; without unit or level. */
  number: string;
  /** Types written out: "fern street". */
  street: string;
  postcode: string | null;
  /** Parts that may name the suburb or city. */
  localities: readonly string[];
}

const UNIT =
  /^(?:(?:unit|flat|apartment|apt|shop|suite|office|level|lvl|floor|kiosk|stall|tenancy)\s+[\p{L}\p{N}-]{1,5}(?:\s+|$)|(?:ground|first|second|third)\s+floor(?:\s+|$)|l\d{1,2}(?:\s+|$))/u;
const NUMBERED_STREET =
  /^(?:[\p{L}\p{N}]{1,5}\s*\/\s*)?(\d{1,5}[a-z]?(?:\s*-\s*\d{1,5}[a-z]?)?)\s+(\p{L}.*)$/u;
const POSTCODE = /(?:^|\s)(\d{4})$/;

function withoutUnit(part: string): string {
  let rest = part;
  for (let before = ''; before !== rest;) {
    before = rest;
    rest = rest.replace(UNIT, '').trim();
  }
  return rest;
}

function comparableStreet(street: string): string {
  const words = foldText(street)
    .replace(/['’.]/gu, '')
    .split(/[^\p{L}\p{N}]+/u)
    .filter((word) => word !== '');
  return words
    .map((word, at) => {
      if (at === 0) return word === 'saint' ? 'st' : word === 'mt' ? 'mount' : word;
      return streetType(word) ?? word;
    })
    .join(' ');
}

/**
 * Reads an address given as lines or one text with commas; null without a numbered street (a PO box, a suburb alone).
 * @param postcode given beside the lines, as the register does; else the last four digits that end a part
 */
export function readPlace(lines: readonly (string | null)[], postcode: string | null = null): Place | null {
  const parts = lines
    .flatMap((line) => (line ?? '').split(/[,;\n]/u))
    .map((part) => collapseSpace(foldText(part)))
    .filter((part) => part !== '' && part !== 'new zealand' && part !== 'nz');
  for (const [at, part] of parts.entries()) {
    const found = NUMBERED_STREET.exec(withoutUnit(part));
    const [number, name] = [found?.[1], found?.[2]];
    if (number === undefined || name === undefined) continue;
    const after = parts.slice(at + 1);
    const written = parts.slice(at).map((text) => POSTCODE.exec(text)?.[1]);
    return {
      number: number.replace(/\s+/g, ''),
      street: comparableStreet(cutStreet(name)),
      postcode:
        POSTCODE.exec(postcode?.trim() ?? '')?.[1] ??
        written.findLast((found) => found !== undefined) ??
        null,
      localities: after.map((text) => text.replace(POSTCODE, '').trim()).filter((text) => text !== ''),
    };
  }
  return null;
}

/** What is known of a restaurant's place when companies are compared with it. */
export interface SearchedPlace {
  street: string | null;
  city: string | null;
  postcode: string | null;
}

/** The searched place in comparable form; null if it cannot be evidence (no numbered street, or neither city nor postcode). */
export function comparablePlace(searched: SearchedPlace): Place | null {
  const place = readPlace([searched.street], searched.postcode);
  if (place === null) return null;
  const city =
    searched.city === null ? '' : collapseSpace(foldText(searched.city)).replace(POSTCODE, '').trim();
  if (city === '' && place.postcode === null) return null;
  return { ...place, localities: city === '' ? [] : [city] };
}

/** Same number and street, and same postcode or city. The street alone is no evidence: every city has a Queen Street. */
export function isSamePlace(searched: Place, other: Place): boolean {
  if (searched.number !== other.number || searched.street !== other.street) return false;
  if (searched.postcode !== null && searched.postcode === other.postcode) return true;
  return searched.localities.some((city) => other.localities.includes(city));
}
