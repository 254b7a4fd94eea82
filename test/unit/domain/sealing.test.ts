import { randomBytes } from 'node:crypto';
import fc from 'fast-check';
import {
  generatePassword,
  ownerKey,
  parseKeyRing,
  seal,
  SealingError,
  unseal,
} from '../../../domain/sealing';

const key = (): string => randomBytes(32).toString('base64');
const [first, second] = [key(), key()];
const ring = parseKeyRing(`k1:${first}`);
const mine = { organisationId: 'org-a', secretId: 'secret-1' };

const codeOf = (act: () => unknown): string => {
  try {
    act();
  } catch (error) {
    if (error instanceof SealingError) return error.code;
    throw error;
  }
  return 'no error';
};

describe('sealing', () => {
  it('opens what it sealed, whatever it is, and never seals alike twice', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme' }), (secret) => {
        const sealed = seal(ring, mine, secret);
        expect(unseal(ring, mine, sealed)).toBe(secret);
        expect(seal(ring, mine, secret).ciphertext).not.toBe(sealed.ciphertext);
      }),
    );
  });

  it('is bound to organisation, id and key', () => {
    const sealed = seal(ring, mine, 'Example-Pass-0001');
    expect(sealed.ciphertext).not.toContain('Example');
    expect(codeOf(() => unseal(ring, { ...mine, organisationId: 'org-b' }, sealed))).toBe('NOT_OPENED');
    expect(codeOf(() => unseal(ring, { ...mine, secretId: 'secret-2' }, sealed))).toBe('NOT_OPENED');
    expect(codeOf(() => unseal(parseKeyRing(`k1:${second}`), mine, sealed))).toBe('NOT_OPENED');
    expect(codeOf(() => unseal(parseKeyRing(`k2:${first}`), mine, sealed))).toBe('KEY_MISSING');
    const twoNames = parseKeyRing(`k1:${first},k2:${first}`);
    expect(codeOf(() => unseal(twoNames, mine, { ...sealed, keyId: 'k2' }))).toBe('NOT_OPENED');
  });

  it('answers a damaged text with its typed error, wherever the damage is', () => {
    const sealed = seal(ring, mine, 'Example-Pass-0001');
    const blob = Buffer.from(sealed.ciphertext.slice(3), 'base64');
    fc.assert(
      fc.property(fc.nat(blob.length - 1), fc.integer({ min: 1, max: 255 }), (at, flip) => {
        const damaged = Buffer.from(blob);
        damaged[at] = (damaged[at] ?? 0) ^ flip;
        expect(
          codeOf(() => unseal(ring, mine, { ...sealed, ciphertext: `v1.${damaged.toString('base64')}` })),
        ).toBe('NOT_OPENED');
      }),
    );
    fc.assert(
      fc.property(fc.string(), (ciphertext) => {
        expect(codeOf(() => unseal(ring, mine, { ...sealed, ciphertext }))).toBe('NOT_OPENED');
      }),
    );
  });

  it('seals with the first key and opens with all of them', () => {
    const old = seal(ring, mine, 'old');
    const rotated = parseKeyRing(`k2:${second}, k1:${first}`);
    expect(unseal(rotated, mine, old)).toBe('old');
    expect(seal(rotated, mine, 'new').keyId).toBe('k2');
  });

  it.each([
    undefined,
    '',
    'k1',
    'k1:',
    `:${first}`,
    `k1:${first.slice(4)}`,
    `k1:${first},`,
    `k1:${first},k1:${second}`,
  ])('refuses the key ring %#', (text) => {
    expect(codeOf(() => parseKeyRing(text))).toBe('BAD_KEYS');
  });

  it('shows nothing of a key in its errors', () => {
    expect(() => parseKeyRing(`k1:${first.slice(4)}`)).toThrow(
      expect.not.objectContaining({ message: expect.stringContaining(first.slice(4, 12)) }),
    );
  });
});

describe('owner key', () => {
  it('is the same for one owner in one organisation, and for nobody else', () => {
    const base = ownerKey('s', 'org-a', 'Owner@x.example');
    expect(base).toMatch(/^[0-9a-f]{32}$/);
    expect(ownerKey('s', 'org-a', ' owner@X.example')).toBe(base);
    for (const other of [
      ownerKey('s', 'org-b', 'owner@x.example'),
      ownerKey('s', 'org-a', 'other@x.example'),
      ownerKey('t', 'org-a', 'owner@x.example'),
    ]) {
      expect(other).not.toBe(base);
    }
    expect(codeOf(() => ownerKey('', 'org-a', 'owner@x.example'))).toBe('BAD_KEYS');
  });
});

it('generates passwords of every class, 16 characters and more, none twice', () => {
  const passwords = Array.from({ length: 200 }, generatePassword);
  expect(new Set(passwords).size).toBe(200);
  for (const password of passwords) {
    expect(password.length).toBeGreaterThanOrEqual(16);
    for (const wanted of [/[A-Z]/, /[a-z]/, /[0-9]/, /[^A-Za-z0-9]/]) expect(password).toMatch(wanted);
  }
});
