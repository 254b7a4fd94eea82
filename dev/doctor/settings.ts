/** The settings themselves, and what those of API and worker must have in common. */
import { parsePayloadKeys } from '../../domain/payload-codec';
import { parseKeyRing, type KeyRing } from '../../domain/sealing';
import {
  readApiSettings,
  readWorkerSettings,
  SettingsError,
  type ApiSettings,
  type Environment,
  type WorkerSettings,
} from '../../domain/settings';
import { fail, ok, warn, type Finding } from './finding';

export interface Settings {
  /** Undefined: not readable. */
  worker: WorkerSettings | undefined;
  api: ApiSettings | undefined;
}

export function readBoth(env: { worker: Environment; api: Environment }): {
  settings: Settings;
  findings: Finding[];
} {
  const findings: Finding[] = [];
  const read = <T>(check: string, reading: () => T): T | undefined => {
    try {
      const settings = reading();
      findings.push(ok(check, 'complete'));
      return settings;
    } catch (error) {
      if (!(error instanceof SettingsError)) throw error;
      findings.push(fail(check, error.problems.join('; ')));
      return undefined;
    }
  };
  const worker = read('worker settings', () => readWorkerSettings(env.worker));
  const api = read('API settings', () => readApiSettings(env.api));
  if (worker && api) findings.push(...shared(worker, api));
  if (api) findings.push(...consoleAndCodec(api));
  return { settings: { worker, api }, findings };
}

const SAME = ['SUPABASE_URL', 'SIMULATOR'] as const;

function shared(worker: WorkerSettings, api: ApiSettings): Finding[] {
  const findings = [
    ringsAgree('SEAL_KEYS', parseKeyRing(worker.SEAL_KEYS), parseKeyRing(api.SEAL_KEYS)),
    ringsAgree('PAYLOAD_KEYS', parsePayloadKeys(worker.PAYLOAD_KEYS), parsePayloadKeys(api.PAYLOAD_KEYS)),
  ];
  const { address } = worker.temporal.connection;
  const isSamePlace =
    address === api.temporal.connection.address && worker.temporal.namespace === api.temporal.namespace;
  const different = SAME.filter((name) => worker[name] !== api[name]);
  if (!isSamePlace)
    findings.push(fail('shared', 'API and worker use different Temporal addresses or namespaces'));
  else if (different.length > 0)
    findings.push(fail('shared', `API and worker differ in ${different.join(', ')}`));
  else findings.push(ok('shared', 'API and worker use the same Temporal namespace and database'));
  return findings;
}

/** Each must open what the other writes. */
function ringsAgree(name: string, worker: KeyRing, api: KeyRing): Finding {
  const opens = (reader: KeyRing, writer: KeyRing): boolean => {
    const key = writer.keys.get(writer.sealingKeyId);
    return key !== undefined && reader.keys.get(writer.sealingKeyId)?.equals(key) === true;
  };
  if (opens(worker, api) && opens(api, worker)) {
    return worker.sealingKeyId === api.sealingKeyId
      ? ok(name, 'API and worker have the same first key')
      : warn(
          name,
          'API and worker begin with different keys, as in the middle of a change of keys: finish it',
        );
  }
  return fail(name, 'API and worker cannot read each other: give both the same keys');
}

function consoleAndCodec(api: ApiSettings): Finding[] {
  const findings: Finding[] = [];
  if (api.TEMPORAL_UI_URL !== undefined && api.CODEC_TOKEN === undefined) {
    findings.push(warn('codec', 'without CODEC_TOKEN the Web UI shows nothing but encrypted payloads'));
  }
  if (api.CONSOLE && api.SUPABASE_ANON_KEY === undefined) {
    findings.push(warn('console', 'without SUPABASE_ANON_KEY nobody can sign in: set it, or CONSOLE=false'));
  } else if (api.SUPABASE_ANON_KEY !== undefined && api.SUPABASE_ANON_KEY === api.SUPABASE_SERVICE_ROLE_KEY) {
    findings.push(
      fail(
        'console',
        'SUPABASE_ANON_KEY is the service key, and the console gives it to everybody: replace both',
      ),
    );
  } else findings.push(ok('console', api.CONSOLE ? 'people can sign in' : 'not served'));
  return findings;
}
