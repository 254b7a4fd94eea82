/**
 * The wire of the set-up backend. Routes for rules: the sub-step's key for each of the twelve calls; for reads `status`,
 * `code-injection`, `logs`, `upload-batch`, `upload-batch-retry`, `cdn-stats`, `restaurant`.
 */
import { Router, type Request } from 'express';
import { answer, unauthorized, type Answer } from '../answers';
import { bodyField, pathParam, serve, type Call, type Core, type Endpoint } from '../core';
import { atStage } from '../faults';
import { readCode, readLogs, readRestaurant, readStatus } from './reads';
import { ROWS, type Row, type ScriptKey } from './rows';
import { runScript, scriptFailed, type Script } from './scripts';
import { cdnStats, readBatch, retryBatch, uploadImages } from './uploads';

const isAnswer = (value: Answer | Script): value is Answer => 'status' in value;

const organisationOf = (req: Request): string => req.get('x-organisation-id') ?? '';

function authorise(core: Core, req: Request): Answer | null {
  if (req.get('x-service-key') !== core.keys.backendServiceKey)
    return unauthorized('backend', 'Invalid service key');
  return organisationOf(req) === '' ? unauthorized('backend', 'Organisation is missing') : null;
}

/** A fault that says how a script goes needs a script: it takes the place of the refusal that the world would give. */
const FAILING_SCRIPT: Script = {
  durationMs: 5_000,
  account: null,
  units: 0,
  apply: () => ({ duplicate: false }),
  success: () => ({}),
};

async function runRow<B extends { restaurantId: string; menuId?: string }>(
  core: Core,
  subStep: ScriptKey,
  row: Row<B>,
  call: Call,
): Promise<Answer> {
  const parsed = row.body.safeParse(call.req.body);
  if (!parsed.success) {
    const fields = parsed.error.issues.map((issue) => issue.path.join('.')).join(', ');
    return scriptFailed(400, `Missing required fields: ${fields}`);
  }
  const { restaurantId, menuId } = parsed.data;
  const restaurant = await core.catalogue.restaurant(restaurantId);
  if (restaurant === null || restaurant.organisationId !== organisationOf(call.req))
    return scriptFailed(404, 'Restaurant not found');
  const menu = menuId === undefined ? null : await core.catalogue.menu(menuId);
  if (menuId !== undefined && menu?.restaurantId !== restaurantId) return scriptFailed(400, 'Menu not found');

  const run = { core, call, subStep, restaurantId };
  if (atStage(call.faults, 'refusal') !== undefined) return runScript(run, FAILING_SCRIPT);
  const prepared = row.prepare({ core, body: parsed.data, restaurant, menu });
  return isAnswer(prepared) ? prepared : runScript(run, prepared);
}

/** Answers a key that was seen before as it was answered then, if the world is set to honour keys; the original does not. */
async function honouringKey(
  core: Core,
  subStep: string,
  call: Call,
  run: () => Promise<Answer>,
): Promise<Answer> {
  const { settings, answers } = core.state();
  if (!settings.honourIdempotencyKey || call.idempotencyKey === null) return run();
  const key = `${subStep} ${call.idempotencyKey}`;
  const before = answers[key];
  if (before !== undefined) return answer(before.status, before.body);
  const given = await run();
  answers[key] = { status: given.status, body: given.body };
  return given;
}

export function backendRoutes(core: Core): Router {
  const router = Router();
  const add = (
    method: 'get' | 'post',
    path: string,
    route: string,
    handle: Endpoint['handle'],
    facts: NonNullable<Endpoint['facts']>,
    feature = 'registration',
  ): void => {
    const allowed = (req: Request): Answer | null => authorise(core, req);
    router[method](
      path,
      serve(core, { system: 'backend', route, feature, facts, authorise: allowed, handle }),
    );
  };
  const inBody = (req: Request) => ({
    restaurantId: bodyField(req, 'restaurantId'),
    email: bodyField(req, 'email'),
  });
  const inPath = (req: Request) => ({ restaurantId: pathParam(req, 'restaurantId') });
  const ofMenu = async (req: Request) => ({
    restaurantId: (await core.catalogue.menu(pathParam(req, 'menuId')).catch(() => null))?.restaurantId,
  });
  const ofBatch = (req: Request) => ({
    restaurantId: core.state().uploadBatches[pathParam(req, 'batchId')]?.restaurantId,
  });

  const script = <B extends { restaurantId: string; menuId?: string }>(
    subStep: ScriptKey,
    row: Row<B>,
  ): void => {
    const handle = (call: Call): Promise<Answer> =>
      honouringKey(core, subStep, call, () => runRow(core, subStep, row, call));
    add('post', `/api/registration${row.path}`, subStep, handle, inBody, `registration.${row.flag}`);
  };
  script('cloudwaitressAccount', ROWS.cloudwaitressAccount);
  script('codeGeneration', ROWS.codeGeneration);
  script('createOnboardingUser', ROWS.createOnboardingUser);
  script('restaurantRegistration', ROWS.restaurantRegistration);
  script('websiteConfig', ROWS.websiteConfig);
  script('servicesConfig', ROWS.servicesConfig);
  script('paymentConfig', ROWS.paymentConfig);
  script('menuImport', ROWS.menuImport);
  script('syncOnboardingUser', ROWS.syncOnboardingUser);
  script('optionSets', ROWS.optionSets);
  script('itemTags', ROWS.itemTags);
  const upload = (call: Call): Promise<Answer> =>
    honouringKey(core, 'uploadImages', call, () => uploadImages(core, call));
  add('post', '/api/menus/:menuId/upload-images', 'uploadImages', upload, ofMenu);

  const read = (path: string, route: string, of: (core: Core, restaurantId: string) => Answer): void =>
    add('get', `${path}/:restaurantId`, route, (call) => readFor(core, call, of), inPath);
  read('/api/registration/status', 'status', readStatus);
  read('/api/registration/code-injection', 'code-injection', readCode);
  read('/api/registration/logs', 'logs', readLogs);
  read('/api/restaurants', 'restaurant', readRestaurant);
  add('get', '/api/upload-batches/:batchId', 'upload-batch', (call) => readBatch(core, call), ofBatch);
  add(
    'post',
    '/api/upload-batches/:batchId/retry',
    'upload-batch-retry',
    (call) => retryBatch(core, call),
    ofBatch,
  );
  add('get', '/api/menus/:menuId/cdn-stats', 'cdn-stats', (call) => cdnStats(core, call), ofMenu);
  return router;
}

async function readFor(
  core: Core,
  call: Call,
  of: (core: Core, restaurantId: string) => Answer,
): Promise<Answer> {
  const restaurantId = pathParam(call.req, 'restaurantId');
  const restaurant = await core.catalogue.restaurant(restaurantId);
  if (restaurant === null || restaurant.organisationId !== organisationOf(call.req))
    return scriptFailed(404, 'Restaurant not found');
  return of(core, restaurantId);
}
