import { createHmac } from 'node:crypto';
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { spawn } from 'node:child_process';
import { optionsFrom } from '../../../dev/simulator/main';
import { startSimulator, type SimulatorOptions } from '../../../dev/simulator';
import { sampleWorld } from '../../../dev/simulator/sample-world';
import { eventually, KEYS, ORGANISATION, PASSWORD, seedRestaurant, startHarness } from './support';

const folder = mkdtempSync(join(tmpdir(), 'simulator-'));
afterAll(() => rmSync(folder, { recursive: true }));

/** Ends what started against expectation, so that a failing test leaves nothing behind. */
const startAndEnd = async (options: Partial<SimulatorOptions>): Promise<void> =>
  (await startSimulator({ keys: KEYS, ...options })).close();

describe('the world', () => {
  it('outlives a restart with its effects, rules and uploads, and keeps no password', async () => {
    const stateFile = join(folder, 'world.json');
    const first = await startHarness({ stateFile, timeScale: 0.005 });
    const restaurant = await seedRestaurant(first, { dishes: 60, images: 60 });
    await first.subStep('codeGeneration', restaurant);
    await first.subStep('restaurantRegistration', restaurant);
    await first.control.addFaults({
      id: 'kept',
      system: 'backend',
      route: 'menuImport',
      kind: 'bad_gateway',
      nth: 2,
    });
    const upload = await first.subStep('uploadImages', restaurant);
    await first.simulator.close();
    expect(readFileSync(stateFile, 'utf8')).not.toContain(PASSWORD);

    const second = await startHarness({ stateFile, timeScale: 0.0005 });
    try {
      const { effects } = await second.control.effects(restaurant.id);
      const counts = effects.map(({ subStep, count }) => [subStep, count]);
      expect(counts).toEqual(
        expect.arrayContaining([
          ['codeGeneration', 1],
          ['restaurantRegistration', 1],
        ]),
      );
      expect((await second.subStep('menuImport', restaurant)).status).toBe(200);
      expect((await second.subStep('menuImport', restaurant)).status).toBe(502);
      const batch = () => second.backend('GET', `/api/upload-batches/${String(upload.json['batchId'])}`);
      const done = await eventually(
        batch,
        ({ json }) => (json['batch'] as { status: string }).status === 'completed',
      );
      expect(done.json['batch']).toMatchObject({ progress: { uploaded: 60 } });
    } finally {
      await second.simulator.close();
    }
  });

  it('refuses a state file that is not its own, a busy port, and a host that is not loopback', async () => {
    const stateFile = join(folder, 'other.json');
    writeFileSync(stateFile, '{"some":"thing"}');
    await expect(startAndEnd({ stateFile })).rejects.toThrow(/not a state file/);
    const busy = await startSimulator({ keys: KEYS });
    await expect(startAndEnd({ port: busy.port })).rejects.toThrow(/EADDRINUSE/);
    await busy.close();
    await expect(startAndEnd({ host: '0.0.0.0' })).rejects.toThrow(/loopback/);
  });

  it('is the same for the same seed, and another for another', async () => {
    const ids = async (seed: number): Promise<unknown> => {
      const harness = await startHarness({ seed });
      try {
        await harness.control.seed({
          accounts: [{ email: 'same@kowhaigrill.example', password: PASSWORD }],
          restaurants: [
            {
              id: 'same',
              organisation_id: ORGANISATION,
              name: 'Same',
              address: '1 Same Street',
              city: 'Nelson',
              phone: '',
              opening_hours: [],
              primary_color: '#000000',
              secondary_color: '#ffffff',
            },
          ],
        });
        const restaurant = { id: 'same', menuId: 'none', email: 'same@kowhaigrill.example', name: 'Same' };
        const { json } = await harness.subStep('codeGeneration', restaurant);
        await harness.subStep('restaurantRegistration', restaurant);
        return [json['codeInjectionId'], (await harness.control.state('same')).platform?.id];
      } finally {
        await harness.simulator.close();
      }
    };
    const [first, again, other] = [await ids(7), await ids(7), await ids(8)];
    expect(again).toEqual(first);
    expect(other).not.toEqual(first);
  });

  it('scales time and the account interval together, and forgets everything on reset', async () => {
    const harness = await startHarness({ timeScale: 0.01, accountMinIntervalMs: 60_000 });
    try {
      expect(await harness.control.settings()).toMatchObject({ timeScale: 0.01, accountIntervalMs: 600 });
      expect(await harness.control.setTimeScale(0.001)).toMatchObject({
        timeScale: 0.001,
        accountIntervalMs: 60,
      });
      const restaurant = await seedRestaurant(harness);
      await harness.subStep('codeGeneration', restaurant);
      await harness.control.addFaults({ system: 'backend', kind: 'bad_gateway' });
      await harness.control.reset();
      expect(await harness.control.effectsSummary()).toMatchObject({ total: 0, attempts: 0, duplicates: 0 });
      expect(await harness.control.ledger()).toEqual([]);
      expect(await harness.control.faults()).toEqual([]);
      expect((await harness.control.state(restaurant.id)).restaurant).toBeNull();
      expect((await harness.register('/entities/9429099900007')).status).toBe(200);
    } finally {
      await harness.simulator.close();
    }
  });

  it('refuses a world that does not fit, naming the field, and takes nothing of it', async () => {
    const harness = await startHarness();
    try {
      const bad = { entities: [{ nzbn: '9429099900008', name: 'X', number: null }] };
      await expect(harness.control.seed(bad)).rejects.toThrow(/entities\.0\.nzbn/);
    } finally {
      await harness.simulator.close();
    }
  });
});

