/** Supabase Auth as far as the console asks it, over real HTTP: signing in by password, renewing, signing out. */
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { json } from 'node:stream/consumers';
import { z } from 'zod';

export interface AuthStub {
  url: string;
  /** Of the tokens that are given from now on. */
  lifetimeSeconds: number;
  /** Status of what it answers to every renewal while it is not itself; null: it is. */
  failsWith: number | null;
  /** What came in, e.g. `password`, `refresh_token`, `logout`. */
  readonly calls: string[];
  /** Refresh tokens given so far are good no more, as after a sign-out everywhere. */
  revoke(): void;
  stop(): Promise<void>;
}

export const AUTH_PERSON = { id: '6f9619ff-8b86-4d01-b42d-00cf4fc964ff', email: 'hana@kereru.example' };
export const AUTH_PASSWORD = 'Correct-horse-7-battery';

const body = z.object({
  email: z.string().optional(),
  password: z.string().optional(),
  refresh_token: z.string().optional(),
});

/** @param accessToken What it gives: one that the API takes. */
export async function startAuthStub(anonKey: string, accessToken: string): Promise<AuthStub> {
  let good: string[] = [];
  let given = 0;
  const server = createServer((req, res) => void answer(req, res));
  const stub: AuthStub = {
    url: '',
    lifetimeSeconds: 3_600,
    failsWith: null,
    calls: [],
    revoke: () => void (good = []),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };

  async function answer(req: IncomingMessage, res: ServerResponse): Promise<void> {
    const url = new URL(req.url ?? '/', 'http://stub');
    if (req.headers['apikey'] !== anonKey) return send(res, 401, { message: 'No API key found in request' });
    if (url.pathname === '/auth/v1/logout') {
      stub.calls.push('logout');
      return send(res, 204);
    }
    const kind = url.searchParams.get('grant_type') ?? '';
    if (url.pathname !== '/auth/v1/token') return send(res, 404, { msg: 'Not found' });
    stub.calls.push(kind);
    const asked = body.parse(await json(req));
    if (kind === 'password') {
      const isRight = asked.email === AUTH_PERSON.email && asked.password === AUTH_PASSWORD;
      return isRight
        ? send(res, 200, session())
        : send(res, 400, { code: 400, error_code: 'invalid_credentials', msg: 'Invalid login credentials' });
    }
    if (stub.failsWith !== null) {
      return send(res, stub.failsWith, {
        code: stub.failsWith,
        error_code: 'unexpected_failure',
        msg: 'Failed',
      });
    }
    return good.includes(asked.refresh_token ?? '')
      ? send(res, 200, session())
      : send(res, 400, { code: 400, error_code: 'refresh_token_not_found', msg: 'Invalid Refresh Token' });
  }

  function session(): object {
    given += 1;
    const refresh = `refresh-${given}`;
    // Auth takes the one before the newest too: a page that is left while it renews never sees the answer.
    good = [...good.slice(-1), refresh];
    return {
      access_token: accessToken,
      refresh_token: refresh,
      token_type: 'bearer',
      expires_in: stub.lifetimeSeconds,
      expires_at: Math.floor(Date.now() / 1000) + stub.lifetimeSeconds,
      user: { ...AUTH_PERSON, aud: 'authenticated', role: 'authenticated' },
    };
  }

  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  stub.url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return stub;
}

function send(res: ServerResponse, status: number, answer?: object): void {
  res.writeHead(status, {
    'Content-Type': 'application/json',
    'X-Supabase-Api-Version': '2024-01-01',
  });
  res.end(answer && JSON.stringify(answer));
}
