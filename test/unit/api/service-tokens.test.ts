import { createHash, randomBytes, randomUUID } from 'node:crypto';
import { withServices, type Authenticator } from '../../../api/auth';
import { ApiError } from '../../../api/errors';
import { ACCESS } from '../../../api/access';
import { readApiSettings, SERVICE_ACCESS, SettingsError } from '../../../domain/settings';
import { validEnvironment } from './environment';

const newToken = (): string => `svc_${randomBytes(32).toString('base64url')}`;
const sha256 = (text: string): string => createHash('sha256').update(text).digest('hex');
const ORGANISATION = '0d5e1a00-0000-4000-8000-0000000000b1';

const read = (services: unknown) =>
  readApiSettings({ ...validEnvironment, SERVICE_TOKENS: JSON.stringify(services) }).SERVICE_TOKENS;
const service = (...tokens: string[]) => ({
  name: 'lead-conversion',
  organisation: ORGANISATION as string,
  may: ['create', 'read'],
  sha256: tokens.map(sha256),
});
const people: Authenticator = () => Promise.reject(new Error('people are asked for a token of theirs'));
const codeOf = async (work: Promise<unknown>): Promise<string> =>
  work.then(
    () => 'let in',
    (error: unknown) => (error instanceof ApiError ? error.code : String(error)),
  );

test('a token may be given exactly what the table of access has for services', () => {
  const forServices = Object.entries(ACCESS).filter(([, roles]) =>
    (roles as readonly string[]).includes('service'),
  );
  expect(forServices.map(([access]) => access)).toEqual(SERVICE_ACCESS);
});

describe('a service', () => {
  test('is known by its token, with its organisation and what it may do; both tokens are good while one follows the other', async () => {
    const [old, next] = [newToken(), newToken()];
    const authenticate = withServices(people, read([service(old, next)]));
    for (const token of [old, next]) {
      expect(await authenticate(token)).toMatchObject({
        userId: 'service:lead-conversion',
        organisationId: ORGANISATION,
        role: 'service',
        grants: ['create', 'read'],
      });
    }
    expect(await codeOf(withServices(people, read([service(next)]))(old))).toBe('UNAUTHENTICATED');
  });

  test.each([
    ['unknown', newToken()],
    ['cut short', 'svc_'],
    ['too long', `svc_${'a'.repeat(10_000)}`],
  ])('is not known by a token that is %s', async (_how, token) => {
    expect(await codeOf(withServices(people, read([service(newToken())]))(token))).toBe('UNAUTHENTICATED');
  });

  test('that is short is no token, whatever the settings hold: its hash could be guessed back', async () => {
    expect(await codeOf(withServices(people, read([service('svc_short')]))('svc_short'))).toBe(
      'UNAUTHENTICATED',
    );
  });

  test('of one organisation speaks for no other', async () => {
    const token = newToken();
    const authenticate = withServices(people, read([service(token)]));
    expect(await codeOf(authenticate(token, ORGANISATION.toUpperCase()))).toBe('let in');
    expect(await codeOf(authenticate(token, randomUUID()))).toBe('FORBIDDEN');
    expect(await codeOf(authenticate(token, 'x'))).toBe('VALIDATION_FAILED');
  });

  test('of all says each time which one it means', async () => {
    const token = newToken();
    const authenticate = withServices(people, read([{ ...service(token), organisation: 'all' }]));
    expect(await codeOf(authenticate(token))).toBe('VALIDATION_FAILED');
    expect(await authenticate(token, ORGANISATION)).toMatchObject({ organisationId: ORGANISATION });
  });

  test('and people are told apart by their tokens alone', async () => {
    const caller = { userId: 'u', organisationId: ORGANISATION, role: 'user', expiresAt: 1 } as const;
    expect(await withServices(() => Promise.resolve(caller), [])('ey.ey.x', randomUUID())).toEqual(caller);
  });
});

describe('the setting is refused, and not repeated,', () => {
  const token = newToken();
  test.each<[string, unknown]>([
    ['with three tokens of one service', [service(newToken(), newToken(), token)]],
    ['with a token in clear', [{ ...service(), sha256: [token] }]],
    ['with one token for two services', [service(token), { ...service(token), name: 'other' }]],
    ['with one name twice', [service(token), service(newToken())]],
    ['with what no service may', [{ ...service(token), may: ['reveal'] }]],
    ['with what only people do', [{ ...service(token), may: ['answer'] }]],
    ['without an organisation', [{ ...service(token), organisation: undefined }]],
  ])('%s', (_what, services) => {
    let told = '';
    try {
      read(services);
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      told = error.message;
    }
    expect(told).toContain('SERVICE_TOKENS');
    expect(told).not.toContain(token);
    expect(told).not.toContain(sha256(token));
  });

  test('when it is no JSON', () => {
    expect(() => readApiSettings({ ...validEnvironment, SERVICE_TOKENS: 'lead:x' })).toThrow(SettingsError);
  });
});
