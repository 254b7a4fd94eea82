/**
 * How worker and API start and stop: in any order, waiting for what they need; in an orderly way, at once, or cut off. The witness of what was
 * done outside is the simulator. Runs from dist: build first.
 */
import { generateRestaurants } from '../../dev/demo/generator';
import { freePort } from '../../dev/stack/ports';
import { isTerminalJob } from '../../domain/statuses';
import { expectEachEffectOnce } from '../helpers/effects';
import { Operator } from '../helpers/operator';
import { killPrograms, startProgram, type Program } from '../helpers/program';
import { guardByTls } from '../helpers/mutual-tls';
import { eventually, NO_RATE_LIMITS, startTestStack, type TestStack } from '../helpers/stack';

const WORKER = 'worker/main.js';
const API = 'api/main.js';
/** Its effect is seen afterwards, so that nobody has to be asked what became of a call that was cut off. */
const HELD = 'restaurantRegistration';

let stack: TestStack;
beforeAll(async () => {
  stack = await startTestStack({
    apps: { worker: false },
    speed: 100,
    env: NO_RATE_LIMITS,
  });
}, 120_000);
afterEach(killPrograms);
afterAll(() => stack?.stopAll(), 60_000);

async function worker(env: Record<string, string> = {}): Promise<Program> {
  const program = startProgram(WORKER, { ...stack.env, WORKER_HTTP_PORT: '0', ...env });
  await program.says('worker ready');
  return program;
}

interface Row {
  key: string;
  status: string;
  attempt: number;
}

async function ledger(): Promise<Row[]> {
  const { data, error } = await stack.supabase.from('registration_sub_steps').select('key, status, attempt');
  if (error) throw new Error(error.message);
  return data as Row[];
}
const running = (rows: readonly Row[]): number =>
  rows.filter(({ status }) => status === 'in_progress').length;

test('SIGTERM in the middle of step 6: drained, hurried, or cut off, nothing is lost and nothing is done twice', async () => {
  const operator = await Operator.begin(stack, generateRestaurants(3, 21));
  const untilCallsRun = () => operator.until(async () => running(await ledger()) >= 2);

  // What runs may end within the grace: every call that was made has its answer in the ledger, after one attempt.
  const drained = await worker({ SHUTDOWN_GRACE_MS: '30000' });
  await untilCallsRun();
  drained.signal('SIGTERM');
  expect(await drained.ended).toBe(0);
  expect(drained.output()).toContain('SIGTERM: stopping');
  const left = await ledger();
  expect(running(left)).toBe(0);
  expect(Math.max(...left.map(({ attempt }) => attempt))).toBe(1);

  // A grace that is too short for the calls: they are hung up on, and the process ends in order all the same.
  const hurried = await worker({ SHUTDOWN_GRACE_MS: '50' });
  await untilCallsRun();
  hurried.signal('SIGINT');
  expect(await hurried.ended).toBe(0);

  // A second signal ends it in the middle of whatever it does: of two calls that do not end before they are let go on.
  const held = await Operator.begin(stack, generateRestaurants(2, 22), (run, simulator) =>
    simulator.addFaults(
      ...run.map(({ id: restaurantId }) => ({
        id: `held-${restaurantId}`,
        system: 'backend' as const,
        route: HELD,
        restaurantId,
        kind: 'hold' as const,
      })),
    ),
  );
  const cutOff = await worker({ SHUTDOWN_GRACE_MS: '600000' });
  await held.until(async () => {
    const calls = await held.simulator.ledger({ system: 'backend' });
    const atWork = calls.filter(({ route, end }) => route === HELD && end === 'running');
    return held.restaurants.every(({ id }) => atWork.some(({ restaurantId }) => restaurantId === id));
  });
  cutOff.signal('SIGTERM');
  await cutOff.says('SIGTERM: stopping');
  await eventually(async () => {
    cutOff.signal('SIGTERM');
    return /ending at once/.test(cutOff.output());
  });
  expect(await cutOff.ended).toBe(1);
  await held.simulator.clearFaults();

  await worker();
  for (const batch of [operator, held]) {
    const jobs = await batch.until((all) => all.every((job) => isTerminalJob(job.status)));
    expect(new Set(jobs.map(({ status }) => status))).toEqual(new Set(['completed']));
    await expectEachEffectOnce(batch);
  }
}, 240_000);

/** Null: nobody listens. */
async function ask(port: number, path: string): Promise<{ status: number; body: unknown } | null> {
  try {
    const answer = await fetch(`http://127.0.0.1:${port}${path}`);
    return { status: answer.status, body: await answer.json() };
  } catch {
    return null; // not listening yet, or not any more
  }
}

