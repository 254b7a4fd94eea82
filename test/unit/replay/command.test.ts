import { readAhead } from '../../../dev/replay/open-runs';
import { replayCommand } from '../../../dev/replay/command';
import { SettingsError } from '../../../domain/settings';
import { TEST_PAYLOAD_KEYS } from '../../helpers/payloads';
import { assertMayRecord, OVERWRITE_SETTING } from '../../replay/histories';

async function* listOf<T>(...items: T[]): AsyncGenerator<T> {
  yield* items;
}

test('reads ahead no further than it may, keeps the order, and fails where the failure is awaited', async () => {
  let open = 0;
  let most = 0;
  const work = async (n: number): Promise<number> => {
    open += 1;
    most = Math.max(most, open);
    await new Promise((resolve) => setImmediate(resolve));
    if (n === 5) throw new Error('five');
    return n;
  };
  const got: number[] = [];
  const reading = (async () => {
    for await (const n of readAhead(listOf(1, 2, 3, 4, 5, 6), 2, work)) {
      got.push(n);
      open -= 1;
    }
  })();
  await expect(reading).rejects.toThrow('five');
  expect(got).toEqual([1, 2, 3, 4]);
  expect(most).toBeLessThanOrEqual(2);
});

test('all settings that are missing are named at once', async () => {
  const io = { env: {}, print: () => undefined, note: () => undefined };
  const error = await replayCommand(['--open'], io).catch((thrown: unknown) => thrown);
  expect(error).toBeInstanceOf(SettingsError);
  expect((error as SettingsError).problems.join('\n')).toMatch(/TEMPORAL_ADDRESS[\s\S]*PAYLOAD_KEYS/);
});

test('options and numbers that are none are refused before anything is asked', async () => {
  const env = { TEMPORAL_ADDRESS: '127.0.0.1:1', PAYLOAD_KEYS: TEST_PAYLOAD_KEYS };
  const io = { env, print: () => undefined, note: () => undefined };
  await expect(replayCommand(['--limit', 'many'], io)).rejects.toThrow();
  await expect(replayCommand(['--unknown'], io)).rejects.toThrow('--unknown');
});

test('the histories of a release that is out are overwritten on demand alone', () => {
  expect(() => assertMayRecord('1.0.0', {}, () => false)).not.toThrow();
  expect(() => assertMayRecord('1.0.0', {}, (tag) => tag === 'v1.0.0')).toThrow('1.0.0 is released');
  expect(() => assertMayRecord('1.0.0', {}, () => null)).toThrow('git cannot tell');
  expect(() => assertMayRecord('1.0.0', { [OVERWRITE_SETTING]: 'true' }, () => true)).not.toThrow();
});
