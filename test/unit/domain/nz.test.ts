import fc from 'fast-check';
import { stdnum } from 'stdnum';
import identifiers from '../../fixtures/identifiers.json';
import {
  formatIrd,
  parseColour,
  parseCompanyNumber,
  parseEmail,
  parseIrd,
  parseNzbn,
  parsePhone,
  parsePostcode,
  type Parsed,
} from '../../../domain/nz';

interface Vector {
  input: string;
  valid: boolean;
  normalised?: string;
  e164?: string;
}

const PARSERS: { name: keyof typeof identifiers; parse: (input: string) => Parsed }[] = [
  { name: 'nzbn', parse: parseNzbn },
  { name: 'companyNumber', parse: parseCompanyNumber },
  { name: 'ird', parse: (input) => parseIrd(input) },
  { name: 'phone', parse: parsePhone },
];

describe.each(PARSERS)('$name', ({ name, parse }) => {
  it.each(identifiers[name] as Vector[])('reads "$input" as valid: $valid', (vector) => {
    const expected = vector.e164 ?? vector.normalised ?? vector.input;
    expect(parse(vector.input)).toMatchObject(
      vector.valid ? { ok: true, value: expected } : { ok: false, problem: expect.stringMatching(/./) },
    );
  });
});

describe('notes and bounds', () => {
  it('warns of an NZBN with an unusual beginning alone', () => {
    expect(parseNzbn('9400000000108')).toHaveProperty('note');
    expect(parseNzbn('9429099900007')).not.toHaveProperty('note');
  });
  it('takes an IRD number above the bound once the bound is raised', () => {
    expect(parseIrd('150000017').ok).toBe(false);
    expect(parseIrd('150000017', 160_000_000).ok).toBe(true);
  });
  it('shows IRD numbers in groups', () => {
    expect([formatIrd('49091850'), formatIrd('136410132')]).toEqual(['49-091-850', '136-410-132']);
  });
  it('drops an extension with a note', () => {
    expect(parsePhone('09 555 0100 ext. 12')).toEqual({
      ok: true,
      value: '+6495550100',
      note: expect.any(String),
    });
  });
  it.each([
    '09 555 0100 021 555 0100',
    '09 555 0100, 021 555 0100',
    '09 555 0100, 0101',
    '021 555 010/1',
    '09 555 0100\n021 555 0100',
    '09 555 0100 or 021 555 0100',
    '+6495550100+64215550100',
  ])('never picks one of two numbers: %s', (input) => expect(parsePhone(input).ok).toBe(false));
});

describe('e-mail, postcode, colour', () => {
  it.each([
    [parseEmail, ' Owner@kowhaigrill.example ', 'Owner@kowhaigrill.example'],
    [parsePostcode, ' 0610', '0610'],
    [parseColour, '#f2b705', '#F2B705'],
  ])('%p reads %s', (parse, input, value) => expect(parse(input)).toEqual({ ok: true, value }));
  it.each([
    [parseEmail, ''],
    [parseEmail, 'Owner <owner@kowhaigrill.example>'],
    [parseEmail, 'a@kowhaigrill.example, b@kowhaigrill.example'],
    [parseEmail, 'a@kowhaigrill.example b@kowhaigrill.example'],
    [parseEmail, 'owner@localhost'],
    [parseEmail, `${'a'.repeat(250)}@kowhaigrill.example`],
    [parsePostcode, '601'],
    [parsePostcode, '60111'],
    [parseColour, '#fb0'],
    [parseColour, 'F2B705'],
    [parseColour, '#F2B70G'],
  ])('%p refuses %s', (parse, input) => expect(parse(input).ok).toBe(false));
});

describe('any text', () => {
  it('agrees with an independent implementation on every IRD number within our bounds', () => {
    fc.assert(
      fc.property(fc.integer({ min: 10_000_000, max: 150_000_000 }), (number) => {
        expect(parseIrd(String(number)).ok).toBe(stdnum['NZ']?.['ird']?.validate(String(number)).isValid);
      }),
      { numRuns: 3000 },
    );
  });
  it('accepts one check digit at most for a base', () => {
    fc.assert(
      fc.property(fc.integer({ min: 100_000_000_000, max: 999_999_999_999 }), (base) => {
        const twelve = `94${String(base).slice(2)}`;
        const accepted = [...'0123456789'].filter((digit) => parseNzbn(twelve + digit).ok);
        expect(accepted).toHaveLength(1);
      }),
    );
  });
  it('never crashes a parser, never gives an empty value, and reads its own value again alike', () => {
    const parsers = [...PARSERS.map(({ parse }) => parse), parseEmail, parsePostcode, parseColour];
    const text = fc.oneof(fc.string({ unit: 'binary' }), fc.stringMatching(/^[0-9+() #@.-]{0,20}$/));
    fc.assert(
      fc.property(text, fc.constantFrom(...parsers), (input, parse) => {
        const result = parse(input);
        if (!result.ok) return expect(result.problem).not.toBe('');
        expect(result.value).not.toBe('');
        expect(parse(result.value)).toMatchObject({ ok: true, value: result.value });
      }),
      { numRuns: 2000 },
    );
  });
});
