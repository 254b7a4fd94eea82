/** Where Temporal is and how it is spoken to, for whoever connects: worker, API, commands. */
import { existsSync } from 'node:fs';
import { loadClientConfigProfile, toClientOptions } from '@temporalio/envconfig';
import { givenIn, SettingsError, type Environment } from './read';

/** Read by `@temporalio/envconfig`, as Temporal's command line reads them; here for the list of what there is. */
export const TEMPORAL_VARIABLES = [
  'TEMPORAL_ADDRESS',
  'TEMPORAL_NAMESPACE',
  'TEMPORAL_CONFIG_FILE',
  'TEMPORAL_PROFILE',
  'TEMPORAL_API_KEY',
  'TEMPORAL_TLS',
  'TEMPORAL_TLS_CLIENT_CERT_PATH',
  'TEMPORAL_TLS_CLIENT_CERT_DATA',
  'TEMPORAL_TLS_CLIENT_KEY_PATH',
  'TEMPORAL_TLS_CLIENT_KEY_DATA',
  'TEMPORAL_TLS_SERVER_CA_CERT_PATH',
  'TEMPORAL_TLS_SERVER_CA_CERT_DATA',
  'TEMPORAL_TLS_SERVER_NAME',
] as const;

export interface TemporalTarget {
  namespace: string;
  /** For `Connection` and `NativeConnection` alike; TLS is on with an API key or certificates. */
  connection: ReturnType<typeof toClientOptions>['connectionOptions'] & { address: string };
}

/** For a client's connection: the default waits up to two minutes before it looks whether a restarted server is there again. */
export const RECONNECTING = { channelArgs: { 'grpc.max_reconnect_backoff_ms': 2_000 } } as const;

/**
 * From `TEMPORAL_*`, and from a profile of a configuration file if `TEMPORAL_CONFIG_FILE` or `TEMPORAL_PROFILE` names one; a variable
 * goes before the file. A file that nobody named is not looked for: a service must not depend on whose home it runs in.
 * @throws SettingsError
 */
export function readTemporalTarget(env: Environment): TemporalTarget {
  const given = givenIn(env);
  const isFileNamed = 'TEMPORAL_CONFIG_FILE' in given || 'TEMPORAL_PROFILE' in given;
  const { connectionOptions, namespace } = load(given, isFileNamed);
  const { address, ...rest } = connectionOptions;
  if (!address) {
    throw new SettingsError([
      isFileNamed ? 'TEMPORAL_ADDRESS: neither it nor the profile gives one' : 'TEMPORAL_ADDRESS is missing',
    ]);
  }
  const present = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
  return { namespace: namespace ?? 'default', connection: { address, ...present } };
}

function load(env: Record<string, string>, isFileNamed: boolean): ReturnType<typeof toClientOptions> {
  const file = env['TEMPORAL_CONFIG_FILE'];
  // The library takes one that is not there for an empty one.
  if (file !== undefined && !existsSync(file)) {
    throw new SettingsError(['TEMPORAL_CONFIG_FILE: there is no such file']);
  }
  try {
    const profile = loadClientConfigProfile({
      overrideEnvVars: env,
      disableFile: !isFileNamed,
      configFileStrict: true,
    });
    const { clientCert, clientKey } = profile.tls ?? {};
    if ((clientCert === undefined) !== (clientKey === undefined)) {
      throw new SettingsError([
        'TEMPORAL_TLS_CLIENT_CERT_* and TEMPORAL_TLS_CLIENT_KEY_*: one is there without the other',
      ]);
    }
    return toClientOptions(profile);
  } catch (error) {
    if (error instanceof SettingsError) throw error;
    // Its messages name a file, a profile or a variable. What follows the first line quotes the file, which may hold a key.
    const [message] = (error instanceof Error ? error.message : String(error)).split('\n', 1);
    throw new SettingsError([`TEMPORAL_*: ${message}`]);
  }
}
