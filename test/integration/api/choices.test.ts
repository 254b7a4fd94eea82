import { randomUUID } from 'node:crypto';
import { signWebhook } from '../../../api/webhook-signature';
import { DEMO_ORGANISATION, DEMO_USERS } from '../../../dev/stack/seed';
import { parseKeyRing, unseal } from '../../../domain/sealing';
import {
  BASE,
  createBatch,
  makeWait,
  offerCompanies,
  seedRestaurant,
  signalsOf,
  startHarness,
  startRegistration,
  type Answer,
  type CreatedBatch,
  type Harness,
  type RestaurantSeed,
} from './harness';

let harness: Harness;

beforeAll(async () => {
  harness = await startHarness();
}, 90_000);
afterAll(() => harness?.stop(), 30_000);

const post = (path: string, body: unknown = {}): Promise<Answer> =>
  harness.call('POST', `${BASE}${path}`, { body });
const get = (path: string): Promise<Answer> => harness.call('GET', `${BASE}${path}`);

/** A batch whose jobs all wait at a step, their workflows running without a worker. */
async function waitingAt(
  step: 3 | 5,
  ...seeds: RestaurantSeed[]
): Promise<CreatedBatch & { jobs: string[] }> {
  const ids: string[] = [];
  for (const seed of seeds) ids.push((await seedRestaurant(harness, seed)).id);
  const batch = await createBatch(harness, ids);
  for (const jobId of batch.jobIds) {
    await makeWait(harness, jobId, step);
    if (step === 3) await offerCompanies(harness, jobId);
    await startRegistration(harness, jobId);
  }
  return { ...batch, jobs: batch.jobIds };
}

const jobOf = (jobs: readonly string[], index: number): string => {
  const job = jobs[index];
  if (job === undefined) throw new Error(`the batch has no job ${index}`);
  return job;
};

/** What the workflow of the batch's first job would publish once it has the signal. */
async function verdict(batch: CreatedBatch, kind: string, data: Record<string, unknown>): Promise<void> {
  const job = jobOf(batch.jobIds, 0);
  let decision: unknown;
  while (decision === undefined) decision = (await signalsOf(harness, job))[0]?.argument['decisionId'];
  await harness.sql.query(
    `insert into registration_events (id, organisation_id, batch_job_id, job_id, kind, data) values ($1,$2,$3,$4,$5,$6)`,
    [`decision:${String(decision)}`, DEMO_ORGANISATION.id, batch.id, job, kind, JSON.stringify(data)],
  );
}

/** A verdict that comes is waited for, however slow the machine; elsewhere none comes and nobody should wait for it. */
async function patiently<T>(work: () => Promise<T>): Promise<T> {
  const { settings } = harness.deps;
  const usual = settings.VERDICT_WAIT_MS;
  settings.VERDICT_WAIT_MS = 20_000;
  return work().finally(() => (settings.VERDICT_WAIT_MS = usual));
}

interface Rejected {
  job_id: string;
  code: string;
  issues?: { path: string }[];
}
const rejectedOf = ({ json }: Answer): Rejected[] =>
  (json['rejected'] ?? json.error?.details?.['rejected'] ?? []) as Rejected[];

