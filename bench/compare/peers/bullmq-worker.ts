import { Queue, WaitingChildrenError, Worker, type Job as QueuedJob } from 'bullmq';
import { STAGES } from '../flow';
import { performFromEnvironment, setting } from '../work';
import { JOB_OPTIONS, QUEUES, type RegistrationJob, type SubStepJob } from './bullmq-queues';

const CONCURRENCY = 200;
const connection = { host: '127.0.0.1', port: Number(setting('REDIS_PORT')), maxRetriesPerRequest: null };
const perform = performFromEnvironment();
const subSteps = new Queue<SubStepJob>(QUEUES.subSteps, { connection, defaultJobOptions: JOB_OPTIONS });

async function processJob(queued: QueuedJob<RegistrationJob>, token?: string): Promise<void> {
  const { job } = queued.data;
  switch (queued.name) {
    case 'begin':
      await Promise.all([perform(job, 'publish:searching'), perform(job, 'search')]);
      return perform(job, 'publish:choosing');
    case 'company':
      await Promise.all([perform(job, 'publish:fetching'), perform(job, 'details')]);
      return perform(job, 'publish:configuring');
    case 'configuration':
      return setUp(queued, token);
    default:
      throw new Error(`Nobody knows the job ${queued.name}`);
  }
}

/** Comes back here each time that the children of a stage are done: the stage in the job's data says where it stands. */
async function setUp(queued: QueuedJob<RegistrationJob>, token: string | undefined): Promise<void> {
  const { job, configuration = {} } = queued.data;
  if (queued.data.stage === undefined)
    await Promise.all([
      perform(job, 'publish:settingUp', configuration),
      perform(job, 'saveConfiguration', configuration),
    ]);
  for (let stage = queued.data.stage ?? 0; stage < STAGES.length; stage += 1) {
    await addChildren(queued, stage);
    await queued.updateData({ ...queued.data, stage: stage + 1 });
    if (await queued.moveToWaitingChildren(token ?? '')) throw new WaitingChildrenError();
  }
  await perform(job, 'publish:completed');
}

/** A child's id is made from what it is for: added again after a crash, it is the same child. */
async function addChildren(queued: QueuedJob<RegistrationJob>, stage: number): Promise<void> {
  const { job, configuration = {} } = queued.data;
  const parent = { id: queued.id ?? '', queue: queued.queueQualifiedName };
  await subSteps.addBulk(
    (STAGES[stage] ?? []).map((key) => ({
      name: key,
      data: { job, key, configuration },
      opts: { jobId: `${job.jobId}-${key}`, parent },
    })),
  );
}

async function main(): Promise<void> {
  const options = { connection, concurrency: CONCURRENCY };
  const workers = [
    new Worker<RegistrationJob>(QUEUES.registrations, processJob, options),
    new Worker<SubStepJob>(
      QUEUES.subSteps,
      ({ data: { job, key, configuration } }) => perform(job, key, configuration),
      options,
    ),
  ];
  for (const worker of workers)
    worker.on('failed', (job, error) => process.stderr.write(`${job?.id} failed: ${error.message}\n`));
  await Promise.all(workers.map((worker) => worker.waitUntilReady()));
  process.stdout.write('worker ready\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
