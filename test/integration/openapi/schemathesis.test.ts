/** The API keeps to its own document, whatever is sent: no 5xx, no status, content type or body that is not documented. */
import { findTool } from '../../../dev/stack/tools';
import { sized } from '../../helpers/size';
import { ROUTES } from '../tenancy/routes';
import { startTenancyWorld, type TenancyWorld } from '../tenancy/world';
import { runSchemathesis, type Campaign, type Outcome } from './schemathesis';

const program = findTool('schemathesis');
const SEED = 20_261_125;
const EXAMPLES = 10;
/** A stream has no end that could be waited for. */
const STREAM = /\{id\}\/events$/;

if (program === null && !process.env['CI'])
  console.warn('\n*** SKIPPED: schemathesis is not installed; `npm run setup -- --test` fetches it ***\n');
const describeIfInstalled = program === null && !process.env['CI'] ? describe.skip : describe;

describeIfInstalled('the API against its document', () => {
  let world: TenancyWorld;
  beforeAll(async () => {
    world = await startTenancyWorld();
  }, 180_000);
  afterAll(() => world?.stop(), 60_000);

  function run(campaign: Pick<Campaign, 'phases'> & Partial<Campaign>): Promise<Outcome> {
    if (program === null) throw new Error('schemathesis is not installed: run `npm run setup -- --test`');
    const { url } = world.harness;
    return runSchemathesis(program, {
      url,
      token: world.tokens.ownAdmin,
      examples: EXAMPLES,
      seed: SEED,
      ...campaign,
    });
  }

  function expectClean({ code, output, requests }: Outcome): void {
    if (code !== 0) throw new Error(output);
    // A run that sent nothing has found nothing either.
    expect(requests).toBeGreaterThan(sized(80, 200));
  }

  it('answers generated requests as documented', async () => {
    // Each parameter in each of its odd forms is what takes long.
    expectClean(
      await run({ phases: sized(['fuzzing'], ['coverage', 'fuzzing']), examples: sized(4, EXAMPLES) }),
    );
  }, 400_000);

  it('answers them about what there is as documented', async () => {
    world.harness.logs.length = 0;
    const asked = Object.entries(ROUTES).filter(([route]) => !STREAM.test(route));
    const ids = asked.flatMap(([route, { target }]) => {
      const [name] = /\{(id|jobId|restaurantId)\}/.exec(route)?.slice(1) ?? [];
      return name && target ? [[route, { [name]: world.targets[target] }] as const] : [];
    });
    expectClean(await run({ phases: ['fuzzing'], ids: Object.fromEntries(ids), without: STREAM.source }));
    // That all this was about what there is: each route has done something, or said why it cannot be done now.
    const reached = answered(world.harness.logs, (status) => status < 300 || status === 409);
    // What names jobs in its body is asked for jobs that nobody has; and no generated settings are good ones.
    const expected = asked.filter(
      ([route, { target, foreignInBody }]) =>
        target && !foreignInBody && !(route.startsWith('PATCH ') && route.endsWith('/configuration')),
    );
    expect(expected.map(([route]) => route).filter((route) => !reached.has(route))).toEqual([]);
  }, 400_000);
});

interface RequestLine {
  msg: string;
  method: string;
  route: string;
  status: number;
}

/** The routes, as the document writes them, that were answered so. */
function answered(logs: readonly string[], is: (status: number) => boolean): Set<string> {
  const lines = logs.map((line) => JSON.parse(line) as RequestLine).filter(({ msg }) => msg === 'request');
  return new Set(
    lines
      .filter(({ status }) => is(status))
      .map(({ method, route }) => `${method} ${route.replace(/:(\w+)/g, '{$1}')}`),
  );
}
