import type { RequestHandler } from 'express';
import { ipKeyGenerator } from 'express-rate-limit';
import { ApiError } from '../errors';

const WINDOW_MS = 60_000;
/** Addresses remembered at once; the oldest is forgotten first. */
const MAX_ADDRESSES = 10_000;
/** What one home or server is given of IPv6. */
const IPV6_PREFIX = 56;

interface Window {
  refused: number;
  until: number;
}

/**
 * Before anybody is known: an address whose requests were refused as unauthenticated too often waits until its minute is
 * over, whatever it sends then. Answers that were given count nothing, so that many people behind one address work undisturbed.
 */
export function createSignInLimit(perMinute: number, now: () => number = Date.now): RequestHandler {
  const windows = new Map<string, Window>();

  const windowOf = (address: string): Window | undefined => {
    const window = windows.get(address);
    if (window && window.until <= now()) windows.delete(address);
    return windows.get(address);
  };
  const countRefusal = (address: string): void => {
    const window = windowOf(address) ?? { refused: 0, until: now() + WINDOW_MS };
    window.refused += 1;
    windows.set(address, window);
    const [oldest] = windows.keys();
    if (windows.size > MAX_ADDRESSES && oldest !== undefined) windows.delete(oldest);
  };

  return (req, res, next) => {
    const address = req.ip === undefined ? 'unknown' : ipKeyGenerator(req.ip, IPV6_PREFIX);
    const window = windowOf(address);
    if (window && window.refused >= perMinute) {
      res.setHeader('Retry-After', String(Math.ceil((window.until - now()) / 1000)));
      throw new ApiError('RATE_LIMITED', 'Too many refused sign-ins from this address. Wait a minute.');
    }
    res.on('finish', () => {
      if (res.statusCode === 401) countRefusal(address);
    });
    next();
  };
}