describe('step 3', () => {
  test('good choices go through, each bad one is told why', async () => {
    const batch = await waitingAt(3, {}, {}, {}, {}, {}, {});
    const other = await waitingAt(3, {});
    const [byNumber, byNzbn, noMatch, both, neither, notOffered] = batch.jobs as [
      string,
      string,
      string,
      string,
      string,
      string,
    ];
    const unknown = randomUUID();
    const answer = await post(`/${batch.id}/steps/3/complete`, {
      selections: {
        [byNumber]: { company_number: '09990001' },
        [byNzbn]: { nzbn: '9429099900014' },
        [noMatch]: { no_match: true },
        [both]: { company_number: '9990001', no_match: true },
        [neither]: {},
        [notOffered]: { company_number: '1234567' },
        [jobOf(other.jobs, 0)]: { no_match: true },
        [unknown]: { no_match: true },
        'not-an-id': { no_match: true },
      },
    });
    expect(answer).toMatchObject({ status: 200, json: { accepted: 3, next_step: 4, auto_processing: true } });
    expect(answer.json['results']).toEqual(
      [byNumber, byNzbn, noMatch].map((job_id) =>
        expect.objectContaining({
          job_id,
          accepted: true,
          result: 'pending',
          decision_id: expect.any(String),
        }),
      ),
    );
    expect(new Map(rejectedOf(answer).map(({ job_id, code }) => [job_id, code]))).toEqual(
      new Map([
        [both, 'VALIDATION_FAILED'],
        [neither, 'VALIDATION_FAILED'],
        [notOffered, 'VALIDATION_FAILED'],
        [jobOf(other.jobs, 0), 'JOB_NOT_FOUND'],
        [unknown, 'JOB_NOT_FOUND'],
        ['not-an-id', 'JOB_NOT_FOUND'],
      ]),
    );
    const selections = [];
    for (const job of [byNumber, byNzbn, noMatch]) selections.push((await signalsOf(harness, job))[0]);
    expect(selections).toMatchObject([
      {
        name: 'companySelected',
        argument: { searchNo: 1, selection: { company_number: '9990001' }, actor: DEMO_USERS.admin.id },
      },
      { argument: { selection: { nzbn: '9429099900014' } } },
      { argument: { selection: { no_match: true } } },
    ]);
    for (const job of [both, neither, notOffered, jobOf(other.jobs, 0)]) {
      expect(await signalsOf(harness, job)).toEqual([]);
    }
  });

  test('none at all, and none that goes through', async () => {
    const batch = await waitingAt(3, {});
    const job = jobOf(batch.jobs, 0);
    for (const body of [{}, { selections: {} }]) {
      expect(await post(`/${batch.id}/steps/3/complete`, body)).toMatchObject({
        status: 400,
        json: { error: { code: 'MISSING_SELECTIONS' } },
      });
    }
    const selections = { [job]: { company_number: '1234567' } };
    const answer = await post(`/${batch.id}/steps/3/complete`, { selections });
    expect(answer).toMatchObject({
      status: 400,
      json: { success: false, error: { code: 'VALIDATION_FAILED' } },
    });
    expect(rejectedOf(answer)).toMatchObject([{ job_id: job, issues: [{ path: 'company_number' }] }]);
  });

  test('a job that does not wait, and one whose workflow has ended', async () => {
    const { id } = await seedRestaurant(harness);
    const batch = await createBatch(harness, [id]);
    const job = jobOf(batch.jobIds, 0);
    const choose = (): Promise<Answer> =>
      post(`/${batch.id}/steps/3/complete`, { selections: { [job]: { no_match: true } } });
    expect(await choose()).toMatchObject({
      status: 409,
      json: { error: { code: 'STEP_NOT_ACTION_REQUIRED' } },
    });
    await makeWait(harness, job, 3);
    expect(await choose()).toMatchObject({ status: 409, json: { error: { code: 'INVALID_STATUS' } } });
  });

  test.each([
    ['decision.applied', {}, { result: 'applied' }],
    [
      'decision.ignored',
      { reason: 'Another choice came first.' },
      { result: 'ignored', reason: 'Another choice came first.' },
    ],
  ])("the workflow's verdict %s is told", async (kind, data, expected) => {
    const batch = await waitingAt(3, {});
    const job = jobOf(batch.jobs, 0);
    const answer = await patiently(async () => {
      const selections = { [job]: { no_match: true } };
      const answering = post(`/${batch.id}/steps/3/complete`, { selections });
      await verdict(batch, kind, data);
      return answering;
    });
    expect(answer.json['results']).toEqual([expect.objectContaining({ job_id: job, ...expected })]);
  });

  test('its page offers the candidates, and the list of what waits names it', async () => {
    const batch = await waitingAt(3, { name: 'Kōwhai Grill' });
    const page = await get(`/${batch.id}/steps/3`);
    expect(page.json).toMatchObject({
      step: { step_number: 3, step_type: 'action_required' },
      summary: { action_required: 1 },
      restaurants: [{ candidates: { search_no: 1, combined_results: [{ company_number: '9990001' }, {}] } }],
    });
    const waiting = await get('/action-required');
    expect(waiting.json['waiting']).toEqual(
      expect.arrayContaining([
        expect.objectContaining({ job_id: jobOf(batch.jobs, 0), step_number: 3, reason: expect.any(String) }),
      ]),
    );
  });

  test('search again and manual entry are validated and signalled, while the company is open', async () => {
    const batch = await waitingAt(3, {});
    const job = jobOf(batch.jobs, 0);
    const badFields = {
      contact_name: '',
      contact_email: 'not an e-mail',
      contact_phone: '09 123 4567',
      nzbn: '9429039501976',
      gst_number: '136410133',
      company_number: '123456789',
    };
    const refused = await post(`/jobs/${job}/manual-entry`, badFields);
    expect(refused).toMatchObject({ status: 400, json: { error: { code: 'VALIDATION_FAILED' } } });
    const { issues } = refused.json.error?.details as { issues: { path: string }[] };
    expect(new Set(issues.map(({ path }) => path))).toEqual(new Set(Object.keys(badFields)));
    expect((await post(`/jobs/${job}/search-again`, {})).status).toBe(400);

    expect(
      (await post(`/jobs/${job}/search-again`, { restaurant_name: 'Kowhai', city: '' })).json,
    ).toMatchObject({
      job_id: job,
      accepted: true,
      result: 'pending',
    });
    const details = { contact_name: 'Mereana Testperson', contact_phone: '(09) 555-0100', gst_number: '' };
    expect((await post(`/jobs/${job}/manual-entry`, details)).status).toBe(200);
    expect(await signalsOf(harness, job)).toMatchObject([
      { name: 'searchAgain', argument: { words: { restaurant_name: 'Kowhai' } } },
      {
        name: 'companyEnteredManually',
        argument: { details: { contact_name: 'Mereana Testperson', contact_phone: '+6495550100' } },
      },
    ]);

    const later = jobOf((await waitingAt(5, {})).jobs, 0);
    for (const [path, body] of [
      ['search-again', { city: 'Napier' }],
      ['manual-entry', details],
    ] as const) {
      expect(await post(`/jobs/${later}/${path}`, body)).toMatchObject({
        status: 409,
        json: { error: { code: 'STEP_NOT_ACTION_REQUIRED' } },
      });
    }
  });
});

