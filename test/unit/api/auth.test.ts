import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
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
  let jwks: { keys: unknown[] } | null;
  let url: string;

  beforeEach(async () => {
    server = createServer((_req, res) => {
      if (jwks === null) res.destroy();
      else res.setHeader('content-type', 'application/json').end(JSON.stringify(jwks));
    }).listen(0, '127.0.0.1');
    await new Promise((resolve) => server.once('listening', resolve));
    url = `http://127.0.0.1:${(server.address() as AddressInfo).port}/jwks.json`;
  });
  afterEach(() => {
    server.close();
    server.closeAllConnections();
  });

  async function project() {
    const { exportJWK, generateKeyPair, SignJWT } = await import('jose');
    const { publicKey, privateKey } = await generateKeyPair('ES256');
    const jwk = { ...(await exportJWK(publicKey)), kid: 'k1', alg: 'ES256' };
    const token = await new SignJWT({ sub: USER, aud: 'authenticated' })
      .setProtectedHeader({ alg: 'ES256', kid: 'k1' })
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

  test('a key server that does not answer is no verdict on the token', async () => {
    jwks = null;
    const verify = await createTokenVerifier({ jwksUrl: url });
    expect(await codeOf(verify((await project()).token))).toBe('DATABASE_UNAVAILABLE');
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

  test.each([null, { organisationId: null, role: 'user' } as const])('%j may do nothing', async (found) => {
    const authenticate = createAuthenticator(verify, () => Promise.resolve(found), 5);
    expect(await codeOf(authenticate('t'))).toBe('FORBIDDEN');
  });
});
