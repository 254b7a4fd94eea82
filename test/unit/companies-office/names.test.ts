import fc from 'fast-check';
import {
  cleanRestaurantName,
  comparableName,
  nameSimilarity,
  shareWord,
  titleCaseIfCapitals,
} from '../../../domain/names';

const anyText = fc.oneof(fc.string(), fc.string({ unit: 'grapheme' }), fc.string({ unit: 'binary' }));

describe('cleaning a restaurant name', () => {
  it.each([
    ['Kōwhai Grill (Te Aro)', 'Kōwhai Grill'],
    ['Spice (Indian) Route (Wellington (Central))', 'Spice Route'],
    ['(Wellington)', '(Wellington)'],
    ['  Pho   House ', 'Pho House'],
    ['Pho House (Lower Hutt', 'Pho House (Lower Hutt'],
    ['Fish & Chips', 'Fish & Chips'],
    ['', ''],
  ])('%j becomes %j', (name, cleaned) => {
    expect(cleanRestaurantName(name)).toBe(cleaned);
  });

  it('never leaves nothing of something, and is stable', () => {
    fc.assert(
      fc.property(anyText, (name) => {
        const cleaned = cleanRestaurantName(name);
        expect(cleaned === '').toBe(name.trim() === '');
        expect(cleanRestaurantName(cleaned)).toBe(cleaned);
      }),
    );
  });
});

describe('similarity of names', () => {
  it.each([
    ['Kōwhai Grill', 'KOWHAI GRILL LIMITED'],
    ['Kowhai Grill', 'KOWHAI GRILL (2015) LTD'],
    ['Kowhai Grill', 'KOWHAI GRILL 2015 NZ LIMITED'],
    ["Joe's Diner & Bar", 'JOES DINER AND BAR LIMITED'],
    ['Joe’s Diner', "JOE'S DINER N.Z. LIMITED"],
    ['麺屋', '麺屋 Limited'],
  ])('%j and %j are the same', (a, b) => {
    expect(nameSimilarity(a, b)).toBe(100);
  });

  it('an added word lowers it, without losing the likeness', () => {
    const score = nameSimilarity('Spice Route', 'SPICE ROUTE WELLINGTON LIMITED');
    expect(score).toBeLessThan(95);
    expect(score).toBeGreaterThan(70);
    expect(nameSimilarity('Spice Route', 'SPICE ROUTE LIMITED')).toBeGreaterThan(score);
  });

  it('keeps a year that opens the name, and a name that is nothing but legal words', () => {
    expect(comparableName('1947 Eatery')).toBe('1947 eatery');
    expect(comparableName('NZ LIMITED')).toBe('nz limited');
  });

  it('unlike names are far apart', () => {
    expect(nameSimilarity('Kowhai Grill', 'TOTARA HARDWARE LIMITED')).toBeLessThan(50);
  });

  it('is 0 to 100, symmetric, 100 with itself and 0 with nothing', () => {
    fc.assert(
      fc.property(anyText, anyText, (a, b) => {
        const score = nameSimilarity(a, b);
        expect(Number.isInteger(score) && score >= 0 && score <= 100).toBe(true);
        expect(nameSimilarity(b, a)).toBe(score);
        expect(nameSimilarity(a, '')).toBe(0);
        if (comparableName(a) !== '') expect(nameSimilarity(a, a)).toBe(100);
      }),
    );
  });

  it('a shared word must say something', () => {
    expect(shareWord('Kōwhai Grill', 'KOWHAI TO GO LIMITED')).toBe(true);
    expect(shareWord('The Grill and Bar', 'THE BAKERY AND CAFE LIMITED')).toBe(false);
    expect(shareWord('Grill Limited', 'BAKERY LIMITED')).toBe(false);
  });
});

describe('last names', () => {
  it.each([
    ['TESTPERSON', 'Testperson'],
    ["O'BRIEN-SMITH", "O'Brien-Smith"],
    ['TE WHĀREA', 'Te Whārea'],
    ['van der Berg', 'van der Berg'],
    ['McDonald', 'McDonald'],
    ['', ''],
  ])('%j becomes %j', (given, expected) => {
    expect(titleCaseIfCapitals(given)).toBe(expected);
  });
});
