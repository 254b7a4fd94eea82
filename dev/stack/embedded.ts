import path from 'node:path';
import { APP_NAMES, prepareApp, type AppName } from './apps';
import type { Engine, EngineHost } from './engine';
import type { StackEnvironment } from './environment';
import { StackError } from './errors';
import type { Guard } from './guard';
import { migrate } from '../migrate/migrate';
import { freePort, PORT_SETTINGS, type PortName, type StackPorts } from './ports';
import { answersSql, databaseUrl, preparePostgres } from './postgres';
import { preparePostgrest } from './postgrest';
import { ManagedProcess, type ProcessSpec } from './process';
import { userToken, type StackSecrets } from './secrets';
import { AUTHENTICATOR, prepareAuthenticator, seedDemo, type DemoRole } from './seed';
import type { Service, ServiceName, Stack, StackOptions } from './stack';
import { startSupabaseProxy } from './supabase-proxy';
import { developmentServer } from './temporal';

/** For PostgREST, the API's LISTEN, the simulator and a person who looks: PostgreSQL's own default. */
const OWN_CONNECTIONS = 100;

export function wantedApps(options: StackOptions): AppName[] {
  return APP_NAMES.filter((name) => options.apps?.[name] ?? true);
}

export class EmbeddedStack implements Stack {
  private readonly running = new Map<ServiceName, ManagedProcess & Service>();
  private readonly closers: (() => Promise<void>)[] = [];
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
    const engine = this.options.engine ?? developmentServer;
    const startEngine = (): Promise<void> => engine.start(this.engineHost(superuser));
    const postgres = this.startPostgres(superuser, engine);
    await allOrFirstFailure([
      postgres.then(() => this.startRecord(superuser)),
      engine.databaseConnections > 0 ? postgres.then(startEngine) : startEngine(),
    ]);
    await allOrFirstFailure(
      wantedApps(this.options).flatMap((name) =>
        this.instancesOf(name).map((service) => this.startApp(name, service)),
      ),
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
    const stop = async (belongs: (name: ServiceName) => boolean): Promise<void> => {
      const services = [...this.running].flatMap(([name, service]) => (belongs(name) ? [service] : []));
      await Promise.all(services.map((service) => service.stop()));
    };
    // Those who call first, so that nothing ends in the middle of a call.
    await stop((name) => APP_NAMES.some((app) => name === app || name.startsWith(`${app}-`)));
    await stop((name) => name !== 'postgres');
    await Promise.all(this.closers.map((close) => close()));
    await stop(() => true);
    await this.guard.close();
  }

  private async startPostgres(superuser: string, engine: Engine): Promise<void> {
    const { options, ports, secrets, dir } = this;
    if (options.databaseUrl) return assertDatabaseAnswers(options.databaseUrl);
    const settings = {
      dir,
      logFile: this.logFile('postgres'),
      port: ports.postgres,
      password: secrets.postgresPassword,
    };
    const spec = await preparePostgres({
      ...settings,
      syncToDisk: options.syncToDisk ?? true,
      connections: OWN_CONNECTIONS + engine.databaseConnections,
    });
    await this.launch('postgres', spec, superuser);
  }

  /** The tables, their seed, and PostgREST where supabase-js looks for it. */
  private async startRecord(superuser: string): Promise<void> {
    const { options, ports, secrets, dir } = this;
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
    const proxy = await startSupabaseProxy(ports.supabase, ports.postgrest);
    this.atEnd(() => proxy.close());
  }

  /** In a database of one's own PostgREST uses the given login: its roles may serve others, and are left alone. */
  private async postgrestLogin(superuser: string): Promise<string> {
    const password = this.secrets.authenticatorPassword;
    await prepareAuthenticator(superuser, password);
    return databaseUrl(this.ports.postgres, AUTHENTICATOR, password);
  }

  private engineHost(superuser: string): EngineHost {
    return {
      dir: this.dir,
      ports: this.ports,
      databaseUrl: superuser,
      codecEndpoint: `${this.at('api')}/api/codec`,
      logFile: (name) => this.logFile(name),
      log: this.log,
      launch: (name, spec, url) => this.launch(name, spec, url),
      atEnd: (close) => this.atEnd(close),
    };
  }

  private atEnd(close: () => Promise<void>): void {
    this.closers.push(close);
    // What comes up while the stack is being stopped is not left behind.
    if (this.stopping) void close();
  }

  /** `worker`, `worker-2`, `worker-3` ... */
  private instancesOf(name: AppName): ServiceName[] {
    const counts = { simulator: 1, worker: this.options.workers ?? 1, api: this.options.apis ?? 1 };
    return Array.from({ length: Math.max(1, counts[name]) }, (_, index) =>
      index === 0 ? name : (`${name}-${index + 1}` as const),
    );
  }

  private async startApp(name: AppName, service: ServiceName): Promise<void> {
    // Their settings are the stack's, whatever the shell that started us has set for hosted ones.
    const env: NodeJS.ProcessEnv = { ...process.env, ...this.env };
    const { setting } = PORT_SETTINGS[name];
    if (service !== name) env[setting] = String(await freePort());
    const url = `http://127.0.0.1:${env[setting]}`;
    const readyUrl = name === 'simulator' ? null : `${url}/readyz`;
    const { deployedFrom, nodeFlags = {} } = this.options;
    const folder = name !== 'simulator' && deployedFrom !== undefined ? { folder: deployedFrom } : {};
    const spec = prepareApp(name, {
      ...{ logFile: this.logFile(service), env, readyUrl, nodeFlags: nodeFlags[name] ?? [] },
      ...folder,
    });
    await this.launch(service, spec, url);
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
