/**
 * Worker versioning: the server hands work to the current version of the deployment alone, and runs in flight move to it with their next
 * task (AUTO_UPGRADE). So workers of two releases may run side by side, and a release begins, and is taken back, at one moment.
 */
import type { Client } from '@temporalio/client';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import type { Logger, WorkerOptions } from '@temporalio/worker';
import { SettingsError, type WorkerSettings } from '../domain/settings';
import { waitOrAbort } from '../domain/wait';
import { readBuildInfo, UNKNOWN_BUILD } from './build-info';
import { readRouting, type Routing } from './deployment';

type VersioningSettings = Pick<
  WorkerSettings,
  'WORKER_VERSIONING' | 'WORKER_DEPLOYMENT_NAME' | 'WORKER_BUILD_ID'
>;

/**
 * The version that these workers are of; null: versioning is off.
 * @throws SettingsError when nobody knows which build this is: two builds under one name could not be told apart
 */
export function deploymentVersion(
  settings: VersioningSettings,
  built = readBuildInfo(),
): WorkerDeploymentVersion | null {
  if (settings.WORKER_VERSIONING === 'off') return null;
  const buildId = settings.WORKER_BUILD_ID ?? built.buildId;
  if (buildId === UNKNOWN_BUILD) {
    throw new SettingsError([
      'WORKER_BUILD_ID: WORKER_VERSIONING=auto_upgrade needs it, since this was built outside of git',
    ]);
  }
  return { deploymentName: settings.WORKER_DEPLOYMENT_NAME, buildId };
}

/** For every worker of the process, those that run activities alone too: a version is current on all of its queues or on none. */
export function versioningOptions(
  version: WorkerDeploymentVersion | null,
): Pick<WorkerOptions, 'workerDeploymentOptions'> {
  if (version === null) return {};
  return {
    workerDeploymentOptions: {
      useWorkerVersioning: true,
      version,
      defaultVersioningBehavior: 'AUTO_UPGRADE',
    },
  };
}

const LOOK_EVERY_MS = 15_000;

export interface Teller {
  signal: AbortSignal;
  logger: Pick<Logger, 'info' | 'warn'>;
  lookEveryMs?: number;
}

/**
 * Says at the start and at each change whether work comes to these workers: a version that nobody made current waits in silence.
 * Ends when the signal says so.
 */
export async function tellWhetherCurrent(
  client: Client,
  version: WorkerDeploymentVersion,
  { signal, logger, lookEveryMs = LOOK_EVERY_MS }: Teller,
): Promise<void> {
  let told = '';
  while (!signal.aborted) {
    try {
      const { gets, message } = shareOf(version, await readRouting(client, version.deploymentName));
      if (message !== told) logger[gets ? 'info' : 'warn'](message, { ...version });
      told = message;
    } catch (error) {
      // An engine that is away is told of by the workers themselves; here it is asked again.
      logger.info('Whether this version gets work is not known', { ...version, error: String(error) });
    }
    await waitOrAbort(lookEveryMs, signal);
  }
}

function shareOf(
  { buildId }: WorkerDeploymentVersion,
  routing: Routing | null,
): { gets: boolean; message: string } {
  if (routing?.currentBuildId === buildId) return { gets: true, message: 'This version is current' };
  if (routing?.ramping?.buildId === buildId) {
    return {
      gets: true,
      message: `This version is ramping: it gets ${routing.ramping.percentage} % of the work`,
    };
  }
  const other = routing?.currentBuildId ? `current is ${routing.currentBuildId}` : 'no version is current';
  return {
    gets: false,
    message: `This version gets no work, ${other}. \`npm run release\` makes it current (docs/changing-workflows.md)`,
  };
}
