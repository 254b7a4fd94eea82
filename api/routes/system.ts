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

export function systemRouter({ record, workflows, phase }: AppDeps, metrics: Metrics): Router {
  const healthz: RequestHandler = (_req, res) => {
    res.json({ success: true, status: 'alive' });
  };
  /** The truth of this moment: both are asked. One that is to end says no at once, so that load balancers send nobody here any more. */
  const readyz: RequestHandler = async (_req, res) => {
    const [database, temporal] = await Promise.all([databaseAnswers(record), workflows.ready()]);
    const { started, draining } = phase;
    const success = database && temporal && started && !draining;
    res.status(success ? 200 : 503).json({ success, database, temporal, started, draining });
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
