/**
 * Passwords at rest. A password is sealed before anything else sees it; everywhere else its id stands for it.
 * AES-256-GCM with organisation and secret id as associated data: a ciphertext moved to another row does not open.
 */
import { createHmac, randomInt } from 'node:crypto';
import { decrypt, encrypt, KEY_BYTES } from './aead';

const VERSION = 'v1';

export type SealingErrorCode =
  /** `SEAL_KEYS` or another setting is absent or not in its form. */
  | 'BAD_KEYS'
  /** The key that sealed this secret is not in the ring. */
  | 'KEY_MISSING'
  /** Not ours, damaged, or of another organisation or id. */
  | 'NOT_OPENED';

export class SealingError extends Error {
  override readonly name = 'SealingError';
  constructor(
    readonly code: SealingErrorCode,
    message: string,
  ) {
    super(message);
  }
}

/** The first key seals, all open: a new key is put in front, and old ones stay until everything is sealed anew. */
export interface KeyRing {
  readonly sealingKeyId: string;
  readonly keys: ReadonlyMap<string, Buffer>;
}

/** What may name a key. */
export const KEY_ID = /^[\w.-]{1,64}$/;

/** Whose secret it is; bound to the ciphertext. */
export interface SecretIdentity {
  organisationId: string;
  secretId: string;
}

/** The columns `key_id` and `ciphertext` of `sealed_secrets`. */
export interface Sealed {
  keyId: string;
  ciphertext: string;
}

/**
 * @param text `id:base64,id2:base64`, each of 32 bytes.
 * @param setting Where it stands, for the errors: they name the entry, never its content.
 * @throws SealingError BAD_KEYS
 */
export function parseKeyRing(text: string | undefined, setting = 'SEAL_KEYS'): KeyRing {
  const entries = (text ?? '').split(',').map((entry) => entry.trim());
  const keys = new Map<string, Buffer>();
  for (const [i, entry] of entries.entries()) {
    const [, id = '', base64 = ''] = /^([^:]*):([A-Za-z0-9+/]+={0,2})$/.exec(entry) ?? [];
    const key = Buffer.from(base64, 'base64');
    if (!KEY_ID.test(id) || key.length !== KEY_BYTES) {
      throw new SealingError(
        'BAD_KEYS',
        `${setting}: entry ${i + 1} is not "id:base64 of ${KEY_BYTES} bytes".`,
      );
    }
    if (keys.has(id)) throw new SealingError('BAD_KEYS', `${setting}: the id "${id}" stands there twice.`);
    keys.set(id, key);
  }
  const [sealingKeyId] = keys.keys();
  if (sealingKeyId === undefined) throw new SealingError('BAD_KEYS', `${setting} is empty.`);
  return { sealingKeyId, keys };
}

/** JSON, so that no two identities make the same bytes. */
function associatedData({ organisationId, secretId }: SecretIdentity, keyId: string): Buffer {
  return Buffer.from(JSON.stringify([VERSION, keyId, organisationId, secretId]));
}

function keyOf(ring: KeyRing, keyId: string): Buffer {
  const key = ring.keys.get(keyId);
  if (!key)
    throw new SealingError('KEY_MISSING', `The key "${keyId}" that sealed this secret is not in SEAL_KEYS.`);
  return key;
}

export function seal(ring: KeyRing, identity: SecretIdentity, secret: string): Sealed {
  const keyId = ring.sealingKeyId;
  const blob = encrypt(keyOf(ring, keyId), associatedData(identity, keyId), Buffer.from(secret, 'utf8'));
  return { keyId, ciphertext: `${VERSION}.${blob.toString('base64')}` };
}

/** @throws SealingError KEY_MISSING or NOT_OPENED; its text holds nothing of the secret. */
export function unseal(ring: KeyRing, identity: SecretIdentity, sealed: Sealed): string {
  const key = keyOf(ring, sealed.keyId);
  const [version, base64 = ''] = sealed.ciphertext.split('.');
  if (version !== VERSION) {
    throw new SealingError('NOT_OPENED', 'The stored secret is not in the form of a sealed one.');
  }
  const plain = decrypt(key, associatedData(identity, sealed.keyId), Buffer.from(base64, 'base64'));
  if (!plain) throw new SealingError('NOT_OPENED', "The stored secret does not open: damaged, or another's.");
  return plain.toString('utf8');
}

/**
 * The same secret under the key that seals now.
 * @throws SealingError as `unseal` does
 */
export function reseal(ring: KeyRing, identity: SecretIdentity, sealed: Sealed): Sealed {
  return seal(ring, identity, unseal(ring, identity, sealed));
}

const OWNER_KEY_LENGTH = 32;

/**
 * Who shares an account: restaurants of one organisation with the same owner's e-mail, whatever its case.
 * It stands in workflow ids in the e-mail's place, and cannot be guessed back without the secret (`OWNER_KEY_SECRET`).
 */
export function ownerKey(secret: string, organisationId: string, email: string): string {
  if (secret === '') throw new SealingError('BAD_KEYS', 'OWNER_KEY_SECRET is empty.');
  return createHmac('sha256', secret)
    .update(JSON.stringify([organisationId.toLowerCase(), email.trim().toLowerCase()]))
    .digest('hex')
    .slice(0, OWNER_KEY_LENGTH);
}

/** No letters or digits that people confuse, no sign that a shell, a URL or a form might change. */
const CLASSES = ['ABCDEFGHJKLMNPQRSTUVWXYZ', 'abcdefghijkmnopqrstuvwxyz', '23456789', '-_.!*'] as const;
const PASSWORD_LENGTH = 20;

/** A random password of 20 characters with upper and lower case, digits and signs. */
export function generatePassword(): string {
  const pick = (alphabet: string): string => alphabet.charAt(randomInt(alphabet.length));
  const all = CLASSES.join('');
  const characters = Array.from({ length: PASSWORD_LENGTH }, (_, i) => pick(CLASSES[i] ?? all));
  for (let i = characters.length - 1; i > 0; i -= 1) {
    const j = randomInt(i + 1);
    [characters[i], characters[j]] = [characters[j] ?? '', characters[i] ?? ''];
  }
  return characters.join('');
}
