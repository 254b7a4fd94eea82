import type { RequestHandler } from 'express';
import { mayReadMetrics } from '../../domain/metrics-access';
import type { ApiSettings } from '../../domain/settings';
import { ApiError } from '../errors';

export function metricsGuard({
  METRICS_TOKEN: token,
  API_HOST: host,
}: Pick<ApiSettings, 'METRICS_TOKEN' | 'API_HOST'>): RequestHandler {
  return (req, _res, next) => {
    if (mayReadMetrics({ token, host }, req.headers.authorization)) {
      next();
      return;
    }
    throw new ApiError('UNAUTHENTICATED', 'Metrics want the token that METRICS_TOKEN sets.');
  };
}
