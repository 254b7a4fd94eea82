import { inspect } from 'node:util';
import {
  createCloudWaitressClient,
  signAccount,
  type CloudWaitressSettings,
} from '../../../activities/account-setup/clients/cloudwaitress';
import fixture from '../../fixtures/cloudwaitress-signature.json';
import { scriptedServer, type ScriptedAnswer, type ScriptedServer } from './scripted-server';

const details = { email: 'owner@kowhaigrill.example', phone: '+6495550100', password: 'Example-Pass-0001' };

let server: ScriptedServer;
beforeEach(async () => {
  server = await scriptedServer();
});
afterEach(() => server.close());

const client = (change: Partial<CloudWaitressSettings> = {}) =>
  createCloudWaitressClient({
    baseUrl: server.url,
    integratorId: 'integrator-1',
    integratorSecret: fixture.secret,
    confirmation: { mode: 'signature' },
    timeoutMs: 2_000,
    ...change,
  });

async function verifyWith(answer: ScriptedAnswer) {
  server.answer(() => ({ json: { outcome: 0, token: 'token-1' } }));
  const start = await client().start(details);
  if (start.kind !== 'started') throw new Error(`start: ${start.kind}`);
  server.answer(() => answer);
  return client().verify({ started: start.started });
}

describe('signature', () => {
  it.each(fixture.vectors)('$note', ({ signature, ...vector }) => {
    expect(signAccount(fixture.secret, vector)).toBe(signature);
  });
});

describe('start', () => {
  it('sends what it signs', async () => {
    server.answer(() => ({ json: { outcome: 0, token: 'token-1' } }));
    expect((await client().start(details)).kind).toBe('started');
    expect(server.requests).toMatchObject([
      {
        method: 'POST',
        path: '/users/register/start',
        body: { integrator_id: 'integrator-1', ...details, signature: fixture.vectors[0]?.signature },
      },
    ]);
  });

  const message = (text: string): ScriptedAnswer => ({ json: { outcome: 1, message: text } });
  it.each<[string, ScriptedAnswer, object]>([
    ['exists', message('A user with this email Already Exists'), { kind: 'exists' }],
    ['registered', message('Email already registered'), { kind: 'exists' }],
    [
      '429',
      { status: 429, headers: { 'retry-after': '90' }, json: {} },
      { kind: 'throttled', retryAfterMs: 90_000 },
    ],
    ['too many', message('Too many registrations'), { kind: 'throttled', retryAfterMs: null }],
    ['try again', message('Please try again later'), { kind: 'throttled', retryAfterMs: null }],
    ['rate', message('Rate exceeded'), { kind: 'throttled', retryAfterMs: null }],
    ['bad signature', message('Invalid signature'), { kind: 'rejected' }],
    ['generated is no rate', message('Password was generated, choose another'), { kind: 'rejected' }],
    ['no message', { json: { outcome: 2 } }, { kind: 'rejected' }],
    [
      '400 with outcome',
      { status: 400, json: { outcome: 1, message: 'Invalid phone' } },
      { kind: 'rejected' },
    ],
    ['no token', { json: { outcome: 0 } }, { kind: 'contract' }],
    ['HTML', { raw: '<html></html>' }, { kind: 'contract' }],
    ['cut JSON', { raw: '{"outcome":0,"tok' }, { kind: 'contract' }],
    ['redirect', { status: 302, headers: { location: '/' }, raw: '' }, { kind: 'contract' }],
    [
      '500',
      { status: 500, json: { outcome: 1, message: 'already exists' } },
      { kind: 'unavailable', sent: true },
    ],
    ['reset', 'reset', { kind: 'unavailable', sent: true }],
  ])('%s', async (_name, answer, expected) => {
    server.answer(() => answer);
    expect(await client().start(details)).toEqual(expected);
  });

  it('calls a silent vendor unavailable', async () => {
    server.answer(() => 'hang');
    expect(await client({ timeoutMs: 100 }).start(details)).toEqual({ kind: 'unavailable', sent: true });
  });

  it('does not take a value that it sent for the vendor’s word', async () => {
    server.answer(({ body }) => message(`Refused: ${(body as { email: string }).email}`));
    const email = 'already-exists@kowhaigrill.example';
    expect(await client().start({ ...details, email })).toEqual({ kind: 'rejected' });
  });

  it.each([
    ['phone that is not E.164', { phone: '09 555 0100' }],
    ['e-mail with two addresses', { email: 'a@x.example b@x.example' }],
    ['empty password', { password: '' }],
    ['password with a line break', { password: 'abc\ndef' }],
  ])('sends nothing for a %s', async (_name, change) => {
    expect(await client().start({ ...details, ...change })).toEqual({ kind: 'rejected' });
    expect(server.requests).toHaveLength(0);
  });
});

describe('verify', () => {
  it.each<[string, ScriptedAnswer, object]>([
    ['created', { json: { outcome: 0, user_id: 'USR1' } }, { kind: 'created', userId: 'USR1' }],
    ['created without id', { json: { outcome: 0 } }, { kind: 'created', userId: null }],
    ['already', { json: { outcome: 1, message: 'Already confirmed' } }, { kind: 'exists' }],
    ['rejected', { json: { outcome: 1, message: 'Invalid confirmation code' } }, { kind: 'rejected' }],
    ['503', { status: 503, json: {} }, { kind: 'unavailable', sent: true }],
    ['lost', 'reset', { kind: 'unavailable', sent: true }],
  ])('%s', async (_name, answer, expected) => {
    expect(await verifyWith(answer)).toEqual(expected);
  });

  it.each([
    ['the signature', { mode: 'signature' } as const, fixture.vectors[0]?.signature],
    ['the agreed code', { mode: 'code', code: 'agreed-1' } as const, 'agreed-1'],
  ])('confirms with %s', async (_name, confirmation, expected) => {
    server.answer(() => ({ json: { outcome: 0, token: 'token-1' } }));
    const start = await client({ confirmation }).start(details);
    if (start.kind !== 'started') throw new Error(start.kind);
    await client({ confirmation }).verify({ started: start.started });
    expect(server.requests[1]).toMatchObject({
      path: '/users/register/verify',
      body: { token: 'token-1', email_confirmation_code: expected },
    });
    // Neither may reach a log or a history by way of the value that is handed on.
    const shown = inspect(start, { depth: 9, showHidden: true }) + JSON.stringify(start);
    expect(shown).not.toContain('token-1');
    expect(shown).not.toContain(expected);
  });
});

it('lets no password out, whatever the vendor quotes', async () => {
  const quote = `Could not register with ${details.password}: already weird`;
  server.answer(() => ({ json: { outcome: 1, message: quote, token: details.password, error: quote } }));
  const result = await client().start(details);
  expect(JSON.stringify(result)).not.toContain(details.password);
});