describe('step 5', () => {
  const SECRETS = ['Hunter2-Account-Pass', 'Hunter2-Onboarding-Pass'] as const;

  test('passwords are sealed; nothing else ever holds them', async () => {
    const batch = await waitingAt(5, {}, {});
    const [good, bad] = [jobOf(batch.jobs, 0), jobOf(batch.jobs, 1)];
    const withPasswords = {
      use_defaults: true,
      account: { password: SECRETS[0] },
      onboarding: { userPassword: SECRETS[1] },
    };
    const answer = await post(`/${batch.id}/steps/5/complete`, {
      configurations: {
        [good]: withPasswords,
        [bad]: { ...withPasswords, steps_enabled: { teaMaking: false } },
      },
    });
    expect(answer).toMatchObject({ status: 200, json: { accepted: 1, next_step: 6 } });
    expect(rejectedOf(answer)).toMatchObject([
      { job_id: bad, issues: [{ path: 'steps_enabled.teaMaking' }] },
    ]);

    const [signal] = await signalsOf(harness, good);
    const configuration = signal?.argument['configuration'] as {
      account: { passwordRef: string; ownerKey: string };
      onboarding: { userPasswordRef: string };
    };
    const refs = [configuration.account.passwordRef, configuration.onboarding.userPasswordRef];
    const keyRing = parseKeyRing(harness.stack.env['SEAL_KEYS']);
    const opened: string[] = [];
    for (const secretId of refs) {
      const { rows } = await harness.sql.query('select * from sealed_secrets where id = $1', [secretId]);
      const sealed = { keyId: rows[0].key_id, ciphertext: rows[0].ciphertext };
      opened.push(unseal(keyRing, { organisationId: rows[0].organisation_id, secretId }, sealed));
      expect(rows[0].owner_key).toBe(configuration.account.ownerKey);
    }
    expect(opened).toEqual([...SECRETS]);

    // Also what a broken request says, and what a wrong type of it says.
    const broken = await post(`/${batch.id}/steps/5/complete`, {
      configurations: { [bad]: { account: { password: { nested: SECRETS[0] } }, password: SECRETS[1] } },
    });
    expect(broken.status).toBe(400);
    const dumped = await dumpTables();
    const places = [answer.text, broken.text, JSON.stringify(signal), harness.logs.join('\n'), dumped];
    for (const place of places) for (const secret of SECRETS) expect(place).not.toContain(secret);
  });

  test('with defaults passwords are made, and each job has its own', async () => {
    const batch = await waitingAt(5, {}, {});
    const before = await secretCount();
    const answer = await post(`/${batch.id}/steps/5/complete`, { apply_defaults_to_remaining: true });
    expect(answer.json).toMatchObject({ accepted: 2, rejected: [] });
    expect(await secretCount()).toBe(before + 4);
  });

  test('what is missing or wrong is listed with its path, the job waits on, nothing is sealed', async () => {
    const batch = await waitingAt(
      5,
      { email: null, dishes: null },
      { dishes: [{ name: 'Satay', tags: ['contains nuts'] }] },
      {},
      {},
    );
    const [bare, nutty, empty, foreignMenu] = batch.jobs as [string, string, string, string];
    const { menuId } = await seedRestaurant(harness);
    const before = await secretCount();
    const answer = await post(`/${batch.id}/steps/5/complete`, {
      configurations: {
        [bare]: { use_defaults: true },
        [nutty]: { use_defaults: true },
        [empty]: {},
        [foreignMenu]: { use_defaults: true, menu: { selectedMenuId: menuId } },
      },
    });
    expect(answer).toMatchObject({ status: 400, json: { error: { code: 'VALIDATION_FAILED' } } });
    const paths = new Map(
      rejectedOf(answer).map(({ job_id, issues }) => [job_id, (issues ?? []).map(({ path }) => path)]),
    );
    expect(paths.get(bare)).toEqual(expect.arrayContaining(['account.email', 'menu.selectedMenuId']));
    expect(paths.get(nutty)).toEqual(['menu.addItemTags']);
    expect(paths.get(empty)).toEqual(
      expect.arrayContaining(['account.email', 'restaurant.name', 'website.theme']),
    );
    expect(paths.get(foreignMenu)).toEqual(['menu.selectedMenuId']);
    expect(await secretCount()).toBe(before);
    expect((await get(`/${batch.id}/progress`)).json).toMatchObject({
      restaurants_summary: { action_required: 4 },
    });
  });

  test('its page shows the defaults without passwords, and what is missing', async () => {
    const batch = await waitingAt(5, { name: 'Kōwhai Grill' }, { phone: null });
    const page = await get(`/${batch.id}/steps/5`);
    expect(page.json['restaurants']).toMatchObject([
      { defaults: { restaurant: { name: 'Kōwhai Grill', subdomain: 'kwhaigrill' } }, missing: [] },
      { missing: expect.arrayContaining([expect.objectContaining({ path: 'account.phone' })]) },
    ]);
    expect(page.text).not.toMatch(/password|not generated yet|ownerKey/i);
  });

  test('none, none waiting, and a job whose workflow has ended leaves no secret', async () => {
    const { id } = await seedRestaurant(harness);
    const batch = await createBatch(harness, [id]);
    const path = `/${batch.id}/steps/5/complete`;
    expect((await post(path, { configurations: {} })).json.error?.code).toBe('MISSING_SELECTIONS');
    expect((await post(path, { apply_defaults_to_remaining: true })).json.error?.code).toBe(
      'STEP_NOT_ACTION_REQUIRED',
    );
    await makeWait(harness, jobOf(batch.jobIds, 0), 5);
    const before = await secretCount();
    expect((await post(path, { apply_defaults_to_remaining: true })).json.error?.code).toBe('INVALID_STATUS');
    expect(await secretCount()).toBe(before);
  });

  test('a configuration that the workflow ignored leaves no secret', async () => {
    const batch = await waitingAt(5, {});
    const before = await secretCount();
    const answer = await patiently(async () => {
      const answering = post(`/${batch.id}/steps/5/complete`, { apply_defaults_to_remaining: true });
      await verdict(batch, 'decision.ignored', { reason: 'Somebody else configured it first.' });
      return answering;
    });
    expect(answer.json['results']).toMatchObject([{ result: 'ignored' }]);
    expect(await secretCount()).toBe(before);
  });

  test("batch defaults stand behind what is given and before the restaurant's own", async () => {
    const { id } = await seedRestaurant(harness);
    const batch = await createBatch(harness, [id], {
      execution_config: {
        website: { theme: 'light', primaryColor: '#111111' },
        menu: { addItemTags: false },
      },
    });
    const job = jobOf(batch.jobIds, 0);
    await makeWait(harness, job, 5);
    await startRegistration(harness, job);
    await post(`/${batch.id}/steps/5/complete`, {
      configurations: { [job]: { use_defaults: true, website: { primaryColor: '#222222' } } },
    });
    expect((await signalsOf(harness, job))[0]?.argument).toMatchObject({
      configuration: {
        website: { theme: 'light', primaryColor: '#222222', secondaryColor: '#1F2A30' },
        menu: { addItemTags: false },
      },
    });
  });

  async function secretCount(): Promise<number> {
    return Number((await harness.sql.query('select count(*) from sealed_secrets')).rows[0].count);
  }

  async function dumpTables(): Promise<string> {
    const { rows } = await harness.sql.query(
      `select table_name from information_schema.tables where table_schema = 'public' and table_type = 'BASE TABLE'`,
    );
    const dumps = [];
    for (const { table_name } of rows) {
      dumps.push(JSON.stringify((await harness.sql.query(`select * from public."${table_name}"`)).rows));
    }
    return dumps.join('\n');
  }
});

