/** The HTTP application: what runs before and after every route, and the groups of routes. Start reading here. */
import express, { Router, type Express } from 'express';
import { requireCaller } from './auth';
import { CODEC_PATH, codecRouter } from './codec';
import { consoleRouter } from './console-host';
import { signInOrigin } from './console-host/config';
import type { AppDeps, RouteContext } from './deps';
import { errorHandler, unknownRoute } from './errors';
import { jsonBody } from './http/body';
import { allowOrigins } from './http/cors';
import { documentationHeaders, pageHeaders, privateAnswers } from './http/headers';
import { createLimits } from './http/limits';
import { metricsGuard } from './http/metrics-guard';
import { createSignInLimit } from './http/sign-in-limit';
import { requestLog } from './logging';
import { createMetrics } from './metrics';
import { createRegistry, documentationRouter } from './openapi';
import { batchCommandRoutes } from './routes/batch-commands';
import { batchRoutes } from './routes/batches';
import { choiceRoutes } from './routes/choices';
import { commandRoutes } from './routes/commands';
import { configurationEditRoutes } from './routes/configuration-edit';
import { configurationRoutes } from './routes/configurations';
import { credentialRoutes } from './routes/credentials';
import { exportRoutes } from './routes/export';
import { jobRoutes } from './routes/jobs';
import { lifecycleRoutes } from './routes/lifecycle';
import { republishRoutes } from './routes/republish';
import { restaurantRoutes } from './routes/restaurants';
import { selectionRoutes } from './routes/selections';
import { stepRoutes } from './routes/steps';
import { subStepCommandRoutes } from './routes/sub-step-commands';
import { systemRouter } from './routes/system';
import { watchRoutes } from './routes/watch';
import { traceRequests } from './telemetry';
import { webhookRouter } from './routes/webhooks';

export const API_BASE = '/api/registration-batches';

/** In this order: an address like `/restaurants` or `/jobs/…` must not be taken for a batch's id. */
const GROUPS: readonly ((context: RouteContext) => void)[] = [
  restaurantRoutes,
  jobRoutes,
  choiceRoutes,
  commandRoutes,
  subStepCommandRoutes,
  configurationEditRoutes,
  credentialRoutes,
  republishRoutes,
  batchCommandRoutes,
  selectionRoutes,
  configurationRoutes,
  stepRoutes,
  lifecycleRoutes,
  watchRoutes,
  exportRoutes,
  batchRoutes,
];

export function createApp(deps: AppDeps): Express {
  const { settings } = deps;
  const registry = createRegistry();
  const metrics = createMetrics(deps);
  const router = Router();
  const host = { router, base: API_BASE, registry, limits: createLimits(settings) };
  const context: RouteContext = { ...deps, host };
  for (const addRoutes of GROUPS) addRoutes(context);

  const app = express();
  app.disable('x-powered-by');
  // Express would tag every answer with a hash of it, also one that holds a password; where a tag is of use, its route makes it.
  app.disable('etag');
  app.set('trust proxy', settings.TRUST_PROXY_HOPS);
  app.use(traceRequests, requestLog(deps.log), metrics.observe);
  app.use(pageHeaders(signInOrigin(settings)), allowOrigins(settings.CORS_ORIGINS));
  app.use(createSignInLimit(settings.RATE_LIMIT_SIGN_IN));
  app.use('/metrics', metricsGuard(settings));
  app.use(systemRouter(deps, metrics));
  app.use(webhookRouter(context));
  app.use(CODEC_PATH, codecRouter(deps.payloadCodec, deps.settings));
  // A body is read only once its sender is known.
  app.use(API_BASE, privateAnswers, requireCaller(deps.authenticate), jsonBody(), router);
  app.use('/docs', documentationHeaders());
  app.use(documentationRouter(registry));
  app.use(consoleRouter(settings));
  app.use(unknownRoute);
  app.use(errorHandler(deps.log));
  return app;
}
