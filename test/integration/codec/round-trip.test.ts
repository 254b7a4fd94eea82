/** Every kind of payload on its way through a real engine, and what becomes of runs when keys are changed or missing. */
import { randomUUID } from 'node:crypto';
import {
  Client,
  WorkflowFailedError,
  WorkflowUpdateFailedError,
  type WorkflowHandle,
} from '@temporalio/client';
import { temporal } from '@temporalio/proto';
import { TestWorkflowEnvironment } from '@temporalio/testing';
import { DefaultLogger, Runtime, Worker } from '@temporalio/worker';
import { testServerExecutable } from '../../../dev/stack/tools';
import { createDataConverter, parsePayloadKeys, PayloadError } from '../../../domain/payload-codec';
import { eventually } from '../../helpers/stack';
import { workflowBundle } from '../../helpers/workflow-bundle';
import { bytesOf, payloadsOf } from './engine-data';
import { ask, end, heard, say } from './subject';

/** The worker's words; the level is the runtime's. */
const logs: string[] = [];
Runtime.install({
  logger: new DefaultLogger('ERROR', ({ message, meta }) => {
    logs.push(`${message} ${String(meta?.['error'] ?? '')}`);
  }),
});

const key = (fill: number): string => Buffer.alloc(32, fill).toString('base64');
const converterOf = (...numbers: number[]) =>
  createDataConverter(parsePayloadKeys(numbers.map((number) => `key-${number}:${key(number)}`).join(',')));

let environment: TestWorkflowEnvironment;
let code: { codePath: string };
beforeAll(async () => {
  environment = await TestWorkflowEnvironment.createLocal({
    server: { executable: testServerExecutable('temporal') },
  });
  code = await workflowBundle(require.resolve('./subject'));
}, 90_000);
afterAll(() => environment.teardown());

const clientWith = (...keys: number[]): Client =>
  new Client({ connection: environment.connection, dataConverter: converterOf(...keys) });

/** While `work` goes on, a worker with these keys runs. Its first attempts at the activity fail. */
async function worked<T>(keys: number[], taskQueue: string, work: () => Promise<T>): Promise<T> {
  const failed = new Set<string>();
  const worker = await Worker.create({
    connection: environment.nativeConnection,
    taskQueue,
    workflowBundle: code,
    dataConverter: converterOf(...keys),
    activities: {
      answer: async (words: string): Promise<string> => {
        if (!failed.has(words)) {
          failed.add(words);
          throw new Error(`${words}: a first attempt`);
        }
        return `${words} was heard`;
      },
    },
  });
  return worker.runUntil(work);
}

interface Subject {
  taskQueue: string;
  handle: WorkflowHandle;
}

async function start(client: Client): Promise<Subject> {
  const taskQueue = randomUUID();
  const handle = await client.workflow.start('subject', {
    workflowId: randomUUID(),
    taskQueue,
    args: ['Koru'],
    memo: { owner: 'Koru in a memo' },
    staticSummary: 'Koru in a summary',
    staticDetails: 'Koru in details',
    // A task that went to a worker which is stopped is soon given to the next one.
    workflowTaskTimeout: '2 seconds',
  });
  return { taskQueue, handle };
}

const heardBy = (handle: WorkflowHandle, count: number): Promise<void> =>
  eventually(async () => (await handle.query(heard)).length === count);

async function failureOf(handle: WorkflowHandle): Promise<unknown> {
  const error: unknown = await handle.result().catch((thrown: unknown) => thrown);
  if (error instanceof WorkflowFailedError) return error.cause;
  throw error;
}

/** All that the engine stores of a run. */
async function stored({ workflowId }: WorkflowHandle): Promise<Uint8Array[]> {
  const { DescribeWorkflowExecutionResponse } = temporal.api.workflowservice.v1;
  const execution = { workflowId };
  const description = await environment.connection.workflowService.describeWorkflowExecution({
    namespace: 'default',
    execution,
  });
  const history = await environment.client.workflow.getHandle(workflowId).fetchHistory();
  return [
    DescribeWorkflowExecutionResponse.encode(description).finish(),
    temporal.api.history.v1.History.encode(history).finish(),
  ];
}

