/** Bytes, texts and documents from outside, as nobody would send them who means well. */
import fc from 'fast-check';
import { sized } from '../helpers/size';

const RUNS = sized(8, 500);
/** Fixed, so that what was green stays green; with another one a search for something new begins. */
const SEED = Number(process.env['FUZZ_SEED'] ?? 20_261_125);

/** @param share Of the number of runs, for properties that cost more or less than others. */
export async function holds<T>(property: fc.IAsyncProperty<T>, share = 1): Promise<void> {
  await fc.assert(property, { seed: SEED, numRuns: Math.max(1, Math.ceil(RUNS * share)) });
}

/** In what other systems say of an error: must be in nothing that leaves an adapter. */
export const FOREIGN = 'foreign-words-7f3a91';

export const hostileText = (...more: string[]): fc.Arbitrary<string> =>
  fc.oneof(
    fc.string({ unit: 'binary', maxLength: 40 }),
    fc.string({ unit: 'grapheme', maxLength: 40 }),
    fc.constantFrom(
      '',
      '__proto__',
      'constructor',
      '..',
      '../../etc/passwd',
      '\u0000',
      'a\u0000b',
      '\ud800',
      '\u202eright to left',
      'x\r\nX-Injected: y',
      '=HYPERLINK("http://x.example")',
      '<script>alert(1)</script>',
      'NaN',
      '-1',
      'y'.repeat(3_000),
      ...more,
    ),
  );

const DEEP: unknown = JSON.parse('['.repeat(400) + ']'.repeat(400));

export const hostileValue = (...more: string[]): fc.Arbitrary<unknown> =>
  fc.oneof(
    { weight: 3, arbitrary: hostileText(...more) },
    { weight: 2, arbitrary: fc.constantFrom(null, true, false, 0, -1, 0.5, 1e308, 2 ** 53, [], {}, [null]) },
    { weight: 1, arbitrary: fc.jsonValue({ maxDepth: 3 }) },
    { weight: 1, arbitrary: fc.constant(DEEP) },
    // An own key, as JSON.parse makes it.
    {
      weight: 1,
      arbitrary: fc.constant(JSON.parse('{"__proto__":{"polluted":true},"length":-1}') as unknown),
    },
  );

interface Change {
  /** Which of the document's values, counted round. */
  at: number;
  how: 'replace' | 'remove' | 'repeat';
  value: unknown;
}

/** A valid document of which a few values were replaced, removed or repeated. */
export function mutations(...more: string[]): fc.Arbitrary<(document: unknown) => unknown> {
  const change = fc.record<Change>({
    at: fc.nat(),
    how: fc.constantFrom('replace', 'replace', 'remove', 'repeat'),
    value: hostileValue(...more),
  });
  return fc.array(change, { minLength: 1, maxLength: 4 }).map((changes) => (document) => {
    const root = { document: structuredClone(document) };
    for (const one of changes) applyChange(root, one);
    return root.document;
  });
}

type Holder = Record<string, unknown>;

function applyChange(root: object, { at, how, value }: Change): void {
  const slots = slotsIn(root);
  const slot = slots[at % Math.max(1, slots.length)];
  if (!slot) return;
  const { holder, key } = slot;
  if (how === 'remove' && !Array.isArray(holder)) delete holder[key];
  else holder[key] = how === 'repeat' ? [holder[key], holder[key]] : structuredClone(value);
}

function slotsIn(value: unknown, found: { holder: Holder; key: string }[] = []): typeof found {
  if (typeof value !== 'object' || value === null || found.length > 500) return found;
  for (const [key, child] of Object.entries(value)) {
    found.push({ holder: value as Holder, key });
    slotsIn(child, found);
  }
  return found;
}

/** Bytes of a valid text with a few of them changed, taken out, doubled, or cut off. */
export function mutatedBytes(valid: Uint8Array): fc.Arbitrary<Uint8Array> {
  const edit = fc.record({
    at: fc.nat(valid.length),
    drop: fc.nat(20),
    put: fc.oneof(
      fc.uint8Array({ maxLength: 8 }),
      fc
        .constantFrom('"', '""', ',', '\n', '\r', '\r\n', '\ufeff', '{', '[', '\\', '\\u', 'é', '\u0000')
        .map((text) => new Uint8Array(Buffer.from(text))),
    ),
  });
  const cut = fc.option(fc.nat(valid.length), { nil: valid.length });
  return fc
    .tuple(fc.array(edit, { minLength: 1, maxLength: 6 }), cut)
    .map(([edits, length]) =>
      edits
        .reduce(
          (bytes, { at, drop, put }) =>
            Buffer.concat([bytes.subarray(0, at), put, bytes.subarray(at + drop)]),
          Buffer.from(valid),
        )
        .subarray(0, length),
    );
}

export const anyBytes: fc.Arbitrary<Uint8Array> = fc.oneof(
  fc.uint8Array({ maxLength: 2_000 }),
  fc.string({ unit: 'binary', maxLength: 500 }).map((text) => new Uint8Array(Buffer.from(text))),
);

/** Every text within a value, its keys included. */
export function textsIn(value: unknown): string[] {
  if (typeof value === 'string') return [value];
  if (typeof value !== 'object' || value === null) return [];
  return Object.entries(value).flatMap(([key, child]) => [key, ...textsIn(child)]);
}

/** An answer of HTTP whose body is no document of ours, or one that was changed. */
export interface WireAnswer {
  status: number;
  headers: Record<string, string>;
  raw: Uint8Array;
}

const STATUSES = [200, 200, 200, 200, 201, 302, 400, 401, 403, 404, 408, 409, 418, 429, 500, 502, 503, 504];

/** @param documents Valid ones. @param more Texts to be put where they do not belong. */
export function wireAnswers(documents: readonly unknown[], ...more: string[]): fc.Arbitrary<WireAnswer> {
  const json = (value: unknown): Uint8Array => Buffer.from(JSON.stringify(value) ?? 'null');
  const body = fc.oneof(
    {
      weight: 5,
      arbitrary: fc
        .tuple(fc.constantFrom(...documents), mutations(...more))
        .map(([document, change]) => json(change(document))),
    },
    { weight: 1, arbitrary: fc.constantFrom(...documents).chain((document) => mutatedBytes(json(document))) },
    { weight: 1, arbitrary: hostileValue(...more).map(json) },
    { weight: 1, arbitrary: anyBytes },
  );
  const headers = fc.constantFrom<Record<string, string>>(
    {},
    {},
    { 'content-type': 'text/html' },
    { 'retry-after': '99999999999999999999999' },
    { 'retry-after': '-5' },
    { 'retry-after': 'Fri, 31 Dec 9999 23:59:59 GMT' },
    { etag: '"\u00ff"' },
    ...more.filter((text) => /^http[\x20-\x7e]+$/.test(text)).map((location) => ({ location })),
  );
  return fc.record({ status: fc.constantFrom(...STATUSES), headers, raw: body });
}
