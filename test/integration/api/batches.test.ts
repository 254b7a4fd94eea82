import { randomUUID } from 'node:crypto';
import { batchWorkflowId } from '../../../domain/ids';
import { PlanLog, scansOf } from '../../../bench/plans';
import { storeBatches } from '../../../bench/stored';
import { eventually } from '../../helpers/stack';
import { taskSeconds } from '../../helpers/workflows';
import {
  BASE,
  createBatch,
  makeWait,
  seedRestaurant,
  sign,
  startHarness,
  type Answer,
  type Harness,
} from './harness';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
}, 90_000);
afterAll(() => harness?.stop(), 30_000);

const restaurant = async (): Promise<string> => (await seedRestaurant(harness)).id;
const post = (path: string, body: unknown = {}, headers: Record<string, string> = {}): Promise<Answer> =>
  harness.call('POST', `${BASE}${path}`, { body, headers });
const get = (path: string): Promise<Answer> => harness.call('GET', `${BASE}${path}`);
const countOf = async (table: string): Promise<number> =>
  Number((await harness.sql.query(`select count(*) from ${table}`)).rows[0].count);

function expectRefusal(answer: Answer, status: number, code: string): void {
  expect({ status: answer.status, body: answer.json }).toMatchObject({
    status,
    body: { success: false, error: { code, message: expect.any(String) } },
  });
}

describe('tokens', () => {
  const secret = (): string => harness.stack.secrets.jwtSecret;
  const sub = randomUUID();

  test.each<[string, () => Promise<string | null>]>([
    ['none', async () => null],
    ['malformed', async () => 'not-a-token'],
    ['three parts of nonsense', async () => 'abc.def.ghi'],
    ['without signature', async () => `${Buffer.from('{"alg":"none"}').toString('base64url')}.e30.`],
    ['expired', () => sign(secret(), { sub, aud: 'authenticated' }, { expiresIn: '-1h' })],
    ['for another audience', () => sign(secret(), { sub, aud: 'somebody-else' })],
    ['without audience (a project key)', async () => harness.stack.env['SUPABASE_SERVICE_ROLE_KEY'] ?? ''],
    ['signed with another key', () => sign(secret(), { sub, aud: 'authenticated' }, { key: 'x'.repeat(40) })],
    ['without user', () => sign(secret(), { aud: 'authenticated' })],
  ])('%s is refused', async (_name, token) => {
    expectRefusal(await harness.call('GET', `${BASE}/`, { token: await token() }), 401, 'UNAUTHENTICATED');
  });

  test('a good one of nobody in particular is forbidden', async () => {
    const token = await sign(secret(), { sub, aud: 'authenticated' });
    expectRefusal(await harness.call('GET', `${BASE}/`, { token }), 403, 'FORBIDDEN');
  });

  test('a body is not read before its sender is known', async () => {
    const answer = await harness.call('POST', `${BASE}/`, { token: null, raw: '{broken' });
    expectRefusal(answer, 401, 'UNAUTHENTICATED');
  });
});

