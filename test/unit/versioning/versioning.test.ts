import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import path from 'node:path';
import { SettingsError } from '../../../domain/settings';
import { findBuildInfo, readBuildInfo } from '../../../worker/build-info';
import { deploymentVersion, versioningOptions } from '../../../worker/versioning';

const on = {
  WORKER_VERSIONING: 'auto_upgrade',
  WORKER_DEPLOYMENT_NAME: 'name',
  WORKER_BUILD_ID: undefined,
} as const;

test('versioning is off unless it is asked for', () => {
  const version = deploymentVersion({ ...on, WORKER_VERSIONING: 'off' }, { buildId: 'commit' });
  expect(version).toBeNull();
  expect(versioningOptions(version)).toEqual({});
});

test('the version is that of the build, or the one that is given; runs move to the current one', () => {
  expect(deploymentVersion(on, { buildId: 'commit' })).toEqual({ deploymentName: 'name', buildId: 'commit' });
  const version = deploymentVersion({ ...on, WORKER_BUILD_ID: 'given' }, { buildId: 'commit' });
  expect(versioningOptions(version)).toEqual({
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version: { deploymentName: 'name', buildId: 'given' },
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  });
});

test('a build that nobody can name is refused', () => {
  expect(() => deploymentVersion(on, { buildId: 'unknown' })).toThrow(SettingsError);
});

test('a build is named after its commit, the one that is given before the one that git tells', () => {
  expect(findBuildInfo('code', { SOURCE_COMMIT: 'abc' })).toEqual({ buildId: 'abc' });
  expect(findBuildInfo('code', {}).buildId).toMatch(/^([0-9a-f]{40}(-[0-9a-f]{12})?|unknown)$/);
});

test('what the build wrote down is read; without a build nothing is known', () => {
  const folder = mkdtempSync(path.join(tmpdir(), 'build-info-'));
  try {
    const file = path.join(folder, 'build-info.json');
    expect(readBuildInfo(file)).toEqual({ buildId: 'unknown' });
    writeFileSync(file, '{"buildId":"abc"}');
    expect(readBuildInfo(file)).toEqual({ buildId: 'abc' });
  } finally {
    rmSync(folder, { recursive: true });
  }
});
