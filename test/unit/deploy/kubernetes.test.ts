import {
  apiSettingsSchema,
  readApiSettings,
  readWorkerSettings,
  TEMPORAL_VARIABLES,
  workerSettingsSchema,
} from '../../../domain/settings';
import { manifests, type Container, type Manifest } from './manifests';

const base = manifests('base');
const secrets = manifests('example').filter(({ kind }) => kind === 'ExternalSecret');
const named = (kind: string, name: string, among = base): Manifest => {
  const found = among.find((one) => one.kind === kind && one.metadata.name === name);
  if (!found) throw new Error(`No ${kind} ${name}`);
  return found;
};
const containerOf = (manifest: Manifest): Container => manifest.spec.template.spec.containers[0] as Container;
const workloads = base.filter(({ kind }) => kind === 'Deployment' || kind === 'Job');

/** Something that the schema takes, for a setting whose value is in a vault. */
function secretValue(name: string): string {
  if (name.endsWith('_KEYS')) return `key-1:${Buffer.alloc(32, 1).toString('base64')}`;
  if (name === 'SERVICE_TOKENS') return '[]';
  if (name === 'DATABASE_URL') return 'postgres://watcher:given@db.example:5432/postgres';
  return 'given'.repeat(10);
}

function environment({ env = [], envFrom = [] }: Container): Record<string, string> {
  const result: Record<string, string> = {};
  for (const from of envFrom) {
    if ('configMapRef' in from) Object.assign(result, named('ConfigMap', from.configMapRef.name).data);
    else
      for (const { secretKey } of named('ExternalSecret', from.secretRef.name, secrets).spec.data)
        result[secretKey] = secretValue(secretKey);
  }
  for (const { name, value } of env) if (value !== undefined) result[name] = value;
  return result;
}

const api = environment(containerOf(named('Deployment', 'registration-api')));
const worker = environment(containerOf(named('Deployment', 'registration-worker')));

test('with the secrets of the example, API and worker accept their settings', () => {
  expect(readApiSettings(api)).toMatchObject({ API_HOST: '0.0.0.0', SIMULATOR: false });
  expect(readWorkerSettings(worker)).toMatchObject({ SIMULATOR: false });
});

test.each([
  ['API', api, apiSettingsSchema.shape],
  ['worker', worker, workerSettingsSchema.shape],
])('the %s is given only settings that there are', (_name, given, shape) => {
  const known = new Set([...Object.keys(shape), ...TEMPORAL_VARIABLES]);
  expect(Object.keys(given).filter((key) => !known.has(key))).toEqual([]);
});

test('no manifest holds a secret', () => {
  expect([...base, ...secrets].filter(({ kind }) => kind === 'Secret')).toEqual([]);
  const open = base.filter(({ kind }) => kind === 'ConfigMap').flatMap(({ data = {} }) => Object.keys(data));
  expect(open.filter((key) => /PASSWORD|SECRET|TOKEN|_KEYS?$|^DATABASE_URL$/.test(key))).toEqual([]);
});

test.each(workloads.map((one) => [one.metadata.name, one] as const))(
  '%s runs as nobody, on a file system that it cannot write, within limits',
  (_name, workload) => {
    expect(workload.spec.template.spec.securityContext).toMatchObject({
      runAsNonRoot: true,
      runAsUser: 1000,
      seccompProfile: { type: 'RuntimeDefault' },
    });
    const { securityContext, resources } = containerOf(workload);
    expect(securityContext).toEqual({
      allowPrivilegeEscalation: false,
      readOnlyRootFilesystem: true,
      capabilities: { drop: ['ALL'] },
    });
    expect(resources.requests).toHaveProperty('memory');
    expect(resources.limits).toHaveProperty('memory');
  },
);

test.each([
  ['registration-api', 'API_PORT', api],
  ['registration-worker', 'WORKER_HTTP_PORT', worker],
])('%s is asked for its health where it answers, and given the time to end', (name, portSetting, env) => {
  const deployment = named('Deployment', name);
  const container = containerOf(deployment);
  expect(container.ports).toEqual([{ name: 'http', containerPort: Number(env[portSetting]) }]);
  expect(container['startupProbe']?.httpGet).toEqual({ path: '/healthz', port: 'http' });
  expect(container['livenessProbe']?.httpGet).toEqual({ path: '/healthz', port: 'http' });
  expect(container['readinessProbe']?.httpGet).toEqual({ path: '/readyz', port: 'http' });
  const phases = ['SHUTDOWN_DELAY_MS', 'SHUTDOWN_GRACE_MS', 'SHUTDOWN_FORCE_MS'];
  const takes = phases.reduce((sum, phase) => sum + Number(env[phase] ?? 0), 0);
  expect(deployment.spec.template.spec.terminationGracePeriodSeconds * 1000).toBeGreaterThan(takes + 5_000);
});
