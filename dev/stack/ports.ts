import { createServer } from 'node:net';
import { StackError, describe, errorCode } from './errors';

/** Every port of the stack: the setting that moves it, its usual number, and its name in messages. */
export const PORT_SETTINGS = {
  api: { setting: 'API_PORT', usual: 4000, label: 'API' },
  simulator: { setting: 'SIM_PORT', usual: 4010, label: 'simulator' },
  supabase: { setting: 'SUPABASE_PORT', usual: 4020, label: 'Supabase address (/rest/v1)' },
  postgres: { setting: 'POSTGRES_PORT', usual: 4022, label: 'PostgreSQL' },
  postgrest: { setting: 'POSTGREST_PORT', usual: 4021, label: 'PostgREST' },
  worker: { setting: 'WORKER_HTTP_PORT', usual: 4030, label: 'worker (health and metrics)' },
  temporal: { setting: 'TEMPORAL_PORT', usual: 7233, label: 'Temporal server' },
  temporalUi: { setting: 'TEMPORAL_UI_PORT', usual: 8233, label: 'Temporal Web UI' },
} as const;

export type PortName = keyof typeof PORT_SETTINGS;
export type StackPorts = Record<PortName, number>;

export const PORT_NAMES = Object.keys(PORT_SETTINGS) as PortName[];

/** The ports from the environment (`API_PORT` ...), else the usual ones; `offset` moves the usual ones alone. */
export function portsFromEnvironment(env: NodeJS.ProcessEnv, offset: number): StackPorts {
  const entries = PORT_NAMES.map((name) => {
    const { setting, usual } = PORT_SETTINGS[name];
    const given = env[setting];
    return [name, given ? parsePort(given, setting) : checkPort(usual + offset, '--port-offset')] as const;
  });
  return Object.fromEntries(entries) as StackPorts;
}

export function parsePort(text: string, setting: string): number {
  return checkPort(/^\d{1,5}$/.test(text) ? Number(text) : NaN, setting, text);
}

function checkPort(port: number, setting: string, text = String(port)): number {
  if (port >= 1 && port <= 65_535) return port;
  throw new StackError(`${setting} gives the port ${text}: ports are whole numbers from 1 to 65535`);
}

/**
 * Throws one StackError that names every port of `names` that another program holds.
 * Done for all before anything is started, so that a busy port leaves nothing half up.
 */
export async function assertPortsFree(ports: StackPorts, names: readonly PortName[]): Promise<void> {
  const problems: string[] = [];
  for (const name of names) {
    const { label, setting } = PORT_SETTINGS[name];
    const problem = await probe(ports[name]);
    if (problem) problems.push(`port ${ports[name]} (${label}) ${problem}: set ${setting} to another one`);
  }
  const twice = names.filter((name) => names.some((other) => other !== name && ports[other] === ports[name]));
  if (twice.length > 0)
    problems.push(`${twice.map((name) => PORT_SETTINGS[name].setting).join(' and ')} are the same port`);
  if (problems.length > 0) {
    throw new StackError(
      `Cannot start: ${problems.join('; ')}, move all with --port-offset N, or end the other program`,
    );
  }
}

async function probe(port: number): Promise<string | null> {
  try {
    await listenOnce(port);
    return null;
  } catch (error) {
    if (errorCode(error) === 'EADDRINUSE') return 'is in use';
    if (errorCode(error) === 'EACCES') return 'is not allowed to this user';
    return `cannot be opened (${describe(error)})`;
  }
}

function listenOnce(port: number): Promise<void> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ port, host: '127.0.0.1', exclusive: true }, () => server.close(() => resolve()));
  });
}

// Below the range from which systems take ports for outgoing connections: a service that is restarted
// on its port must not find it taken by some client's connection.
const FREE_RANGE = { from: 12_000, to: 30_000 };
let nextPort = FREE_RANGE.from + Math.floor(Math.random() * (FREE_RANGE.to - FREE_RANGE.from));

/** A port that nobody listens on now, never the same twice in a process. For tests. */
export async function freePort(): Promise<number> {
  for (let tries = 0; tries < 200; tries += 1) {
    nextPort = nextPort >= FREE_RANGE.to ? FREE_RANGE.from : nextPort + 1;
    const port = nextPort; // while this one is tried, another caller may take the next
    if ((await probe(port)) === null) return port;
  }
  throw new StackError(`No free port between ${FREE_RANGE.from} and ${FREE_RANGE.to}`);
}

/** A free port for every service. */
export async function freePorts(): Promise<StackPorts> {
  const entries: [PortName, number][] = [];
  for (const name of PORT_NAMES) entries.push([name, await freePort()]);
  return Object.fromEntries(entries) as StackPorts;
}
