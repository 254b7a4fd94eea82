/**
 * The reconciler on the real thing: runs that are ended where no workflow code sees it, starts and cancels that got lost, and a
 * record that becomes true by itself. Runs from dist: build first.
 */
import { randomUUID } from 'node:crypto';
import { Client, Connection, type WorkflowHandle } from '@temporalio/client';
import Long from 'long';
import { ApiClient } from '../../../dev/demo/api-client';
import { DEMO_ORGANISATION, DEMO_USERS } from '../../../dev/stack/seed';
import { batchWorkflowId, RECONCILER_ID, registrationWorkflowId } from '../../../domain/ids';
import { eventually, NO_RATE_LIMITS, startTestStack, type TestStack } from '../../helpers/stack';
import { dataConverterOf } from '../../helpers/payloads';

let stack: TestStack;
let api: ApiClient;
let connection: Connection;
let temporal: Client;
beforeAll(async () => {
  stack = await startTestStack({
    apps: {},
    speed: 200,
    env: {
      RECONCILE_INTERVAL_MS: '1000',
      RECONCILE_UNTOUCHED_MS: '1500',
      ...NO_RATE_LIMITS,
      CALL_TIMEOUT_MS: '1000',
    },
  });
  api = new ApiClient({ baseUrl: stack.service('api').url, token: () => stack.token() });
  connection = await Connection.connect({ address: stack.env['TEMPORAL_ADDRESS'] ?? '' });
  temporal = new Client({ connection, dataConverter: dataConverterOf(stack.env) });
}, 120_000);
afterAll(async () => {
  await connection?.close();
  await stack?.stopAll();
}, 60_000);

interface Created {
  batchId: string;
  jobIds: string[];
}

/** A batch of restaurants with nothing to extract, so that their jobs come to rest at the choice of the company. */
async function create(restaurants: number): Promise<Created> {
  const rows = Array.from({ length: restaurants }, (_, index) => ({
    id: randomUUID(),
    organisation_id: DEMO_ORGANISATION.id,
    name: `Tōtara Kitchen ${index + 1}`,
    city: 'Nelson',
  }));
  const { error } = await stack.supabase.from('restaurants').insert(rows);
  if (error) throw new Error(error.message);
  const { batch_job, registration_jobs } = await api.createBatch(
    'Reconciled',
    rows.map(({ id }) => id),
    randomUUID(),
  );
  return { batchId: batch_job.id, jobIds: registration_jobs.map(({ id }) => id) };
}

async function createAndStart(restaurants: number): Promise<Created> {
  const created = await create(restaurants);
  await api.start(created.batchId);
  return created;
}

type Row = Record<string, unknown> & { status: string };
async function row(table: string, id: string): Promise<Row> {
  const { data, error } = await stack.supabase.from(table).select('*').eq('id', id).single<Row>();
  if (error) throw new Error(error.message);
  return data;
}
const jobRow = (id: string): Promise<Row> => row('registration_jobs', id);
const batchRow = ({ batchId }: Created): Promise<Row> => row('registration_batch_jobs', batchId);
const untilJob = (id: string, status: string): Promise<void> =>
  eventually(async () => (await jobRow(id)).status === status, 60_000);
const untilBatch = (created: Created, status: string): Promise<void> =>
  eventually(async () => (await batchRow(created)).status === status, 60_000);

const job = (id: string): WorkflowHandle => temporal.workflow.getHandle(registrationWorkflowId(id));
const batch = ({ batchId }: Created): WorkflowHandle => temporal.workflow.getHandle(batchWorkflowId(batchId));

async function reconciled({ batchId }: Created): Promise<{ job_id: string | null; reason: string }[]> {
  const { data } = await stack.supabase
    .from('registration_events')
    .select('job_id, reason')
    .eq('batch_job_id', batchId)
    .eq('kind', 'reconciled');
  return data ?? [];
}

test('a run terminated while its batch watches: that job alone fails, and the batch counts it', async () => {
  const created = await createAndStart(2);
  const [ended = '', other = ''] = created.jobIds;
  for (const id of created.jobIds) await untilJob(id, 'action_required');
  await job(ended).terminate('by hand');
  await untilJob(ended, 'failed');
  expect((await jobRow(ended))['error_message']).toEqual(expect.any(String));
  expect(await batchRow(created)).toMatchObject({ status: 'action_required', failed_restaurants: 1 });
  expect(await jobRow(other)).toMatchObject({ status: 'action_required' });
}, 120_000);