describe('creating a batch', () => {
  test('makes it whole: jobs in order, six steps, twelve sub-steps', async () => {
    const ids = [await restaurant(), await restaurant(), await restaurant()];
    const batch = await createBatch(harness, ids, {
      execution_config: { payment: { includeStripeLink: false } },
    });
    const { json } = await get(`/${batch.id}`);
    expect(json).toMatchObject({
      success: true,
      batch_job: {
        status: 'pending',
        total_restaurants: 3,
        metadata: { execution_config: { payment: { includeStripeLink: false } } },
      },
      pagination: { total: 3, has_more: false },
    });
    const jobs = json['registration_jobs'] as {
      restaurant: { id: string };
      steps: { step_number: number }[];
    }[];
    expect(jobs.map((job) => job.restaurant.id)).toEqual(ids);
    expect(jobs.map((job) => job.steps.map((step) => step.step_number))).toEqual(
      ids.map(() => [1, 2, 3, 4, 5, 6]),
    );
    const detail = await get(`/jobs/${batch.jobIds[0]}`);
    expect(detail.json).toMatchObject({ job: { sub_steps: expect.any(Array) }, candidates: null });
    expect((detail.json['job'] as { sub_steps: unknown[] }).sub_steps).toHaveLength(12);
  });

  const otherId = randomUUID();
  test.each<[string, (id: string) => unknown, string]>([
    ['no restaurants', () => ({ name: 'x', restaurant_ids: [] }), 'restaurant_ids'],
    [
      '1,001 restaurants',
      () => ({ name: 'x', restaurant_ids: Array.from({ length: 1_001 }, () => randomUUID()) }),
      'restaurant_ids',
    ],
    ['a restaurant twice', (id) => ({ name: 'x', restaurant_ids: [id, id.toUpperCase()] }), 'restaurant_ids'],
    ['an id that is none', () => ({ name: 'x', restaurant_ids: ['12'] }), 'restaurant_ids.0'],
    ['no name', (id) => ({ restaurant_ids: [id] }), 'name'],
    ['an unknown field', (id) => ({ name: 'x', restaurant_ids: [id], colour: 'red' }), 'colour'],
    [
      "defaults that are a restaurant's own",
      (id) => ({ name: 'x', restaurant_ids: [id], execution_config: { account: { email: 'a@b.example' } } }),
      'execution_config.account.email',
    ],
    [
      'an unknown sub-step key',
      (id) => ({ name: 'x', restaurant_ids: [id], execution_config: { steps_enabled: { teaMaking: true } } }),
      'execution_config.steps_enabled.teaMaking',
    ],
    ['a list instead of an object', () => [otherId], 'body'],
  ])('%s is refused with its path, and nothing is made', async (_name, body, path) => {
    const before = await countOf('registration_batch_jobs');
    const answer = await post('/', body(await restaurant()));
    expectRefusal(answer, 400, 'VALIDATION_FAILED');
    expect(answer.json.error?.details).toMatchObject({
      issues: expect.arrayContaining([expect.objectContaining({ path })]),
    });
    expect(await countOf('registration_batch_jobs')).toBe(before);
  });

  test("another organisation's restaurant is answered like an unknown one", async () => {
    const foreign = (await seedRestaurant(harness, { organisationId: harness.otherOrganisation })).id;
    const unknown = randomUUID();
    const answers = [];
    for (const id of [foreign, unknown]) {
      const answer = await post('/', { name: 'x', restaurant_ids: [await restaurant(), id] });
      expectRefusal(answer, 404, 'RESTAURANT_NOT_FOUND');
      answers.push(answer.text.replaceAll(id, 'ID'));
    }
    expect(answers[0]).toBe(answers[1]);
  });

  test('a restaurant in a live batch is refused with its id, and nothing is made', async () => {
    const [taken, free] = [await restaurant(), await restaurant()];
    await createBatch(harness, [taken]);
    const jobs = await countOf('registration_jobs');
    const answer = await post('/', { name: 'x', restaurant_ids: [free, taken] });
    expectRefusal(answer, 409, 'RESTAURANT_ALREADY_IN_BATCH');
    expect(answer.json.error?.details).toEqual({ restaurant_ids: [taken] });
    expect(await countOf('registration_jobs')).toBe(jobs);
  });

  test('the same Idempotency-Key: same body the same batch, other body refused', async () => {
    const id = await restaurant();
    const key = { 'idempotency-key': randomUUID() };
    const first = await post('/', { name: 'Once', restaurant_ids: [id] }, key);
    const again = await post('/', { restaurant_ids: [id], name: 'Once' }, key);
    expect([first.status, again.status]).toEqual([201, 201]);
    expect(again.json['batch_job']).toEqual(first.json['batch_job']);
    expect(again.headers.get('idempotent-replayed')).toBe('true');
    expectRefusal(
      await post('/', { name: 'Twice', restaurant_ids: [id] }, key),
      409,
      'IDEMPOTENCY_KEY_REUSED',
    );
  });
});

