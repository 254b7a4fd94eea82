import { accessSync, constants, mkdirSync } from 'node:fs';
import path from 'node:path';
import { APP_NAMES, APPS, assertBuilt, prepareApp, type AppName } from './apps';
import { stackEnvironment, type StackEnvironment } from './environment';
import { StackError, describe } from './errors';
import { Guard } from './guard';
import { migrate } from '../migrate/migrate';
import { assertPortsFree, freePorts, type PortName, type StackPorts } from './ports';
import { answersSql, databaseUrl, preparePostgres, superuserUrl } from './postgres';
import { preparePostgrest } from './postgrest';
import { ManagedProcess, type ProcessSpec } from './process';
import { loadSecrets, projectKey, userToken, type StackSecrets } from './secrets';
import { AUTHENTICATOR, prepareAuthenticator, seedDemo, type DemoRole } from './seed';
import { startSupabaseProxy, type SupabaseProxy } from './supabase-proxy';
import { prepareTemporal } from './temporal';

export interface StackOptions {
  /** Holds everything the stack writes: data, logs, secrets. One stack at a time uses it. */
  dir: string;
  /** Ports that matter to the caller; the others are free ones. */
  ports?: Partial<StackPorts>;
  /** How many times faster than real time (default 1). */
  speed?: number;
  /** Which of our own programs to start (default all). PostgreSQL, PostgREST and Temporal always are. */
  apps?: Partial<Record<AppName, boolean>>;
  /** How many worker processes (default 1); the further ones are the services `worker-2`, `worker-3` ... */
  workers?: number;
  /** A PostgreSQL of one's own, with a superuser's login, instead of the embedded one; its life is not ours. */
  databaseUrl?: string;
  /** Added to the environment of the worker, the API and the simulator; wins over the stack's own. */
  env?: Record<string, string>;
  /** False in tests: PostgreSQL does not wait for the disk. Data survive its end all the same. Default true. */
  syncToDisk?: boolean;
  log?: (line: string) => void;
  /** Aborted while the stack starts: what runs is ended, and startStack throws. Later it has no effect. */
  signal?: AbortSignal;
  /** A service ended by itself (the caller may restart it). Services stopped or killed through the stack do not count. */
  onUnexpectedEnd?: (service: Service, how: string) => void;
}

/** A running part of the stack. `kill` is SIGKILL; `restart` and `start` use the same ports and data. */
export interface Service {
  readonly name: string;
  readonly pid: number | null;
  readonly logFile: string;
  readonly url: string;
  start(): Promise<void>;
  stop(): Promise<void>;
  kill(): Promise<void>;
  restart(): Promise<void>;
}

export type ServiceName = 'postgres' | 'postgrest' | 'temporal' | AppName | `worker-${number}`;

export interface Stack {
  readonly dir: string;
  readonly ports: StackPorts;
  readonly speed: number;
  readonly secrets: StackSecrets;
  /** The settings given to the worker, the API and the simulator. */
  readonly env: StackEnvironment;
  readonly services: ReadonlyMap<ServiceName, Service>;
  /** Throws when that service is not part of this stack (an app left out, or a database of one's own). */
  service(name: ServiceName): Service;
  /** A JWT of a seeded demo user. */
  token(role?: DemoRole): Promise<string>;
  /** Ends everything that was started, last things first. May be called twice. */
  stopAll(): Promise<void>;
  /** SIGKILL to everything, at once and without waiting. */
  killAllNow(): void;
}

/**
 * Starts the embedded stack and resolves when every part of it is ready. When one part fails, what runs is ended and
 * the error (a StackError when a person can put it right) is thrown.
 */
