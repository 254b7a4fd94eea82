/**
 * What the engine holds of a registration that the API and the workers carried out: nothing that can be read without the key, and no
 * password even with it. Runs from dist: build first.
 */
import { execFile } from 'node:child_process';
import { promisify } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { generateRestaurants } from '../../../dev/demo/generator';
import { startBrowser } from '../../../dev/console/browser';
import { findTool } from '../../../dev/stack/tools';
import { registrationWorkflowId } from '../../../domain/ids';
import { registrationState } from '../../../workflows/messages';
import { Operator } from '../../helpers/operator';
import { dataConverterOf } from '../../helpers/payloads';
import { NO_RATE_LIMITS, startTestStack, type TestStack } from '../../helpers/stack';
import { bytesOf, payloadsOf, type FoundPayload } from './engine-data';

const PASSWORDS = ['Owner-Pass-4711x', 'User-Pass-4712x'] as const;
const USER = { userName: 'Hana Canarytest', userEmail: 'hana@canary.example' };
const { WorkflowExecution } = temporal.api.common.v1;

let stack: TestStack;
let connection: Connection;
let client: Client;
let operator: Operator;
let workflowId: string;

beforeAll(async () => {
  stack = await startTestStack({
    apps: {},
    speed: 200,
    env: NO_RATE_LIMITS,
  });
  connection = await Connection.connect({ address: stack.env['TEMPORAL_ADDRESS'] ?? '' });
  client = new Client({ connection, dataConverter: dataConverterOf(stack.env) });
  const restaurants = generateRestaurants(1, 4711).map((restaurant) => ({
    ...restaurant,
    configuration: {
      use_defaults: true,
      account: { email: restaurant.email, password: PASSWORDS[0], phone: restaurant.phone },
      onboarding: { ...USER, userPassword: PASSWORDS[1] },
    },
  }));
  operator = await Operator.begin(stack, restaurants, (_run, simulator) =>
    // A first attempt that fails: the engine keeps what it says.
    simulator.addFaults({ system: 'backend', kind: 'unavailable', times: 3 }),
  );
  const [job] = await operator.until((jobs) => jobs.every(({ status }) => status === 'completed'));
  workflowId = registrationWorkflowId(job?.id ?? '');
}, 180_000);
afterAll(async () => {
  await connection?.close();
  await stack?.stopAll();
}, 60_000);

/** Everything that the engine tells of every run: events, memos, summaries, what is pending. */
async function everything(): Promise<Uint8Array[]> {
  const parts: Uint8Array[] = [];
  const namespace = 'default';
  for await (const { workflowId, runId } of client.workflow.list()) {
    const execution = WorkflowExecution.create({ workflowId, runId });
    const description = await connection.workflowService.describeWorkflowExecution({ namespace, execution });
    parts.push(
      temporal.api.workflowservice.v1.DescribeWorkflowExecutionResponse.encode(description).finish(),
      temporal.api.history.v1.History.encode(
        await client.workflow.getHandle(workflowId, runId).fetchHistory(),
      ).finish(),
    );
  }
  return parts;
}

const personal = (): string[] => {
  const [restaurant] = operator.restaurants;
  if (!restaurant) throw new Error('unreachable');
  return [restaurant.name, restaurant.email, USER.userName, '@canary.example'];
};

/** Which of the words are in there: a failed expectation would else print all of it. */
const among = (words: readonly string[], text: string): string[] =>
  words.filter((word) => text.includes(word));

async function decrypted(found: FoundPayload[]): Promise<string> {
  const answer = await fetch(`${stack.service('api').url}/api/codec/decode`, {
    method: 'POST',
    headers: { 'content-type': 'application/json', authorization: `Bearer ${stack.env['CODEC_TOKEN']}` },
    body: JSON.stringify({ payloads: found.map(({ payload }) => payload) }),
  });
  expect(answer.status).toBe(200);
  const { payloads } = (await answer.json()) as { payloads: { data: string }[] };
  return payloads.map(({ data }) => Buffer.from(data, 'base64').toString('utf8')).join('\n');
}

