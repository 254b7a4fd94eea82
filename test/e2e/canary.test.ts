/**
 * No password is anywhere: a batch with recognisable ones runs through the whole, while the world outside does its worst to give them
 * away; then all that it left behind is searched. Runs from dist: build first.
 */
import { spawn } from 'node:child_process';
import { randomBytes, randomUUID } from 'node:crypto';
import { appendFileSync } from 'node:fs';
import { Client } from '@temporalio/client';
import { Client as Postgres } from 'pg';
import { Person } from '../../dev/chaos/person';
import { createAndStart, prepareWorld } from '../../dev/demo';
import { ApiClient, type Job } from '../../dev/demo/api-client';
import { generateRestaurants } from '../../dev/demo/generator';
import { newRunId } from '../../dev/demo/run-ids';
import { restaurantsOfRun, type RunRestaurant } from '../../dev/demo/world';
import { simulatorClient } from '../../dev/simulator/client';
import { createDataConverter, parsePayloadKeys } from '../../domain/payload-codec';
import { parseKeyRing, unseal } from '../../domain/sealing';
import { startOtlpReceiver, type OtlpReceiver } from '../helpers/otlp-receiver';
import { eventually, startTestStack, type TestStack } from '../helpers/stack';
import { cast, faultsFor, recognisable } from './canary/cast';
import { needlesOf, search, type Place } from './canary/needles';
import { filesOf, historiesOf, tablesOf, withEngine } from './canary/places';
import { plantSpan, tracesOf } from './canary/traces';
import { AnswerRecorder, ProcessWatch } from './canary/watchers';

const ROUTES = ['PROGRESS', 'START', 'COMPLETION', 'OTHER', 'REVEAL'];

let stack: TestStack;
let traces: OtlpReceiver;
let answers: AnswerRecorder;
let processes: ProcessWatch;
beforeAll(async () => {
  processes = new ProcessWatch();
  traces = await startOtlpReceiver();
  stack = await startTestStack({
    apps: {},
    speed: 200,
    env: {
      ...Object.fromEntries(ROUTES.map((route) => [`RATE_LIMIT_${route}`, '100000'])),
      OTEL_EXPORTER_OTLP_ENDPOINT: traces.url,
      OTEL_BSP_SCHEDULE_DELAY: '200',
    },
  });
  answers = new AnswerRecorder(stack.service('api').url);
}, 180_000);
afterAll(async () => {
  answers?.stop();
  await processes.stop();
  await stack?.stopAll();
  await traces?.close();
}, 60_000);

/** What a request sends to the API; the answer is recorded like every other. */
async function ask(
  method: string,
  path: string,
  body?: string,
  via: typeof fetch = fetch,
): Promise<Response> {
  return via(`${stack.service('api').url}${path}`, {
    method,
    headers: {
      authorization: `Bearer ${await stack.token()}`,
      'content-type': 'application/json',
      'idempotency-key': randomUUID(),
    },
    ...(body === undefined ? {} : { body }),
  });
}

const BASE = '/api/registration-batches';

async function played(run: readonly RunRestaurant[]): Promise<{ batchId: string; jobs: Job[] }> {
  const api = new ApiClient({ baseUrl: stack.service('api').url, token: () => stack.token() });
  const simulator = simulatorClient(stack.service('simulator').url);
  await prepareWorld(simulator, run);
  await simulator.addFaults(...faultsFor(run));
  const batchId = await createAndStart(api, { id: newRunId(), number: 1 }, run);
  const restaurants = new Map(run.map((one) => [one.id, one]));
  const person = new Person({ api, simulator, batchId, restaurants });
  person.calmDown();
  let jobs: Job[] = [];
  await eventually(async () => {
    const seen = await person.round();
    jobs = seen?.jobs ?? jobs;
    return seen?.atRest === true;
  }, 240_000);
  expect((await simulator.faults()).filter(({ hits }) => hits === 0)).toEqual([]);
  return { batchId, jobs };
}

