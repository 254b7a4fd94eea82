import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { DEMO_ORGANISATION } from '../../../dev/stack/seed';
import { BASE, createBatch, makeWait, seedRestaurant, startHarness, type Harness } from './harness';

const newToken = (): string => `svc_${randomBytes(32).toString('base64url')}`;
const service = (name: string, organisation: string, may: string[], token: string) => ({
  name,
  organisation,
  may,
  sha256: [createHash('sha256').update(token).digest('hex')],
});

const [conversion, reporting] = [newToken(), newToken()];
let harness: Harness;
beforeAll(async () => {
  const services = [
    service('lead-conversion', 'all', ['create', 'read'], conversion),
    service('reporting', DEMO_ORGANISATION.id, ['read'], reporting),
  ];
  harness = await startHarness({ SERVICE_TOKENS: JSON.stringify(services), RATE_LIMIT_REVEAL: '2' });
}, 90_000);
afterAll(() => harness?.stop(), 30_000);

const forbidden = { status: 403, json: { error: { code: 'FORBIDDEN', retryable: false } } };

describe('a service', () => {
  const organisation = { 'x-organisation-id': DEMO_ORGANISATION.id };

  test('makes a batch in the organisation that it names, and the trail tells which service it was', async () => {
    const { id } = await seedRestaurant(harness);
    const body = { name: 'From leads', restaurant_ids: [id] };
    const options = {
      token: conversion,
      body,
      headers: { ...organisation, 'idempotency-key': randomUUID() },
    };
    const created = await harness.call('POST', `${BASE}/`, options);
    expect(created).toMatchObject({ status: 201, json: { batch_job: { created_by: null } } });
    const batch = created.json['batch_job'] as { id: string };
    const repeated = await harness.call('POST', `${BASE}/`, options);
    expect(repeated).toMatchObject({ status: 201, json: { batch_job: { id: batch.id } } });
    const { rows } = await harness.sql.query(
      'select actor from registration_events where batch_job_id = $1',
      [batch.id],
    );
    expect(rows).toEqual([{ actor: 'service:lead-conversion' }]);
  });

  test('sees one organisation at a time', async () => {
    const { id } = await createBatch(harness, [(await seedRestaurant(harness)).id]);
    const read = (headers: Record<string, string>) =>
      harness.call('GET', `${BASE}/${id}`, { token: conversion, headers });
    expect(await read(organisation)).toMatchObject({ status: 200 });
    expect(await read({ 'x-organisation-id': harness.otherOrganisation })).toMatchObject({ status: 404 });
    expect(await read({})).toMatchObject({ status: 400 });
  });

  test('does nothing that its token does not name', async () => {
    const { id } = await createBatch(harness, [(await seedRestaurant(harness)).id]);
    expect(await harness.call('GET', `${BASE}/${id}`, { token: reporting })).toMatchObject({ status: 200 });
    const body = { name: 'x', restaurant_ids: [randomUUID()] };
    expect(await harness.call('POST', `${BASE}/`, { token: reporting, body })).toMatchObject(forbidden);
    const options = { token: conversion, headers: organisation };
    expect(await harness.call('POST', `${BASE}/${id}/start`, options)).toMatchObject(forbidden);
    expect(await harness.call('GET', `${BASE}/${id}`, { token: newToken() })).toMatchObject({ status: 401 });
    // It opens this API alone.
    const asKey = await fetch(`${harness.stack.env['SUPABASE_URL']}/rest/v1/registration_jobs`, {
      headers: { authorization: `Bearer ${conversion}`, apikey: conversion },
    });
    expect(asKey.status).toBe(401);
  });
});

describe('a plain user', () => {
  test('reads, answers and operates, and neither rebuilds a record nor sees a password, whether it is there or not', async () => {
    const { id, jobIds } = await createBatch(harness, [(await seedRestaurant(harness)).id]);
    const jobId = jobIds[0] ?? '';
    await makeWait(harness, jobId, 3);
    const { user } = harness.tokens;
    expect(await harness.call('GET', `${BASE}/jobs/${jobId}`, { token: user })).toMatchObject({
      status: 200,
    });
    const selections = { [jobId]: { no_match: true } };
    const answered = await harness.call('POST', `${BASE}/${id}/steps/3/complete`, {
      token: user,
      body: { selections },
    });
    // It got as far as the choice: its workflow does not run here.
    expect(answered.status).not.toBe(403);
    expect(await harness.call('POST', `${BASE}/${id}/cancel`, { token: user, body: {} })).toMatchObject({
      status: 202,
    });
    const reveal = { which: 'account', reason: 'Asked by the owner.' };
    for (const target of [jobId, randomUUID()]) {
      const at = `${BASE}/jobs/${target}`;
      expect(
        await harness.call('POST', `${at}/credentials/reveal`, { token: user, body: reveal }),
      ).toMatchObject(forbidden);
      expect(await harness.call('POST', `${at}/republish`, { token: user, body: {} })).toMatchObject(
        forbidden,
      );
    }
    expect(await harness.call('POST', `${BASE}/${id}/republish`, { token: user, body: {} })).toMatchObject(
      forbidden,
    );
  });
});

test('passwords are asked for a few times a minute, and others are not held up by it', async () => {
  const { jobIds } = await createBatch(harness, [(await seedRestaurant(harness)).id]);
  const path = `${BASE}/jobs/${jobIds[0] ?? ''}`;
  const body = { which: 'account', reason: 'Asked by the owner.' };
  const statuses = [];
  for (let n = 0; n < 3; n += 1)
    statuses.push((await harness.call('POST', `${path}/credentials/reveal`, { body })).status);
  expect(statuses).toEqual([409, 409, 429]);
  expect(await harness.call('GET', path)).toMatchObject({ status: 200 });
});
