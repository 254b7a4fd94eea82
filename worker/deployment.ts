/** The deployment at the server: which version gets work, and making one the current. */
import { isGrpcServiceError, type Client } from '@temporalio/client';
import type { WorkerDeploymentVersion } from '@temporalio/common';
import { temporal } from '@temporalio/proto';
import { DEFAULT_TASK_QUEUES } from '../domain/ids';

/** Which versions of a deployment get work. A build id of null stands for workers without a version. */
export interface Routing {
  currentBuildId: string | null;
  ramping: { buildId: string | null; percentage: number } | null;
}

const NOT_FOUND = 5;
const FAILED_PRECONDITION = 9;

const isCode = (error: unknown, code: number): boolean => isGrpcServiceError(error) && error.code === code;

/** Null: the server knows no such deployment, since none of its workers has asked for work yet. */
export async function readRouting(client: Client, deploymentName: string): Promise<Routing | null> {
  const { namespace } = client.options;
  try {
    const { workerDeploymentInfo } = await client.workflowService.describeWorkerDeployment({
      namespace,
      deploymentName,
    });
    const config = workerDeploymentInfo?.routingConfig;
    const percentage = config?.rampingVersionPercentage ?? 0;
    return {
      currentBuildId: config?.currentDeploymentVersion?.buildId ?? null,
      ramping:
        percentage > 0 ? { buildId: config?.rampingDeploymentVersion?.buildId ?? null, percentage } : null,
    };
  } catch (error) {
    if (isCode(error, NOT_FOUND)) return null;
    throw error;
  }
}

/** The queues that workers of this version never asked for work, as `activity companies-office`; empty: it can take over. */
export async function queuesWithout(
  client: Client,
  deploymentVersion: WorkerDeploymentVersion,
): Promise<string[]> {
  const polled = await polledQueues(client, deploymentVersion);
  const needed = [
    `workflow ${DEFAULT_TASK_QUEUES.registrations}`,
    ...Object.values(DEFAULT_TASK_QUEUES).map((queue) => `activity ${queue}`),
  ];
  return needed.filter((queue) => !polled.has(queue));
}

async function polledQueues(
  client: Client,
  deploymentVersion: WorkerDeploymentVersion,
): Promise<Set<string>> {
  const { TASK_QUEUE_TYPE_WORKFLOW } = temporal.api.enums.v1.TaskQueueType;
  try {
    const { versionTaskQueues } = await client.workflowService.describeWorkerDeploymentVersion({
      namespace: client.options.namespace,
      deploymentVersion,
    });
    return new Set(
      versionTaskQueues?.map(
        ({ name, type }) => `${type === TASK_QUEUE_TYPE_WORKFLOW ? 'workflow' : 'activity'} ${name}`,
      ),
    );
  } catch (error) {
    if (isCode(error, NOT_FOUND)) return new Set();
    throw error;
  }
}

/**
 * From now on work goes to this version; runs in flight move to it with their next task.
 * @returns null, or the server's reason for refusing: no worker of the version is there, or one of the former version's queues lacks one
 */
export async function setCurrent(
  client: Client,
  { deploymentName, buildId }: WorkerDeploymentVersion,
): Promise<string | null> {
  try {
    const { namespace, identity } = client.options;
    await client.workflowService.setWorkerDeploymentCurrentVersion({
      namespace,
      deploymentName,
      buildId,
      identity,
    });
    return null;
  } catch (error) {
    if (isCode(error, FAILED_PRECONDITION) || isCode(error, NOT_FOUND)) {
      return isGrpcServiceError(error) ? error.details : String(error);
    }
    throw error;
  }
}