/** Everything that may be read of them, and requests that are refused with a password in them. */
async function readAll(batchId: string, jobs: readonly Job[], given: Map<string, string>): Promise<void> {
  const steps = [1, 2, 3, 4, 5, 6].map((step) => `${BASE}/${batchId}/steps/${step}`);
  const ofJobs = jobs.flatMap(({ id }) => [`${BASE}/jobs/${id}`, `${BASE}/jobs/${id}/events`]);
  const others = ['', `/${batchId}`, `/${batchId}/progress`, `/${batchId}/export.csv`, '/restaurants'];
  for (const path of [...steps, ...ofJobs, ...others.map((end) => BASE + end)]) {
    expect({ path, status: (await ask('GET', path)).status }).toEqual({ path, status: 200 });
  }
  const word = recognisable();
  given.set('in requests that are refused', word);
  const jobId = jobs[0]?.id ?? '';
  const refused: [string, string, string][] = [
    [
      'POST',
      `${BASE}/${batchId}/steps/5/complete`,
      `{"configurations":{"${jobId}":{"account":{"password":${JSON.stringify(word)},`,
    ],
    [
      'POST',
      `${BASE}/${batchId}/steps/5/complete`,
      JSON.stringify({ configurations: { [jobId]: { account: { password: [word], phone: 5 } } } }),
    ],
    [
      'POST',
      `${BASE}/${batchId}/steps/5/complete`,
      JSON.stringify({ configurations: { [jobId]: { account: { password: word } } } }),
    ],
    [
      'PATCH',
      `${BASE}/jobs/${jobId}/configuration`,
      JSON.stringify({ changes: { onboarding: { userPassword: word } }, surplus: 1 }),
    ],
    [
      'PATCH',
      `${BASE}/jobs/${jobId}/configuration`,
      JSON.stringify({ changes: { account: { password: word.repeat(9) } } }),
    ],
  ];
  for (const [method, path, body] of refused) {
    expect((await ask(method, path, body)).ok).toBe(false);
  }
}

/** The one way out of the product; its answers are kept out of what is searched. */
async function revealed({ id }: Job): Promise<string[]> {
  const passwords: string[] = [];
  for (const which of ['account', 'onboarding']) {
    const body = JSON.stringify({ which, reason: 'The owner asked for it.' });
    const answer = await ask('POST', `${BASE}/jobs/${id}/credentials/reveal`, body, answers.unrecorded);
    passwords.push(((await answer.json()) as { password: string }).password);
  }
  return passwords;
}

async function opened(): Promise<string[]> {
  const database = new Postgres({ connectionString: stack.env['DATABASE_URL'] });
  await database.connect();
  try {
    const { rows } = await database.query<Record<'id' | 'organisation_id' | 'key_id' | 'ciphertext', string>>(
      'select id, organisation_id, key_id, ciphertext from sealed_secrets',
    );
    const ring = parseKeyRing(stack.env['SEAL_KEYS']);
    return rows.map(({ id, organisation_id: organisationId, key_id: keyId, ciphertext }) =>
      unseal(ring, { organisationId, secretId: id }, { keyId, ciphertext }),
    );
  } finally {
    await database.end();
  }
}

async function everywhere(): Promise<Place[]> {
  const metrics = await ask('GET', '/metrics', undefined, answers.unrecorded);
  return [
    { name: 'metrics of the API', bytes: Buffer.from(await metrics.text()) },
    ...filesOf(stack.dir),
    ...(await tablesOf(stack.env['DATABASE_URL'] ?? '')),
    ...(await historiesOf(stack.env)),
    processes.place(),
    await answers.place(),
    await tracesOf(traces, stack.service('api').url),
  ];
}

/** The kinds of places in which the text stands, one by one. */
function kindsWith(places: readonly Place[], text: string): string[] {
  const kinds = {
    files: /^file temporal\.db/,
    raw: /^history/,
    decrypted: /^decrypted/,
    tables: /^table/,
    logs: /^file logs/,
    metrics: /^metrics/,
    processes: /^processes/,
    answers: /^answers/,
    traces: /^traces/,
  };
  const found = places.filter(({ bytes }) => bytes.includes(text));
  return Object.entries(kinds).flatMap(([kind, name]) =>
    found.some((one) => name.test(one.name)) ? [kind] : [],
  );
}

test('after a batch whose world gives passwords away, no password is in any place or form', async () => {
  const given = new Map<string, string>();
  const run = cast(given);
  const { batchId, jobs } = await played(run);
  expect(jobs.map(({ status }) => status)).toEqual(Array(6).fill('completed'));
  const sealed = await opened();
  expect(sealed).toEqual(expect.arrayContaining([...given.values()]));
  const secrets = new Map(given);
  sealed
    .filter((word) => ![...given.values()].includes(word))
    .forEach((word, at) => secrets.set(`generated ${at}`, word));
  expect(secrets.size - given.size).toBeGreaterThanOrEqual(4);
  for (const job of jobs) expect(sealed).toEqual(expect.arrayContaining(await revealed(job)));
  const refused = new Map<string, string>();
  await readAll(batchId, jobs, refused);
  // What the simulated platform answers in place of a password that it has stored.
  secrets.set('stored by the platform', 'SIM-STORED-PASSWORD');

  // The worker's last: a run is sent when it has ended.
  await eventually(() => traces.spans.some(({ name }) => name === 'RunWorkflow:batchWorkflow'), 30_000);
  const places = await everywhere();
  expect(search(places, new Map([...secrets, ...refused]))).toEqual([]);
  // Each place was really read: what is known to be there is found, and personal data where they may be alone.
  expect(kindsWith(places, batchId)).toEqual(
    expect.arrayContaining(['files', 'raw', 'decrypted', 'tables', 'answers', 'traces']),
  );
  expect(kindsWith(places, run[0]?.email ?? '')).toEqual(['decrypted', 'tables', 'answers']);
  expect(kindsWith(places, 'http_request_duration')).toEqual(['metrics']);
  expect(kindsWith(places, '/jobs/:jobId/credentials/reveal')).toEqual(['logs', 'metrics', 'traces']);
  expect(kindsWith(places, 'RunActivity:cloudwaitressAccount')).toContain('traces');
  expect(kindsWith(places, 'worker/main.js')).toContain('processes');
  expect(kindsWith(places, 'SEAL_KEYS=')).toEqual(['processes']);
  expect(processes.samples).toBeGreaterThan(5);
}, 400_000);

