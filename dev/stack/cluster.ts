import { mkdirSync } from 'node:fs';
import path from 'node:path';
import { Connection } from '@temporalio/client';
import { startBalancer } from './balancer';
import { writeServerConfig, type ServerPorts } from './cluster-config';
import { createClusterSchema } from './cluster-schema';
import type { Engine, EngineHost } from './engine';
import { createNamespace } from './namespace';
import { freePort } from './ports';
import type { ProcessSpec } from './process';
import type { ServiceName } from './stack';
import { requireTool } from './tools';

export interface ClusterOptions {
  /** Server processes, each with all four services; the services of the stack `temporal`, `temporal-2` ... */
  servers?: number;
  /** Fixed when the database is made. */
  historyShards?: number;
}

/** What one process was seen to hold, and some more: it opens more than its `maxConns` (docs/scaling.md). */
const CONNECTIONS_PER_SERVER = 75;
const READY_WITHIN_MS = 60_000;

/**
 * Temporal servers on the stack's PostgreSQL, as in production but for their number, behind one address (`ports.temporal`). There is no
 * Web UI. Throws a StackError when a program is missing.
 */
export function temporalCluster({ servers = 2, historyShards = 4 }: ClusterOptions = {}): Engine {
  return {
    databaseConnections: servers * CONNECTIONS_PER_SERVER,
    start: (host) => startCluster(host, servers, historyShards),
  };
}

async function startCluster(host: EngineHost, servers: number, historyShards: number): Promise<void> {
  const command = requireTool('temporal-server');
  const dir = path.join(host.dir, 'temporal');
  mkdirSync(dir, { recursive: true, mode: 0o700 });
  await createClusterSchema(host.databaseUrl);
  host.log('Databases of Temporal: up to date');
  const frontends: number[] = [];
  // One after the other: the first writes down what all of them share.
  for (let number = 1; number <= servers; number += 1) {
    const name: ServiceName = number === 1 ? 'temporal' : `temporal-${number}`;
    const ports = await serverPorts();
    const file = writeServerConfig({ dir, name, ports, historyShards, databaseUrl: host.databaseUrl });
    const spec = serverSpec({
      command,
      file,
      dir,
      number,
      logFile: host.logFile(name),
      port: ports.frontend.grpc,
    });
    await host.launch(name, spec, addressOf(ports.frontend.grpc));
    frontends.push(ports.frontend.grpc);
  }
  await createNamespace(frontends.map(addressOf) as [string, ...string[]]);
  const balancer = await startBalancer(host.ports.temporal, frontends);
  host.atEnd(() => balancer.close());
}

const addressOf = (port: number): string => `127.0.0.1:${port}`;

async function serverPorts(): Promise<ServerPorts> {
  const pair = async () => ({ grpc: await freePort(), membership: await freePort() });
  return { frontend: await pair(), history: await pair(), matching: await pair(), worker: await pair() };
}

interface ServerSpecInput {
  command: string;
  file: string;
  dir: string;
  number: number;
  logFile: string;
  port: number;
}

function serverSpec({ command, file, dir, number, logFile, port }: ServerSpecInput): ProcessSpec {
  return {
    name: `Temporal server ${number}`,
    command,
    args: ['--config-file', file, '--allow-no-auth', 'start'],
    env: process.env,
    cwd: dir,
    logFile,
    isReady: () => isHealthy(addressOf(port)),
    readyTimeoutMs: READY_WITHIN_MS,
    stopSignal: 'SIGTERM',
    graceMs: 20_000,
  };
}

/** Does its frontend take calls? */
async function isHealthy(address: string): Promise<boolean> {
  const connection = Connection.lazy({ address, connectTimeout: 2_000 });
  try {
    await connection.withDeadline(Date.now() + 2_000, () => connection.workflowService.getClusterInfo({}));
    return true;
  } catch {
    return false; // not up yet: asked again
  } finally {
    await connection.close();
  }
}
