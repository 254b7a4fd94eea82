import fc from 'fast-check';
import {
  comparablePlace,
  cutStreet,
  isSamePlace,
  readPlace,
  type SearchedPlace,
} from '../../../domain/addresses';

const anyText = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));

describe('cutting the street', () => {
  it.each([
    ['12 Fern Street, Te Aro, Wellington 6011', '12 Fern Street'],
    ['12 Fern St Te Aro Wellington', '12 Fern St'],
    ['12 FERN ST., Te Aro', '12 FERN ST.'],
    ['40 Quay Rd, Wellington', '40 Quay Rd'],
    ['12 St Heliers Bay Road, Auckland', '12 St Heliers Bay Road'],
    ['12a St Lukes Rd, Auckland', '12a St Lukes Rd'],
    ['Unit 3, St Georges Bay Road, Parnell', 'Unit 3, St Georges Bay Road'],
    ['Street Food Lane 5', 'Street Food Lane'],
    ['1 The Terrace, Wellington', '1 The Terrace'],
    ['Shop 4, 20 Lambton Quay, Wellington', 'Shop 4, 20 Lambton Quay'],
    ['12 Broadway, Newmarket, Auckland', '12 Broadway, Newmarket'],
    ['Strand', 'Strand'],
    ['12 Streetwise Boulevards Court', '12 Streetwise Boulevards Court'],
    ['', ''],
  ])('%j becomes %j', (address, street) => {
    expect(cutStreet(address)).toBe(street);
  });

  it('never throws, and keeps a beginning of the text', () => {
    fc.assert(
      fc.property(anyText, (address) => {
        expect(address.replace(/\s+/gu, ' ').trim().startsWith(cutStreet(address))).toBe(true);
      }),
    );
  });
});

const searched = (
  street: string | null,
  city: string | null,
  postcode: string | null = null,
): SearchedPlace => ({
  street,
  city,
  postcode,
});

function evidence(from: SearchedPlace, lines: string[], postcode: string | null = null): boolean {
  const [a, b] = [comparablePlace(from), readPlace(lines, postcode)];
  return a !== null && b !== null && isSamePlace(a, b);
}

describe('evidence of an address', () => {
  it.each([
    [
      'abbreviation',
      searched('12 Fern St', 'Wellington'),
      ['12 Fern Street', 'Te Aro', 'Wellington'],
      '6011',
    ],
    ['case, macron', searched('3 Kōwhai Rd', 'WHAKATĀNE'), ['3 KOWHAI ROAD', 'Whakatane'], null],
    [
      'unit before',
      searched('12 Fern Street', 'Wellington'),
      ['Unit 3', '12 Fern Street', 'Wellington'],
      null,
    ],
    [
      'unit on the line',
      searched('Shop 4, 12 Fern Street', 'Wellington'),
      ['Level 2 12 Fern Street', 'Wellington'],
      null,
    ],
    ['slashed unit', searched('3/12 Fern Street', 'Wellington'), ['12 Fern Street', 'Wellington'], null],
    ['postcode alone', searched('12 Fern Street', null, '6011'), ['12 Fern Street', 'Somewhere'], '6011'],
    [
      'postcode in the line',
      searched('12 Fern Street', null, '6011'),
      ['12 Fern Street', 'Te Aro 6011'],
      null,
    ],
    [
      'one line',
      searched('12 Fern Street', 'Wellington'),
      ['12 Fern Street, Te Aro, Wellington, 6011, New Zealand'],
      null,
    ],
    ['no type', searched('12 Broadway', 'Auckland'), ['12 Broadway', 'Newmarket', 'Auckland'], '1023'],
    ['saint', searched('12 Saint Lukes Road', 'Auckland'), ['12 St Lukes Rd', 'Auckland'], null],
    [
      'city with postcode',
      searched('12 Fern Street', 'Wellington 6011'),
      ['12 Fern Street', 'Wellington'],
      null,
    ],
  ])('%s', (_, from, lines, postcode) => {
    expect(evidence(from, lines, postcode)).toBe(true);
  });

  it.each([
    ['other number', searched('12 Fern Street', 'Wellington'), ['14 Fern Street', 'Wellington'], '6011'],
    ['other letter', searched('12 Fern Street', 'Wellington'), ['12A Fern Street', 'Wellington'], '6011'],
    [
      'unit number is no street number',
      searched('3 Fern Street', 'Wellington'),
      ['3/12 Fern Street', 'Wellington'],
      null,
    ],
    ['other type', searched('12 Fern Street', 'Wellington'), ['12 Fern Road', 'Wellington'], '6011'],
    ['other city', searched('12 Fern Street', 'Wellington'), ['12 Fern Street', 'Dunedin'], '9016'],
    ['street alone', searched('12 Fern Street', null), ['12 Fern Street', 'Wellington'], '6011'],
    ['no number', searched('Fern Street', 'Wellington'), ['Fern Street', 'Wellington'], '6011'],
    ['box', searched('12 Fern Street', 'Wellington'), ['PO Box 12', 'Fern Street', 'Wellington'], '6011'],
    ['nothing', searched(null, 'Wellington'), ['12 Fern Street', 'Wellington'], null],
    [
      'city named like the street',
      searched('12 Wellington Street', 'Wellington'),
      ['12 Wellington Street', 'Dunedin'],
      null,
    ],
  ])('none: %s', (_, from, lines, postcode) => {
    expect(evidence(from, lines, postcode)).toBe(false);
  });

  it('never throws, and finds nothing without a city and a postcode', () => {
    fc.assert(
      fc.property(anyText, anyText, fc.array(anyText), (street, city, lines) => {
        evidence(searched(street, city, lines[0] ?? null), lines, lines[1] ?? null);
        expect(evidence(searched(street.replace(/\d{4}/g, ''), ''), lines)).toBe(false);
      }),
    );
  });
});
