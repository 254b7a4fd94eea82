import { parseChaos } from '../../../dev/chaos/options';
import { StackError } from '../../../dev/stack/errors';

it('has a size and a length of its own, and draws a seed', () => {
  const command = parseChaos([]);
  expect(command).toMatchObject({ minutes: 3, restaurants: 40, help: false });
  expect(Number.isInteger(command.seed)).toBe(true);
});

it('takes what it is given', () => {
  expect(
    parseChaos(['--minutes', '0.5', '--restaurants', '8', '--seed', '12', '--json', 'out.json']),
  ).toEqual({ minutes: 0.5, restaurants: 8, seed: 12, json: 'out.json', help: false });
});

it.each([
  ['--minutes', '0'],
  ['--minutes', 'three'],
  ['--restaurants', '2.5'],
  ['--restaurants', '2000'],
  ['--seed', '-1'],
  ['--speed', '2'],
])('names the flag that is wrong: %s %s', (flag, value) => {
  expect(() => parseChaos([`${flag}=${value}`])).toThrow(StackError);
  expect(() => parseChaos([`${flag}=${value}`])).toThrow(flag);
});
