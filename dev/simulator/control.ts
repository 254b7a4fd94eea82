/** The control API under `/__sim`: seeds, faults, time, and what happened. For tests and the demo, never for the product. */
import { Router, type Request, type RequestHandler, type Response } from 'express';
import { z, ZodError } from 'zod';
import { addAccount } from './accounts';
import { completeExtraction, ConversionFailed, convertLead, type ConversionTargets } from './conversion';
import type { Core } from './core';
import { FAULTS, parseFault, type StoredFault } from './faults';
import { platformRestaurant } from './backend/platform';
import { secretHash } from './random';
import { credentialsKey } from './state';
import { worldSchema, type World } from './world';

export interface Control {
  core: Core;
  targets: ConversionTargets;
  /** A new world with the standing entities alone; faults, ledger and effects are gone. */
  reset(): void;
  clearFaults(id: string | undefined): number;
}

const settingsSchema = z
  .strictObject({
    killLimits: z.boolean(),
    confirmation: z.enum(['signature', 'code', 'either']),
    confirmationCode: z.string().nullable(),
    accountThrottle: z.boolean(),
    /** Real milliseconds. */
    accountIntervalMs: z.number().nonnegative(),
    honourIdempotencyKey: z.boolean(),
    registerPageSize: z.number().int().min(1).max(200),
  })
  .partial();

export type SettingsChange = z.input<typeof settingsSchema>;

async function seed({ core, targets }: Control, world: World): Promise<void> {
  const state = core.state();
  world.entities.forEach((entity) => {
    state.entities[entity.nzbn] = entity;
  });
  for (const { email, password, phone, organisation_id } of world.accounts) {
    const passwordHash = secretHash(password);
    addAccount(core, { email, phone, passwordHash, via: 'seed' });
    if (organisation_id !== undefined)
      state.credentials[credentialsKey(organisation_id, email)] = {
        email,
        passwordHash,
        status: 'completed',
      };
  }
  for (const restaurant of world.restaurants) await convertLead(core, targets, restaurant);
  core.persistence.touch();
}

function addFaults({ core }: Control, body: unknown): string[] {
  const state = core.state();
  const parsed = (Array.isArray(body) ? body : [body]).map(parseFault);
  return parsed.map((rule) => {
    state.counters.fault += 1;
    const id = rule.match.id ?? `fault-${state.counters.fault}`;
    const stored = { ...rule, id, hits: 0 } as StoredFault;
    state.faults = [...state.faults.filter((other) => other.id !== id), stored];
    return id;
  });
}

function stateOf({ core }: Control, restaurantId: string): unknown {
  const state = core.state();
  return {
    restaurant: state.restaurants[restaurantId] ?? null,
    backend: state.backend[restaurantId] ?? null,
    platform: platformRestaurant(core, restaurantId),
    extraction: {
      extracted: state.extracted.includes(restaurantId),
      pending: state.pendingExtractions.some((pending) => pending.restaurantId === restaurantId),
    },
    uploadBatches: Object.values(state.uploadBatches).filter((batch) => batch.restaurantId === restaurantId),
    effects: core.effects.rows(restaurantId),
  };
}

const textQuery = (req: Request, name: string): string | undefined => {
  const value = req.query[name];
  return typeof value === 'string' && value !== '' ? value : undefined;
};

type Work = (req: Request) => unknown;

/** Answers what `work` gives; a body that does not fit is a 400 that names the fields. */
function control(core: Core, work: Work): RequestHandler {
  return (req: Request, res: Response) => {
    Promise.resolve()
      .then(() => work(req))
      .then((body) => {
        core.persistence.touch();
        res.json(body);
      })
      .catch((error: unknown) => {
        if (error instanceof ZodError) {
          const issues = error.issues.map(({ path, message }) => ({ path: path.join('.'), message }));
          return res.status(400).json({ error: 'invalid', issues });
        }
        const message = error instanceof Error ? error.message : String(error);
        return res.status(error instanceof ConversionFailed ? 502 : 500).json({ error: message });
      });
  };
}

export function controlRoutes(given: Control): Router {
  const { core, targets } = given;
  const router = Router();
  const on = (method: 'get' | 'post' | 'put' | 'delete', path: string, work: Work): void => {
    router[method](path, control(core, work));
  };
  on('post', '/reset', () => {
    given.reset();
    return { reset: true };
  });
  on('post', '/seed', async (req) => {
    const world = worldSchema.parse(req.body);
    await seed(given, world);
    return {
      entities: world.entities.length,
      restaurants: world.restaurants.length,
      accounts: world.accounts.length,
    };
  });
  on('get', '/faults', () => ({ faults: core.state().faults }));
  on('get', '/fault-kinds', () =>
    Object.entries(FAULTS).map(([kind, { systems, stage, does }]) => ({ kind, systems, stage, does })),
  );
  on('put', '/faults', (req) => ({ ids: addFaults(given, req.body) }));
  on('delete', '/faults', (req) => ({ cleared: given.clearFaults(textQuery(req, 'id')) }));
  on('put', '/time-scale', (req) => {
    const { timeScale } = z.strictObject({ timeScale: z.number().positive() }).parse(req.body);
    const { settings } = core.state();
    settings.accountIntervalMs *= timeScale / settings.timeScale;
    settings.timeScale = timeScale;
    return settings;
  });
  on('get', '/settings', () => core.state().settings);
  on('put', '/settings', (req) => Object.assign(core.state().settings, settingsSchema.parse(req.body)));
  on('get', '/state/:restaurantId', (req) => stateOf(given, String(req.params['restaurantId'])));
  on('get', '/ledger', (req) => {
    const since = textQuery(req, 'since');
    return {
      entries: core.ledger.query({
        system: textQuery(req, 'system'),
        restaurantId: textQuery(req, 'restaurantId'),
        since: since === undefined ? undefined : Number(since),
      }),
    };
  });
  on('get', '/effects', (req) => {
    const summary = core.effects.summary();
    return textQuery(req, 'summary') === undefined
      ? { summary, effects: core.effects.rows(textQuery(req, 'restaurantId')) }
      : { summary };
  });
  on('post', '/extractions/:restaurantId/complete', async (req) => {
    await completeExtraction(core, targets, String(req.params['restaurantId']));
    return { completed: true };
  });
  return router;
}
