import type { RequestHandler } from 'express';
import { isLoopback, type ApiSettings } from '../../domain/settings';
import { ApiError } from '../errors';
import { isSameSecret } from '../same-secret';

const urlHost = (host: string): string => (host.includes(':') ? `[${host}]` : host);

/** Metrics tell how much is going on: they want their token, unless only this machine can ask and none is set. */
export function metricsGuard({
  METRICS_TOKEN: token,
  API_HOST: host,
}: Pick<ApiSettings, 'METRICS_TOKEN' | 'API_HOST'>): RequestHandler {
  const isOpen = token === undefined && isLoopback(`http://${urlHost(host)}`);
  return (req, _res, next) => {
    const [, given = ''] = /^Bearer +(\S+)$/i.exec(req.headers.authorization ?? '') ?? [];
    if (isOpen || (token !== undefined && isSameSecret(given, token))) {
      next();
      return;
    }
    throw new ApiError('UNAUTHENTICATED', 'Metrics want the token that METRICS_TOKEN sets.');
  };
}