test('a run and its batch terminated: failed and said so; a reset in the Web UI opens it again and is left alone', async () => {
  const created = await createAndStart(2);
  const [ended = '', other = ''] = created.jobIds;
  for (const id of created.jobIds) await untilJob(id, 'action_required');
  await stack.service('worker').stop();
  await job(ended).terminate('by hand');
  await batch(created).terminate('by hand');
  await stack.service('worker').start();
  await untilJob(ended, 'failed');
  expect((await jobRow(ended))['error_message']).toMatch(/terminated in the Temporal Web UI/);
  expect(await reconciled(created)).toContainEqual(expect.objectContaining({ job_id: ended }));
  // The engine cancels the children of a batch that is terminated: that one told the record itself.
  await untilJob(other, 'cancelled');
  expect(await batchRow(created)).toMatchObject({ failed_restaurants: 1 });

  await temporal.workflowService.resetWorkflowExecution({
    namespace: 'default',
    workflowExecution: { workflowId: registrationWorkflowId(ended) },
    workflowTaskFinishEventId: Long.fromNumber(4),
    requestId: randomUUID(),
  });
  await untilJob(ended, 'action_required');
  const before = await reconcilerRuns();
  await eventually(async () => (await reconcilerRuns()) >= before + 3, 60_000);
  expect(await jobRow(ended)).toMatchObject({ status: 'action_required', error_message: null });
}, 180_000);

test('a batch terminated before it began anything: its jobs are closed', async () => {
  await stack.service('worker').stop();
  const created = await createAndStart(3);
  await batch(created).terminate('by hand');
  await stack.service('worker').start();
  await untilBatch(created, 'failed');
  expect(await batchRow(created)).toMatchObject({ failed_restaurants: 3, completed_restaurants: 0 });
  for (const id of created.jobIds) {
    expect(await jobRow(id)).toMatchObject({
      status: 'failed',
      error_message: expect.stringMatching(/run of its batch ended before it was begun/) as string,
    });
  }
  expect((await reconciled(created)).map(({ job_id }) => job_id).sort()).toEqual([...created.jobIds].sort());
}, 120_000);

test('a start that was recorded while Temporal was down is carried out when it is back', async () => {
  const created = await create(1);
  await stack.service('temporal').stop();
  // By hand: the demo's client would ask again until it is up.
  const url = `${stack.service('api').url}/api/registration-batches/${created.batchId}/start`;
  const headers = { authorization: `Bearer ${await stack.token()}` };
  expect((await fetch(url, { method: 'POST', headers })).status).toBe(503);
  expect(await batchRow(created)).toMatchObject({ started_at: null, status: 'in_progress' });
  await stack.service('temporal').start();
  for (const id of created.jobIds) await untilJob(id, 'action_required');
  expect(await reconciled(created)).toEqual([expect.objectContaining({ job_id: null })]);
}, 180_000);

/** As the API does first; then it dies. */
async function recordCancel(target: { job_id: string } | { batch_id: string }): Promise<void> {
  const by = { organisation_id: DEMO_ORGANISATION.id, actor: DEMO_USERS.admin.id, reason: 'Wrong list' };
  const { data, error } = await stack.supabase.rpc('request_cancel', { p: { ...by, ...target } });
  expect({ data, error }).toMatchObject({ data: { outcome: 'requested' }, error: null });
}

test('a cancel that was recorded and got lost is carried out: of a job, of a batch', async () => {
  const created = await createAndStart(2);
  const [lost = '', other = ''] = created.jobIds;
  for (const id of created.jobIds) await untilJob(id, 'action_required');
  await recordCancel({ job_id: lost });
  await untilJob(lost, 'cancelled');
  expect(await jobRow(other)).toMatchObject({ status: 'action_required' });
  expect(await reconciled(created)).toEqual([expect.objectContaining({ job_id: lost })]);

  await recordCancel({ batch_id: created.batchId });
  await untilBatch(created, 'cancelled');
  expect((await jobRow(other)).status).toBe('cancelled');
  await eventually(async () => (await batch(created).describe()).status.name !== 'RUNNING');
}, 120_000);

test('an end that the record missed is taken over from the closed run', async () => {
  const created = await createAndStart(1);
  const [id = ''] = created.jobIds;
  await untilJob(id, 'action_required');
  await job(id).cancel();
  await untilJob(id, 'cancelled');
  // As after a restore of the database from a backup.
  const { revision } = (await jobRow(id)) as Row & { revision: number };
  const older = { status: 'action_required', closure: null, cancelled_at: null, revision: revision - 1 };
  const { error } = await stack.supabase.from('registration_jobs').update(older).eq('id', id);
  expect(error).toBeNull();
  await untilJob(id, 'cancelled');
  expect(await jobRow(id)).toMatchObject({ revision, closure: 'cancelled' });
  expect(await reconciled(created)).toEqual([expect.objectContaining({ job_id: id })]);
}, 120_000);

async function reconcilerRuns(): Promise<number> {
  return (await temporal.schedule.getHandle(RECONCILER_ID).describe()).info.numActionsTaken;
}

test('workers that are restarted leave one schedule', async () => {
  await stack.service('worker').restart();
  const ids: string[] = [];
  for await (const { scheduleId } of temporal.schedule.list()) ids.push(scheduleId);
  expect(ids).toEqual([RECONCILER_ID]);
}, 60_000);
