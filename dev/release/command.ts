/** What `npm run release` does and says: makes a version of the workers the current one, once they can take over. */
import { parseArgs } from 'node:util';
import { Client, Connection } from '@temporalio/client';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { z } from 'zod';
import {
  readSettings,
  readTemporalTarget,
  readTogether,
  workerSettingsSchema,
  type Environment,
} from '../../domain/settings';
import { waitOrAbort } from '../../domain/wait';
import { queuesWithout, readRouting, setCurrent } from '../../worker/deployment';
import { deploymentVersion } from '../../worker/versioning';
import type { ToolIo } from '../tool/run-tool';

export const HELP = `npm run release [-- options]

With WORKER_VERSIONING=auto_upgrade, Temporal gives work to the current version of the workers alone. This waits until workers of
the new version ask for work on every task queue, and makes it current; the first release as any other. Runs in flight move to it
with their next task. Run it with the settings of the new workers (TEMPORAL_…, WORKER_DEPLOYMENT_NAME, WORKER_BUILD_ID).

  --build-id ID   another version than WORKER_BUILD_ID, or this build's: an older one takes a release back
  --timeout S     seconds to wait for its workers, 300 unless said
  --status        tell which version is current, change nothing
  --help          this text

Exit code: 0 the version is current (with --status: always), 1 otherwise.`;

const OPTIONS = {
  'build-id': { type: 'string' },
  timeout: { type: 'string', default: '300' },
  status: { type: 'boolean', default: false },
  help: { type: 'boolean', default: false },
} as const;

const { WORKER_DEPLOYMENT_NAME, WORKER_BUILD_ID } = workerSettingsSchema.shape;
const versionSettings = z.object({ WORKER_DEPLOYMENT_NAME, WORKER_BUILD_ID });
const LOOK_EVERY_MS = 500;

/** @returns the exit code. @throws SettingsError; TypeError for an option that there is not; what the server throws */
export async function releaseCommand(
  args: string[],
  { env, print }: Pick<ToolIo, 'env' | 'print'>,
): Promise<number> {
  const { values } = parseArgs({ args, options: OPTIONS });
  if (values.help) {
    print(HELP);
    return 0;
  }
  const timeoutMs = 1_000 * z.coerce.number().positive().parse(values.timeout);
  const { target, version } = readTogether({
    target: () => readTemporalTarget(env),
    version: () => wantedVersion(env, values['build-id']),
  });
  const connection = await Connection.connect(target.connection);
  try {
    const client = new Client({ connection, namespace: target.namespace });
    if (!values.status) {
      const refused = await makeCurrent(client, version, timeoutMs, print);
      if (refused) {
        print(`Not released: ${refused}`);
        return 1;
      }
    }
    print(told(version.deploymentName, await readRouting(client, version.deploymentName)));
    return 0;
  } finally {
    await connection.close();
  }
}

function wantedVersion(env: Environment, buildId: string | undefined): WorkerDeploymentVersion {
  const settings = readSettings(versionSettings, env);
  const version = deploymentVersion({
    ...settings,
    WORKER_VERSIONING: 'auto_upgrade',
    WORKER_BUILD_ID: buildId ?? settings.WORKER_BUILD_ID,
  });
  if (!version) throw new Error('unreachable: versioning was asked for');
  return version;
}

/** @returns null when it is current, else why not */
async function makeCurrent(
  client: Client,
  version: WorkerDeploymentVersion,
  timeoutMs: number,
  print: ToolIo['print'],
): Promise<string | null> {
  const signal = AbortSignal.timeout(timeoutMs);
  let told = '';
  for (;;) {
    const missing = await queuesWithout(client, version);
    const why =
      missing.length > 0
        ? `no worker of version ${version.buildId} has asked for work on: ${missing.join(', ')}`
        : await setCurrent(client, version);
    if (why === null || signal.aborted) return why;
    if (why !== told) print(`Waiting: ${why}`);
    told = why;
    await waitOrAbort(LOOK_EVERY_MS, signal);
  }
}

function told(deploymentName: string, routing: Awaited<ReturnType<typeof readRouting>>): string {
  if (!routing) return `Deployment ${deploymentName}: no worker of it has asked for work yet`;
  const name = (buildId: string | null): string => buildId ?? 'workers without a version';
  const { currentBuildId, ramping } = routing;
  const ramp = ramping ? `, ramping is ${name(ramping.buildId)} with ${ramping.percentage} %` : '';
  return `Deployment ${deploymentName}: current is ${name(currentBuildId)}${ramp}`;
}
