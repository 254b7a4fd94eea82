import { createHash, createHmac, timingSafeEqual } from 'node:crypto';

export const SIGNATURE_HEADER = 'x-webhook-signature';
export const TIMESTAMP_HEADER = 'x-webhook-timestamp';
const WINDOW_SECONDS = 5 * 60;

/** `sha256=<hex>` of HMAC-SHA256(secret, timestamp + '.' + body): the timestamp is signed too, so an old call cannot be sent again as a new one. */
export function signWebhook(secret: string, timestamp: string, body: Buffer | string): string {
  return `sha256=${createHmac('sha256', secret).update(`${timestamp}.`).update(body).digest('hex')}`;
}

/**
 * @param secrets All that are taken now: the new one and, while senders change over, the one before.
 * @param nowSeconds Unix time.
 */
export function verifyWebhook(
  secrets: readonly string[],
  headers: Readonly<Record<string, string | string[] | undefined>>,
  body: Buffer,
  nowSeconds: number,
): boolean {
  const signature = headers[SIGNATURE_HEADER];
  const timestamp = headers[TIMESTAMP_HEADER];
  if (typeof signature !== 'string' || typeof timestamp !== 'string' || !/^\d{1,12}$/.test(timestamp))
    return false;
  if (Math.abs(nowSeconds - Number(timestamp)) > WINDOW_SECONDS) return false;
  const given = Buffer.from(signature);
  // All are compared, so that the time does not tell which of them fits.
  return secrets
    .map((secret) => isSame(given, Buffer.from(signWebhook(secret, timestamp, body))))
    .includes(true);
}

function isSame(given: Buffer, expected: Buffer): boolean {
  return given.length === expected.length && timingSafeEqual(given, expected);
}

/** Names one signed call, the same by whichever secret it is signed: who sends its bytes again sends the same call. */
export function callDigest(timestamp: string, body: Buffer): string {
  return createHash('sha256').update(`${timestamp}.`).update(body).digest('hex');
}