describe('bodies', () => {
  test('over 1 MB', async () => {
    const answer = await post('/', { name: 'x'.repeat(1024 * 1024 + 1) });
    expectRefusal(answer, 413, 'PAYLOAD_TOO_LARGE');
  });
  test('broken JSON is not repeated in the answer', async () => {
    const answer = await harness.call('POST', `${BASE}/`, { raw: '{"password": "leaky-secret", ' });
    expectRefusal(answer, 400, 'VALIDATION_FAILED');
    expect(answer.text + harness.logs.join('')).not.toContain('leaky-secret');
  });
  test('nested without end', async () => {
    const answer = await harness.call('POST', `${BASE}/`, { raw: '['.repeat(50_000) + ']'.repeat(50_000) });
    expectRefusal(answer, 400, 'VALIDATION_FAILED');
  });
  test('unknown addresses', async () => {
    expectRefusal(await harness.call('GET', '/nowhere'), 404, 'NOT_FOUND');
    expectRefusal(await harness.call('GET', `${BASE}/a/b/c/d`), 404, 'NOT_FOUND');
    expect((await harness.call('GET', `${BASE}/%E0%A4%A`)).status).toBe(400);
  });
});

describe('tenancy', () => {
  test('everything of another organisation is unknown, whatever is asked or told', async () => {
    const { id, jobIds } = await createBatch(harness, [await restaurant()]);
    const [jobId] = jobIds;
    const calls: ['GET' | 'POST', string, unknown?][] = [
      ['GET', `/${id}`],
      ['GET', `/${id}/progress`],
      ['GET', `/${id}/steps/3`],
      ['GET', `/jobs/${jobId}`],
      ['GET', `/jobs/${jobId}/events`],
      ['POST', `/${id}/start`, {}],
      ['POST', `/${id}/cancel`, {}],
      ['POST', `/${id}/steps/3/complete`, { selections: { [jobId ?? '']: { no_match: true } } }],
      ['POST', `/${id}/steps/5/complete`, { configurations: { [jobId ?? '']: { use_defaults: true } } }],
      ['POST', `/jobs/${jobId}/cancel`, {}],
      ['POST', `/jobs/${jobId}/search-again`, { city: 'Napier' }],
      ['POST', `/jobs/${jobId}/manual-entry`, { contact_name: 'Somebody' }],
      ['POST', `/jobs/${jobId}/retry`, { step: 2 }],
      ['POST', `/jobs/${jobId}/steps/1/continue`, { mode: 'wait', reason: 'repaired' }],
    ];
    const fresh = randomUUID();
    for (const [method, path, body] of calls) {
      const token = harness.tokens.stranger;
      const foreign = await harness.call(method, BASE + path, { token, body });
      const unknownPath = path.replaceAll(id, fresh).replaceAll(jobId ?? '', fresh);
      const unknown = await harness.call(method, BASE + unknownPath, { token, body });
      expect({ path, status: foreign.status, text: foreign.text }).toEqual({
        path,
        status: 404,
        text: unknown.text,
      });
    }
    expect((await get(`/${id}`)).json).toMatchObject({ batch_job: { status: 'pending' } });
  });

  test('lists hold what is ones own; a super admin sees all', async () => {
    const name = `Only ours ${randomUUID()}`;
    await createBatch(harness, [await restaurant()], { name });
    const seenBy = async (token: string): Promise<unknown> =>
      (await harness.call('GET', `${BASE}/?search=${encodeURIComponent(name)}`, { token })).json[
        'total_count'
      ];
    expect(await seenBy(harness.tokens.admin)).toBe(1);
    expect(await seenBy(harness.tokens.stranger)).toBe(0);
    expect(await seenBy(harness.tokens.superAdmin)).toBe(1);
  });

  test('ids that are none are unknown too', async () => {
    expectRefusal(await get('/not-an-id'), 404, 'BATCH_NOT_FOUND');
    expectRefusal(await get('/jobs/not-an-id'), 404, 'JOB_NOT_FOUND');
    expectRefusal(await get('/restaurants/not-an-id/menus'), 404, 'RESTAURANT_NOT_FOUND');
    const { id } = await createBatch(harness, [await restaurant()]);
    expectRefusal(await get(`/${id}/steps/7`), 404, 'NOT_FOUND');
  });
});

