import {
  ActivityFailure,
  ApplicationFailure,
  defaultPayloadConverter,
  type Payload,
} from '@temporalio/common';
import fc from 'fast-check';
import { failureConverter } from '../../../domain/failure-converter';
import { createPayloadCodec, parsePayloadKeys, PayloadError } from '../../../domain/payload-codec';
import { SealingError } from '../../../domain/sealing';

const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');
const codecOf = (...entries: string[]) => createPayloadCodec(parsePayloadKeys(entries.join(',')));
const [one, two] = [`key-1:${key(1)}`, `key-2:${key(2)}`];
const plain = (value: unknown): Payload => defaultPayloadConverter.toPayload(value);
const valueOf = (payload: Payload | undefined): unknown => defaultPayloadConverter.fromPayload(payload ?? {});
const bytesOf = (payload: Payload | undefined): string =>
  Buffer.concat(
    [payload?.data ?? Buffer.alloc(0), ...Object.values(payload?.metadata ?? {})].map(Buffer.from),
  ).toString('latin1');

async function only(payloads: Promise<Payload[]>): Promise<Payload> {
  const [payload, ...more] = await payloads;
  expect(more).toEqual([]);
  return payload ?? {};
}

const errorOf = async (work: Promise<unknown>): Promise<PayloadError> => {
  const error: unknown = await work.then(
    () => null,
    (thrown: unknown) => thrown,
  );
  if (error instanceof PayloadError) return error;
  throw new Error(`No PayloadError: ${String(error)}`);
};

test('gives back what it was given, shows nothing of it, and never writes the same twice', async () => {
  const codec = codecOf(one);
  await fc.assert(
    fc.asyncProperty(fc.jsonValue(), fc.string({ minLength: 8 }), async (value, name) => {
      const payload = { ...plain(value), metadata: { ...plain(value).metadata, name: Buffer.from(name) } };
      const encrypted = await only(codec.encode([payload]));
      expect(bytesOf(encrypted)).not.toContain(Buffer.from(name).toString('latin1'));
      expect(encrypted.data).not.toEqual((await only(codec.encode([payload]))).data);
      const decrypted = await only(codec.decode([encrypted]));
      expect(valueOf(decrypted)).toEqual(valueOf(payload));
      expect(Buffer.from(decrypted.metadata?.['name'] ?? []).toString()).toBe(name);
    }),
  );
});

test('the newest key encrypts, all decrypt', async () => {
  const old = await only(codecOf(one).encode([plain('old')]));
  const rotated = codecOf(two, one);
  const young = await only(rotated.encode([plain('young')]));
  expect((await rotated.decode([old, young])).map(valueOf)).toEqual(['old', 'young']);
  expect(await errorOf(codecOf(one).decode([young]))).toMatchObject({
    code: 'KEY_MISSING',
    message: expect.stringMatching(/(?=.*"key-2")(?=.*PAYLOAD_KEYS)/) as string,
  });
});

test('what is not encrypted passes through as it is', async () => {
  const payload = plain({ from: 'before there was a codec' });
  expect(await only(codecOf(one).decode([payload]))).toBe(payload);
  expect(await codecOf(one).decode([])).toEqual([]);
});

test('damage, another key of the same name, a form that is not ours: a typed error', async () => {
  const codec = codecOf(one);
  const encrypted = await only(codec.encode([plain('x')]));
  const data = Buffer.from(encrypted.data ?? []);
  const damaged = (at: number): Payload => {
    const copy = Buffer.from(data);
    copy[at] = (copy[at] ?? 0) ^ 1;
    return { ...encrypted, data: copy };
  };
  const relabelled = (name: string, value: string): Payload => ({
    ...encrypted,
    metadata: { ...encrypted.metadata, [name]: Buffer.from(value) },
  });
  const refused: Payload[] = [
    ...Array.from(data, (_, at) => damaged(at)),
    { ...encrypted, data: data.subarray(0, 20) },
    { ...encrypted, data: null },
    relabelled('encryption-format', 'v2'),
    relabelled('encryption-key-id', 'no key id at all'),
    relabelled('encryption-key-id', ''),
  ];
  for (const payload of refused) expect((await errorOf(codec.decode([payload]))).code).toBe('NOT_DECRYPTED');
  expect((await errorOf(codecOf(`key-1:${key(9)}`).decode([encrypted]))).code).toBe('NOT_DECRYPTED');
  // The same bytes under another name of the same key: the name is bound to them.
  const twoNames = codecOf(one, `key-3:${key(1)}`);
  expect((await errorOf(twoNames.decode([relabelled('encryption-key-id', 'key-3')]))).code).toBe(
    'NOT_DECRYPTED',
  );
});

test('keys that are not in their form name the setting, and show nothing of a key', () => {
  for (const text of ['', 'key-1', `key-1:${key(1)},key-1:${key(2)}`, 'key-1:c2hvcnQ=']) {
    expect(() => parsePayloadKeys(text)).toThrow(SealingError);
    expect(() => parsePayloadKeys(text)).toThrow('PAYLOAD_KEYS');
  }
});

describe('failures', () => {
  const toFailure = (error: unknown) => failureConverter.errorToFailure(error, defaultPayloadConverter);
  const told = (error: unknown) => {
    const { message, cause } = back(error);
    return { message, cause };
  };
  const back = (error: unknown) => failureConverter.failureToError(toFailure(error), defaultPayloadConverter);

  test('message and stack of every level stand in the payload alone; the class stays readable', () => {
    const cause = ApplicationFailure.create({
      type: 'InvalidInput',
      message: 'Koru Kitchen, refused',
      nonRetryable: true,
    });
    const failure = toFailure(new Error('about Koru Kitchen', { cause }));
    const outside = {
      ...failure,
      encodedAttributes: null,
      cause: { ...failure.cause, encodedAttributes: null },
    };
    expect(JSON.stringify(outside)).not.toMatch(/Koru|payload-codec\.test/);
    expect(failure.cause?.applicationFailureInfo).toMatchObject({ type: 'InvalidInput', nonRetryable: true });
    expect(back(cause)).toMatchObject({ type: 'InvalidInput', message: 'Koru Kitchen, refused' });
  });

  test('an error that came from a failure can be told again and again', () => {
    const received = back(
      new ActivityFailure(
        'of an activity',
        'menuImport',
        '7',
        'NON_RETRYABLE_FAILURE',
        'w',
        ApplicationFailure.create({ message: 'why' }),
      ),
    );
    for (const times of [1, 2]) {
      expect({ times, ...told(received) }).toMatchObject({
        times,
        message: 'of an activity',
        cause: { message: 'why' },
      });
    }
  });
});
