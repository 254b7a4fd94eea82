import fc from 'fast-check';
import { MAX_CANDIDATES, type Candidate } from '../../../domain/company';
import {
  applyAddressChecks,
  candidateFromSummary,
  companyNumberOf,
  hasEnded,
  mergeCandidates,
  newZealandDate,
  rankCandidates,
  type RegisterSummary,
} from '../../../domain/company-matching';

const TODAY = '2026-03-01';

const summary = (over: Partial<RegisterSummary> = {}): RegisterSummary => ({
  nzbn: '9429099900007',
  name: 'KOWHAI GRILL EXAMPLE LIMITED',
  previousNames: [],
  tradingNames: [],
  typeCode: 'LTD',
  statusCode: '50',
  statusDescription: 'Registered',
  registrationDate: '2015-02-11',
  registerNumber: '9990001',
  ...over,
});
const candidate = (over: Partial<RegisterSummary>, searched = 'Kowhai Grill'): Candidate =>
  candidateFromSummary(summary(over), searched, TODAY);

describe('a hit as candidate', () => {
  it('scores the better of name and current trading name, and names what matched', () => {
    const trading = [{ name: 'Kōwhai Grill', endDate: null }];
    expect(candidate({ tradingNames: trading })).toMatchObject({
      score: 100,
      match_sources: ['name', 'trading_name'],
    });
    expect(candidate({ name: 'TOTARA LIMITED', tradingNames: trading })).toMatchObject({
      company_name: 'TOTARA LIMITED',
      score: 100,
      match_sources: ['trading_name'],
    });
  });

  it('an ended trading name neither scores nor counts as a source', () => {
    const ended = candidate({
      name: 'TOTARA LIMITED',
      tradingNames: [{ name: 'Kowhai Grill', endDate: '2021-06-30' }],
    });
    expect(ended.score).toBeLessThan(60);
    expect(ended.match_sources).not.toContain('trading_name');
  });

  it('a former name is a source, and does not score', () => {
    const former = candidate({ name: 'TOTARA LIMITED', previousNames: ['KOWHAI GRILL LIMITED'] });
    expect(former.match_sources).toEqual(['name']);
    expect(former.score).toBeLessThan(60);
  });

  it('without a name it is known by its trading name, without any by its NZBN', () => {
    const trading = [{ name: 'Kōwhai Kai Cart', endDate: null }];
    const over = { name: null, typeCode: 'Sole_Trader', registerNumber: null };
    expect(candidate({ ...over, tradingNames: trading })).toMatchObject({
      company_name: 'Kōwhai Kai Cart',
      company_number: null,
    });
    expect(candidate(over)).toMatchObject({ company_name: 'NZBN 9429099900007', score: 0 });
  });

  it.each([
    ['LTD', '0123456', '123456'],
    ['ltd', '9990001', '9990001'],
    ['COOP', '1', '1'],
    ['Sole_Trader', '9990001', null],
    ['Trading_Trust', '9990001', null],
    [null, '9990001', null],
    ['LTD', '9429099900007', null],
    ['LTD', null, null],
  ])('number of a %s with %j is %j', (type, number, expected) => {
    expect(companyNumberOf(type, number)).toBe(expected);
  });

  it.each([
    ['50', true],
    ['55', false],
    ['60', false],
    ['80', false],
    ['99', false],
    [null, false],
  ])('status %j registered: %j', (statusCode, registered) => {
    expect(candidate({ statusCode, statusDescription: 'As the register says' })).toMatchObject({
      registered,
      status: 'As the register says',
    });
  });

  it('a search by number leaves no doubt', () => {
    for (const searched of ['9990001', '09990001', '9429099900007', '9429 0999 0000 7']) {
      expect(candidate({}, searched).score).toBe(100);
    }
    expect(candidate({}, '9990002').score).toBe(0);
  });
});

