/** What a stack is, for those who start and use one. */
import type { AppName } from './apps';
import type { Engine } from './engine';
import type { StackEnvironment } from './environment';
import type { StackPorts } from './ports';
import type { StackSecrets } from './secrets';
import type { DemoRole } from './seed';

export interface StackOptions {
  /** Holds everything the stack writes: data, logs, secrets. One stack at a time uses it. */
  dir: string;
  /** Ports that matter to the caller; the others are free ones. */
  ports?: Partial<StackPorts>;
  /** How many times faster than real time (default 1). */
  speed?: number;
  /** Which of our own programs to start (default all). PostgreSQL, PostgREST and Temporal always are. */
  apps?: Partial<Record<AppName, boolean>>;
  /** Worker and API run from this folder, a copy of what is deployed; default this clone. */
  deployedFrom?: string;
  /** Flags of Node.js for one of our programs, e.g. to profile it. */
  nodeFlags?: Partial<Record<AppName, readonly string[]>>;
  /** How many worker processes (default 1); the further ones are the services `worker-2`, `worker-3` ... */
  workers?: number;
  /** How many API processes (default 1); the further ones are the services `api-2`, `api-3` ..., on free ports. */
  apis?: number;
  /** Which Temporal to run; default: the development server. */
  engine?: Engine;
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

export type ServiceName =
  'postgres' | 'postgrest' | 'temporal' | `temporal-${number}` | AppName | `${AppName}-${number}`;

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
