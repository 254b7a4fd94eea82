/** Every route × everybody who may not use it, generated from the OpenAPI document and the table in `routes.ts`. */
import { randomUUID } from 'node:crypto';
import { createApp } from '../../../api/app';
import { CODEC_PATH } from '../../../api/codec';
import { BASE } from '../api/harness';
import { ask, bearer, withKey, without, type Told } from './asking';
import { CODEC, CONSOLE, ROUTES, SIGNED, SYSTEM, type Role, type RouteFixture } from './routes';
import { fingerprints, historyLengths, startTenancyWorld, type TenancyWorld } from './world';

interface Operation {
  security?: unknown[];
  responses: Record<string, unknown>;
  description?: string;
}

let world: TenancyWorld;
let operations: Map<string, Operation>;
/** Of the record and the engine, before anybody was refused. */
let before: { rows: Record<string, string>; histories: Record<string, number> };

beforeAll(async () => {
  world = await startTenancyWorld();
  const { paths } = (await (await fetch(`${world.harness.url}/openapi.json`)).json()) as {
    paths: Record<string, Record<string, Operation>>;
  };
  operations = new Map(
    Object.entries(paths).flatMap(([path, methods]) =>
      Object.entries(methods).map(([method, operation]) => [`${method.toUpperCase()} ${path}`, operation]),
    ),
  );
  before = await state();
}, 180_000);
afterAll(() => world?.stop(), 60_000);

const state = async () => ({ rows: await fingerprints(world), histories: await historyLengths(world) });

/** Those who may use a route, as its definition has it written into the document ("For: admin, super_admin."). */
function rolesOf(route: string): readonly Role[] {
  const [, written] = /^For: ([\w, ]+)\.$/m.exec(operations.get(route)?.description ?? '') ?? [];
  const named: readonly string[] = written?.split(', ') ?? ROUTES[route]?.roles ?? PEOPLE;
  return PEOPLE.filter((role) => named.includes(role));
}
const PEOPLE: readonly Role[] = ['user', 'admin', 'super_admin'];

const fixtures = Object.entries(ROUTES);
const withTarget = fixtures.filter(([, { target }]) => target !== undefined);
const withForeignBody = fixtures.flatMap(([route, fixture]) =>
  fixture.foreignInBody ? [[route, fixture, fixture.foreignInBody] as const] : [],
);

describe('the matrix is whole', () => {
  test('each documented route has its line, and each line its route', () => {
    expect([...operations.keys()].toSorted()).toEqual([...Object.keys(ROUTES), ...SIGNED].toSorted());
  });

  test('each documented route asks for a token, but for those that ask for a signature', () => {
    const open = [...operations].filter(([, { security }]) => !security?.length).map(([route]) => route);
    expect(open).toEqual(SIGNED);
  });

  test('the app has no route that the document does not name', () => {
    const known = new Set([...operations.keys(), ...CODEC, ...SYSTEM, ...CONSOLE]);
    // A route for all methods refuses those that it does not know.
    const paths = new Set([...known].map((route) => route.split(' ')[1]));
    const isKnown = (method: string, at: string): boolean =>
      method === '_ALL' ? paths.has(at) : known.has(`${method} ${at}`);
    const hidden = routesOf(createApp(world.harness.deps)).filter(
      ([method, path]) =>
        !['', BASE, CODEC_PATH].some((mount) => isKnown(method, `${mount}${path === '/' ? '' : path}`)),
    );
    expect(hidden).toEqual([]);
  });

  test('a route with an id in its address is asked about it', () => {
    const named = [...operations.keys()].filter((route) => /\{(id|jobId|restaurantId)\}/.test(route));
    expect(withTarget.map(([route]) => route).toSorted()).toEqual(named.toSorted());
  });
});

interface Layer {
  route?: { path: unknown; methods: Record<string, boolean> };
  handle?: { stack?: Layer[] };
}

/** Method and path, below wherever its router is mounted, in the document's form. */
function routesOf(app: unknown): [string, string][] {
  const walk = (layers: readonly Layer[]): [string, string][] =>
    layers.flatMap(({ route, handle }) => {
      if (!route) return walk(handle?.stack ?? []);
      const path = String(route.path).replace(/:(\w+)/g, '{$1}');
      return Object.keys(route.methods).map((method): [string, string] => [method.toUpperCase(), path]);
    });
  const routes = walk((app as { router: { stack: Layer[] } }).router.stack);
  // Were the walk to find nothing, nothing would be hidden.
  expect(routes.length).toBeGreaterThanOrEqual(operations.size);
  return routes;
}

describe.each(fixtures)('%s', (route, fixture) => {
  test('lets in nobody without a good token, and nobody without an organisation', async () => {
    const wrong: Record<string, unknown> = {};
    for (const [code, status] of [
      ['UNAUTHENTICATED', 401],
      ['FORBIDDEN', 403],
    ] as const) {
      const answers = await Promise.all(
        Object.entries(world.outsiders[code]).map(async ([who, headers]) => ({
          who,
          told: await ask(world, { route, fixture, headers }),
        })),
      );
      for (const { who, told } of answers)
        if (told.status !== status || told.code !== code) wrong[who] = [told.status, told.code];
    }
    expect(wrong).toEqual({});
  });

  test('is refused to roles that it does not name', async () => {
    const { ownUser, ownAdmin, ownSuperAdmin } = world.tokens;
    const tokens: Record<Role, string> = { user: ownUser, admin: ownAdmin, super_admin: ownSuperAdmin };
    const refused = PEOPLE.filter((role) => !rolesOf(route).includes(role));
    for (const role of refused) {
      const told = await ask(world, { route, fixture, headers: withKey(tokens[role]) });
      expect({ role, status: told.status, code: told.code }).toEqual({
        role,
        status: 403,
        code: 'FORBIDDEN',
      });
    }
  });
});

