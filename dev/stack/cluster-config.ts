import { writeFileSync } from 'node:fs';
import path from 'node:path';
import { FAIRNESS } from './temporal';

export interface ServicePorts {
  grpc: number;
  /** By which the processes find one another. */
  membership: number;
}
export type ServerPorts = Record<'frontend' | 'history' | 'matching' | 'worker', ServicePorts>;

/** The databases of Temporal, on the stack's PostgreSQL. */
export const TEMPORAL_DATABASES = {
  default: { name: 'temporal', schema: 'postgresql/v12/temporal' },
  visibility: { name: 'temporal_visibility', schema: 'postgresql/v12/visibility' },
} as const;
export const SQL_PLUGIN = 'postgres12';

const CLUSTER = 'active';

export interface ServerConfigInput {
  /** Holds the files. */
  dir: string;
  /** Of the process: the name of its file. */
  name: string;
  ports: ServerPorts;
  historyShards: number;
  databaseUrl: string;
}

/**
 * Writes what `temporal-server --config-file` reads, and gives its path. Processes of one cluster differ in their ports alone. JSON is YAML.
 */
export function writeServerConfig({
  dir,
  name,
  ports,
  historyShards,
  databaseUrl,
}: ServerConfigInput): string {
  const dynamic = path.join(dir, 'dynamic-config.yaml');
  writeFileSync(dynamic, JSON.stringify(dynamicConfig(), null, 2));
  const config = {
    log: { stdout: true, level: 'warn' },
    persistence: {
      defaultStore: 'default',
      visibilityStore: 'visibility',
      numHistoryShards: historyShards,
      datastores: {
        default: { sql: datastore(databaseUrl, TEMPORAL_DATABASES.default.name, 20) },
        visibility: { sql: datastore(databaseUrl, TEMPORAL_DATABASES.visibility.name, 10) },
      },
    },
    global: { membership: { maxJoinDuration: '30s', broadcastAddress: '127.0.0.1' } },
    services: Object.fromEntries(
      Object.entries(ports).map(([service, { grpc, membership }]) => [
        service,
        { rpc: { grpcPort: grpc, membershipPort: membership, bindOnLocalHost: true } },
      ]),
    ),
    clusterMetadata: {
      enableGlobalNamespace: false,
      failoverVersionIncrement: 10,
      masterClusterName: CLUSTER,
      currentClusterName: CLUSTER,
      clusterInformation: {
        [CLUSTER]: {
          enabled: true,
          initialFailoverVersion: 1,
          rpcName: 'frontend',
          rpcAddress: `127.0.0.1:${ports.frontend.grpc}`,
        },
      },
    },
    dcRedirectionPolicy: { policy: 'noop' },
    dynamicConfigClient: { filepath: dynamic, pollInterval: '60s' },
  };
  const file = path.join(dir, `${name}.yaml`);
  // It has the database's password.
  writeFileSync(file, JSON.stringify(config, null, 2), { mode: 0o600 });
  return file;
}

function datastore(databaseUrl: string, databaseName: string, maxConns: number): Record<string, unknown> {
  const { host, username, password } = new URL(databaseUrl);
  return {
    pluginName: SQL_PLUGIN,
    databaseName,
    connectAddr: host,
    connectProtocol: 'tcp',
    user: decodeURIComponent(username),
    password: decodeURIComponent(password),
    maxConns,
    maxIdleConns: maxConns,
    maxConnLifetime: '1h',
  };
}

/** `matching.enableFairness=true` becomes `"matching.enableFairness": [{ "value": true }]`. */
function dynamicConfig(): Record<string, { value: unknown }[]> {
  return Object.fromEntries(
    FAIRNESS.map((setting) => {
      const [key, value] = setting.split('=') as [string, string];
      return [key, [{ value: JSON.parse(value) as unknown }]];
    }),
  );
}