test('whatever carries words arrives, and none of the words is stored as it is', async () => {
  const { taskQueue, handle } = await start(clientWith(1));
  await worked([1], taskQueue, async () => {
    await handle.signal(say, 'Koru in a signal');
    await heardBy(handle, 2);
    expect(await handle.query(heard)).toEqual(expect.arrayContaining(['Koru was heard', 'Koru in a signal']));
    const asked = await handle.executeUpdate(ask, { args: ['Koru in an update'] });
    expect(asked).toBe('Koru in an update, Koru in an update was heard');
    const refused: unknown = await handle
      .executeUpdate(ask, { args: ['Koru?'] })
      .catch((thrown: unknown) => thrown);
    expect(refused).toBeInstanceOf(WorkflowUpdateFailedError);
    expect(refused).toMatchObject({ cause: { message: 'Koru? was refused' } });
    const description = await handle.describe();
    expect(description.memo).toEqual({ owner: 'Koru in a memo' });
    expect(await description.staticSummary()).toBe('Koru in a summary');
    expect(await description.staticDetails()).toBe('Koru in details');
    await handle.signal(end);
    expect(await failureOf(handle)).toMatchObject({
      type: 'InvalidInput',
      message: 'Koru: the end',
      details: [expect.arrayContaining(['Koru in a signal'])],
      cause: { message: 'Koru: the cause' },
    });
  });
  const bytes = bytesOf(await stored(handle));
  expect(['Koru', 'attempt', 'subject.ts'].filter((word) => bytes.includes(word))).toEqual([]);
  expect(bytes).toContain('InvalidInput');
  const history = await environment.client.workflow.getHandle(handle.workflowId).fetchHistory();
  expect(new Set(payloadsOf(history).map(({ encoding }) => encoding))).toEqual(new Set(['binary/encrypted']));
}, 60_000);

test('a run that began under the old key goes on under both, and replays under both', async () => {
  const { taskQueue, handle } = await start(clientWith(1));
  await worked([1], taskQueue, () => heardBy(handle, 1));
  const rotated = clientWith(2, 1).workflow.getHandle(handle.workflowId);
  await worked([2, 1], taskQueue, async () => {
    await rotated.signal(say, 'with the new key');
    await heardBy(rotated, 2);
    await rotated.signal(end);
    expect(await failureOf(rotated)).toMatchObject({ message: 'Koru: the end' });
  });
  const history = await rotated.fetchHistory();
  const keyIds = payloadsOf(history).map(({ payload }) =>
    Buffer.from(payload.metadata['encryption-key-id'] ?? '', 'base64').toString(),
  );
  expect(new Set(keyIds)).toEqual(new Set(['key-1', 'key-2']));
  const replay = (...keys: number[]): Promise<void> =>
    Worker.runReplayHistory({ workflowBundle: code, dataConverter: converterOf(...keys) }, history);
  await replay(2, 1);
  await replay(1, 2);
  await expect(replay(2)).rejects.toThrow();
}, 60_000);

test('without the key of a run the worker says which one is missing and stays up; with it the run goes on', async () => {
  const { taskQueue, handle } = await start(clientWith(1));
  await worked([1], taskQueue, () => heardBy(handle, 1));
  await handle.signal(say, 'while the key is away');
  logs.length = 0;
  const told = (): boolean => logs.some((line) => line.includes('"key-1"') && line.includes('PAYLOAD_KEYS'));
  const other = await start(clientWith(2));
  await worked([2], taskQueue, async () => {
    await eventually(told);
    // It works on for those whose key it has.
    await worked([2], other.taskQueue, () => heardBy(other.handle, 1));
    const { events } = await clientWith(2, 1).workflow.getHandle(handle.workflowId).fetchHistory();
    expect(events?.some((event) => event.workflowTaskFailedEventAttributes)).toBe(true);
  });
  await worked([2, 1], taskQueue, async () => {
    const rotated = clientWith(2, 1).workflow.getHandle(handle.workflowId);
    await rotated.signal(end);
    expect(await failureOf(rotated)).toMatchObject({
      details: [['Koru was heard', 'while the key is away']],
    });
    // A client that lacks a key says so itself.
    const poor = clientWith(1).workflow.getHandle(handle.workflowId);
    await expect(poor.query(heard)).rejects.toThrow(PayloadError);
    await expect(poor.query(heard)).rejects.toThrow(/(?=.*"key-2")(?=.*PAYLOAD_KEYS)/);
  });
}, 90_000);
