/** What is wrong with the settings is told at once, by name and never by value; and how Temporal is found. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import {
  readApiSettings,
  readTemporalTarget,
  readWorkerSettings,
  SettingsError,
  type Environment,
} from '../../../domain/settings';
import { validEnvironment } from '../api/environment';

function problemsOf(read: () => unknown): readonly string[] {
  try {
    read();
  } catch (error) {
    if (error instanceof SettingsError) return error.problems;
    throw error;
  }
  return [];
}

describe('problems', () => {
  test('everything that is missing or wrong stands in one message, the form of the key rings too', () => {
    const secret = 'do-not-repeat-me';
    const env = {
      ...validEnvironment,
      SEAL_KEYS: secret,
      PAYLOAD_KEYS: `k:${secret}`,
      API_PORT: 'x',
      TEMPORAL_ADDRESS: '',
    };
    const problems = problemsOf(() => readApiSettings({ ...env, WEBHOOK_SECRET: undefined }));
    const of = (name: string) => problems.filter((problem) => problem.startsWith(name));
    for (const name of [
      'SEAL_KEYS: entry 1',
      'PAYLOAD_KEYS: entry 1',
      'API_PORT',
      'TEMPORAL_ADDRESS',
      'WEBHOOK_SECRET is missing',
    ])
      expect({ name, problems: of(name).length }).toEqual({ name, problems: 1 });
    expect(problems).toHaveLength(5);
    expect(problems.join()).not.toContain(secret);
  });

  test('of the worker too', () => {
    const problems = problemsOf(() => readWorkerSettings({ SEAL_KEYS: 'k1:short' }));
    const named = problems.map((problem) => problem.split(/[ :]/, 1)[0]).sort();
    expect(named).toEqual(
      [
        ...[
          'BACKEND_BASE_URL',
          'BACKEND_SERVICE_KEY',
          'CLOUDWAITRESS_BASE_URL',
          'CLOUDWAITRESS_INTEGRATOR_ID',
        ],
        ...['CLOUDWAITRESS_INTEGRATOR_SECRET', 'NZBN_API_KEY', 'NZBN_BASE_URL', 'PAYLOAD_KEYS', 'SEAL_KEYS'],
        ...['SUPABASE_SERVICE_ROLE_KEY', 'SUPABASE_URL', 'TEMPORAL_ADDRESS'],
      ].sort(),
    );
  });
});

describe('Temporal by a profile', () => {
  let dir: string;
  beforeEach(() => void (dir = mkdtempSync(path.join(tmpdir(), 'profiles-'))));
  afterEach(() => rmSync(dir, { recursive: true, force: true }));
  const write = (name: string, text: string): string => {
    writeFileSync(path.join(dir, name), text);
    return path.join(dir, name);
  };
  const target = (toml: string, env: Environment = {}) =>
    readTemporalTarget({ TEMPORAL_CONFIG_FILE: write('temporal.toml', toml), ...env });

  test('address, namespace and API key; TLS is on with the key, and a variable goes before the file', () => {
    const toml = `[profile.default]\naddress = "dev:7233"\n
      [profile.cloud]\naddress = "cloud.example:7233"\nnamespace = "orders.acct"\napi_key = "the-key"`;
    expect(target(toml)).toEqual({ namespace: 'default', connection: { address: 'dev:7233' } });
    expect(target(toml, { TEMPORAL_PROFILE: 'cloud' })).toEqual({
      namespace: 'orders.acct',
      connection: { address: 'cloud.example:7233', apiKey: 'the-key', tls: true },
    });
    expect(
      target(toml, { TEMPORAL_PROFILE: 'cloud', TEMPORAL_NAMESPACE: 'mine', TEMPORAL_API_KEY: 'another' }),
    ).toEqual({
      namespace: 'mine',
      connection: { address: 'cloud.example:7233', apiKey: 'another', tls: true },
    });
  });

  test('a certificate of ours and that of the server', () => {
    const [crt, key, ca] = ['crt', 'key', 'ca'].map((name) => write(`${name}.pem`, `the ${name}`));
    const toml = `[profile.default]\naddress = "a:1"\n[profile.default.tls]\nserver_name = "temporal.internal"
      client_cert_path = "${crt}"\nclient_key_path = "${key}"\nserver_ca_cert_path = "${ca}"`;
    const { tls } = target(toml).connection;
    const text = (bytes: Uint8Array | null | undefined): string => Buffer.from(bytes ?? []).toString();
    if (typeof tls !== 'object' || tls === null) throw new Error('TLS is not on');
    expect(tls.serverNameOverride).toBe('temporal.internal');
    expect(text(tls.clientCertPair?.crt)).toBe('the crt');
    expect(text(tls.clientCertPair?.key)).toBe('the key');
    expect(text(tls.serverRootCACertificate)).toBe('the ca');
  });

  test.each([
    ['a key that there is not', '[profile.default]\naddress = "a:1"\nadress = "a:2"', {}, /adress/],
    [
      'a profile that there is not',
      '[profile.default]\naddress = "a:1"',
      { TEMPORAL_PROFILE: 'prod' },
      /prod/,
    ],
    ['no address', '[profile.default]\nnamespace = "n"', {}, /^TEMPORAL_ADDRESS: neither/],
    [
      'a file of a certificate that is missing',
      '[profile.default]\naddress = "a:1"\n[profile.default.tls]\nclient_cert_path = "/nowhere/a.pem"\nclient_key_path = "/nowhere/b.pem"',
      {},
      /nowhere/,
    ],
    [
      'a certificate without its key',
      '[profile.default]\naddress = "a:1"\n[profile.default.tls]\nclient_cert_data = "x"',
      {},
      /one is there without the other/,
    ],
    ['text that is no TOML', '[profile.default]\napi_key = "hidden-value\naddress = 1', {}, /^TEMPORAL_\*: /],
    [
      'a file that there is not',
      '',
      { TEMPORAL_CONFIG_FILE: '/nowhere/temporal.toml' },
      /^TEMPORAL_CONFIG_FILE: there is no such file/,
    ],
  ])('%s is told', (_what, toml, env, sentence) => {
    const problems = problemsOf(() => target(toml, env));
    expect(problems).toEqual([expect.stringMatching(sentence)]);
    expect(problems.join()).not.toContain('hidden-value');
  });

  test('a file that nobody named is not looked for', () => {
    const home = dir;
    write('temporal.toml', '[profile.default]\naddress = "of-somebody-else:1"');
    expect(problemsOf(() => readTemporalTarget({ HOME: home, XDG_CONFIG_HOME: home }))).toEqual([
      'TEMPORAL_ADDRESS is missing',
    ]);
  });
});