test('no run shows a name, an e-mail or why something failed; only search attributes and names of patches are plain', async () => {
  const bytes = bytesOf(await everything());
  expect(among([workflowId], bytes)).toEqual([workflowId]);
  const words = [...personal(), ...PASSWORDS, 'set-up service', '/activities/'];
  expect(
    among(
      words.map((word) => bytesOf([Buffer.from(word)])),
      bytes,
    ),
  ).toEqual([]);
  let encrypted = 0;
  for await (const { workflowId: id, runId } of client.workflow.list()) {
    for (const { path, encoding } of payloadsOf(await client.workflow.getHandle(id, runId).fetchHistory())) {
      if (encoding === 'binary/encrypted') encrypted += 1;
      else expect(path).toMatch(/searchAttributes|markerRecorded/);
    }
  }
  // That there was something to look at: a registration alone has some eighty.
  expect(encrypted).toBeGreaterThan(60);
}, 60_000);

test('with the token the codec server shows all of it, and no password is in it', async () => {
  const history = await client.workflow.getHandle(workflowId).fetchHistory();
  const found = payloadsOf(history).filter(({ encoding }) => encoding === 'binary/encrypted');
  const text = await decrypted(found);
  expect(among(personal(), text)).toEqual(personal());
  // Of the failure of a first attempt too.
  const failures = await decrypted(found.filter(({ path }) => path.includes('encodedAttributes')));
  expect(among(['set-up service', '/activities/'], failures)).toHaveLength(2);
  expect(among(PASSWORDS, text)).toEqual([]);
}, 60_000);

test('a client with the keys reads a query; the answer on its way is encrypted', async () => {
  const query = { queryType: registrationState.name };
  const execution = { workflowId };
  const raw = await connection.workflowService.queryWorkflow({ namespace: 'default', execution, query });
  const response = temporal.api.workflowservice.v1.QueryWorkflowResponse.create(raw);
  expect(payloadsOf(response).map(({ encoding }) => encoding)).toEqual(['binary/encrypted']);
  expect(await client.workflow.getHandle(workflowId).query(registrationState)).toMatchObject({
    status: 'completed',
  });
});

test('the command line shows it decrypted, with the token in its environment', async () => {
  const temporalProgram = findTool('temporal');
  if (!temporalProgram) throw new Error('No temporal program: run node dev/setup.mjs');
  const codec = ['--codec-endpoint', `${stack.service('api').url}/api/codec`];
  const show = async (env: NodeJS.ProcessEnv): Promise<string> => {
    const args = ['workflow', 'show', '--detailed', '--workflow-id', workflowId, ...codec];
    const address = ['--address', stack.env['TEMPORAL_ADDRESS'] ?? ''];
    const options = { env: { ...process.env, ...env }, maxBuffer: 64 * 1024 * 1024 };
    return (await promisify(execFile)(temporalProgram, [...args, ...address], options)).stdout;
  };
  const shown = await show({ TEMPORAL_CODEC_AUTH: `Bearer ${stack.env['CODEC_TOKEN']}` });
  expect(among(personal(), shown)).toEqual(personal());
  await expect(show({ TEMPORAL_CODEC_AUTH: 'Bearer wrong' })).rejects.toThrow();
}, 60_000);

test('the Web UI shows it decrypted, with nothing to set up', async () => {
  const browser = await startBrowser();
  try {
    const page = await browser.newPage({ viewport: { width: 1400, height: 1600 } });
    const ui = stack.env['TEMPORAL_UI_URL'] ?? '';
    for (const origin of [ui, ui.replace('127.0.0.1', 'localhost')]) {
      await page.goto(`${origin}/namespaces/default/workflows/${encodeURIComponent(workflowId)}`);
      await page
        .getByText(operator.restaurants[0]?.name ?? '')
        .first()
        .waitFor({ timeout: 30_000 });
    }
    if (process.env['SCREENSHOTS'])
      await page.screenshot({ path: `${process.env['SCREENSHOTS']}/web-ui.png` });
  } finally {
    await browser.close();
  }
}, 120_000);
