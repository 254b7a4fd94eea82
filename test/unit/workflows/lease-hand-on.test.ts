import { isToHandOn } from '../../../workflows/lease-hand-on';

const run = (historyLength: number, continueAsNewSuggested = false) => ({
  historyLength,
  continueAsNewSuggested,
});
const young = (): boolean => false;
const old = (): boolean => true;

test('a lease hands on once its history is long, after a moment without a message', () => {
  expect(isToHandOn(run(999), true, young)).toBe(false);
  expect(isToHandOn(run(1_000), true, young)).toBe(true);
  expect(isToHandOn(run(300, true), true, young)).toBe(true);
});

test('while messages keep coming it goes on, until it cannot any more', () => {
  expect(isToHandOn(run(5_000, true), false, young)).toBe(false);
  expect(isToHandOn(run(20_000, true), false, young)).toBe(true);
});

test('a run from before this rule hands on when the engine suggests it, and is asked only when it is long', () => {
  expect(isToHandOn(run(3_000), true, old)).toBe(false);
  expect(isToHandOn(run(4_096, true), false, old)).toBe(true);
  const isOld = jest.fn(old);
  isToHandOn(run(999), true, isOld);
  expect(isOld).not.toHaveBeenCalled();
});
