/**
 * Passwords at rest. A password is sealed before anything else sees it; everywhere else its id stands for it.
 * AES-256-GCM with organisation and secret id as associated data: a ciphertext moved to another row does not open.
 */
import { createCipheriv, createDecipheriv, createHmac, randomBytes, randomInt } from 'node:crypto';

const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
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

/** @param text `SEAL_KEYS`: `id:base64,id2:base64`, each of 32 bytes. Errors name the entry, never its content. */
export function parseKeyRing(text: string | undefined): KeyRing {
  const entries = (text ?? '').split(',').map((entry) => entry.trim());
  const keys = new Map<string, Buffer>();
  for (const [i, entry] of entries.entries()) {
    const [, id, base64] = /^([\w.-]{1,64}):([A-Za-z0-9+/]+={0,2})$/.exec(entry) ?? [];
    const key = Buffer.from(base64 ?? '', 'base64');
    if (id === undefined || key.length !== KEY_BYTES) {
      throw new SealingError(
        'BAD_KEYS',
        `SEAL_KEYS: entry ${i + 1} is not "id:base64 of ${KEY_BYTES} bytes".`,
      );
    }
    if (keys.has(id)) throw new SealingError('BAD_KEYS', `SEAL_KEYS: the id "${id}" stands there twice.`);
    keys.set(id, key);
  }
  const [sealingKeyId] = keys.keys();
  if (sealingKeyId === undefined) throw new SealingError('BAD_KEYS', 'SEAL_KEYS is empty.');
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
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv('aes-256-gcm', keyOf(ring, keyId), nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associatedData(identity, keyId));
  const body = Buffer.concat([cipher.update(secret, 'utf8'), cipher.final()]);
  const blob = Buffer.concat([nonce, cipher.getAuthTag(), body]);
  return { keyId, ciphertext: `${VERSION}.${blob.toString('base64')}` };
}

/** @throws SealingError KEY_MISSING or NOT_OPENED; its text holds nothing of the secret. */
export function unseal(ring: KeyRing, identity: SecretIdentity, sealed: Sealed): string {
  const key = keyOf(ring, sealed.keyId);
  const [version, base64 = ''] = sealed.ciphertext.split('.');
  const blob = Buffer.from(base64, 'base64');
  if (version !== VERSION || blob.length < NONCE_BYTES + TAG_BYTES) {
    throw new SealingError('NOT_OPENED', 'The stored secret is not in the form of a sealed one.');
  }
  const decipher = createDecipheriv('aes-256-gcm', key, blob.subarray(0, NONCE_BYTES), {
    authTagLength: TAG_BYTES,
  });
  decipher.setAAD(associatedData(identity, sealed.keyId));
  decipher.setAuthTag(blob.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([
      decipher.update(blob.subarray(NONCE_BYTES + TAG_BYTES)),
      decipher.final(),
    ]).toString('utf8');
  } catch (cause) {
    throw new SealingError(
      'NOT_OPENED',
      `The stored secret does not open: damaged, or another's (${cause instanceof Error ? cause.name : 'unknown'}).`,
    );
  }
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
