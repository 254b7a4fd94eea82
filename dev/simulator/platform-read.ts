/** The reader of the ordering platform. Routes for rules: `accounts`, `restaurant`. */
import { Router, type Request } from 'express';
import { answer, type Answer } from './answers';
import { pathParam, serve, type Call, type Core } from './core';

function account(core: Core, { req }: Call): Answer {
  const email = String(req.query['email'] ?? '').toLowerCase();
  const { accounts, platform } = core.state();
  const restaurants = Object.values(platform).filter((one) => one.accountEmail.toLowerCase() === email);
  return answer(200, { exists: Object.hasOwn(accounts, email), restaurantCount: restaurants.length });
}

function restaurant(core: Core, { req }: Call): Answer {
  const found = core.state().platform[pathParam(req, 'id')];
  if (found === undefined) return answer(404, { error: 'There is no such restaurant' });
  const { name, subdomain, menus, optionSets, tags, headInjection, pickup, delivery, stripe } = found;
  return answer(200, { name, subdomain, menus, optionSets, tags, headInjection, pickup, delivery, stripe });
}

export function platformReadRoutes(core: Core): Router {
  const router = Router();
  const ofEmail = (req: Request) => ({ email: String(req.query['email'] ?? '') });
  const ofRestaurant = (req: Request) => ({
    restaurantId: core.state().platform[pathParam(req, 'id')]?.restaurantId,
  });
  router.get(
    '/v1/accounts',
    serve(core, {
      system: 'platform-read',
      route: 'accounts',
      facts: ofEmail,
      handle: (call) => account(core, call),
    }),
  );
  router.get(
    '/v1/restaurants/:id',
    serve(core, {
      system: 'platform-read',
      route: 'restaurant',
      facts: ofRestaurant,
      handle: (call) => restaurant(core, call),
    }),
  );
  return router;
}
