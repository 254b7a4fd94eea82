/**
 * What the engine stores of us is encrypted: inputs, results, signals, updates, queries' answers, memos, summaries, messages and
 * stacks of failures. Not encrypted, and so without personal data: ids of workflows and activities, their types, search attributes, classes
 * of failures.
 */
import type { DataConverter, Payload, PayloadCodec } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { decrypt, encrypt } from './aead';
import { KEY_ID, parseKeyRing, type KeyRing } from './sealing';

const ENCODING = 'binary/encrypted';
const FORMAT = 'v1';
const SETTING = 'PAYLOAD_KEYS';
const METADATA = {
  encoding: 'encoding',
  format: 'encryption-format',
  keyId: 'encryption-key-id',
} as const;

export type PayloadErrorCode =
  /** The key that encrypted this payload is not in the ring. */
  | 'KEY_MISSING'
  /** Not ours, or damaged. */
  | 'NOT_DECRYPTED';

/** Its text names the key and the setting, and nothing of the payload. */
export class PayloadError extends Error {
  override readonly name = 'PayloadError';
  constructor(
    readonly code: PayloadErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/**
 * @param text `PAYLOAD_KEYS`, in the form of `SEAL_KEYS`: the first encrypts, all decrypt.
 * @throws SealingError BAD_KEYS
 */
export function parsePayloadKeys(text: string | undefined): KeyRing {
  return parseKeyRing(text, SETTING);
}

const { Payload: PayloadMessage } = temporal.api.common.v1;
const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString('utf8');

/** JSON, so that no two ids make the same bytes. */
function associatedData(keyId: string): Buffer {
  return Buffer.from(JSON.stringify([FORMAT, keyId]));
}

function encryptPayload({ sealingKeyId: keyId, keys }: KeyRing, payload: Payload): Payload {
  const key = keys.get(keyId);
  if (!key) throw keyMissing(keyId);
  const entries: Record<string, string> = {
    [METADATA.encoding]: ENCODING,
    [METADATA.format]: FORMAT,
    [METADATA.keyId]: keyId,
  };
  return {
    metadata: Object.fromEntries(Object.entries(entries).map(([name, value]) => [name, Buffer.from(value)])),
    data: encrypt(key, associatedData(keyId), PayloadMessage.encode(payload).finish()),
  };
}

function decryptPayload({ keys }: KeyRing, payload: Payload): Payload {
  // Histories from before there was a codec, and what the command line sends without one.
  if (text(payload.metadata?.[METADATA.encoding]) !== ENCODING) return payload;
  const keyId = text(payload.metadata?.[METADATA.keyId]);
  // The id is told in errors, and a payload may come from anybody: only what can be an id is.
  if (text(payload.metadata?.[METADATA.format]) !== FORMAT || !KEY_ID.test(keyId)) {
    throw new PayloadError('NOT_DECRYPTED', 'A payload is encrypted in a form that is not ours.');
  }
  const key = keys.get(keyId);
  if (!key) throw keyMissing(keyId);
  const plain = decrypt(key, associatedData(keyId), payload.data ?? new Uint8Array());
  if (!plain) {
    throw new PayloadError(
      'NOT_DECRYPTED',
      `A payload does not decrypt with the key "${keyId}" of ${SETTING}: it is damaged, or another key bears that id.`,
    );
  }
  return PayloadMessage.decode(plain);
}

function keyMissing(keyId: string): PayloadError {
  return new PayloadError(
    'KEY_MISSING',
    `A payload is encrypted with the key "${keyId}", which is not in ${SETTING}: add it there, behind the first.`,
  );
}

/** Each payload is encrypted on its own. Decoding throws PayloadError; payloads that are not encrypted pass through. */
export function createPayloadCodec(ring: KeyRing): PayloadCodec {
  // Async, so that an error is a rejection.
  return {
    encode: async (payloads) => payloads.map((payload) => encryptPayload(ring, payload)),
    decode: async (payloads) => payloads.map((payload) => decryptPayload(ring, payload)),
  };
}

/** Has `failureConverter`. The bundle of the workflows takes it in. */
export const FAILURE_CONVERTER_PATH = require.resolve('./failure-converter');

/** What every client and every worker is given; all of them with the same keys. */
export function createDataConverter(ring: KeyRing): DataConverter {
  return { payloadCodecs: [createPayloadCodec(ring)], failureConverterPath: FAILURE_CONVERTER_PATH };
}