describe('evidence of the address', () => {
  it('adds the source, the address and points, at most 100', () => {
    const [found, other] = applyAddressChecks(
      [candidate({}, 'Kowhai'), candidate({ nzbn: '9429099900014' }, 'Kowhai')],
      [
        { nzbn: '9429099900007', matched: true, registeredAddress: '12 Fern Street' },
        { nzbn: '9429099900014', matched: false, registeredAddress: '1 Other Road' },
      ],
    );
    expect(found).toMatchObject({ match_sources: ['name', 'address'], registered_address: '12 Fern Street' });
    expect(other).toMatchObject({ match_sources: ['name'], registered_address: '1 Other Road' });
    expect(found?.score).toBeGreaterThan(other?.score ?? 0);
  });
});

describe('merging and ranking', () => {
  it('a double hit keeps both sources and the better score', () => {
    const byAddress: Candidate = {
      ...candidate({}),
      match_sources: ['address'],
      score: 20,
      registered_address: 'Here',
    };
    expect(mergeCandidates([candidate({}), byAddress])).toEqual([
      { ...candidate({}), match_sources: ['name', 'address'], registered_address: 'Here' },
    ]);
  });

  it('those without a number are merged by NZBN alone', () => {
    const trader = { typeCode: 'Sole_Trader', registerNumber: null };
    const two = [candidate(trader), candidate({ ...trader, nzbn: '9429099900014' }), candidate(trader)];
    expect(mergeCandidates(two).map((one) => one.nzbn)).toEqual(['9429099900007', '9429099900014']);
  });

  const anyCandidate = fc
    .record({
      at: fc.nat({ max: 40 }),
      statusCode: fc.constantFrom('50', '60', '80', null),
      score: fc.nat({ max: 100 }),
      address: fc.boolean(),
    })
    .map(({ at, statusCode, score, address }): Candidate => ({
      ...candidate({
        nzbn: `94290999${String(at).padStart(5, '0')}`,
        registerNumber: String(at + 1),
        statusCode,
      }),
      score,
      match_sources: address ? ['address'] : ['name'],
    }));
  const many = fc.uniqueArray(anyCandidate, { maxLength: 40, selector: (one) => one.nzbn });

  it('keeps at most the maximum, invents none, and never puts a company that is not registered above one that is', () => {
    fc.assert(
      fc.property(many, (given) => {
        const ranked = rankCandidates(given);
        expect(ranked.length).toBe(Math.min(MAX_CANDIDATES, given.length));
        const known = new Set(given.map((one) => one.nzbn));
        expect(ranked.every((one) => known.has(one.nzbn))).toBe(true);
        const worst = Math.min(100, ...ranked.filter((one) => one.registered).map((one) => one.score));
        const firstOther = ranked.findIndex((one) => !one.registered);
        if (firstOther === -1) return;
        expect(ranked.slice(firstOther).every((one) => !one.registered && one.score <= worst)).toBe(true);
      }),
    );
  });

  it('of more than the maximum the best are kept', () => {
    const numbered = Array.from({ length: MAX_CANDIDATES + 5 }, (_, at) => ({
      ...candidate({ nzbn: `94290999${String(at).padStart(5, '0')}`, registerNumber: String(at + 1) }),
      score: at,
    }));
    const scores = rankCandidates(numbered).map((one) => one.score);
    expect(scores).toEqual(Array.from({ length: MAX_CANDIDATES }, (_, at) => MAX_CANDIDATES + 4 - at));
  });

  it('the order of the hits does not matter', () => {
    const shuffled = many.chain((list) =>
      fc.tuple(fc.constant(list), fc.shuffledSubarray(list, { minLength: list.length })),
    );
    fc.assert(fc.property(shuffled, ([a, b]) => expect(rankCandidates(b)).toEqual(rankCandidates(a))));
  });
});

describe('dates', () => {
  it('ends the day after the end date, in New Zealand', () => {
    expect(hasEnded('2026-02-28', TODAY)).toBe(true);
    expect(hasEnded(TODAY, TODAY)).toBe(false);
    expect(hasEnded(null, TODAY)).toBe(false);
    expect(newZealandDate(new Date('2026-02-28T11:30:00Z'))).toBe(TODAY);
    expect(newZealandDate(new Date('2026-07-01T11:30:00Z'))).toBe('2026-07-01');
  });
});