test('the search finds a word that is planted in any kind of place', async () => {
  const word = recognisable();
  const secrets = new Map([['planted', word]]);
  const found = async (): Promise<string[]> => search(await everywhere(), secrets).map(({ place }) => place);
  expect(await found()).toEqual([]);

  await withEngine(stack.env, async (client) => {
    const options = { taskQueue: randomUUID(), args: [word] };
    await client.workflow.start('planted', { ...options, workflowId: 'stored-as-it-is' });
    const dataConverter = createDataConverter(parsePayloadKeys(stack.env['PAYLOAD_KEYS']));
    const ours = new Client({
      connection: client.connection,
      namespace: stack.env['TEMPORAL_NAMESPACE'] ?? '',
      dataConverter,
    });
    await ours.workflow.start('planted', { ...options, workflowId: 'encrypted' });
    await eventually(async () => (await client.workflow.count(`WorkflowType = 'planted'`)).count === 2);
  });
  const api = new ApiClient({ baseUrl: stack.service('api').url, token: () => stack.token() });
  const run = restaurantsOfRun(generateRestaurants(1, 32), { id: newRunId(), number: 2 });
  await prepareWorld(simulatorClient(stack.service('simulator').url), run);
  await api.createBatch(
    word,
    run.map(({ id }) => id),
    randomUUID(),
  );
  for (const { logFile } of stack.services.values())
    appendFileSync(logFile, `${JSON.stringify({ message: word })}\n`);
  const idle = 'process.stdin.resume()';
  const child = spawn(process.execPath, ['-e', idle, word], { stdio: ['pipe', 'ignore', 'ignore'] });
  const inEnvironment = spawn(process.execPath, ['-e', idle], {
    env: { PLANTED: encodeURIComponent(word) },
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  try {
    const forms = (): string[] => search([processes.place()], secrets).map(({ form }) => form);
    await eventually(() => ['plain', 'url'].every((form) => forms().includes(form)));
  } finally {
    child.kill('SIGKILL');
    inEnvironment.kill('SIGKILL');
  }

  const textOfError = recognisable();
  await plantSpan(traces, word, textOfError);

  const places = new Set(await found());
  expect(search(await everywhere(), new Map([['text of an error', textOfError]]))).toEqual([]);
  const histories = [...places]
    .filter((place) => /history/.test(place))
    .map((place) => place.replace(/ \(.*/, ''));
  expect(histories.sort()).toEqual([
    'decrypted history of encrypted',
    'decrypted history of stored-as-it-is',
    'history of stored-as-it-is',
  ]);
  expect([...places].some((place) => /^file temporal\.db/.test(place))).toBe(true);
  expect([...places]).toEqual(
    expect.arrayContaining([
      'table public.registration_batch_jobs',
      'answers of the API',
      'traces that were sent',
      'processes: arguments and environment',
      ...[...stack.services.keys()].map((name) => `file logs/${name}.log`),
    ]),
  );
}, 120_000);

test('every form of a word is found among other bytes', () => {
  const word = recognisable();
  const forms = needlesOf(word);
  expect(forms.length).toBeGreaterThanOrEqual(15);
  for (const { form, bytes } of forms) {
    const places = [{ name: form, bytes: Buffer.concat([randomBytes(50), bytes, randomBytes(50)]) }];
    expect(search(places, new Map([['word', word]])).map((hit) => hit.form)).toContain(form);
  }
  for (const before of [0, 1, 2, 3, 4, 5]) {
    const bytes = Buffer.from(
      Buffer.concat([randomBytes(before), Buffer.from(word), randomBytes(4)]).toString('base64'),
    );
    expect(search([{ name: 'base64', bytes }], new Map([['word', word]]))).not.toEqual([]);
  }
});