export async function startStack(options: StackOptions): Promise<Stack> {
  prepareFolder(options.dir);
  const ports = { ...(await freePorts()), ...options.ports };
  await assertPortsFree(ports, portsToOpen(options));
  assertBuilt(wantedApps(options));
  const secrets = loadSecrets(options.dir);
  const serviceRole = await projectKey(secrets.jwtSecret, 'service_role');
  const keys = { anon: await projectKey(secrets.jwtSecret, 'anon'), serviceRole };
  const url = options.databaseUrl ?? superuserUrl(ports.postgres, secrets.postgresPassword);
  const speed = options.speed ?? 1;
  const own = stackEnvironment({ dir: options.dir, ports, secrets, keys, databaseUrl: url, speed });
  const stack = new EmbeddedStack(
    options,
    ports,
    speed,
    secrets,
    { ...own, ...options.env },
    await Guard.start(),
  );
  const abort = (): void => void stack.stopAll();
  options.signal?.addEventListener('abort', abort);
  try {
    options.signal?.throwIfAborted();
    await stack.startEverything(url);
    return stack;
  } catch (error) {
    await stack.stopAll();
    throw error;
  } finally {
    options.signal?.removeEventListener('abort', abort);
  }
}

function wantedApps(options: StackOptions): AppName[] {
  return APP_NAMES.filter((name) => options.apps?.[name] ?? true);
}

function portsToOpen(options: StackOptions): PortName[] {
  const names: PortName[] = ['supabase', 'postgrest', 'temporal', 'temporalUi'];
  if (!options.databaseUrl) names.push('postgres');
  return names.concat(wantedApps(options).filter((name) => name !== 'worker'));
}

function prepareFolder(dir: string): void {
  try {
    // Others may pass (PostgreSQL runs as a user of its own when we are root), not look: files in it are 0600.
    mkdirSync(path.join(dir, 'logs'), { recursive: true, mode: 0o711 });
    accessSync(dir, constants.R_OK | constants.W_OK | constants.X_OK);
  } catch (error) {
    throw new StackError(
      `The data folder ${dir} cannot be used (${describe(error)}): make it yours, or remove it`,
    );
  }
}

class EmbeddedStack implements Stack {
  private readonly running = new Map<ServiceName, ManagedProcess & Service>();
  private proxy: SupabaseProxy | null = null;
  private stopping: Promise<void> | null = null;

  constructor(
    private readonly options: StackOptions,
    readonly ports: StackPorts,
    readonly speed: number,
    readonly secrets: StackSecrets,
    readonly env: StackEnvironment,
    private readonly guard: Guard,
  ) {}

  get dir(): string {
    return this.options.dir;
  }

  get services(): ReadonlyMap<ServiceName, Service> {
    return this.running;
  }

  service(name: ServiceName): Service {
    const service = this.running.get(name);
    if (!service) throw new Error(`The service ${name} is no part of this stack`);
    return service;
  }

  token(role: DemoRole = 'admin'): Promise<string> {
    return userToken(this.secrets.jwtSecret, role);
  }

  async startEverything(superuser: string): Promise<void> {
    await allOrFirstFailure([this.startDatabase(superuser), this.startTemporal()]);
    await allOrFirstFailure(
      wantedApps(this.options).flatMap((name) => [
        this.startApp(name),
        ...(name === 'worker' ? this.furtherWorkers().map((service) => this.startApp(name, service)) : []),
      ]),
    );
  }

  stopAll(): Promise<void> {
    this.stopping ??= this.stopInOrder();
    return this.stopping;
  }

  killAllNow(): void {
    for (const service of this.running.values()) service.killNow();
  }

  private async stopInOrder(): Promise<void> {
    const stop = async (names: ServiceName[]): Promise<void> => {
      await Promise.all(names.map(async (name) => this.running.get(name)?.stop()));
    };
    // Those who call first, so that nothing ends in the middle of a call.
    await stop(['worker', ...this.furtherWorkers(), 'api', 'simulator']);
    await stop(['temporal', 'postgrest']);
    await this.proxy?.close();
    await stop(['postgres']);
    await this.guard.close();
  }

