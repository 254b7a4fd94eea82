/** The workers of one process: one per task queue, each queue with the limit that gave it its name. */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import type { DataConverter, WorkerDeploymentVersion } from '@temporalio/common';
import { type NativeConnection, Worker, type WorkerOptions } from '@temporalio/worker';
import { DEFAULT_TASK_QUEUES, type TaskQueueName } from '../domain/ids';
import { withCarriers } from '../activities/record/carried';
import type { Activities } from './activities';
import { versioningOptions } from './versioning';

export interface WorkerLimits {
  /** Register calls a second over all workers, and at a time in this one. */
  registerRatePerSecond: number;
  registerConcurrency: number;
  /** Browser-driven sub-steps at a time in this worker. */
  portalSessions: number;
  shutdownGraceMs: number;
  /** Runs whose state is kept in memory; 0 = every task replays its run from the start. By default the SDK decides. */
  maxCachedWorkflows?: number | undefined;
}

/** Where the work comes from, and how its payloads are read: as the clients write them. */
export interface Engine extends Pick<WorkerOptions, 'interceptors' | 'sinks'> {
  connection: NativeConnection;
  namespace: string;
  dataConverter: DataConverter;
}

/** The bundle that the build made, else the sources (tests). */
export function workflowCode(): Pick<WorkerOptions, 'workflowBundle' | 'workflowsPath'> {
  const codePath = join(__dirname, 'workflow-bundle.js');
  return existsSync(codePath)
    ? { workflowBundle: { codePath } }
    : { workflowsPath: require.resolve('../workflows') };
}

export async function createWorkers(
  engine: Engine,
  activities: Activities,
  limits: WorkerLimits,
  workflows = workflowCode(),
  /** Null: workers without a version. */
  version: WorkerDeploymentVersion | null = null,
): Promise<Worker[]> {
  const perQueue: Record<TaskQueueName, Partial<WorkerOptions>> = {
    registrations: {
      ...workflows,
      ...(limits.maxCachedWorkflows !== undefined && { maxCachedWorkflows: limits.maxCachedWorkflows }),
    },
    companiesOffice: {
      maxConcurrentActivityTaskExecutions: limits.registerConcurrency,
      // The rate itself is kept call by call (shared-turns.ts): an activity makes up to six. This second layer keeps them from being
      // handed to workers whose few slots are all waiting for a turn, where priority and fairness could not reorder them any more.
      maxTaskQueueActivitiesPerSecond: limits.registerRatePerSecond,
    },
    accountCreation: { maxConcurrentActivityTaskExecutions: 4 },
    portal: { maxConcurrentActivityTaskExecutions: limits.portalSessions },
  };
  return Promise.all(
    Object.entries(perQueue).map(([name, options]) =>
      Worker.create({
        ...engine,
        ...versioningOptions(version),
        activities: withCarriers(activities),
        taskQueue: DEFAULT_TASK_QUEUES[name as TaskQueueName],
        shutdownGraceTime: limits.shutdownGraceMs,
        // Cancellations arrive with heartbeats: they are sent often enough to hang up within seconds.
        maxHeartbeatThrottleInterval: '2 seconds',
        defaultHeartbeatThrottleInterval: '2 seconds',
        ...options,
      }),
    ),
  );
}
