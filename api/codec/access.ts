/** Who may have payloads decrypted: who has the token, from no page but those that are listed. */
import type { Request, RequestHandler } from 'express';
import { isSameSecret } from '../../domain/same-secret';
import type { ApiSettings } from '../../domain/settings';
import { ApiError } from '../errors';
import { isLocalRequest } from '../http/local';

export type CodecSettings = Pick<ApiSettings, 'CODEC_TOKEN' | 'CODEC_ORIGINS' | 'CODEC_DEV_ORIGINS'>;

/** What the Web UI sends; the last one is its identity token, beside the access token. */
const ALLOWED_HEADERS = 'authorization, authorization-extras, content-type, x-namespace';
const PREFLIGHT_SECONDS = 600;

/**
 * Answers preflights, and turns away pages that are not listed: a browser that is signed in somewhere must not be led here by a
 * page of somebody else's. Callers that are no pages (the command line) send no origin.
 */
export function allowOrigins({ CODEC_ORIGINS, CODEC_DEV_ORIGINS }: CodecSettings): RequestHandler {
  const allowed = new Set([...CODEC_ORIGINS, ...CODEC_DEV_ORIGINS]);
  return (req, res, next) => {
    const { origin } = req.headers;
    res.vary('Origin');
    if (origin !== undefined) {
      if (!allowed.has(origin)) throw new ApiError('FORBIDDEN', 'Pages of this origin may not ask here.');
      res.set({ 'Access-Control-Allow-Origin': origin, 'Access-Control-Allow-Credentials': 'true' });
    }
    if (req.method !== 'OPTIONS') return next();
    res.set({
      'Access-Control-Allow-Methods': 'POST',
      'Access-Control-Allow-Headers': ALLOWED_HEADERS,
      'Access-Control-Max-Age': String(PREFLIGHT_SECONDS),
    });
    res.status(204).end();
  };
}

export function requireCodecToken({ CODEC_TOKEN, CODEC_DEV_ORIGINS }: CodecSettings): RequestHandler {
  const devOrigins = new Set(CODEC_DEV_ORIGINS);
  return (req, res, next) => {
    const { authorization } = req.headers;
    const isKnown =
      authorization === undefined
        ? isDevPage(req, devOrigins)
        : CODEC_TOKEN !== undefined && isSameSecret(authorization, `Bearer ${CODEC_TOKEN}`);
    if (!isKnown) {
      throw new ApiError(
        'UNAUTHENTICATED',
        'Send the token of the codec server: "Authorization: Bearer <token>".',
      );
    }
    res.locals['callerId'] = 'codec';
    next();
  };
}

/**
 * The development server's Web UI can send no token over plain HTTP. Its page is believed by its origin, which no other page can
 * claim, if it runs on this machine and came here directly (see CODEC_DEV_ORIGINS for when this is possible at all).
 */
function isDevPage(req: Request, devOrigins: ReadonlySet<string>): boolean {
  const { origin } = req.headers;
  return origin !== undefined && devOrigins.has(origin) && isLocalRequest(req);
}
