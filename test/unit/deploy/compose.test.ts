import { execFileSync } from 'node:child_process';
import { existsSync } from 'node:fs';
import {
  apiSettingsSchema,
  readApiSettings,
  readWorkerSettings,
  TEMPORAL_VARIABLES,
  workerSettingsSchema,
} from '../../../domain/settings';
import { SEARCH_ATTRIBUTES } from '../../../domain/ids';
import { readFileSync } from 'node:fs';
import { composeServices, deployed, interpolate } from './manifests';

const services = composeServices();
const settingsOf = (name: string, env: Record<string, string>): Record<string, string> =>
  Object.fromEntries(
    Object.entries(services[name]?.environment ?? {}).map(([key, value]) => [key, interpolate(value, env)]),
  );

/** What make-env.mjs prints, and what a person fills in. */
function dotEnv(): Record<string, string> {
  const text = execFileSync(process.execPath, [deployed('compose', 'make-env.mjs')], { encoding: 'utf8' });
  const entries = text.split('\n').flatMap((line) => {
    const [, name, value] = /^([A-Z_]+)=(.*)$/.exec(line) ?? [];
    if (name === undefined) return [];
    return [[name, value || (name.endsWith('_URL') ? 'https://outside.example' : 'given')]];
  });
  return Object.fromEntries(entries) as Record<string, string>;
}

test('with the generated keys and the addresses of the outside systems, API and worker accept their settings', () => {
  const env = dotEnv();
  expect(readApiSettings(settingsOf('api', env))).toMatchObject({ API_HOST: '0.0.0.0', SIMULATOR: false });
  expect(readWorkerSettings(settingsOf('worker', env))).toMatchObject({ SIMULATOR: false });
});

test.each([
  ['api', apiSettingsSchema.shape],
  ['worker', workerSettingsSchema.shape],
])('%s is given only settings that there are', (name, shape) => {
  const known = new Set([...Object.keys(shape), ...TEMPORAL_VARIABLES]);
  expect(Object.keys(services[name]?.environment ?? {}).filter((key) => !known.has(key))).toEqual([]);
});

test('nothing that is a secret has a default, or stands in the file', () => {
  for (const [name, { environment = {} }] of Object.entries(services))
    for (const [key, value] of Object.entries(environment))
      if (/PASSWORD|_PWD|SECRET|TOKEN|_KEYS?$|_URI$/.test(key))
        expect({ name, key, value }).toEqual({
          name,
          key,
          value: expect.stringMatching(/\$\{\w+:(\?|-\})/) as string,
        });
});

test('each image has an exact version, and ours one name for each target', () => {
  for (const { image } of Object.values(services))
    expect(image).toMatch(
      /^(registration-(api|worker):\$\{IMAGE_TAG:-local\}|[\w./-]+:v?\d+\.\d+(\.\d+)?(-[\w.]+)?)$/,
    );
});

test('what others wait for has a health check, or ends by itself; what is waited for exists', () => {
  const image = new Set(['api', 'worker']);
  for (const [name, { depends_on = {} }] of Object.entries(services))
    for (const [other, { condition }] of Object.entries(depends_on)) {
      expect({ name, other: other in services ? other : 'missing' }).toEqual({ name, other });
      if (condition === 'service_healthy' && !image.has(other))
        expect({ other, test: services[other]?.healthcheck?.test }).toEqual({
          other,
          test: expect.any(Array) as string[],
        });
    }
});

test('only this machine reaches it, and the files that are mounted are there', () => {
  for (const { ports = [], volumes = [] } of Object.values(services)) {
    for (const port of ports) expect(port).toMatch(/^127\.0\.0\.1:/);
    for (const [file] of volumes.map((volume) => volume.split(':')))
      if (file?.startsWith('./'))
        expect({ file, there: existsSync(deployed(file)) }).toEqual({ file, there: true });
  }
});

test('they are given the time to end that they take', () => {
  const env = dotEnv();
  const { SHUTDOWN_GRACE_MS, SHUTDOWN_FORCE_MS } = readWorkerSettings(settingsOf('worker', env));
  for (const name of ['api', 'worker'])
    expect(Number(services[name]?.stop_grace_period?.replace('s', '')) * 1000).toBeGreaterThan(
      SHUTDOWN_GRACE_MS + SHUTDOWN_FORCE_MS,
    );
});

test('the namespace gets each search attribute of the product', () => {
  const script = readFileSync(deployed('compose', 'temporal-namespace.sh'), 'utf8');
  const wanted = Object.entries(SEARCH_ATTRIBUTES).map(
    ([name, type]) => `${name}:${type === 'INT' ? 'Int' : 'Keyword'}`,
  );
  expect(/for attribute in (.*); do/.exec(script)?.[1]?.split(' ')).toEqual(wanted);
});
