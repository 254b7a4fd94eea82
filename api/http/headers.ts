/** What every answer tells a browser. */
import type { RequestHandler } from 'express';
import helmet from 'helmet';

const NOTHING = ["'none'"];
const OWN = ["'self'"];

/** Pages run the scripts and styles that we serve as files: nothing inline, nothing of other hosts. They speak to us alone, and to the sign-in. */
const PAGE_POLICY = {
  defaultSrc: NOTHING,
  scriptSrc: OWN,
  scriptSrcAttr: NOTHING,
  styleSrc: OWN,
  imgSrc: ["'self'", 'data:'],
  fontSrc: OWN,
  connectSrc: OWN,
  manifestSrc: OWN,
  formAction: OWN,
  baseUri: NOTHING,
  frameAncestors: NOTHING,
  objectSrc: NOTHING,
};

/** @param signInOrigin Where the console's people sign in, if it is not here. */
export function pageHeaders(signInOrigin: string | null): RequestHandler {
  const connectSrc = signInOrigin === null ? OWN : [...OWN, signInOrigin];
  return helmet({
    contentSecurityPolicy: { useDefaults: false, directives: { ...PAGE_POLICY, connectSrc } },
    xFrameOptions: { action: 'deny' },
    referrerPolicy: { policy: 'no-referrer' },
  });
}

/** For the page of the API's documentation: its library writes styles, but no scripts, into the page. */
export function documentationHeaders(): RequestHandler {
  const directives = { ...PAGE_POLICY, styleSrc: ["'self'", "'unsafe-inline'"] };
  return helmet.contentSecurityPolicy({ useDefaults: false, directives });
}

/** Answers hold people's data: kept by nobody on the way, and asked for anew each time. A route may say more. */
export const privateAnswers: RequestHandler = (_req, res, next) => {
  res.setHeader('Cache-Control', 'private, no-cache');
  next();
};
