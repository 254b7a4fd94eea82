/** What the client and the worker of the BullMQ candidate share. */
import type { JobsOptions } from 'bullmq';
import type { SubStepKey } from '../../../domain/sub-steps';
import type { Configuration, Job } from '../flow';

export const QUEUES = { registrations: 'registrations', subSteps: 'sub-steps' } as const;

export interface RegistrationJob {
  job: Job;
  configuration?: Configuration;
  /** Of step 6: the stage whose children were added last. */
  stage?: number;
}

export interface SubStepJob {
  job: Job;
  key: SubStepKey;
  configuration: Configuration;
}

/** https://docs.bullmq.io/guide/retrying-failing-jobs, https://docs.bullmq.io/guide/queues/auto-removal-of-jobs */
export const JOB_OPTIONS: JobsOptions = {
  attempts: 4,
  backoff: { type: 'exponential', delay: 1_000 },
  removeOnComplete: { age: 3_600 },
};