describe('lists', () => {
  test('filter by city and cuisine of the restaurants, sort and page', async () => {
    const city = `City ${randomUUID()}`;
    const names = ['B', 'A', 'C'];
    for (const name of names) {
      await createBatch(harness, [(await seedRestaurant(harness, { city, cuisine: ['Thai'] })).id], { name });
    }
    const query = `city=${encodeURIComponent(city)}&cuisine=Thai&sort_by=name&sort_direction=asc`;
    const first = await get(`/?${query}&limit=2`);
    const second = await get(`/?${query}&limit=2&offset=2`);
    const namesOf = ({ json }: Answer): string[] =>
      (json['batch_jobs'] as { name: string }[]).map(({ name }) => name);
    expect(namesOf(first)).toEqual(['A', 'B']);
    expect(first.json).toMatchObject({ total_count: 3, pagination: { has_more: true } });
    expect(namesOf(second)).toEqual(['C']);
    expect((await get(`/?${query.replace('Thai', 'Greek')}`)).json).toMatchObject({ total_count: 0 });
    expect((await get(`/?${query}&offset=50`)).json).toMatchObject({ batch_jobs: [] });
  });

  test.each(['limit=101', 'limit=0', 'offset=-1', 'sort_by=metadata', 'status=lost', 'current_step=9'])(
    '%s is refused',
    async (query) => expectRefusal(await get(`/?${query}`), 400, 'VALIDATION_FAILED'),
  );

  test('tell what is active, what needs somebody and what is over, and how the restaurants of each stand', async () => {
    const mark = `grouped ${randomUUID()}`;
    const make = async (name: string) => {
      const restaurants = [await seedRestaurant(harness), await seedRestaurant(harness)];
      return createBatch(
        harness,
        restaurants.map(({ id }) => id),
        { name: `${mark} ${name}` },
      );
    };
    const [quiet, waits, paused, over] = [
      await make('quiet'),
      await make('waits'),
      await make('paused'),
      await make('over'),
    ];
    await makeWait(harness, waits.jobIds[0] ?? '', 3);
    await harness.sql.query('update registration_batch_jobs set paused_at = now() where id = $1', [
      paused.id,
    ]);
    await harness.sql.query(`update registration_batch_jobs set status = 'failed' where id = $1`, [over.id]);
    const listed = async (query: string) => {
      const { json } = await harness.call(
        'GET',
        `${BASE}?search=${encodeURIComponent(mark)}&sort_by=created_at&${query}`,
      );
      return json as unknown as { batch_jobs: { id: string; overview?: object }[]; total_count: number };
    };
    const ids = async (query: string) => (await listed(query)).batch_jobs.map(({ id }) => id);
    expect(await ids('group=active')).toEqual([paused.id, waits.id, quiet.id]);
    expect(await ids('group=needs_you')).toEqual([paused.id, waits.id]);
    expect(await ids('group=finished')).toEqual([over.id]);
    expect(await listed('group=needs_you&limit=1&overview=true')).toMatchObject({ total_count: 2 });
    const [, second] = (await listed('group=needs_you&overview=true')).batch_jobs;
    expect(second?.overview).toMatchObject({
      progress_percent: 16,
      restaurants_summary: { total: 2, action_required: 1, pending: 1, completed: 0 },
      waiting: [{ step_number: 3, count: 1 }],
    });
    const { step_summary: steps } = second?.overview as {
      step_summary: { completed: number; action_required: number; pending: number }[];
    };
    expect(
      steps.map(({ completed, action_required, pending }) => [completed, action_required, pending]),
    ).toEqual([
      ...[
        [1, 0, 1],
        [1, 0, 1],
      ],
      [0, 1, 1],
      ...[
        [0, 0, 2],
        [0, 0, 2],
        [0, 0, 2],
      ],
    ]);
    expect((await listed('')).batch_jobs.every(({ overview }) => overview === undefined)).toBe(true);
  });

  test('a pattern is a text: % and _ find themselves alone', async () => {
    const name = `100%_${randomUUID()}`;
    await createBatch(harness, [await restaurant()], { name });
    expect((await get(`/?search=${encodeURIComponent('100%_')}`)).json).toMatchObject({ total_count: 1 });
    expect((await get(`/?search=${encodeURIComponent('1_0%_')}`)).json).toMatchObject({ total_count: 0 });
  });

  test('restaurants tell which live job holds them, and their menus how many dishes they have', async () => {
    const city = `City ${randomUUID()}`;
    const held = await seedRestaurant(harness, { city, dishes: [{ name: 'Pie' }, { name: 'Pavlova' }] });
    const free = await seedRestaurant(harness, { city });
    const batch = await createBatch(harness, [held.id]);
    const all = await get(`/restaurants?city=${encodeURIComponent(city)}`);
    expect(all.json).toMatchObject({ total_count: 2 });
    expect(all.json['restaurants']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({
          id: held.id,
          live_jobs: [expect.objectContaining({ batch_job_id: batch.id })],
        }),
        expect.objectContaining({ id: free.id, live_jobs: [] }),
      ]),
    );
    const available = await get(`/restaurants?available=true&city=${encodeURIComponent(city)}`);
    expect((available.json['restaurants'] as { id: string }[]).map(({ id }) => id)).toEqual([free.id]);
    expect((await get(`/restaurants/${held.id}/menus`)).json).toMatchObject({
      menus: [{ id: held.menuId, dish_count: 2 }],
    });
  });
});

