import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import fc from 'fast-check';
import { createAuthenticator, createTokenVerifier, type Profile } from '../../../api/auth';
import { ApiError } from '../../../api/errors';

const USER = '00000000-0000-4000-8000-00000000000a';
const ORGANISATION = '00000000-0000-4000-8000-00000000000b';

const codeOf = async (work: Promise<unknown>): Promise<string> => {
  const error = await work.then(
    () => undefined,
    (reason: unknown) => reason,
  );
  return error instanceof ApiError ? error.code : String(error);
};

describe('keys that a project publishes', () => {
  let server: Server;
  let jwks: { keys: unknown[] };
  /** How the key server answers; how often it was asked. */
  let answer: (res: ServerResponse) => void;
  let asked: number;
  let url: string;

  beforeEach(async () => {
    asked = 0;
    answer = (res) => void res.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
    server = createServer((_req, res) => {
      asked += 1;
      answer(res);
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  async function project(kid = 'k1') {
    const { exportJWK, generateKeyPair, SignJWT } = await import('jose');
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), kid, alg: 'ES256' };
    const token = await new SignJWT({ sub: USER, aud: 'authenticated' })
      .setProtectedHeader({ alg: 'ES256', kid })
      .setExpirationTime('1h')
      .sign(privateKey);
    return { jwk, token };
  }

  test('open their tokens, and no others', async () => {
    const { jwk, token } = await project();
    jwks = { keys: [jwk] };
    const verify = await createTokenVerifier({ jwksUrl: url });
    expect(await verify(token)).toMatchObject({ userId: USER, expiresAt: expect.any(Number) });
    expect(await codeOf(verify((await project()).token))).toBe('UNAUTHENTICATED');
  });

  test.each<[string, (res: ServerResponse) => void]>([
    ['hangs up', (res) => void res.destroy()],
    ['has a fault', (res) => void res.writeHead(500).end()],
    ['sends us elsewhere', (res) => void res.writeHead(302, { location: 'http://127.0.0.1:1/' }).end()],
    ['answers a page', (res) => void res.end('<html>')],
    ['answers no keys', (res) => void res.end('{}')],
    [
      'breaks off',
      (res) => void res.writeHead(200, { 'content-length': '99' }).write('{', () => res.destroy()),
    ],
  ])('a key server that %s is no verdict on the token', async (_how, answers) => {
    answer = answers;
    const verify = await createTokenVerifier({ jwksUrl: url });
    expect(await codeOf(verify((await project()).token))).toBe('DATABASE_UNAVAILABLE');
  });

  test('a key that nobody published is unknown after another look', async () => {
    const first = await project('k1');
    jwks = { keys: [first.jwk] };
    const verify = await createTokenVerifier({ jwksUrl: url, keysCooldownMs: 1 });
    await verify(first.token);
    expect(await codeOf(verify((await project('k2')).token))).toBe('UNAUTHENTICATED');
    expect(asked).toBe(2);
  });

  test('a key that was published a moment after we looked is found, and the token good', async () => {
    const [first, second] = [await project('k1'), await project('k2')];
    jwks = { keys: [first.jwk] };
    const verify = await createTokenVerifier({ jwksUrl: url, keysCooldownMs: 300 });
    await verify(first.token);
    jwks = { keys: [first.jwk, second.jwk] };
    expect(await verify(second.token)).toMatchObject({ userId: USER });
  });

  test('keys that were read stay good while their server is away', async () => {
    const { jwk, token } = await project();
    jwks = { keys: [jwk] };
    const verify = await createTokenVerifier({ jwksUrl: url });
    await verify(token);
    answer = (res) => void res.destroy();
    expect(await verify(token)).toMatchObject({ userId: USER });
  });

  test('a token signed with the public key as if it were a shared secret is refused', async () => {
    const { jwk } = await project();
    jwks = { keys: [jwk] };
    const { SignJWT } = await import('jose');
    const forged = await new SignJWT({ sub: USER, aud: 'authenticated' })
      .setProtectedHeader({ alg: 'HS256' })
      .setExpirationTime('1h')
      .sign(Buffer.from(JSON.stringify(jwk)));
    const verify = await createTokenVerifier({ jwksUrl: url });
    expect(await codeOf(verify(forged))).toBe('UNAUTHENTICATED');
  });
});

describe('profiles', () => {
  const profile: Profile = { organisationId: ORGANISATION, role: 'admin' };
  const verify = () => Promise.resolve({ userId: USER, expiresAt: 60_000 });

  test('are believed for a while, then asked for again', async () => {
    let now = 0;
    const find = jest.fn(() => Promise.resolve(profile));
    const authenticate = createAuthenticator(verify, find, 5, () => now);
    expect(await authenticate('t')).toEqual({
      userId: USER,
      organisationId: ORGANISATION,
      role: 'admin',
      expiresAt: 60_000,
    });
    now = 4_999;
    await authenticate('t');
    expect(find).toHaveBeenCalledTimes(1);
    now = 5_000;
    await authenticate('t');
    expect(find).toHaveBeenCalledTimes(2);
  });

  test('trouble is not remembered', async () => {
    const find = jest
      .fn<Promise<Profile | null>, [string]>()
      .mockRejectedValueOnce(new ApiError('DATABASE_UNAVAILABLE', 'down'))
      .mockResolvedValue(profile);
    const authenticate = createAuthenticator(verify, find, 5);
    expect(await codeOf(authenticate('t'))).toBe('DATABASE_UNAVAILABLE');
    expect(await authenticate('t')).toMatchObject({ userId: USER });
  });

  test.each([
    null,
    { organisationId: null, role: 'user' },
    { organisationId: ORGANISATION, role: null },
    { organisationId: ORGANISATION, role: 'viewer' },
    // Services have tokens, not profiles.
    { organisationId: ORGANISATION, role: 'service' },
  ])('%j may do nothing', async (found) => {
    const authenticate = createAuthenticator(verify, () => Promise.resolve(found), 5);
    expect(await codeOf(authenticate('t'))).toBe('FORBIDDEN');
  });
});

describe('what is no token of ours', () => {
  const secret = 'a-shared-secret-of-some-length-1234';
  const sign = async (claims: Record<string, unknown>, key = secret, lifetime = '1h'): Promise<string> => {
    const { SignJWT } = await import('jose');
    const jwt = new SignJWT(claims).setProtectedHeader({ alg: 'HS256' }).setExpirationTime(lifetime);
    return jwt.sign(Buffer.from(key));
  };
  const refusal = async (token: string): Promise<string> =>
    codeOf((await createTokenVerifier({ secret }))(token));

  test('is refused as such', async () => {
    const good = { sub: USER, aud: 'authenticated' };
    const { SignJWT, UnsecuredJWT } = await import('jose');
    const endless = new SignJWT(good).setProtectedHeader({ alg: 'HS256' }).sign(Buffer.from(secret));
    const tokens = {
      expired: await sign(good, secret, '-1h'),
      'of another audience': await sign({ ...good, aud: 'elsewhere' }),
      'of another signature': await sign(good, 'another-secret-of-some-length-12345'),
      'of no user': await sign({ aud: 'authenticated' }),
      'of no such user': await sign({ ...good, sub: "x' or 1=1" }),
      'the database key': await sign({ iss: 'supabase', role: 'service_role' }, secret, '10y'),
      endless: await endless,
      unsigned: new UnsecuredJWT(good).setExpirationTime('1h').encode(),
    };
    expect(await refusal(await sign(good))).toBe('undefined');
    for (const [what, token] of Object.entries(tokens)) {
      expect([what, await refusal(token)]).toEqual([what, 'UNAUTHENTICATED']);
    }
  });

  test('however it is broken', async () => {
    const good = await sign({ sub: USER, aud: 'authenticated' });
    const verify = await createTokenVerifier({ secret, jwksUrl: 'http://127.0.0.1:1/' });
    const header = fc.json().map((json) => Buffer.from(json).toString('base64url'));
    const token = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.tuple(header, fc.base64String(), fc.base64String()).map((parts) => parts.join('.')),
      fc.nat(good.length - 1).map((at) => good.slice(0, at)),
      fc.nat(good.length - 1).map((at) => `${good.slice(0, at)}.${good.slice(at)}`),
    );
    await fc.assert(
      fc.asyncProperty(token, async (text) => {
        expect(await codeOf(verify(text))).toBe('UNAUTHENTICATED');
      }),
      { seed: 6, numRuns: 500 },
    );
  });
});
