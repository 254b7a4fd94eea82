import fc from 'fast-check';
import type { OpeningHoursEntry, Weekday } from '../../../domain/configuration';
import {
  normaliseTime,
  openingHoursFindings,
  parseHoursText,
  readOpeningHours,
} from '../../../domain/opening-hours';
import { deriveSubdomain } from '../../../domain/subdomain';

const on = (day: Weekday, open: string, close: string): OpeningHoursEntry => ({
  day,
  hours: { open, close },
});
const closed = (day: Weekday): OpeningHoursEntry => ({ day, hours: null });
const problems = (...entries: OpeningHoursEntry[]) =>
  openingHoursFindings(entries).flatMap(({ severity, entry, code }) =>
    severity === 'problem' ? [`${entry ?? '-'} ${code}`] : [],
  );

describe('opening hours', () => {
  it.each([
    ['past midnight', [on('Friday', '18:00', '01:00')], []],
    ['until midnight', [on('Friday', '18:00', '00:00')], []],
    ['lunch and dinner', [on('Friday', '11:00', '14:00'), on('Friday', '17:00', '22:00')], []],
    ['one minute', [on('Friday', '11:00', '11:01')], []],
    ['close = open', [closed('Monday'), on('Friday', '11:00', '11:00')], ['1 CLOSE_EQUALS_OPEN']],
    ['24:00', [on('Friday', '11:00', '24:00')], ['0 TIME_FORMAT']],
    ['25:00', [on('Friday', '25:00', '12:00')], ['0 TIME_FORMAT']],
    ['11:60', [on('Friday', '11:60', '12:00')], ['0 TIME_FORMAT']],
    ['words', [on('Friday', 'noon', 'late')], ['0 TIME_FORMAT']],
    ['all closed', [closed('Monday'), closed('Tuesday')], ['- ALL_CLOSED']],
    ['none given', [], ['- ALL_CLOSED']],
    ['closed and open', [closed('Friday'), on('Friday', '11:00', '14:00')], ['1 DAY_CONTRADICTS']],
    ['overlapping', [on('Friday', '11:00', '18:00'), on('Friday', '17:00', '22:00')], ['1 HOURS_OVERLAP']],
    [
      'overlapping past midnight',
      [on('Friday', '18:00', '01:00'), on('Friday', '23:00', '23:30')],
      ['1 HOURS_OVERLAP'],
    ],
  ])('%s', (_, entries, expected) => expect(problems(...entries)).toEqual(expected));

  it('warns of days that are not given', () => {
    expect(openingHoursFindings([on('Friday', '11:00', '14:00')])).toMatchObject([
      { code: 'DAY_NOT_GIVEN', severity: 'warning', message: expect.stringContaining('Monday') },
    ]);
  });

  it.each([
    ['9:00', '09:00'],
    ['11.30', '11:30'],
    ['9 pm', '21:00'],
    ['12:15 AM', '00:15'],
    ['12 p.m.', '12:00'],
    ['11:00', '11:00'],
    ['13 pm', '13 pm'],
    ['9', '9'],
    ['noon', 'noon'],
  ])('reads %s as %s', (text, time) => expect(normaliseTime(text)).toBe(time));

  it('take nothing from a row that is not in the form', () => {
    for (const value of [null, undefined, 'late', {}, [], [{ day: 'Monday' }], [{ day: 7, hours: null }]]) {
      expect(readOpeningHours(value)).toBeUndefined();
    }
    fc.assert(fc.property(fc.anything(), (value) => readOpeningHours(value)?.length !== 0));
  });
});

describe('hours in one text', () => {
  const days = (text: string) =>
    parseHoursText(text)?.flatMap(({ day, hours }) =>
      hours ? [`${day.slice(0, 3)} ${hours.open}-${hours.close}`] : [],
    );
  it.each([
    ['Mon 9:00-17:00', ['Mon 09:00-17:00']],
    ['Thu-Fri 11:00-01:00; sun closed', ['Thu 11:00-01:00', 'Fri 11:00-01:00']],
    ['Saturday – Mon 10.00 – 12.30;', ['Sat 10:00-12:30', 'Sun 10:00-12:30', 'Mon 10:00-12:30']],
    ['Mon 11:00-14:00; Mon 17:00-21:00', ['Mon 11:00-14:00', 'Mon 17:00-21:00']],
    ['Mon-Sun closed', []],
  ])('"%s"', (text, expected) => expect(days(text)).toEqual(expected));
  it('names every day, those that are not named as closed', () => {
    expect(new Set(parseHoursText('Wed 9:00-17:00')?.map(({ day }) => day)).size).toBe(7);
  });
  it.each(['', ';', 'Mon', 'Mo 9:00-17:00', 'Mon late', 'Mon 9:00', 'Mon-Xyz 9:00-17:00', '9:00-17:00'])(
    'not "%s"',
    (text) => expect(parseHoursText(text)).toBeNull(),
  );
});

describe('subdomain', () => {
  it.each([
    ['Kōwhai Grill', 'kwhaigrill'],
    ["L'Example & Sons No. 2", 'lexamplesonsno2'],
    ['Ono', 'order-ono'],
    ['Four', 'four'],
    ['Ōū', null],
    ['寿司', null],
    ['', null],
  ])('of "%s" is %s', (name, subdomain) => expect(deriveSubdomain(name)).toBe(subdomain));
  it('is never bare and holds no other letter', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (name) => {
        expect(deriveSubdomain(name) ?? 'none').toMatch(/^(order-)?[a-z0-9]+$/);
      }),
    );
  });
});