describe('progress', () => {
  test('an unchanged one is 304 by its tag, a changed one is not', async () => {
    const { id, jobIds } = await createBatch(harness, [await restaurant(), await restaurant()]);
    const first = await get(`/${id}/progress`);
    expect(first.json).toMatchObject({
      status: 'pending',
      progress_percent: 0,
      step_requiring_action: null,
      restaurants_summary: { total: 2, pending: 2 },
    });
    const headers = { 'if-none-match': first.headers.get('etag') ?? '' };
    const same = await harness.call('GET', `${BASE}/${id}/progress`, { headers });
    expect({ status: same.status, text: same.text }).toEqual({ status: 304, text: '' });
    await harness.sql.query(
      `update registration_jobs set status = 'action_required', current_step = 3 where id = $1`,
      [jobIds[0]],
    );
    const changed = await harness.call('GET', `${BASE}/${id}/progress`, { headers });
    expect(changed).toMatchObject({ status: 200, json: { step_requiring_action: 3 } });
  });

  test('counts every job, and tells the newest change of any of them as it stands in the record', async () => {
    const ids = await Promise.all(Array.from({ length: 5 }, restaurant));
    const { id, jobIds } = await createBatch(harness, ids);
    await harness.sql.query(`update registration_jobs set status = 'failed' where id = $1`, [jobIds[3]]);
    await makeWait(harness, jobIds[0] ?? '', 5);
    await makeWait(harness, jobIds[1] ?? '', 3);
    await makeWait(harness, jobIds[2] ?? '', 3);
    const { registration_jobs: jobs } = (await get(`/${id}`)).json as {
      registration_jobs?: { updated_at: string }[];
    };
    expect((await get(`/${id}/progress`)).json).toMatchObject({
      // (4 + 2 + 2 + 6 + 0) of 30 steps.
      progress_percent: 46,
      step_requiring_action: 3,
      restaurants_summary: {
        ...{ total: 5, pending: 1, action_required: 3, failed: 1 },
        ...{ in_progress: 0, completed: 0, cancelled: 0 },
      },
      paused: false,
      last_updated: jobs
        ?.map(({ updated_at }) => updated_at)
        .sort()
        .at(-1),
    });
  });

  test('the steps of all jobs are counted alike, whether a page holds all of them or one', async () => {
    const { id, jobIds } = await createBatch(harness, [
      await restaurant(),
      await restaurant(),
      await restaurant(),
    ]);
    await makeWait(harness, jobIds[0] ?? '', 5);
    await makeWait(harness, jobIds[1] ?? '', 3);
    const whole = (await get(`/${id}`)).json['step_summary'];
    expect(whole).toEqual([
      ...[
        expect.objectContaining({ step_number: 1, completed: 2, pending: 1, action_required: 0 }),
        expect.objectContaining({ step_number: 2, completed: 2, pending: 1, action_required: 0 }),
        expect.objectContaining({ step_number: 3, completed: 1, pending: 1, action_required: 1 }),
        expect.objectContaining({ step_number: 4, completed: 1, pending: 2, action_required: 0 }),
        expect.objectContaining({ step_number: 5, completed: 0, pending: 2, action_required: 1 }),
        expect.objectContaining({ step_number: 6, completed: 0, pending: 3, action_required: 0 }),
      ],
    ]);
    expect((await get(`/${id}?limit=1&offset=2`)).json['step_summary']).toEqual(whole);
    const step = { limit: '1', job_id: jobIds[2] ?? '' };
    for (const query of ['', ...Object.entries(step).map(([name, value]) => `?${name}=${value}`)])
      expect((await get(`/${id}/steps/3${query}`)).json['summary']).toEqual((whole as unknown[])[2]);
  });
});

