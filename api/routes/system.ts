/** Whether the process is alive, whether it can do its work, and what it measures. No token, nothing of anybody's data. */
import { Router, type RequestHandler } from 'express';
import type { AppDeps } from '../deps';
import { ApiError } from '../errors';
import type { Metrics } from '../metrics';

async function databaseAnswers(record: AppDeps['record']): Promise<boolean> {
  try {
    await record.ping();
    return true;
  } catch (error) {
    if (error instanceof ApiError) return false;
    throw error;
  }
}

export function systemRouter({ record, workflows }: AppDeps, metrics: Metrics): Router {
  const healthz: RequestHandler = (_req, res) => {
    res.json({ success: true, status: 'alive' });
  };
  /** The truth of this moment: both are asked. */
  const readyz: RequestHandler = async (_req, res) => {
    const [database, temporal] = await Promise.all([databaseAnswers(record), workflows.ready()]);
    const success = database && temporal;
    res.status(success ? 200 : 503).json({ success, database, temporal });
  };
  const label =
    (route: string): RequestHandler =>
    (_req, res, next) => {
      res.locals['route'] = route;
      next();
    };
  return Router()
    .get('/healthz', label('/healthz'), healthz)
    .get('/readyz', label('/readyz'), readyz)
    .get('/metrics', label('/metrics'), metrics.serve);
}