describe('commands', () => {
  test('while no worker is there they are 503 and may be sent again; the same key with another body is not', async () => {
    const slow = await startCommands();
    const key = { 'idempotency-key': randomUUID() };
    const first = await harness.call('POST', slow, { body: { step: 2 }, headers: key });
    expect(first).toMatchObject({
      status: 503,
      json: { error: { code: 'TEMPORAL_UNAVAILABLE', retryable: true } },
    });
    const other = await harness.call('POST', slow, { body: { step: 4 }, headers: key });
    expect(other).toMatchObject({ status: 409, json: { error: { code: 'IDEMPOTENCY_KEY_REUSED' } } });
  });

  test.each([
    { step: 3 },
    { step: 6, sub_steps: ['teaMaking'] },
    { step: 2, sub_steps: ['menuImport'] },
    { step: 6, sub_steps: [] },
  ])('%j is refused', async (body) => {
    const path = await startCommands();
    expect(await harness.call('POST', path, { body })).toMatchObject({
      status: 400,
      json: { error: { code: 'VALIDATION_FAILED' } },
    });
  });

  test('a registration that does not run refuses them', async () => {
    const { id } = await seedRestaurant(harness);
    const job = jobOf((await createBatch(harness, [id])).jobIds, 0);
    const body = { mode: 'without', reason: 'no menu online' };
    expect(await post(`/jobs/${job}/steps/1/continue`, body)).toMatchObject({
      status: 409,
      json: { error: { code: 'INVALID_STATUS' } },
    });
    expect((await post(`/jobs/${job}/steps/1/continue`, { mode: 'without' })).status).toBe(400);
  });

  async function startCommands(): Promise<string> {
    const job = jobOf((await waitingAt(3, {})).jobs, 0);
    return `${BASE}/jobs/${job}/retry`;
  }
});