describe('with many batches stored', () => {
  let id: string;
  let plans: PlanLog;
  beforeAll(async () => {
    const template = await createBatch(harness, await Promise.all(Array.from({ length: 3 }, restaurant)));
    id = template.id;
    await storeBatches(harness.sql, { templateId: id, from: 1, to: 6_000, jobs: 1 });
    plans = await PlanLog.start(harness.stack, harness.sql);
    await eventually(async () => (await get('/')).status === 200, 30_000);
  }, 90_000);
  afterAll(() => plans?.end(), 30_000);

  test.each([
    ['the list', ''],
    ['the list with overviews', '?overview=true'],
    ['what is active', '?group=active'],
    ['what needs somebody', '?group=needs_you&overview=true'],
    ['a batch', '/:id'],
    ['a page of a batch', '/:id?limit=1'],
    ['its progress', '/:id/progress'],
    ['a step', '/:id/steps/3'],
  ])('%s is read without going through a growing table from end to end', async (_name, path) => {
    const reads = await plans.of(async () => {
      // A prepared statement may get another plan once it was carried out five times.
      for (let n = 0; n < 7; n += 1)
        expect(await get(path.replace(':id', id))).toMatchObject({ status: 200 });
    });
    expect(reads).toContainEqual(expect.objectContaining({ table: expect.stringMatching(/^registration_/) }));
    expect(await scansOf(harness.sql, reads)).toEqual([]);
  });
});

