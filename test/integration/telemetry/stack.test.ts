/**
 * What is seen of the product from outside, on a whole stack while the demo runs on it: the figures of the metrics are those of the
 * demo's report, one trace goes from the request to the call outside, and log lines name what they are about. Runs from dist.
 */
import { readFileSync } from 'node:fs';
import { runDemo, type DemoReport } from '../../../dev/demo';
import { generateRestaurants } from '../../../dev/demo/generator';
import { simulatorClient } from '../../../dev/simulator/client';
import { SUB_STEP_KEYS } from '../../../domain/sub-steps';
import { parseMetrics, sumOf, type Sample } from '../../helpers/metrics';
import { alertRules, allExpressions, usesIn } from '../../helpers/rules';
import { startOtlpReceiver, type OtlpReceiver } from '../../helpers/otlp-receiver';
import { eventually, NO_RATE_LIMITS, startTestStack, type TestStack } from '../../helpers/stack';

const SPEED = 200;
const RESTAURANTS = generateRestaurants(3, 41);
const UUID = /[\da-f]{8}-[\da-f]{4}-[\da-f]{4}-[\da-f]{4}-[\da-f]{12}/i;

let receiver: OtlpReceiver;
let stack: TestStack;
let report: DemoReport;
let api: Sample[];
let worker: Sample[];

let declared: Set<string>;

async function scrape(service: 'api' | 'worker'): Promise<string> {
  const answer = await fetch(`${stack.service(service).url}/metrics`);
  expect(answer.status).toBe(200);
  return answer.text();
}

