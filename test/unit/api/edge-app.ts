import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import pino from 'pino';
import { createApp } from '../../../api/app';
import type { Authenticator } from '../../../api/auth';
import type { AppDeps } from '../../../api/deps';
import type { Figures } from '../../../api/record/figures';
import { ApiError } from '../../../api/errors';
import { createHttpServer } from '../../../api/http/server';
import { readApiSettings } from '../../../domain/settings';
import { validEnvironment } from './environment';

export const GOOD_TOKEN = 'a-good-token';
export const ORGANISATION = '00000000-0000-4000-8000-0000000000f1';

const authenticateStub: Authenticator = (token) =>
  token === GOOD_TOKEN
    ? Promise.resolve({
        userId: '00000000-0000-4000-8000-0000000000f2',
        organisationId: ORGANISATION,
        role: 'admin',
        expiresAt: Number.MAX_SAFE_INTEGER,
      })
    : Promise.reject(new ApiError('UNAUTHENTICATED', 'The token is not valid.'));

export interface EdgeApp {
  url: string;
  port: number;
  logs: string[];
  /** With the good token, unless `headers` say otherwise. */
  ask(path: string, init?: RequestInit): Promise<Response>;
  stop(): Promise<void>;
}

const NO_FIGURES: Figures = { live: [], ended: [], paused: [], waiting: [] };

/** The real application on a port of its own; what is behind its edge is what `parts` give, and nothing else. */
export async function startEdgeApp(
  env: Record<string, string> = {},
  parts: { record?: object; workflows?: object; authenticate?: Authenticator } = {},
): Promise<EdgeApp> {
  const settings = readApiSettings({ ...validEnvironment, ...env });
  const logs: string[] = [];
  const deps = {
    settings,
    log: pino({ level: 'debug' }, { write: (line: string) => void logs.push(line) }),
    // What the metrics ask of what is behind.
    record: { figures: () => Promise.resolve(NO_FIGURES), ...parts.record },
    workflows: { ready: () => Promise.resolve(true), ...parts.workflows },
    watch: { state: () => ({ streams: 0, listening: null }) },
    authenticate: parts.authenticate ?? authenticateStub,
    phase: { started: true, draining: false },
  } as unknown as AppDeps;
  const server: Server = createHttpServer(createApp(deps), settings);
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const { port } = server.address() as AddressInfo;
  const url = `http://127.0.0.1:${port}`;
  return {
    url,
    port,
    logs,
    ask: (path, init = {}) =>
      fetch(`${url}${path}`, {
        ...init,
        headers: { authorization: `Bearer ${GOOD_TOKEN}`, ...init.headers },
      }),
    stop: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

export async function codeOf(response: Response): Promise<string | undefined> {
  return ((await response.json()) as { error?: { code: string } }).error?.code;
}
