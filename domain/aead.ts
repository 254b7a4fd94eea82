/**
 * Authenticated encryption, the one way in which anything is encrypted here: AES-256-GCM under a random nonce.
 * A blob is nonce (12 bytes), tag (16 bytes), ciphertext. Under one key at most 2^32 blobs, since nonces are drawn at random.
 */
import { createCipheriv, createDecipheriv, randomBytes } from 'node:crypto';

export const KEY_BYTES = 32;
const NONCE_BYTES = 12;
const TAG_BYTES = 16;
const CIPHER = 'aes-256-gcm';

/** @param associated Is not in the blob, and must be the same when it is decrypted. */
export function encrypt(key: Buffer, associated: Buffer, plain: Uint8Array): Buffer {
  const nonce = randomBytes(NONCE_BYTES);
  const cipher = createCipheriv(CIPHER, key, nonce, { authTagLength: TAG_BYTES });
  cipher.setAAD(associated);
  const body = Buffer.concat([cipher.update(plain), cipher.final()]);
  return Buffer.concat([nonce, cipher.getAuthTag(), body]);
}

/** Null: damaged, of another key, or associated with something else. */
export function decrypt(key: Buffer, associated: Buffer, blob: Uint8Array): Buffer | null {
  if (blob.length < NONCE_BYTES + TAG_BYTES) return null;
  const decipher = createDecipheriv(CIPHER, key, blob.subarray(0, NONCE_BYTES), { authTagLength: TAG_BYTES });
  decipher.setAAD(associated);
  decipher.setAuthTag(blob.subarray(NONCE_BYTES, NONCE_BYTES + TAG_BYTES));
  try {
    return Buffer.concat([decipher.update(blob.subarray(NONCE_BYTES + TAG_BYTES)), decipher.final()]);
  } catch {
    return null; // OpenSSL tells no more than that the tag does not match
  }
}