describe('start and cancel', () => {
  const running = async (batchId: string): Promise<boolean> => {
    const description = await harness.temporal.workflow.getHandle(batchWorkflowId(batchId)).describe();
    return description.status.name === 'RUNNING';
  };

  test('starts once, findable by its search attributes', async () => {
    const { id } = await createBatch(harness, [await restaurant()]);
    const started = await post(`/${id}/start`);
    expect(started).toMatchObject({
      status: 202,
      json: { batch_job_id: id, status: 'in_progress', jobs: 1 },
    });
    expect(started.headers.get('location')).toBe(`${BASE}/${id}`);
    expectRefusal(await post(`/${id}/start`), 409, 'BATCH_ALREADY_STARTED');
    expect(await running(id)).toBe(true);
    await eventually(async () => {
      for await (const { workflowId } of harness.temporal.workflow.list({ query: `BatchId = "${id}"` })) {
        if (workflowId === batchWorkflowId(id)) return true;
      }
      return false;
    });
  });

  test('a worker has a minute for a task of it: a thousand restaurants are replayed in one', async () => {
    const { id } = await createBatch(harness, [await restaurant()], { auto_start: true });
    expect(await taskSeconds(harness.temporal.workflow.getHandle(batchWorkflowId(id)))).toBe(60);
  });

  test('auto_start starts it with its creation', async () => {
    const { id } = await createBatch(harness, [await restaurant()], { auto_start: true });
    expect(await running(id)).toBe(true);
  });

  test('a batch that was never started is cancelled in the record alone', async () => {
    const { id } = await createBatch(harness, [await restaurant()]);
    const cancelled = await post(`/${id}/cancel`, { reason: 'wrong list' });
    expect(cancelled).toMatchObject({ status: 202, json: { state: 'cancelled', status: 'cancelled' } });
    expectRefusal(await post(`/${id}/start`), 409, 'INVALID_STATUS');
    expect((await post(`/${id}/cancel`)).json).toMatchObject({ state: 'cancelled' });
  });

  test('a running one is told, and its record knows who asked', async () => {
    const { id, jobIds } = await createBatch(harness, [await restaurant()], { auto_start: true });
    expect((await post(`/${id}/cancel`, { reason: 'closed down' })).json).toMatchObject({
      state: 'cancelling',
    });
    const { events } = await harness.temporal.workflow.getHandle(batchWorkflowId(id)).fetchHistory();
    expect((events ?? []).some((event) => event.workflowExecutionCancelRequestedEventAttributes)).toBe(true);
    const { rows } = await harness.sql.query(
      `select actor, reason from registration_events where batch_job_id = $1 and kind = 'cancel_requested'`,
      [id],
    );
    expect(rows).toEqual([{ actor: expect.any(String), reason: 'closed down' }]);
    expect((await get(`/jobs/${jobIds[0]}`)).status).toBe(200);
  });

  test('one job can be cancelled; what is finished cannot', async () => {
    const { id, jobIds } = await createBatch(harness, [await restaurant(), await restaurant()]);
    expect((await post(`/jobs/${jobIds[0]}/cancel`)).json).toMatchObject({ state: 'cancelled' });
    expect((await get(`/${id}/progress`)).json).toMatchObject({
      restaurants_summary: { cancelled: 1, pending: 1 },
    });
    expect((await get(`/jobs/${jobIds[0]}/events`)).json).toMatchObject({
      events: expect.arrayContaining([
        expect.objectContaining({ kind: 'cancel_requested', actor_email: 'admin@kereru.example' }),
      ]),
    });
    const kinds = async (query: string) => {
      const { json } = await get(`/jobs/${jobIds[0]}/events?${query}`);
      const events = json['events'] as { kind: string }[];
      return { kinds: events.map(({ kind }) => kind), total: json['total_count'] };
    };
    const { kinds: all, total } = await kinds('order=oldest');
    expect(all.length).toBeGreaterThan(1);
    expect(await kinds('order=newest')).toEqual({ kinds: all.toReversed(), total });
    expect(await kinds('order=newest&limit=1')).toEqual({ kinds: all.slice(-1), total });
    expect(await kinds('kind=cancel_requested')).toEqual({ kinds: ['cancel_requested'], total: 1 });
    expectRefusal(await get(`/jobs/${jobIds[0]}/events?order=any`), 400, 'VALIDATION_FAILED');
    await harness.sql.query(`update registration_jobs set status = 'completed' where id = $1`, [jobIds[1]]);
    expectRefusal(await post(`/jobs/${jobIds[1]}/cancel`), 409, 'INVALID_STATUS');
  });
});

