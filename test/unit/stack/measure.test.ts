import { secondsOf } from '../../../dev/measure/figures';
import { parseMeasure } from '../../../dev/measure/options';
import { quantile } from '../../../dev/measure/run';
import { StackError } from '../../../dev/stack/errors';

test('reads its flags, and names one that is wrong', () => {
  expect(parseMeasure(['--parked', '300', '--servers', '0'])).toEqual({
    restaurants: 40,
    parked: 300,
    answers: 20,
    servers: 0,
  });
  expect(parseMeasure(['--help'])).toBeNull();
  for (const args of [
    ['--parked', '-1'],
    ['--restaurants', '0'],
    ['--restaurants', '2.5'],
    ['--park', '1'],
  ]) {
    expect(() => parseMeasure(args)).toThrow(StackError);
  }
});

test.each([
  ['00:07', 7],
  ['12:34', 754],
  ['01:00:00', 3_600],
  ['2-03:04:05', 183_845],
])('reads the CPU time %s of ps as %d s', (time, seconds) => {
  expect(secondsOf(time)).toBe(seconds);
});

test('takes quantiles of what is there', () => {
  expect(quantile([3, 1, 2], 0.5)).toBe(2);
  expect(quantile([1, 2, 3, 4], 0.95)).toBe(4);
  expect(quantile([], 0.5)).toBeNaN();
});
