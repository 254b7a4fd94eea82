import { parse } from 'csv-parse/sync';
import { DEMO_ORGANISATION } from '../../../dev/stack/seed';
import { BASE, createBatch, makeWait, seedRestaurant, startHarness, type Harness } from './harness';

let harness: Harness;
beforeAll(async () => {
  harness = await startHarness();
}, 90_000);
afterAll(() => harness?.stop(), 30_000);

const NAMES = ['=HYPERLINK("http://x.example","y")', '+64 9 555 0100', '-1', '@x', 'A "quoted"\nCafé, Ōtaki'];

async function batchNamed(names: readonly string[], extra: Record<string, unknown> = {}) {
  const ids = [];
  for (const name of names) ids.push((await seedRestaurant(harness, { name })).id);
  return createBatch(harness, ids, extra);
}
const finish = (batchId: string, status: string) =>
  harness.sql.query(
    `with closed as (update registration_jobs set status = $2 where batch_job_id = $1)
     update registration_batch_jobs set status = $2 where id = $1`,
    [batchId, status],
  );
const exportOf = (id: string, token = harness.tokens.admin) =>
  harness.call('GET', `${BASE}/${id}/export.csv`, { token });

describe('the export of a batch', () => {
  test('is a file with one row a restaurant, in the order of the batch, safe to open', async () => {
    const { id, jobIds } = await batchNamed(NAMES, { name: 'Autumn, "the" intake' });
    await harness.sql.query(
      `update registration_jobs set started_at = '2026-03-02T01:00Z', completed_at = '2026-03-02T01:30Z',
         execution_results = '{"restaurantRegistration":{"pumpd_subdomain":"minus-one"}}' where id = $1`,
      [jobIds[2]],
    );
    await harness.sql.query(
      `update registration_sub_steps set status = 'failed', error = 'The menu is gone.'
       where job_id = $1 and key = 'menuImport'`,
      [jobIds[3]],
    );
    await finish(id, 'failed');
    const answer = await exportOf(id);
    expect(answer.status).toBe(200);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'content-type': 'text/csv; charset=utf-8',
      'content-disposition': 'attachment; filename="registrations-autumn-the-intake.csv"',
      'x-content-type-options': 'nosniff',
    });
    const rows = parse(answer.text, { bom: true, columns: true }) as Record<string, string>[];
    expect(rows.map((row) => row['Restaurant'])).toEqual([
      ...NAMES.slice(0, 4).map((name) => `'${name}`),
      NAMES[4],
    ]);
    expect(rows[2]).toMatchObject({ Position: '3', Subdomain: 'minus-one', Minutes: '30.0' });
    expect(rows[3]).toMatchObject({
      'What failed': 'Import the menu: The menu is gone.',
      'Import the menu': 'failed',
      'Register the restaurant': 'pending',
    });
  });

  test('has every restaurant of a batch that is larger than a page', async () => {
    const { rows } = await harness.sql.query<{ id: string }>(
      `insert into restaurants (organisation_id, name) select $1, 'R' || n from generate_series(1, 205) n returning id`,
      [DEMO_ORGANISATION.id],
    );
    const { id } = await createBatch(
      harness,
      rows.map((row) => row.id),
    );
    await finish(id, 'cancelled');
    const exported = parse((await exportOf(id)).text, { bom: true, columns: true }) as Record<
      string,
      string
    >[];
    expect(exported.map((row) => row['Position'])).toEqual(rows.map((_row, n) => String(n + 1)));
  });

  test('is refused while the batch is open, and to others', async () => {
    const { id } = await batchNamed(['Kōwhai Grill']);
    expect(await exportOf(id)).toMatchObject({ status: 409, json: { error: { code: 'INVALID_STATUS' } } });
    expect(await exportOf(id, harness.tokens.stranger)).toMatchObject({
      status: 404,
      json: { error: { code: 'BATCH_NOT_FOUND' } },
    });
  });
});

describe('what waits for a person', () => {
  test('names since when, and what is paused', async () => {
    const { id, jobIds } = await batchNamed(['One', 'Two'], { name: 'Paused one' });
    await makeWait(harness, jobIds[0] ?? '', 3);
    await harness.sql.query(
      `update registration_batch_jobs set paused_at = now(), pause_reason = 'Too many failed.' where id = $1`,
      [id],
    );
    const since = (
      await harness.sql.query<{ at: Date }>(
        'select updated_at as at from registration_job_steps where job_id = $1 and step_number = 3',
        [jobIds[0]],
      )
    ).rows[0]?.at;
    // Touched, and waiting as before.
    await harness.sql.query('update registration_jobs set revision = revision + 1 where id = $1', [
      jobIds[0],
    ]);
    const { json } = await harness.call('GET', `${BASE}/action-required`);
    const entry = (json['waiting'] as Record<string, unknown>[]).find(({ job_id }) => job_id === jobIds[0]);
    expect(entry).toMatchObject({ batch_paused: true, step_number: 3, reason: expect.any(String) });
    expect(new Date(String(entry?.['since']))).toEqual(since);
    expect(json['paused_batches']).toContainEqual({
      batch_job_id: id,
      batch_name: 'Paused one',
      reason: 'Too many failed.',
      since: expect.any(String),
    });
    const stranger = await harness.call('GET', `${BASE}/action-required`, { token: harness.tokens.stranger });
    expect(stranger.json).toMatchObject({ waiting: [], paused_batches: [] });
  });

  test('a finished batch that was paused waits for nobody', async () => {
    const { id } = await batchNamed(['One']);
    await harness.sql.query('update registration_batch_jobs set paused_at = now() where id = $1', [id]);
    await finish(id, 'cancelled');
    const { json } = await harness.call('GET', `${BASE}/action-required`);
    const paused = json['paused_batches'] as { batch_job_id: string }[];
    expect(paused.map(({ batch_job_id }) => batch_job_id)).not.toContain(id);
  });
});

test("a job's trail tells what was done to it and to its batch, and nothing of its siblings", async () => {
  const { id, jobIds } = await batchNamed(['One', 'Two']);
  await harness.call('POST', `${BASE}/jobs/${jobIds[0]}/cancel`, { body: { reason: 'closed down' } });
  await harness.call('POST', `${BASE}/${id}/cancel`, { body: { reason: 'all of them' } });
  const { json } = await harness.call('GET', `${BASE}/jobs/${jobIds[1]}/events`);
  const events = json['events'] as { kind: string; job_id: string | null; reason: string | null }[];
  expect(events.map(({ kind, job_id, reason }) => [kind, job_id, reason])).toEqual([
    ['batch_created', null, null],
    ['cancel_requested', null, 'all of them'],
    ['job_closed', jobIds[1], 'all of them'],
  ]);
});
