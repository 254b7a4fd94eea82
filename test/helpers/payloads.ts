/**
 * Encryption in tests: under a key that everybody may know. Histories in `test/replay` are recorded with it, so it must not change.
 */
import { createDataConverter, parsePayloadKeys } from '../../domain/payload-codec';

export const TEST_PAYLOAD_KEYS = `public-test-key:${Buffer.alloc(32, 'public test key, never a secret.').toString('base64')}`;

export const TEST_DATA_CONVERTER = createDataConverter(parsePayloadKeys(TEST_PAYLOAD_KEYS));

/** The data converter of a stack, for a client of one's own. */
export function dataConverterOf(env: Record<string, string>) {
  return createDataConverter(parsePayloadKeys(env['PAYLOAD_KEYS']));
}