describe.each(CODEC)('%s', (route) => {
  test('is open to nobody by a token of the API, nor without one', async () => {
    const fixture: RouteFixture = { own: 200, body: () => ({ payloads: [] }) };
    const people = Object.entries(world.tokens).map(([who, token]) => [who, bearer(token)] as const);
    const callers = [...people, ...Object.entries(world.outsiders.UNAUTHENTICATED)];
    const answers = await Promise.all(
      callers.map(async ([who, headers]) => [who, (await ask(world, { route, fixture, headers })).status]),
    );
    expect(answers.filter(([, status]) => status !== 401)).toEqual([]);
  });
});

/** Another organisation's people, an administrator included: what only administrators may is where most could be lost. */
const strangers = () => ({ admin: world.tokens.otherAdmin, user: world.tokens.otherUser });

async function expectLikeUnknown(
  route: string,
  fixture: RouteFixture,
  foreign: string,
  body?: (id: string) => unknown,
): Promise<Told[]> {
  const told: Told[] = [];
  for (const [role, token] of Object.entries(strangers())) {
    const askedOf = async (id: string): Promise<Told> =>
      without(
        id,
        await ask(world, {
          route,
          fixture,
          // A key would be kept with the stranger's own batch.
          ...(body ? { headers: bearer(token), body: body(id) } : { headers: withKey(token), id }),
        }),
      );
    const unknown = await askedOf(randomUUID());
    expect({ role, ...(await askedOf(foreign)) }).toEqual({ role, ...unknown });
    told.push(unknown);
  }
  return told;
}

describe.each(withTarget)('%s of another organisation', (route, fixture) => {
  const target = (): string => world.targets[fixture.target ?? 'batch'];

  test('is answered exactly like an id that nobody has', async () => {
    const told = await expectLikeUnknown(route, fixture, target());
    const [byAdmin] = told;
    expect(byAdmin).toMatchObject({
      status: 404,
      code: expect.stringMatching(/^(BATCH|JOB|RESTAURANT)_NOT_FOUND$/),
    });
  });

  test('an id that is none is answered like one that nobody has, to its owner too', async () => {
    for (const token of [world.tokens.ownAdmin, world.tokens.otherAdmin]) {
      const of = async (id: string): Promise<Told> =>
        without(id, await ask(world, { route, fixture, headers: bearer(token), id }));
      const unknown = await of(randomUUID());
      expect(unknown.status).toBe(404);
      for (const malformed of ['0', 'not-an-id', `${target()}0`, '%00', "1'%20or%20'1'='1", '__proto__'])
        expect({ malformed, ...(await of(malformed)) }).toMatchObject({
          malformed,
          status: 404,
          code: unknown.code,
          text: unknown.text,
        });
    }
  });
});

describe.each(withForeignBody)('%s with ids in its body', (route, fixture, { of, body }) => {
  test('answers another organisation’s exactly like one that nobody has', async () => {
    // The strangers ask about a batch of their own, so that the body is what is refused.
    const own = fixture.target === undefined ? undefined : await batchOfStrangers();
    const told = await expectLikeUnknown(
      route,
      own === undefined ? fixture : { ...fixture, also: { id: own } },
      world.targets[of],
      body,
    );
    const refusals = rolesOf(route).includes('user') ? [404, 409] : [403, 404, 409];
    for (const { status } of told) expect(refusals).toContain(status);
  });
});

let strangersBatch: Promise<string> | undefined;
function batchOfStrangers(): Promise<string> {
  strangersBatch ??= makeBatchOfStrangers();
  return strangersBatch;
}

/** Made beside the API, whose every table was fingerprinted before. */
async function makeBatchOfStrangers(): Promise<string> {
  const { sql, otherOrganisation } = world.harness;
  const id = randomUUID();
  await sql.query(
    `insert into registration_batch_jobs (id, organisation_id, name, total_restaurants) values ($1, $2, 'Theirs', 0)`,
    [id, otherOrganisation],
  );
  before.rows = await fingerprints(world);
  return id;
}

describe('another organisation', () => {
  test('finds nothing of ours in any list', async () => {
    const ours = Object.values(world.targets);
    for (const [route, fixture] of fixtures.filter(([name]) => name.startsWith('GET '))) {
      if (fixture.target) continue;
      for (const token of Object.values(strangers())) {
        const { status, text } = await ask(world, { route, fixture, headers: bearer(token) });
        expect(status).toBe(200);
        expect(ours.filter((id) => text.includes(id))).toEqual([]);
      }
    }
  });

  test('has changed nothing of all this: no row, no run', async () => {
    expect(await state()).toEqual(before);
  });
});

describe('those whose it is', () => {
  test.each(fixtures.filter(([name]) => name.startsWith('GET ')))(
    'support of any organisation reads %s',
    async (route, fixture) => {
      const told = await ask(world, { route, fixture, headers: bearer(world.tokens.otherSuperAdmin) });
      expect(told.status).toBe(fixture.own);
    },
  );

  // Last: what the owner asks for is done.
  test.each(fixtures)('are answered by %s', async (route, fixture) => {
    const allowed = rolesOf(route);
    const token = allowed.includes('user') ? world.tokens.ownUser : world.tokens.ownAdmin;
    const told = await ask(world, { route, fixture, headers: withKey(token) });
    expect({ status: told.status, text: told.text.slice(0, 500) }).toMatchObject({ status: fixture.own });
  });
});
