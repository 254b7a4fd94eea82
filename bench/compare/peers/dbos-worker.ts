/**
 * https://docs.dbos.dev/typescript/tutorials/workflow-tutorial (steps side by side are begun in an order that is always the same),
 * https://docs.dbos.dev/typescript/tutorials/workflow-communication (recv), https://docs.dbos.dev/typescript/tutorials/queue-tutorial
 */
import { DBOS } from '@dbos-inc/dbos-sdk';
import { register, type Configuration, type Job } from '../flow';
import { performFromEnvironment, setting } from '../work';
import { APP_VERSION, APPLICATION, QUEUE, WORKFLOW } from './dbos-names';

const HUMAN_TIMEOUT_SECONDS = 90 * 24 * 3_600;
const perform = performFromEnvironment();

async function registration(job: Job): Promise<void> {
  await register({
    perform: (unit, configuration) =>
      DBOS.runStep(() => perform(job, unit, configuration), {
        name: unit,
        retriesAllowed: true,
        intervalSeconds: 1,
        maxAttempts: 4,
        backoffRate: 2,
      }),
    all: allOrFirstFailure,
    ask: (question) => DBOS.recv<Configuration>(question, { timeoutSeconds: HUMAN_TIMEOUT_SECONDS }),
  });
}

/** The tutorial's way: a step that fails leaves none of the others without somebody who waits for it. */
async function allOrFirstFailure(units: Promise<unknown>[]): Promise<void> {
  const failed = (await Promise.allSettled(units)).find((result) => result.status === 'rejected');
  if (failed) throw failed.reason;
}

DBOS.registerWorkflow(registration, { name: WORKFLOW });

async function main(): Promise<void> {
  DBOS.setConfig({
    name: APPLICATION,
    systemDatabaseUrl: setting('DBOS_SYSTEM_DATABASE_URL'),
    applicationVersion: APP_VERSION,
    logLevel: 'warn',
  });
  await DBOS.launch();
  await DBOS.registerQueue(QUEUE);
  process.stdout.write('worker ready\n');
}

main().catch((error: unknown) => {
  process.stderr.write(`${String(error)}\n`);
  process.exitCode = 1;
});
