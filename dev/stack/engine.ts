import type { StackPorts } from './ports';
import type { ProcessSpec } from './process';
import type { ServiceName } from './stack';

/** What the stack gives to the Temporal that it runs. */
export interface EngineHost {
  /** The stack's folder. */
  readonly dir: string;
  readonly ports: StackPorts;
  /** A superuser's login at the stack's PostgreSQL, which runs if the engine keeps its data there. */
  readonly databaseUrl: string;
  /** Where a Web UI has payloads decrypted. */
  readonly codecEndpoint: string;
  logFile(name: ServiceName): string;
  log(line: string): void;
  /** Starts a program as a service of the stack; resolves when it is ready. */
  launch(name: ServiceName, spec: ProcessSpec, url: string): Promise<void>;
  /** Done when the stack ends, after its services; for what is no process. */
  atEnd(close: () => Promise<void>): void;
}

/** A Temporal that a stack can run: the development server, or a cluster. */
export interface Engine {
  /** Connections that it needs at the stack's PostgreSQL, which then is started first; 0: its data lie elsewhere. */
  readonly databaseConnections: number;
  /** Resolves when clients can work at `ports.temporal`, with the namespace and all its search attributes. */
  start(host: EngineHost): Promise<void>;
}