describe('around the routes', () => {
  test('health, metrics by route pattern, and a document of every route', async () => {
    expect((await harness.call('GET', '/healthz', { token: null })).status).toBe(200);
    expect((await harness.call('GET', '/readyz', { token: null })).json).toEqual({
      success: true,
      database: true,
      temporal: true,
      started: true,
      draining: false,
    });
    await get(`/${randomUUID()}`);
    const metrics = await harness.call('GET', '/metrics', { token: null });
    expect(metrics.text).toContain(`route="${BASE}/:id",status="404"`);
    const { json } = await harness.call('GET', '/openapi.json', { token: null });
    expect(Object.keys(json['paths'] as object).sort()).toEqual(
      [
        '',
        '/action-required',
        '/jobs/{jobId}',
        '/jobs/{jobId}/cancel',
        '/jobs/{jobId}/configuration',
        '/jobs/{jobId}/credentials/reveal',
        '/jobs/{jobId}/events',
        '/jobs/{jobId}/give-up',
        '/jobs/{jobId}/manual-entry',
        '/jobs/{jobId}/republish',
        '/jobs/{jobId}/retry',
        '/jobs/{jobId}/search-again',
        '/jobs/{jobId}/steps/1/continue',
        '/jobs/{jobId}/steps/6/sub-steps/{key}',
        '/jobs/{jobId}/steps/6/sub-steps/{key}/reset',
        '/jobs/{jobId}/steps/6/sub-steps/{key}/retry',
        '/restaurants',
        '/restaurants/{restaurantId}/menus',
        '/{id}',
        '/{id}/cancel',
        '/{id}/events',
        '/{id}/export.csv',
        '/{id}/pause',
        '/{id}/progress',
        '/{id}/republish',
        '/{id}/resume',
        '/{id}/retry-failed',
        '/{id}/start',
        '/{id}/steps/3/complete',
        '/{id}/steps/5/complete',
        '/{id}/steps/{n}',
      ]
        .map((path) => BASE + path)
        .concat('/api/webhooks/extractions')
        .sort(),
    );
    expect((await harness.call('GET', '/docs/', { token: null })).text).toContain('swagger-ui');
  });
});

// Last: it ends services under the feet of everything else.
describe('while parts are down', () => {
  test('a start is kept while Temporal is down, and made good by the same request', async () => {
    const { id } = await createBatch(harness, [await restaurant()]);
    const temporal = harness.stack.service('temporal');
    await temporal.stop();
    const failed = await post(`/${id}/start`);
    expectRefusal(failed, 503, 'TEMPORAL_UNAVAILABLE');
    expect(failed.json.error).toMatchObject({ retryable: true });
    expect((await harness.call('GET', '/readyz', { token: null })).status).toBe(503);
    const created = await post('/', { name: 'x', restaurant_ids: [await restaurant()], auto_start: true });
    expect(created).toMatchObject({ status: 201, json: { auto_start: { requested: true, started: false } } });
    await temporal.start();
    await eventually(async () => (await post(`/${id}/start`)).status === 202, 30_000);
    expectRefusal(await post(`/${id}/start`), 409, 'BATCH_ALREADY_STARTED');
  }, 60_000);

  test('a token is not called bad because the database is down', async () => {
    const postgrest = harness.stack.service('postgrest');
    await postgrest.stop();
    const token = await sign(harness.stack.secrets.jwtSecret, { sub: randomUUID(), aud: 'authenticated' });
    const answer = await harness.call('GET', `${BASE}/`, { token });
    expectRefusal(answer, 503, 'DATABASE_UNAVAILABLE');
    expect(answer.json.error).toMatchObject({ retryable: true });
    await postgrest.start();
    await eventually(async () => (await get('/')).status === 200, 30_000);
  }, 60_000);
});