beforeAll(async () => {
  receiver = await startOtlpReceiver();
  stack = await startTestStack({
    apps: {},
    speed: SPEED,
    env: {
      OTEL_EXPORTER_OTLP_ENDPOINT: receiver.url,
      OTEL_BSP_SCHEDULE_DELAY: '200',
      ...NO_RATE_LIMITS,
    },
  });
  report = await runDemo(
    {
      apiUrl: stack.service('api').url,
      simulatorUrl: stack.service('simulator').url,
      token: () => stack.token(),
      speed: SPEED,
      stdout: { write: () => true } as NonNullable<Parameters<typeof runDemo>[0]['stdout']>,
    },
    RESTAURANTS,
  );
  const texts = await Promise.all([scrape('api'), scrape('worker')]);
  const [ofApi, ofWorker] = texts;
  api = parseMetrics(ofApi);
  worker = parseMetrics(ofWorker);
  declared = new Set([...texts.join('\n').matchAll(/^# TYPE (\w+)/gm)].map(([, name = '']) => name));
}, 240_000);
afterAll(async () => {
  await stack.stopAll();
  await receiver.close();
}, 60_000);

test('the metrics hold the figures of the demo', async () => {
  expect(report).toMatchObject({ ok: true, problems: [] });
  expect(sumOf(api, 'registration_jobs_ended', { status: 'completed' })).toBe(report.batch.counts.completed);
  expect(sumOf(api, 'registration_jobs_live')).toBe(0);
  const done = (key: string): number =>
    report.restaurants.filter(({ sub_steps }) =>
      Object.entries(sub_steps.statuses).some(([one, status]) => one === key && status === 'completed'),
    ).length;
  const measured = (key: string): number =>
    sumOf(worker, 'registration_sub_step_duration_seconds_count', { sub_step: key, outcome: 'completed' });
  expect(SUB_STEP_KEYS.map((key) => [key, measured(key)])).toEqual(
    SUB_STEP_KEYS.map((key) => [key, done(key)]),
  );
});

test('each outside call was measured once, by the pattern of its route', async () => {
  const ledger = await simulatorClient(stack.service('simulator').url).ledger();
  const posts = ledger.filter(({ method, path }) => method === 'POST' && path.startsWith('/backend/')).length;
  expect(posts).toBeGreaterThan(10);
  expect(
    sumOf(worker, 'registration_outside_call_duration_seconds_count', { system: 'backend', method: 'POST' }),
  ).toBe(posts);
  const answered = sumOf(worker, 'registration_outside_call_duration_seconds_count', {
    system: 'vendor',
    outcome: '2xx',
  });
  const accounts = report.restaurants.filter(({ account_attached }) => !account_attached).length;
  // An account takes two calls.
  expect(answered).toBe(2 * accounts);
});

/** Not there in a run without trouble: the SDK counts failures from the first one on, and there is no certificate. */
const ONLY_IN_TROUBLE = [
  'temporal_workflow_task_execution_failed',
  'temporal_request_failure',
  'registration_client_certificate_expiry_timestamp_seconds',
];
/** Given by whoever scrapes. */
const OF_THE_SCRAPER = ['job', 'instance'];

test('every metric and label that a rule or a panel asks for is there', () => {
  const samples = [...api, ...worker];
  const unknown = allExpressions()
    .flatMap(usesIn)
    .flatMap(({ metric, labels }) => {
      if (ONLY_IN_TROUBLE.includes(metric)) return [];
      const base = metric.replace(/_(?:bucket|count|sum)$/, '');
      if (!declared.has(metric) && !declared.has(base)) return [metric];
      const rows = samples.filter(({ name }) => name === metric);
      const isThere = (label: string): boolean => rows.some((row) => label in row.labels);
      // A metric without rows says nothing of its labels.
      const missing = labels.filter(
        (label) => !OF_THE_SCRAPER.includes(label) && rows.length > 0 && !isThere(label),
      );
      return missing.map((label) => `${metric}{${label}}`);
    });
  expect(unknown).toEqual([]);
});

test('the quantiles that an alert compares can become as large as what they are compared with', () => {
  const compared = /\b(\w+_bucket)(?:\{[^}]*\})?\[\w+\]\){3} > (\d+)/g;
  const limits = alertRules().flatMap(({ expr }) => [...expr.replace(/\s+/g, ' ').matchAll(compared)]);
  expect(limits.length).toBeGreaterThanOrEqual(4);
  // Prometheus answers the last finite bucket for all that is beyond it.
  const ends = limits.map(([, metric = '', limit]) => {
    const of = [...api, ...worker].filter(({ name }) => name === metric).map(({ labels }) => labels['le']);
    return { metric, limit, end: Math.max(...of.map(Number).filter(Number.isFinite)) };
  });
  expect(ends.filter(({ limit, end }) => end <= Number(limit))).toEqual([]);
});

test('no label holds an id, an address or a name', () => {
  const labels = [...api, ...worker].flatMap((one) => Object.values(one.labels));
  const names = report.restaurants.map(({ name }) => name);
  const telling = labels.filter(
    (value) => UUID.test(value) || value.includes('@') || /\d{6,}/.test(value) || names.includes(value),
  );
  expect(telling).toEqual([]);
});

test('one trace goes from the request over the workflows and an activity to the call outside', async () => {
  const ofBatch = (): string | undefined =>
    receiver.spans.find(({ name }) => name === 'RunWorkflow:batchWorkflow')?.traceId;
  await eventually(() => ofBatch() !== undefined, 30_000);
  const spans = receiver.spans.filter(({ traceId }) => traceId === ofBatch());
  const named = (pattern: RegExp) => spans.filter(({ name }) => pattern.test(name));
  const [request] = named(/^POST \/api\/registration-batches/);
  const [call] = named(/^POST backend\/api\/registration\/register-restaurant/);
  expect(request).toMatchObject({ service: 'registration-api' });
  const chain: string[] = [];
  for (let at = call; at; at = spans.find(({ spanId }) => spanId === at?.parentSpanId))
    chain.unshift(at.name);
  expect(chain).toEqual([
    request?.name,
    'StartWorkflow:batchWorkflow',
    'RunWorkflow:batchWorkflow',
    'RunWorkflow:registrationWorkflow',
    'RunActivity:restaurantRegistration',
    call?.name,
  ]);
});

test('no span holds what people typed in or what they are called', () => {
  const sent = receiver.bodies.join('\n');
  const told = [...RESTAURANTS.map(({ name }) => name), 'password'].filter((text) => sent.includes(text));
  expect(told).toEqual([]);
  expect(sent).not.toMatch(/[\w.+-]+@[\w-]+\.[a-z]/);
});

test('lines of the log are JSON and name job, batch, organisation, sub-step and trace', () => {
  const lines = readFileSync(stack.service('worker').logFile, 'utf8')
    .split('\n')
    .filter((line) => line !== '' && line !== 'worker ready')
    .map((line) => JSON.parse(line) as Record<string, unknown>);
  const done = lines.filter(({ msg }) => msg === 'sub-step completed');
  expect(done.length).toBeGreaterThan(10);
  expect(done[0]).toMatchObject({
    service: 'worker',
    level: 'info',
    jobId: expect.stringMatching(UUID),
    batchId: expect.stringMatching(UUID),
    organisationId: expect.stringMatching(UUID),
    subStep: expect.any(String),
    attempt: expect.any(Number),
    trace_id: expect.stringMatching(/^[\da-f]{32}$/),
  });
});
