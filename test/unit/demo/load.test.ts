import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { demoCommand } from '../../../dev/commands/demo';
import { parseCommand } from '../../../dev/commands/options';
import { refuseDemo } from '../../../dev/demo';
import { loadRestaurants } from '../../../dev/demo/load';
import { faultsOfRun, restaurantsOfRun, worldOfRun } from '../../../dev/demo/world';
import { parseFault } from '../../../dev/simulator/faults';
import { worldSchema } from '../../../dev/simulator/world';
import { restaurantOf } from './fixtures';

let folder: string;
beforeAll(async () => (folder = await mkdtemp(path.join(tmpdir(), 'demo-'))));
afterAll(() => rm(folder, { recursive: true }));

const DISH = { category: 'Mains', name: 'Lamb Rump', price: 34.5 };
const good = {
  name: 'Kōwhai Grill',
  address: '12 Fern Street, Te Aro, Wellington',
  city: 'Wellington',
  postcode: '6011',
  phone: '04 555 0100',
  email: 'Owner@kowhaigrill.example',
  opening_hours: [{ day: 'Monday', hours: { open: '11:00', close: '21:00' } }],
  menu: { dishes: [DISH], option_sets: 1 },
  company: { name: 'KOWHAI GRILL LIMITED', number: '9990001', nzbn: '9429099900007' },
};

async function fileWith(...restaurants: unknown[]): Promise<string> {
  const file = path.join(folder, `batch-${Math.abs(restaurants.length)}-${process.hrtime.bigint()}.json`);
  await writeFile(file, JSON.stringify(restaurants, null, 2));
  return file;
}

async function loadOne(changes: object) {
  const loaded = await loadRestaurants({ file: await fileWith({ ...good, ...changes }) });
  if (!loaded.ok) throw new Error(loaded.problems.join('\n'));
  return loaded.restaurants[0];
}

describe('a file', () => {
  it('gives restaurants with the answers that it leaves out', async () => {
    expect(await loadOne({})).toMatchObject({
      address: '12 Fern Street, Te Aro, Wellington 6011',
      email: 'Owner@kowhaigrill.example',
      expected: 'completed',
      company: { kind: 'number', number: '9990001' },
      configuration: { use_defaults: true },
    });
    expect((await loadOne({ company: null }))?.company).toEqual({ kind: 'no_match' });
    const soleTrader = { name: null, number: null, nzbn: '9429099900045', type: 'Sole_Trader' };
    expect((await loadOne({ company: soleTrader }))?.company).toEqual({
      kind: 'nzbn',
      nzbn: '9429099900045',
    });
  });

  it('keeps to the answers that it gives', async () => {
    const search_again = { restaurant_name: 'Other' };
    const answers = (company: object) => ({ answers: { company } });
    expect((await loadOne(answers({ no_match: true })))?.company).toEqual({ kind: 'no_match' });
    expect((await loadOne(answers({ search_again, company_number: '9990002' })))?.company).toEqual({
      kind: 'number',
      number: '9990002',
      searchAgain: search_again,
    });
  });

  it('tells every bad row with its line and column, and what is wrong with a company', async () => {
    const file = await fileWith({ ...good, email: 'nobody' }, { ...good, name: '' });
    const loaded = await loadRestaurants({ file });
    expect(loaded.ok).toBe(false);
    if (!loaded.ok) {
      expect(loaded.problems).toHaveLength(2);
      for (const problem of loaded.problems)
        expect(problem.slice(file.length)).toMatch(/^:\d+:\d+ {2}\w+ {2}./);
    }
    const company = { ...good.company, directors: [{ name: 'Not A Key' }] };
    expect(await loadRestaurants({ file: await fileWith({ ...good, company }) })).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/Kōwhai Grill: company\.directors/)],
    });
  });

  it('cannot be given together with a number', async () => {
    expect(await loadRestaurants({ file: 'x.json', restaurants: 3 })).toMatchObject({ ok: false });
  });

  it('with a bad row creates nothing: no stack is started, and the report is not ok', async () => {
    const json = path.join(folder, 'report.json');
    const file = await fileWith({ ...good, phone: '09 123 4567' });
    const options = parseCommand(['demo', '--file', file, '--json', json], {});
    const interrupt = { signal: new AbortController().signal, happened: Promise.resolve() };
    const started: unknown[] = [];
    expect(await demoCommand(options, interrupt, (stack) => started.push(stack))).toBe(1);
    expect(started).toEqual([]);
    expect(JSON.parse(await readFile(json, 'utf8'))).toMatchObject({
      ok: false,
      problems: [expect.stringMatching(/:\d+:\d+ .*phone/)],
    });
  });
});

it('tells of a report that cannot be written instead of breaking off', async () => {
  let written = '';
  const report = await refuseDemo(
    {
      json: path.join(folder, 'absent', 'report.json'),
      stdout: { write: (text) => (written += text) },
    },
    ['the file is bad'],
  );
  expect(report.problems).toEqual(['the file is bad', expect.stringContaining('--json')]);
  expect(written).toContain('the file is bad');
  expect(written).toContain('--json');
});

describe('a run', () => {
  const restaurants = [
    restaurantOf({ scenario: 'registration_times_out', extractionLateSeconds: 150 }),
    restaurantOf({
      name: 'Tūī Table',
      configuration: {
        account: { email: 'Other@tui.example' },
        restaurant: { name: 'Tūī Table', subdomain: 'ttable' },
        onboarding: { userEmail: 'front@tui.example' },
      },
    }),
  ];

  it('gives ids and e-mails of its own, and the same ones when it is asked again', () => {
    const [a, again, b] = ['aaaa1111', 'aaaa1111', 'bbbb2222'].map((id) =>
      restaurantsOfRun(restaurants, { id, number: 1 }),
    );
    expect(a).toEqual(again);
    expect(
      new Set([...(a ?? []), ...(b ?? [])].flatMap(({ id, menuId, email }) => [id, menuId, email])).size,
    ).toBe(12);
    expect(a?.[0]?.email).toBe('Owner+aaaa1111@kowhaigrill.example');
    expect(a?.[1]?.email).toBe('Other+aaaa1111@tui.example');
    expect(a?.[1]?.configuration).toMatchObject({
      onboarding: { userEmail: 'front+aaaa1111@tui.example' },
      menu: { selectedMenuId: a?.[1]?.menuId },
    });
  });

  it('names restaurants apart from the second time on, where names must be unique', () => {
    const names = (number: number) =>
      restaurantsOfRun(restaurants, { id: 'aaaa1111', number }).map(({ name }) => name);
    expect(names(1)).toEqual(['Kōwhai Grill', 'Tūī Table']);
    expect(names(3)).toEqual(['Kōwhai Grill (3)', 'Tūī Table (3)']);
    const [, second] = restaurantsOfRun(restaurants, { id: 'aaaa1111', number: 3 });
    expect(second?.configuration.restaurant).toEqual({ name: 'Tūī Table (3)' });
  });

  it('makes a world and faults that the simulator takes', () => {
    const run = restaurantsOfRun(restaurants, { id: 'aaaa1111', number: 1 });
    const world = worldSchema.parse(worldOfRun(run, 'organisation'));
    expect(world.restaurants.map(({ extraction }) => extraction.state)).toEqual(['late', 'completed']);
    expect(faultsOfRun(run).map(parseFault)).toEqual([
      expect.objectContaining({
        kind: 'timeout_after_effect',
        match: expect.objectContaining({
          restaurantId: run[0]?.id,
          route: 'restaurantRegistration',
          times: 1,
        }),
      }),
    ]);
  });
});