describe('the extraction webhook', () => {
  const send = (body: string, options: { secret?: string; ageSeconds?: number; sign?: boolean } = {}) => {
    const timestamp = String(Math.floor(Date.now() / 1000) - (options.ageSeconds ?? 0));
    const signature = signWebhook(options.secret ?? harness.stack.secrets.webhookSecret, timestamp, body);
    const headers = { 'x-webhook-timestamp': timestamp, 'x-webhook-signature': signature };
    return harness.call('POST', '/api/webhooks/extractions', {
      token: null,
      raw: body,
      ...(options.sign === false ? {} : { headers }),
    });
  };

  test('wakes the live registration of its restaurant; without one it is taken all the same', async () => {
    const { id } = await seedRestaurant(harness);
    const quiet = await send(JSON.stringify({ restaurant_id: id }));
    expect(quiet).toMatchObject({ status: 202, json: { success: true, signalled: false } });
    const job = jobOf((await createBatch(harness, [id])).jobIds, 0);
    await startRegistration(harness, job);
    const answer = await send(
      JSON.stringify({ restaurant_id: id, job_type: 'full_menu', status: 'completed' }),
    );
    expect(answer).toMatchObject({ status: 202, json: { signalled: true } });
    expect(await signalsOf(harness, job)).toMatchObject([{ name: 'extractionsCompleted' }]);
  });

  test.each([
    ['no signature', { sign: false }],
    ["somebody else's secret", { secret: 'not the secret at all' }],
    ['an old one', { ageSeconds: 400 }],
    ['one of the future', { ageSeconds: -400 }],
  ])('%s is refused', async (_name, options) => {
    expect(await send(JSON.stringify({ restaurant_id: randomUUID() }), options)).toMatchObject({
      status: 401,
      json: { error: { code: 'UNAUTHENTICATED' } },
    });
  });

  test.each(['{"restaurant_id": 12}', '{broken', ''])('signed nonsense %j is refused', async (body) => {
    expect((await send(body)).status).toBe(400);
  });
});
