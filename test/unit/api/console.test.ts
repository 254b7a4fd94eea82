/** What the API serves of the console, and who it lets sign in without a password. */
import { request } from 'node:http';
import { text } from 'node:stream/consumers';
import { readApiSettings } from '../../../domain/settings';
import { codeOf, startEdgeApp, type EdgeApp } from './edge-app';
import { validEnvironment } from './environment';

const PERSON = { id: '0d5e1a00-0000-4000-8000-0000000000a1', email: 'admin@kereru.example', role: 'admin' };
const DEVELOPMENT = { SIMULATOR: 'true', DEVELOPMENT_SIGN_IN: JSON.stringify([PERSON]) };

let app: EdgeApp | undefined;
afterEach(async () => {
  await app?.stop();
  app = undefined;
});

const start = async (env: Record<string, string> = {}): Promise<EdgeApp> => (app = await startEdgeApp(env));
const html = { headers: { accept: 'text/html,application/xhtml+xml' } };

/** With headers that `fetch` does not let one set. */
function signIn({ port }: EdgeApp, headers: Record<string, string> = {}, id = PERSON.id) {
  return new Promise<{ status: number; body: Record<string, unknown> }>((resolve, reject) => {
    const asked = request(
      {
        host: '127.0.0.1',
        port,
        method: 'POST',
        path: '/console/development-sign-in',
        headers: { 'content-type': 'application/json', ...headers },
      },
      (answer) =>
        void text(answer).then(
          (body) => resolve({ status: answer.statusCode ?? 0, body: JSON.parse(body) }),
          reject,
        ),
    );
    asked.on('error', reject);
    asked.end(JSON.stringify({ id }));
  });
}

describe('the development sign-in', () => {
  test.each([
    ['without the simulator', { SIMULATOR: 'false' }],
    ['in production', { NODE_ENV: 'production' }],
    ['with an API that others can reach', { API_HOST: '0.0.0.0' }],
    [
      'without a secret to sign with',
      { SUPABASE_JWT_SECRET: '', SUPABASE_JWKS_URL: 'https://project.example/jwks' },
    ],
  ])('is no setting %s', (_when, env) => {
    expect(() => readApiSettings({ ...validEnvironment, ...DEVELOPMENT })).not.toThrow();
    expect(() => readApiSettings({ ...validEnvironment, ...DEVELOPMENT, ...env })).toThrow(
      /DEVELOPMENT_SIGN_IN/,
    );
  });

  test('is not there unless somebody is named for it', async () => {
    const answer = await signIn(await start({ SIMULATOR: 'true' }));
    expect(answer).toMatchObject({ status: 404, body: { error: { code: 'NOT_FOUND' } } });
  });

  test('gives a token of the one who is named, for half a day', async () => {
    const { status, body } = await signIn(await start(DEVELOPMENT));
    expect({ status, user: body['user'] }).toEqual({
      status: 200,
      user: { id: PERSON.id, email: PERSON.email },
    });
    const { jwtVerify } = await import('jose');
    const key = Buffer.from(validEnvironment.SUPABASE_JWT_SECRET);
    const { payload } = await jwtVerify(String(body['access_token']), key, { audience: 'authenticated' });
    expect(payload).toMatchObject({ sub: PERSON.id, role: 'authenticated', exp: body['expires_at'] });
    expect(Number(payload.exp) - Number(payload.iat)).toBe(12 * 3600);
  });

  test.each([
    ['a proxy passed it on', { 'x-forwarded-for': '203.0.113.7' }, PERSON.id],
    ['it came under a name that is not this machine', { host: 'rebound.example' }, PERSON.id],
    ['nobody of that id was named', {}, '0d5e1a00-0000-4000-8000-0000000000ff'],
  ])('is refused when %s', async (_when, headers, id) => {
    const { status, body } = await signIn(await start(DEVELOPMENT), headers, id);
    expect({ status, body }).toMatchObject({ status: 403, body: { error: { code: 'FORBIDDEN' } } });
  });
});

describe('what everybody may know', () => {
  const config = async (env: Record<string, string>) => {
    const answer = await (await start(env)).ask('/console/config.json');
    return { text: await answer.text(), policy: answer.headers.get('content-security-policy') };
  };

  test('a project with its public key: the page may reach it, and learns no other key', async () => {
    const { text: told, policy } = await config({
      SUPABASE_ANON_KEY: 'public-key',
      TEMPORAL_UI_URL: 'https://ui.example',
    });
    expect(JSON.parse(told)).toEqual({
      signIn: { mode: 'supabase', url: validEnvironment.SUPABASE_URL, anonKey: 'public-key' },
      temporalUi: { url: 'https://ui.example', namespace: 'default' },
    });
    const secrets = Object.entries(validEnvironment).filter(([name]) => /KEY|SECRET/.test(name));
    expect(secrets.filter(([, value]) => told.includes(value))).toEqual([]);
    expect(policy).toContain(`connect-src 'self' ${validEnvironment.SUPABASE_URL};`);
  });

  test('the embedded stack: who may sign in, and no other host than ours', async () => {
    const { text: told, policy } = await config({ ...DEVELOPMENT, SUPABASE_ANON_KEY: 'public-key' });
    expect(JSON.parse(told)).toEqual({
      signIn: { mode: 'development', people: [PERSON] },
      temporalUi: null,
    });
    expect(policy).toContain("connect-src 'self';");
  });
});

describe('its addresses', () => {
  test('are pages to browsers alone, and none of the API’s', async () => {
    const { ask } = await start();
    // Nothing is built beside the sources: that the page is meant is told all the same.
    for (const path of ['/', '/batches/new', '/batches/1/jobs/2', '/apiary']) {
      const page = await ask(path, html);
      expect({ path, status: page.status, text: await page.text() }).toMatchObject({
        status: 503,
        text: expect.stringContaining('not built'),
      });
    }
    for (const path of ['/api/nowhere', '/metrics/nowhere', '/assets/gone.js', '/console/nowhere']) {
      const answer = await ask(path, html);
      expect({ path, status: answer.status, code: await codeOf(answer) }).toEqual({
        path,
        status: 404,
        code: 'NOT_FOUND',
      });
    }
    expect(await codeOf(await ask('/batches/new'))).toBe('NOT_FOUND');
    expect(await codeOf(await ask('/batches/new', { method: 'POST', ...html }))).toBe('NOT_FOUND');
  });

  test('can be left out', async () => {
    const { ask } = await start({ CONSOLE: 'false', ...DEVELOPMENT });
    for (const path of ['/', '/console/config.json']) expect((await ask(path, html)).status).toBe(404);
    expect((await ask('/console/development-sign-in', { method: 'POST' })).status).toBe(404);
  });
});