interface Received {
  method: string;
  path: string;
  headers: IncomingMessage['headers'];
  body: string;
}

/** Takes every write, remembers it, and answers reads with what was written. */
async function fakePlatform() {
  const received: Received[] = [];
  const tables: Record<string, Record<string, Record<string, unknown>>> = {};
  /** Refuses every write; never answers a read. */
  const trouble = { refusing: false, silent: false };
  const write = ({ path, method, body }: Received): void => {
    const url = new URL(path, 'http://platform.example');
    const table = (tables[url.pathname.split('/').pop() ?? ''] ??= {});
    const given = JSON.parse(body) as Record<string, unknown> | Record<string, unknown>[];
    const id = url.searchParams.get('id')?.replace('eq.', '');
    const rows = method === 'PATCH' ? [{ ...given, id }] : [given].flat();
    for (const row of rows as Record<string, unknown>[])
      table[String(row['id'])] = { ...table[String(row['id'])], ...row };
  };
  const server = createServer((req, res) => {
    let body = '';
    req.on('data', (chunk: Buffer) => (body += chunk.toString()));
    req.on('end', () => {
      const request = { method: req.method ?? '', path: req.url ?? '', headers: req.headers, body };
      received.push(request);
      if (trouble.silent && request.method === 'GET') return;
      if (trouble.refusing && request.method !== 'GET') {
        res.writeHead(503, { 'Content-Type': 'application/json' });
        return res.end(JSON.stringify({ code: 'PGRST001', message: 'No connection' }));
      }
      if (request.path.startsWith('/rest/') && request.method !== 'GET') write(request);
      const url = new URL(request.path, 'http://platform.example');
      const wanted = [...url.searchParams].filter(([, value]) => value.startsWith('eq.'));
      const rows = Object.values(tables[url.pathname.split('/').pop() ?? ''] ?? {}).filter((row) =>
        wanted.every(([column, value]) => row[column] === value.slice(3)),
      );
      res.writeHead(request.method === 'GET' ? 200 : 201, { 'Content-Type': 'application/json' });
      res.end(
        request.method === 'GET' ? JSON.stringify(rows.map((row) => ({ website_url: null, ...row }))) : '',
      );
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  const close = () =>
    new Promise<void>((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    });
  return { url, received, tables, trouble, close };
}

describe('the sample world', () => {
  it('is taken whole, and each of its restaurants leads to a company', async () => {
    const harness = await startHarness();
    try {
      const sample = sampleWorld(ORGANISATION);
      expect(await harness.control.seed(sample)).toMatchObject({ restaurants: 12 });
      for (const { name } of sample.restaurants ?? []) {
        const { json } = await harness.register(
          `/entities?search-term=${encodeURIComponent(name)}&page-size=20`,
        );
        expect(json['totalItems']).toBeGreaterThan(0);
      }
    } finally {
      await harness.simulator.close();
    }
  });
});

describe('the lead conversion', () => {
  const webhookSecret = 'test-webhook-secret';
  const start = async () => {
    const platform = await fakePlatform();
    const harness = await startHarness({
      platform: { url: platform.url, serviceKey: 'test-platform-key' },
      webhook: { url: `${platform.url}/api/webhooks/extractions`, secret: webhookSecret },
    });
    const close = async (): Promise<void> => {
      await harness.simulator.close();
      await platform.close();
    };
    return { platform, harness, close };
  };

  it("writes the platform's rows by fixed ids, so that twice is once, and reads them live", async () => {
    const { platform, harness, close } = await start();
    try {
      const restaurant = await seedRestaurant(harness, { dishes: 3, images: 1 });
      const { tables } = platform;
      expect(tables['restaurants']?.[restaurant.id]).toMatchObject({
        name: restaurant.name,
        primary_color: '#F2B705',
      });
      expect(Object.values(tables['extraction_jobs'] ?? {})).toMatchObject([
        { status: 'completed', job_type: 'full_menu' },
      ]);
      expect(tables['menus']?.[restaurant.menuId]).toMatchObject({
        restaurant_id: restaurant.id,
        is_active: true,
      });
      expect(Object.values(tables['menu_items'] ?? {})).toHaveLength(3);
      const written = (await harness.control.state(restaurant.id)).restaurant;
      if (written !== null) await harness.control.seed({ restaurants: [written] });
      expect(Object.values(tables['menu_items'] ?? {})).toHaveLength(3);
      expect(platform.received[0]?.headers['authorization']).toBe('Bearer test-platform-key');

      expect((await harness.subStep('codeGeneration', restaurant)).status).toBe(200);
      const row = tables['restaurants']?.[restaurant.id];
      if (row !== undefined) row['primary_color'] = null;
      expect((await harness.subStep('codeGeneration', restaurant)).status).toBe(400);
      const upload = await harness.subStep('uploadImages', restaurant);
      expect(upload.json['stats']).toMatchObject({ totalImages: 1 });
    } finally {
      await close();
    }
  });

  it('writes what was extracted while the database was away once it is back', async () => {
    const { platform, harness, close } = await start();
    try {
      const late = { extraction: { state: 'late', late_seconds: 5_000 } } as const;
      const restaurant = await seedRestaurant(harness, {}, late);
      platform.trouble.refusing = true;
      const refused = ({ path, method }: Received): boolean =>
        method !== 'GET' && path.startsWith('/rest/v1/menus');
      await eventually(
        () => Promise.resolve(platform.received),
        (seen) => seen.some(refused),
      );
      expect((await harness.control.state(restaurant.id)).extraction).toEqual({
        extracted: false,
        pending: true,
      });
      platform.trouble.refusing = false;
      await eventually(
        () => harness.control.state(restaurant.id),
        ({ extraction }) => extraction.extracted && !extraction.pending,
      );
      expect(platform.tables['menus']).toHaveProperty(restaurant.menuId);
    } finally {
      await close();
    }
  });

  it('begins no script when the database does not answer: its caller would no longer wait for it', async () => {
    const { platform, harness, close } = await start();
    try {
      const restaurant = await seedRestaurant(harness);
      platform.trouble.silent = true;
      const answered = await harness.subStep('codeGeneration', restaurant);
      expect(answered).toMatchObject({ status: 503, json: { retryable: true } });
      expect((await harness.control.effects(restaurant.id)).effects).toEqual([]);
    } finally {
      await close();
    }
  });

  it('lets a late extraction finish, then tells the product with a signature', async () => {
    const { platform, harness, close } = await start();
    try {
      const late = { extraction: { state: 'late', late_seconds: 100_000 } } as const;
      const restaurant = await seedRestaurant(harness, {}, late);
      const { tables } = platform;
      expect(Object.values(tables['extraction_jobs'] ?? {})).toMatchObject([{ status: 'in_progress' }]);
      expect(tables['menus']).toBeUndefined();
      expect(tables['restaurants']?.[restaurant.id]).not.toHaveProperty('primary_color');

      await harness.control.completeExtraction(restaurant.id);
      expect(Object.values(tables['extraction_jobs'] ?? {})).toMatchObject([{ status: 'completed' }]);
      expect(tables['restaurants']?.[restaurant.id]).toMatchObject({ primary_color: '#F2B705' });
      const news = platform.received.filter(({ path }) => path === '/api/webhooks/extractions');
      expect(news).toHaveLength(1);
      const { headers = {}, body = '' } = news[0] ?? {};
      expect(JSON.parse(body)).toEqual({
        restaurant_id: restaurant.id,
        job_type: 'full_menu',
        status: 'completed',
      });
      const timestamp = String(headers['x-webhook-timestamp']);
      const expected = createHmac('sha256', webhookSecret).update(`${timestamp}.${body}`).digest('hex');
      expect(headers['x-webhook-signature']).toBe(`sha256=${expected}`);
      expect(Math.abs(Date.now() / 1000 - Number(timestamp))).toBeLessThan(60);
      await harness.control.completeExtraction(restaurant.id);
      expect(platform.received.filter(({ path }) => path === '/api/webhooks/extractions')).toHaveLength(1);
    } finally {
      await close();
    }
  });

  it('finishes a late one by itself in scaled time; a failed one brings nothing', async () => {
    const { platform, harness, close } = await start();
    try {
      const late = await seedRestaurant(harness, {}, { extraction: { state: 'late', late_seconds: 60 } });
      const failed = await seedRestaurant(harness, {}, { extraction: { state: 'failed' } });
      await eventually(
        () => harness.control.state(late.id),
        ({ extraction }) => extraction.extracted,
      );
      expect(platform.tables['menus']?.[late.menuId]).toBeDefined();
      expect(platform.tables['menus']?.[failed.menuId]).toBeUndefined();
      const jobs = Object.values(platform.tables['extraction_jobs'] ?? {});
      expect(jobs.find((job) => job['restaurant_id'] === failed.id)).toMatchObject({ status: 'failed' });
    } finally {
      await close();
    }
  });

  it("answers 503 while the platform's database does not", async () => {
    const { platform, harness, close } = await start();
    const restaurant = await seedRestaurant(harness);
    await platform.close();
    const answered = await harness.subStep('codeGeneration', restaurant);
    expect([answered.status, answered.json['retryable']]).toEqual([503, true]);
    await close().catch(() => undefined);
  });
});

describe('the process', () => {
  const environment = {
    NZBN_API_KEY: 'a',
    BACKEND_SERVICE_KEY: 'b',
    CLOUDWAITRESS_INTEGRATOR_ID: 'c',
    CLOUDWAITRESS_INTEGRATOR_SECRET: 'd',
  };

  it('names every setting that is missing or wrong', () => {
    expect(() => optionsFrom({ SIM_PORT: 'x', SUPABASE_URL: 'http://127.0.0.1:1' })).toThrow(
      /NZBN_API_KEY.*SUPABASE_SERVICE_ROLE_KEY|SUPABASE_SERVICE_ROLE_KEY.*NZBN_API_KEY/,
    );
    expect(
      optionsFrom({ ...environment, ACCOUNT_MIN_INTERVAL_MS: '300', SIM_TIME_SCALE: '0.005' }),
    ).toMatchObject({
      accountMinIntervalScaledMs: 300,
      timeScale: 0.005,
    });
  });

  it('says when it is ready and ends on SIGTERM', async () => {
    const entry = join(__dirname, 'run.js');
    const child = spawn(process.execPath, [entry], { env: { PATH: process.env['PATH'], ...environment } });
    const line = await new Promise<string>((resolve, reject) => {
      child.stdout.once('data', (chunk: Buffer) => resolve(chunk.toString()));
      child.once('exit', (code) => reject(new Error(`ended with ${code}`)));
    });
    expect(line).toMatch(/^simulator ready on http:\/\/127\.0\.0\.1:\d+\n$/);
    const ended = new Promise((resolve) => child.once('exit', resolve));
    child.kill('SIGTERM');
    expect(await ended).toBe(0);
  });
});