  private async startDatabase(superuser: string): Promise<void> {
    const { options, ports, secrets, dir } = this;
    if (options.databaseUrl) await assertDatabaseAnswers(options.databaseUrl);
    else {
      const password = secrets.postgresPassword;
      const settings = { dir, logFile: this.logFile('postgres'), port: ports.postgres, password };
      const spec = await preparePostgres({ ...settings, syncToDisk: options.syncToDisk ?? true });
      await this.launch('postgres', spec, superuser);
    }
    let applied = 0;
    await migrate(superuser, { log: (line) => void (applied += line.startsWith('Applied:') ? 1 : 0) });
    this.log(applied > 0 ? `Database: ${applied} migrations applied` : 'Database: up to date');
    await seedDemo(superuser);
    const login = options.databaseUrl ?? (await this.postgrestLogin(superuser));
    const settings = {
      dir,
      logFile: this.logFile('postgrest'),
      port: ports.postgrest,
      jwtSecret: secrets.jwtSecret,
    };
    await this.launch(
      'postgrest',
      preparePostgrest({ ...settings, databaseUrl: login }),
      this.at('postgrest'),
    );
    this.proxy = await startSupabaseProxy(ports.supabase, ports.postgrest);
  }

  /** In a database of one's own PostgREST uses the given login: its roles may serve others, and are left alone. */
  private async postgrestLogin(superuser: string): Promise<string> {
    const password = this.secrets.authenticatorPassword;
    await prepareAuthenticator(superuser, password);
    return databaseUrl(this.ports.postgres, AUTHENTICATOR, password);
  }

  private async startTemporal(): Promise<void> {
    const { dir, ports, log } = this;
    const logFile = this.logFile('temporal');
    const where = {
      port: ports.temporal,
      uiPort: ports.temporalUi,
      codecEndpoint: `${this.at('api')}/api/codec`,
    };
    const spec = await prepareTemporal({ dir, logFile, ...where, log });
    await this.launch('temporal', spec, this.at('temporalUi'));
  }

  private furtherWorkers(): ServiceName[] {
    const further = Math.max(0, (this.options.workers ?? 1) - 1);
    return Array.from({ length: further }, (_, index) => `worker-${index + 2}` as const);
  }

  private async startApp(name: AppName, service: ServiceName = name): Promise<void> {
    // Their settings are the stack's, whatever the shell that started us has set for hosted ones.
    const env = { ...process.env, ...this.env };
    const readyUrl = name === 'api' ? `${this.at('api')}/healthz` : null;
    const spec = prepareApp(name, { logFile: this.logFile(service), env, readyUrl });
    await this.launch(service, spec, name === 'worker' ? '' : this.at(name));
  }

  private async launch(name: ServiceName, spec: ProcessSpec, url: string): Promise<void> {
    if (this.stopping) throw new StackError(`${spec.name} is not started: the stack is being stopped`);
    const process = new ManagedProcess(spec, this.guard, (_ended, how) => {
      if (!this.stopping) this.options.onUnexpectedEnd?.(service, how);
    });
    const service = Object.assign(process, { url });
    this.running.set(name, service);
    await process.start();
    this.log(`${spec.name} is up`);
  }

  private at(port: PortName): string {
    return `http://127.0.0.1:${this.ports[port]}`;
  }

  private logFile(name: ServiceName): string {
    return path.join(this.dir, 'logs', `${name}.log`);
  }

  private readonly log = (line: string): void => this.options.log?.(line);
}

/** Unlike Promise.all it waits for all before it throws: no start goes on behind the back of stopAll. */
async function allOrFirstFailure(starts: Promise<void>[]): Promise<void> {
  const failed = (await Promise.allSettled(starts)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

async function assertDatabaseAnswers(url: string): Promise<void> {
  if (await answersSql(url)) return;
  const { host } = new URL(url);
  throw new StackError(
    `DATABASE_URL names a PostgreSQL at ${host} that does not answer, or not to this user: start it, or unset DATABASE_URL`,
  );
}

export { APPS, type AppName };
