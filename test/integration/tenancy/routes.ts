/**
 * What the matrix asks of each route, by its place in `/openapi.json`. A route without an entry fails the matrix: whoever adds one says here
 * what of the demo organisation it is asked about, and what its owner is answered.
 */
import { BASE, OFFERED } from '../api/harness';
import { freeRestaurant, type Targets, type TenancyWorld } from './world';

export type Role = 'user' | 'admin' | 'super_admin';

export interface RouteFixture {
  /** Which of the targets stands in the address; none: the route names nothing. */
  target?: keyof Targets;
  /** Path parameters that name nothing of anybody's. */
  also?: Record<string, string>;
  body?: (world: TenancyWorld) => unknown;
  /** The route's answer to those whose it is. */
  own: number;
  /**
   * A body in which `id` is another organisation's, and what of it stands there; the address is the caller's own. Answered exactly as if
   * nobody had that id.
   */
  foreignInBody?: { of: keyof Targets; body: (id: string) => unknown };
  /** While the document does not say it of the route. */
  roles?: readonly Role[];
}

const ADMINISTRATORS: readonly Role[] = ['admin', 'super_admin'];
const choice = { nzbn: OFFERED[0]?.nzbn };

const job = (path: string): string => `${BASE}/jobs/{jobId}${path}`;
const batch = (path: string): string => `${BASE}/{id}${path}`;
const SUB_STEP = '/steps/6/sub-steps/{key}';
const menuImport = { key: 'menuImport' };

/** In this order the owner asks, at the end of all: what ends something comes last. */
export const ROUTES: Readonly<Record<string, RouteFixture>> = {
  [`GET ${BASE}`]: { own: 200 },
  [`GET ${BASE}/restaurants`]: { own: 200 },
  [`GET ${BASE}/action-required`]: { own: 200 },
  [`GET ${BASE}/restaurants/{restaurantId}/menus`]: { target: 'restaurant', own: 200 },
  [`POST ${BASE}`]: {
    own: 201,
    body: async (world: TenancyWorld) => ({
      name: 'Of the matrix',
      restaurant_ids: [await freeRestaurant(world)],
    }),
    foreignInBody: { of: 'restaurant', body: (id) => ({ name: 'Stolen', restaurant_ids: [id] }) },
  },
  [`GET ${job('')}`]: { target: 'failed', own: 200 },
  [`GET ${job('/events')}`]: { target: 'failed', own: 200 },
  [`GET ${batch('')}`]: { target: 'batch', own: 200 },
  [`GET ${batch('/progress')}`]: { target: 'batch', own: 200 },
  [`GET ${batch('/events')}`]: { target: 'batch', own: 200 },
  [`GET ${batch('/steps/{n}')}`]: { target: 'batch', also: { n: '3' }, own: 200 },
  [`GET ${batch('/export.csv')}`]: { target: 'finished', own: 200 },
  [`POST ${job('/search-again')}`]: { target: 'waitsForCompany', body: () => ({ city: 'Nelson' }), own: 200 },
  [`POST ${job('/manual-entry')}`]: {
    target: 'waitsForCompany',
    body: () => ({ contact_name: 'Aroha Testperson' }),
    own: 200,
  },
  [`POST ${batch('/steps/3/complete')}`]: {
    target: 'batch',
    body: ({ targets }) => ({ selections: { [targets.waitsForCompany]: choice } }),
    own: 200,
    foreignInBody: { of: 'waitsForCompany', body: (id) => ({ selections: { [id]: choice } }) },
  },
  [`POST ${batch('/steps/5/complete')}`]: {
    target: 'batch',
    body: ({ targets }) => ({ configurations: { [targets.waitsForConfiguration]: { use_defaults: true } } }),
    own: 200,
    foreignInBody: {
      of: 'waitsForConfiguration',
      body: (id) => ({ configurations: { [id]: { use_defaults: true } } }),
    },
  },
  [`PATCH ${job('/configuration')}`]: {
    target: 'failed',
    body: () => ({ changes: { website: { theme: 'light' } } }),
    own: 200,
  },
  [`POST ${job('/retry')}`]: { target: 'failed', body: () => ({ step: 6 }), own: 200 },
  [`POST ${job(`${SUB_STEP}/retry`)}`]: { target: 'failed', also: menuImport, body: () => ({}), own: 200 },
  [`POST ${job(`${SUB_STEP}/reset`)}`]: {
    target: 'failed',
    also: menuImport,
    body: () => ({ reason: 'It was wrong.', effect_removed: true }),
    own: 200,
  },
  [`PATCH ${job(SUB_STEP)}`]: {
    target: 'failed',
    also: menuImport,
    body: () => ({ status: 'skipped', reason: 'There is none.' }),
    own: 200,
  },
  [`POST ${job('/steps/1/continue')}`]: {
    target: 'failed',
    body: () => ({ mode: 'without', reason: 'It will not come.' }),
    own: 200,
  },
  [`POST ${job('/credentials/reveal')}`]: {
    target: 'failed',
    body: () => ({ which: 'account', reason: 'The owner asked for it.' }),
    // It failed before there was an account.
    own: 409,
  },
  [`POST ${job('/republish')}`]: { target: 'failed', body: () => ({}), own: 200, roles: ADMINISTRATORS },
  [`POST ${batch('/republish')}`]: { target: 'batch', body: () => ({}), own: 200, roles: ADMINISTRATORS },
  [`POST ${batch('/pause')}`]: { target: 'batch', body: () => ({}), own: 200 },
  [`POST ${batch('/resume')}`]: { target: 'batch', body: () => ({}), own: 200 },
  [`POST ${batch('/retry-failed')}`]: {
    target: 'batch',
    body: () => ({}),
    own: 200,
    foreignInBody: { of: 'failed', body: (id) => ({ job_ids: [id] }) },
  },
  [`POST ${job('/give-up')}`]: { target: 'toGiveUp', body: () => ({ reason: 'It closed down.' }), own: 200 },
  [`POST ${job('/cancel')}`]: { target: 'toCancel', body: () => ({}), own: 202 },
  [`POST ${batch('/start')}`]: { target: 'notStarted', own: 202 },
  [`POST ${batch('/cancel')}`]: { target: 'toCancelWhole', body: () => ({}), own: 202 },
};

/** Documented, and open to a signature instead of a person: tested where webhooks are. */
export const SIGNED = ['POST /api/webhooks/extractions'];

/** Not in the document: the engine's own tools use them, with a token that no person of an organisation has. */
export const CODEC = ['POST /api/codec/decode', 'POST /api/codec/encode'];

/** Not in the document: what the browser loads before anybody has signed in; nothing of anybody's data. The development sign-in has tests of its own. */
export const CONSOLE = ['GET /console/config.json', 'POST /console/development-sign-in', 'GET /{*page}'];

/** Not in the document: they tell nothing of anybody. */
export const SYSTEM = ['GET /healthz', 'GET /readyz', 'GET /metrics', 'GET /openapi.json', 'GET /docs'];