test('the API says at once that it is to end, lets what runs end, and ends', async () => {
  const port = await freePort();
  const api = startProgram(API, { ...stack.env, API_PORT: String(port), SHUTDOWN_DELAY_MS: '2000' });
  await api.says('API ready');
  expect(await ask(port, '/readyz')).toMatchObject({ status: 200, body: { draining: false } });
  const { data } = await stack.supabase.from('registration_batch_jobs').select('id').limit(1);
  const batchId = String(data?.[0]?.id);
  const stream = await fetch(`http://127.0.0.1:${port}/api/registration-batches/${batchId}/events`, {
    headers: { authorization: `Bearer ${await stack.token()}`, accept: 'text/event-stream' },
  });
  expect(stream.status).toBe(200);
  api.signal('SIGTERM');
  await eventually(async () => (await ask(port, '/readyz'))?.status === 503);
  expect(await ask(port, '/readyz')).toMatchObject({ status: 503, body: { draining: true } });
  expect(await ask(port, '/healthz')).toMatchObject({ status: 200 });
  await stream.text();
  expect(await api.ended).toBe(0);
}, 60_000);

test('started before Temporal and the database, both wait, say for what, and work once these are there', async () => {
  const ports = { worker: await freePort(), api: await freePort() };
  for (const name of ['postgrest', 'temporal'] as const) await stack.service(name).stop();
  const given = { ...stack.env, WORKER_HTTP_PORT: String(ports.worker), API_PORT: String(ports.api) };
  const programs = [startProgram(WORKER, given), startProgram(API, given)];
  const late = startProgram(WORKER, { ...given, WORKER_HTTP_PORT: '0', STARTUP_TIMEOUT_MS: '1500' });

  expect(await late.ended).toBe(1);
  expect(late.output()).toMatch(
    /The worker stopped: Gave up waiting after \d+ s \(STARTUP_TIMEOUT_MS\): Temporal at \S+ does not answer; the database at \S+ does not answer\.\n/,
  );
  for (const program of programs) {
    await program.says(/Waiting for Temporal at 127\.0\.0\.1:\d+ \(\d+ s\): it does not answer/);
    await program.says(/Waiting for the database at http:\S+ \(\d+ s\): it does not answer/);
  }
  for (const port of Object.values(ports)) {
    expect((await ask(port, '/healthz'))?.status).toBe(200);
    expect((await ask(port, '/readyz'))?.status).toBe(503);
  }
  await stack.service('temporal').start();
  for (const program of programs) await program.says(/Temporal at \S+ is there/);
  expect((await ask(ports.worker, '/readyz'))?.body).toMatchObject({ workers: false, database: false });
  await stack.service('postgrest').start();
  for (const program of programs) await program.says(/(worker|API) ready/);
  for (const port of Object.values(ports))
    await eventually(async () => (await ask(port, '/readyz'))?.status === 200);

  const secrets = Object.entries(stack.env).filter(([name]) => /KEY|SECRET|TOKEN|PASSWORD/.test(name));
  for (const program of [late, ...programs]) {
    for (const [name, value] of secrets)
      expect({ name, told: program.output().includes(value) }).toEqual({ name, told: false });
    program.signal('SIGTERM');
    await program.ended;
  }
}, 120_000);

test('a namespace that is not there is told as that', async () => {
  const lost = startProgram(WORKER, {
    ...stack.env,
    WORKER_HTTP_PORT: '0',
    TEMPORAL_NAMESPACE: 'nowhere',
    STARTUP_TIMEOUT_MS: '1',
  });
  expect(await lost.ended).toBe(1);
  expect(lost.output()).toMatch(/Temporal at \S+ has no namespace "nowhere"/);
}, 60_000);

test('Temporal behind mutual TLS: with a certificate both work, without one neither gets in', async () => {
  const guarded = await guardByTls(stack.env['TEMPORAL_ADDRESS'] ?? '');
  const given = { ...stack.env, WORKER_HTTP_PORT: '0', TEMPORAL_ADDRESS: guarded.address };
  const server = {
    TEMPORAL_TLS_SERVER_CA_CERT_PATH: guarded.files.ca,
    TEMPORAL_TLS_SERVER_NAME: guarded.serverName,
  };
  const certificate = {
    TEMPORAL_TLS_CLIENT_CERT_PATH: guarded.files.cert,
    TEMPORAL_TLS_CLIENT_KEY_PATH: guarded.files.key,
  };
  try {
    const refused = startProgram(WORKER, { ...given, ...server, STARTUP_TIMEOUT_MS: '1' });
    expect(await refused.ended).toBe(1);
    expect(refused.output()).toMatch(/Gave up waiting.*Temporal at/);
    // The worker's own connection and its client; the API's.
    const before = guarded.accepted();
    await startProgram(WORKER, { ...given, ...server, ...certificate }).says('worker ready');
    const ofWorker = guarded.accepted();
    expect(ofWorker - before).toBeGreaterThanOrEqual(2);
    const port = await freePort();
    await startProgram(API, { ...given, ...server, ...certificate, API_PORT: String(port) }).says(
      'API ready',
    );
    expect(await ask(port, '/readyz')).toMatchObject({ status: 200, body: { temporal: true } });
    expect(guarded.accepted()).toBeGreaterThan(ofWorker);
  } finally {
    await killPrograms();
    await guarded.close();
  }
}, 90_000);
