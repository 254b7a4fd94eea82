/** In which forms a password may stand somewhere, and the search for them. Pure. */

/** Bytes that were read somewhere, and the name by which a person finds that place again. */
export interface Place {
  name: string;
  bytes: Buffer;
}

export interface Hit {
  place: string;
  /** The name of the secret, not the secret. */
  secret: string;
  form: string;
}

interface Needle {
  form: string;
  bytes: Buffer;
}

/** Shorter pieces are met by chance. */
const SHORTEST = 8;

const json = (text: string): string => JSON.stringify(text).slice(1, -1);
const reversed = (text: string): string => [...text].reverse().join('');

/**
 * Base64 of the value in the middle of other bytes: it may begin at the first, second or third byte of a group. What its
 * neighbours have a share in is left out.
 */
function base64In(value: Buffer, before: number): string {
  const text = Buffer.concat([Buffer.alloc(before), value])
    .toString('base64')
    .replace(/=+$/, '');
  const from = Math.ceil((before * 4) / 3);
  const until = Math.floor(((before + value.length) * 4) / 3);
  return text.slice(from, until);
}

function formsOf(secret: string): Record<string, string> {
  const value = Buffer.from(secret, 'utf8');
  const half = Math.floor(secret.length / 2);
  const halves = { first: secret.slice(0, half), second: secret.slice(half) };
  const [longestWord = ''] = (secret.match(/[A-Za-z0-9]+/g) ?? []).sort((a, b) => b.length - a.length);
  const base64 = [0, 1, 2].map((before) => base64In(value, before));
  const url = encodeURIComponent(secret);
  return {
    plain: secret,
    json: json(secret),
    'json in json': json(json(secret)),
    url,
    form: url.replaceAll('%20', '+'),
    hex: value.toString('hex'),
    'hex in capitals': value.toString('hex').toUpperCase(),
    ...Object.fromEntries(base64.map((text, at) => [`base64 from byte ${at}`, text])),
    ...Object.fromEntries(
      base64.map((text, at) => [`base64url from byte ${at}`, text.replaceAll('+', '-').replaceAll('/', '_')]),
    ),
    reversed: reversed(secret),
    'first half': halves.first,
    'second half': halves.second,
    'halves swapped': halves.second + halves.first,
    'first half reversed': reversed(halves.first),
    'second half reversed': reversed(halves.second),
    // Whatever a form does to signs, it leaves letters and digits alone.
    'longest word': longestWord,
  };
}

/** @throws RangeError for a secret that is too short to be recognised */
export function needlesOf(secret: string): Needle[] {
  if (secret.length < SHORTEST)
    throw new RangeError(`A secret of ${secret.length} characters is met by chance`);
  const seen = new Set<string>();
  return Object.entries(formsOf(secret)).flatMap(([form, text]) => {
    if (text.length < SHORTEST || seen.has(text)) return [];
    seen.add(text);
    return [{ form, bytes: Buffer.from(text, 'utf8') }];
  });
}

interface Sought extends Needle {
  secret: string;
}

/** All needles in one pass: what begins with none of their first four bytes is passed over. */
class Haystack {
  private readonly byHead = new Map<number, Sought[]>();
  /** By two bytes, which costs less than a look into the map for each position. */
  private readonly heads = new Uint8Array(1 << 16);

  constructor(sought: readonly Sought[]) {
    for (const one of sought) {
      const head = one.bytes.readUInt32LE(0);
      this.byHead.set(head, [...(this.byHead.get(head) ?? []), one]);
      this.heads[one.bytes.readUInt16LE(0)] = 1;
    }
  }

  foundIn(bytes: Buffer): Set<Sought> {
    const found = new Set<Sought>();
    for (let at = 0; at + 4 <= bytes.length; at += 1) {
      if (this.heads[(bytes[at] ?? 0) | ((bytes[at + 1] ?? 0) << 8)] !== 1) continue;
      for (const one of this.byHead.get(bytes.readUInt32LE(at)) ?? []) {
        if (bytes.subarray(at, at + one.bytes.length).equals(one.bytes)) found.add(one);
      }
    }
    return found;
  }
}

/** Every place where one of the secrets stands in any form. `secrets` by name. */
export function search(places: readonly Place[], secrets: ReadonlyMap<string, string>): Hit[] {
  const haystack = new Haystack(
    [...secrets].flatMap(([secret, value]) => needlesOf(value).map((needle) => ({ ...needle, secret }))),
  );
  return places.flatMap(({ name: place, bytes }) =>
    [...haystack.foundIn(bytes)].map(({ secret, form }): Hit => ({ place, secret, form })),
  );
}
